"""One whole popcon and one Chromium for the area; each test is a visit of its own. What is long to make is shared."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page

from popcon.client import Popcon
from popcon.rest import Job
from tests.e2e.test_e2e_refine import between_two_glows
from tests.fixtures import stack as stacks
from tests.fixtures.log_tails import add_log_tails
from tests.fixtures.stack import EXAMPLES, LiveStack, wait_over
from tests.fixtures.studio import Visit, chromium

NewVisit = Callable[..., Visit]


@dataclass(frozen=True)
class Orders:
    """Jobs that were ordered together: the later ones are made while the first tests look at the first."""

    finished: Job
    glowing: Job
    reviewed: Job


@pytest.fixture(scope="package")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStack]:
    with stacks.whole(tmp_path_factory.mktemp("studio") / "data") as stack:
        yield stack


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def client(live: LiveStack) -> Iterator[Popcon]:
    with live.client() as client:
        yield client


@pytest.fixture(scope="package")
def penguin(live: LiveStack) -> str:
    """The id of an example picture."""
    with live.client() as client:
        return client.upload_picture(EXAMPLES / "penguin.png").id


@pytest.fixture(scope="package")
def orders(live: LiveStack, penguin: str) -> Orders:
    """The jobs that several tests share. Ask for what waits for one of them, `finished` say."""
    with live.client() as client:
        glows = client.upload_picture(between_two_glows()).id
    several = ["wave", "love", "cry", "sleep", "wow", "ok"]
    three = ["line-emoji", "web", "telegram-emoji"]
    return Orders(
        order(live, penguin, ["joy", "love", "sleep"], "Finished Pip", takes=2, targets=three),
        order(live, glows, ["joy"], "Glows", matte_backend="classic", targets=["web"]),
        order(live, penguin, several, "Pip", review=True, takes=2),
    )


def order(live: LiveStack, picture: str, presets: Sequence[str], name: str, **options: Any) -> Job:
    """A job with any options, backends among them."""
    actions = [{"preset": preset} for preset in presets]
    body = {"picture_id": picture, "actions": actions, "options": options, "name": name}
    answer = httpx.post(f"{live.url}/v1/jobs", json=body, trust_env=False)
    return Job.model_validate_json(answer.raise_for_status().content)


@pytest.fixture(scope="package")
def finished(live: LiveStack, orders: Orders) -> Job:
    """Three finished emoji, of two takes and for three targets. A test leaves them finished, each with its takes."""
    with live.client() as client:
        return wait_over(client, [orders.finished])[0]


@pytest.fixture
def new_visit(live: LiveStack, browser: Browser) -> Iterator[NewVisit]:
    """Somebody else at the studio, with options of Playwright's contexts: `new_visit(viewport=PHONE)`."""
    with ExitStack() as visits:

        def begin(**options: Any) -> Visit:
            return visits.enter_context(closing(Visit(browser, live.url, **options)))

        yield begin


@pytest.fixture
def visit(new_visit: NewVisit) -> Visit:
    """Somebody at the studio, at a laptop, in English."""
    return new_visit()


@pytest.fixture
def page(visit: Visit) -> Page:
    """Their first tab."""
    return visit.tab()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    add_log_tails(item, report)
    return report

"""One whole popcon and one Chromium for the area; each test is a visit of its own."""

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from popcon.client import Popcon
from tests.fixtures import stack as stacks
from tests.fixtures.stack import EXAMPLES, LiveStack
from tests.fixtures.studio import Visit, chromium

NewVisit = Callable[..., Visit]


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
    stacks.add_log_tails(item, report)
    return report

"""One whole popcon for the area, as `popcon up` starts it; what the tests left behind is looked at at the end."""

from collections.abc import Generator, Iterator

import pytest

from popcon.client import Popcon
from tests.fixtures import stack as stacks
from tests.fixtures.invariants import assert_sound
from tests.fixtures.log_tails import add_log_tails
from tests.fixtures.stack import EXAMPLES, LiveStack


@pytest.fixture(scope="package")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStack]:
    with stacks.whole(tmp_path_factory.mktemp("e2e") / "data") as stack:
        yield stack
        assert_sound(stack.folder)


@pytest.fixture
def client(live: LiveStack) -> Iterator[Popcon]:
    with live.client() as client:
        yield client


@pytest.fixture(scope="package")
def penguin(live: LiveStack) -> str:
    """The id of an example picture."""
    with live.client() as client:
        return client.upload_picture(EXAMPLES / "penguin.png").id


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    add_log_tails(item, report)
    return report

"""One spine for the whole area; every test leaves it running, and what it left behind is looked at afterwards."""

from collections.abc import Generator, Iterator

import pytest

from tests.chaos.spine_jobs import POISON, Spine
from tests.fixtures import stack as stacks
from tests.fixtures.invariants import assert_sound
from tests.fixtures.log_tails import add_log_tails
from tests.fixtures.postgres import shared_postgres

__all__ = ["shared_postgres"]


@pytest.fixture(scope="package")
def shared_spine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spine]:
    with stacks.spine(
        tmp_path_factory.mktemp("spine") / "data", POPCON_NOOP_S="0.25", POPCON_NOOP_POISON=POISON
    ) as stack:
        yield Spine(stack)


@pytest.fixture
def spine(shared_spine: Spine) -> Iterator[Spine]:
    """The spine, ready; after the test everything in its data folder must hold."""
    shared_spine.stack.wait_ready()
    yield shared_spine
    assert_sound(shared_spine.stack.folder)


@pytest.fixture
def stack(spine: Spine) -> stacks.LiveStack:
    """The processes of the spine."""
    return spine.stack


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    add_log_tails(item, report)
    return report

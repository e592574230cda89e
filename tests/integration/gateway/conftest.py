"""One gateway for all tests here, whose script each test finds fresh."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.fixtures.gateway import Gateway, Script, gateway, scripted_services


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    script = Script()
    async with (
        scripted_services(script) as services,
        gateway(tmp_path_factory.mktemp("gateway"), script, services) as found,
    ):
        yield found


@pytest.fixture
def gate(shared_gateway: Gateway) -> Gateway:
    shared_gateway.script.reset()
    return shared_gateway

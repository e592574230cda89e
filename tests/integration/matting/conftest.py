"""A Triton server that all tests of matting share."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.fixtures.tritonserver import TritonServer


@pytest.fixture(scope="session")
def triton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TritonServer]:
    server = TritonServer(tmp_path_factory.mktemp("triton"))
    try:
        asyncio.run(server.start())
        yield server
    finally:
        server.stop()

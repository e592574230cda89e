"""Packs of strangers are read in the jail: it says the same, and what is too much for it is refused."""

import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest

from popcon import errors
from popcon.catalog import targets
from popcon.cli import pack
from popcon.imaging.png import encode_png
from popcon.jail import Escaped, Jail
from popcon.v1 import packaging_pb2
from services.packaging.checker import check_pack
from services.packaging.servicer import CHECKER, Packagings

JAIL = Jail(CHECKER, ["services.packaging.checking"])


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A pack of one emoji for each target: too few for most, which the check has to find."""
    folder = tmp_path_factory.mktemp("packs")
    paths = []
    for number in range(6):
        rgba = np.zeros((96, 96, 4), np.uint8)
        rgba[30 : 60 + number, 10 + 5 * number : 50 + 5 * number] = (220, 80, 40, 255)
        paths.append(folder / f"{number}.png")
        paths[-1].write_bytes(encode_png(rgba))
    order = pack.Order(tuple(paths), tuple(targets.TARGETS), ("Square",), "", "", folder / "out")
    pack.pack(order)
    return {target: (folder / "out" / f"{target}.zip").read_bytes() for target in targets.TARGETS}


async def asked(jail: Jail, data: bytes, target: str) -> packaging_pb2.CheckResponse:
    async def pieces() -> AsyncIterator[packaging_pb2.CheckRequest]:
        yield packaging_pb2.CheckRequest(target=target, chunk=data)

    context: Any = None
    return await Packagings(jail).Check(pieces(), context)


@pytest.mark.parametrize("target", targets.TARGETS)
async def test_the_jail_says_what_the_checker_says(packs: dict[str, bytes], target: str) -> None:
    found = await asked(JAIL, packs[target], target)
    said = [{"rule": breach.rule, "file": breach.file, "message": breach.message} for breach in found.breaches]
    assert said == [asdict(breach) for breach in check_pack(packs[target], target)]
    assert "damaged" not in json.dumps(said)


async def test_a_target_that_nothing_points_to_has_to_be_named() -> None:
    with pytest.raises(errors.UnknownTarget):
        await asked(JAIL, b"no zip", "")


class Overwhelmed(Jail):
    """Whose processes end without an answer; what makes them do so is in `test_jail.py`."""

    async def run(self, *_: object) -> bytes:
        raise Escaped("it ended with -9")


async def test_a_pack_that_is_too_much_for_its_reader_is_refused(packs: dict[str, bytes]) -> None:
    with pytest.raises(errors.InvalidRequest, match="time or memory"):
        await asked(Overwhelmed(CHECKER, []), packs["web"], "web")

"""What a process of the jail can do: compute and answer. Everything else ends in an error, and the next one works."""

import ctypes
import os
import signal
import socket
import time
from pathlib import Path

import pytest

from popcon import errors
from popcon.imaging.png import encode_png
from popcon.jail import Escaped, Jail, Limits
from popcon.storage import open_store
from services.startframe.servicer import StartFrames
from tests.fixtures.characters import character

JAIL = Jail(Limits(memory_bytes=300_000_000, seconds=2), [])


def double(data: bytes) -> bytes:
    return data * 2


def refuse() -> bytes:
    raise errors.PictureTooLarge("The picture is too large; send a smaller one.", field="picture")


def stumble() -> bytes:
    raise KeyError("a bug")


def try_to_open() -> bytes:
    done = []
    for name, act in (("a file", open_file), ("a socket", socket.socket), ("a pipe", os.pipe)):
        try:
            act()
        except OSError:
            continue
        done.append(name)
    return ", ".join(done).encode()


def open_file() -> None:
    Path("/etc/passwd").read_bytes()


def import_what_libraries_import_late() -> bytes:
    import numpy.ma
    from PIL import WmfImagePlugin

    return f"{numpy.ma.__name__} {WmfImagePlugin.__name__}".encode()


def import_what_no_library_needs() -> bytes:
    import antigravity

    return antigravity.__name__.encode()


def compute_for_ever() -> bytes:
    while True:
        sum(range(10_000))


def sleep_for_ever() -> bytes:
    time.sleep(600)
    return b""


def eat() -> bytes:
    return bytes(len(bytearray(2_000_000_000)))


def crash() -> bytes:
    ctypes.string_at(0)
    return b""


def leave() -> bytes:
    os.kill(os.getpid(), signal.SIGKILL)
    return b""


async def test_it_answers_what_the_work_answers() -> None:
    assert await JAIL.run(double, b"ab") == b"abab"
    assert await JAIL.run(double, b"x" * 10_000_000) == b"x" * 20_000_000


async def test_an_error_of_ours_arrives_as_itself() -> None:
    with pytest.raises(errors.PictureTooLarge, match="send a smaller one") as told:
        await JAIL.run(refuse)
    assert told.value.field == "picture"


async def test_it_opens_nothing() -> None:
    assert await JAIL.run(try_to_open) == b""


async def test_what_a_library_imports_late_is_there_the_next_time() -> None:
    for _ in range(2):
        assert await JAIL.run(import_what_libraries_import_late) == b"numpy.ma PIL.WmfImagePlugin"


async def test_nothing_else_is_imported_for_it() -> None:
    with pytest.raises(errors.Internal):
        await JAIL.run(import_what_no_library_needs)


@pytest.mark.parametrize("work", [stumble, compute_for_ever, sleep_for_ever, eat, crash, leave])
async def test_whatever_goes_wrong_ends_there_and_the_next_one_works(work: object) -> None:
    with pytest.raises(Escaped):
        await JAIL.run(work)  # type: ignore[arg-type]
    assert await JAIL.run(double, b"ab") == b"abab"


async def test_a_picture_that_is_too_much_for_its_reader_is_refused_and_the_next_is_read(tmp_path: Path) -> None:
    store = open_store(f"file://{tmp_path}")
    small, large = (
        encode_png(character("penguin")[::4, ::4]),
        encode_png(character("penguin").repeat(8, 0).repeat(8, 1)),
    )
    frames = StartFrames(store, 1, JAIL)
    await frames._picture("local", small, None)
    with pytest.raises(errors.PictureUnreadable, match="time or memory"):
        await frames._picture("local", large, None)
    await frames._picture("local", small, None)
    await store.close()

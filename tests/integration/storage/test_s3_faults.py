"""An S3 server behind a link that breaks: whatever happens, a key shows the whole artifact or nothing."""

import dataclasses
from collections.abc import AsyncIterator, Iterator

import pytest

from popcon import errors
from popcon.storage import ArtifactStore, open_store
from tests.fixtures.proxy import Proxy, proxy
from tests.fixtures.swift import Swift

PNG = "image/png"
KEY = "owners/local/jobs/job_1/act_1/motion/1/1/preview.mp4"
LARGE = bytes(range(256)) * 80_000  # three parts
MEGABYTE = 1 << 20


@dataclasses.dataclass(frozen=True)
class Far:
    """A store whose server is behind `link`, and `near`, the same bucket without it."""

    store: ArtifactStore
    near: ArtifactStore
    link: Proxy
    server: Swift
    bucket: str

    def uploads(self) -> list[str]:
        """What was begun in parts and neither ended nor dropped."""
        found = self.server.client.list_multipart_uploads(Bucket=self.bucket)
        return [upload["Key"] for upload in found.get("Uploads", [])]


@pytest.fixture
def link(swift: Swift) -> Iterator[Proxy]:
    with proxy(int(swift.endpoint.rpartition(":")[2])) as running:
        yield running


@pytest.fixture
async def far(swift: Swift, link: Proxy) -> AsyncIterator[Far]:
    bucket = swift.new_bucket()
    behind = dataclasses.replace(swift.settings(), endpoint=f"http://{link.address}", read_timeout_s=5)
    store, near = (open_store(f"s3://{bucket}", settings) for settings in (behind, swift.settings()))
    yield Far(store, near, link, swift, bucket)
    await store.close()
    await near.close()


async def test_a_link_that_breaks_once_in_a_large_file_is_not_noticed(far: Far):
    far.link.reset_after(9 * MEGABYTE, times=1)

    await far.store.put(KEY, LARGE, PNG)

    assert far.link.broken == 1
    assert await far.near.get(KEY) == LARGE
    assert far.uploads() == []


async def test_a_put_that_breaks_off_for_good_shows_nothing_and_what_it_left_is_swept(far: Far):
    def break_off(params: dict, **_: object) -> None:
        if params["query_string"].get("partNumber") == 2:
            far.link.reset_after(MEGABYTE, times=4)

    far.store._client.meta.events.register("before-call.s3.UploadPart", break_off)  # type: ignore[attr-defined]
    dropping = "before-call.s3.AbortMultipartUpload"
    far.store._client.meta.events.register(dropping, lambda **_: far.link.refuse())  # type: ignore[attr-defined]

    with pytest.raises(errors.Unavailable):
        await far.store.put(KEY, LARGE, PNG)

    assert far.link.broken == 4
    assert await far.near.stat(KEY) is None
    assert await far.near.sweep() == 0  # it may still be going on
    assert far.uploads() == [KEY]
    assert await far.near.sweep(older_than_s=-60) == 1
    assert far.uploads() == []


async def test_an_upload_whose_worker_was_killed_is_swept_with_its_parts_and_the_next_put_is_whole(far: Far):
    begun = far.server.client.create_multipart_upload(Bucket=far.bucket, Key=KEY)
    part = {"Bucket": far.bucket, "Key": KEY, "UploadId": begun["UploadId"], "PartNumber": 1}
    before = far.server.large_files()
    far.server.client.upload_part(**part, Body=LARGE[: 5 * MEGABYTE])

    assert await far.store.stat(KEY) is None
    assert await far.store.sweep(older_than_s=-60) == 1
    assert far.server.large_files() == before
    await far.store.put(KEY, LARGE, PNG)

    assert await far.near.get(KEY) == LARGE


CONTINUE_BYTES = len("HTTP/1.1 100 Continue\r\n\r\n")
LAST_WORDS = {
    "one request": ("PutObject", b"small", CONTINUE_BYTES),  # asked for the body first, and answered after that
    "in parts": ("CompleteMultipartUpload", LARGE, 0),
}


@pytest.mark.parametrize(
    "losses",
    [pytest.param(1, id="the first reply"), pytest.param(4, id="every reply", marks=pytest.mark.full)],
)
@pytest.mark.parametrize("how", LAST_WORDS)
async def test_a_put_whose_reply_was_lost_is_the_same_put_again(far: Far, how: str, losses: int):
    operation, data, said_before = LAST_WORDS[how]
    far.store._client.meta.events.register(  # type: ignore[attr-defined]
        f"before-call.s3.{operation}", lambda **_: far.link.reset_after(said_before, "down", times=losses)
    )

    stored = await far.store.put(KEY, data, PNG)

    assert far.link.broken == losses
    assert stored == await far.store.put(KEY, data, PNG) == await far.near.stat(KEY)
    assert await far.near.get(KEY) == data
    assert far.uploads() == []


async def test_a_server_that_asks_to_slow_down_for_long_is_overloaded(swift: Swift, link: Proxy):
    behind = dataclasses.replace(swift.settings(), endpoint=f"http://{link.address}", attempts=2)
    store = open_store(f"s3://{swift.new_bucket()}", behind)
    link.answer(1_000, 503, "SlowDown")

    for call in (store.put(KEY, b"x", PNG), store.get(KEY), store.stat(KEY), store.delete(KEY)):
        asked = link.answered
        with pytest.raises(errors.Overloaded):
            await call
        assert link.answered == asked + 2
    link.heal()

    assert await store.stat(KEY) is None
    await store.close()


@pytest.mark.parametrize(
    ("status", "code"), [(503, "SlowDown"), pytest.param(500, "InternalError", marks=pytest.mark.full)]
)
async def test_a_server_that_fails_for_a_moment_is_not_noticed(far: Far, status: int, code: str):
    far.link.answer(2, status, code)
    await far.store.put(KEY, b"small", PNG)
    far.link.answer(2, status, code)

    assert await far.store.get(KEY) == b"small"
    assert far.link.answered == 4


async def test_retries_end_when_their_time_is_over(swift: Swift, link: Proxy):
    bucket = swift.new_bucket()
    impatient = dataclasses.replace(swift.settings(), endpoint=f"http://{link.address}", attempts=1_000, patience_s=0.2)
    store = open_store(f"s3://{bucket}", impatient)
    link.answer(1_000, 500, "InternalError")

    with pytest.raises(errors.Unavailable):
        await store.get(KEY)

    assert 1 < link.answered < 100
    await store.close()


async def test_a_download_that_breaks_goes_on_where_it_was(far: Far):
    await far.near.put(KEY, LARGE, PNG)
    far.link.reset_after(7 * MEGABYTE, "down", times=2)

    assert await far.store.get(KEY) == LARGE
    assert far.link.broken == 2


async def test_a_download_that_breaks_for_good_is_never_whole(far: Far):
    await far.near.put(KEY, LARGE, PNG)
    far.link.reset_after(7 * MEGABYTE, "down", times=1)
    got = bytearray()

    async def receive() -> None:
        async for piece in far.store.stream(KEY):
            got.extend(piece)
            if far.link.broken:
                far.link.refuse()

    with pytest.raises(errors.Unavailable):
        await receive()
    assert len(got) < len(LARGE)

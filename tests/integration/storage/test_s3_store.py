"""What only an S3 server can do wrong: refuse, not answer, break off in the middle of a large file."""

import asyncio
import dataclasses
import socket
import time
from collections.abc import Iterator

import boto3.exceptions
import httpx
import pytest
from botocore.exceptions import ClientError
from pydantic import SecretStr

from popcon import errors
from popcon.storage import S3Settings, open_store
from tests.fixtures.swift import Swift

PNG = "image/png"
KEY = "owners/local/pictures/abc/source"


@pytest.fixture
def bucket(swift: Swift) -> str:
    return swift.new_bucket()


async def test_a_presigned_url_gives_the_bytes_to_anybody_until_it_expires(swift: Swift, bucket: str):
    store = open_store(f"s3://{bucket}", swift.settings())
    await store.put(KEY, b"picture", PNG)
    url, brief = await store.presign(KEY, 60), await store.presign(KEY, 1)
    assert url is not None
    assert brief is not None

    async with httpx.AsyncClient() as client:
        answer = await client.get(url)
        unsigned = await client.get(url.partition("?")[0])
        await asyncio.sleep(2.1)  # the server's clock counts whole seconds
        late = await client.get(brief)

    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, b"picture", PNG)
    assert unsigned.is_client_error
    assert late.status_code == 403
    await store.close()


async def test_the_server_indeed_refuses_conditional_puts(swift: Swift, bucket: str):
    """The reason why a put looks first: when this fails, the store can do better."""
    with pytest.raises(ClientError, match="NotImplemented"):
        swift.client.put_object(Bucket=bucket, Key=KEY, Body=b"x", IfNoneMatch="*")


async def test_an_upload_that_breaks_off_leaves_no_parts(swift: Swift, bucket: str):
    def break_off(params: dict, **_: object) -> None:
        if params["url_path"].endswith("/source") and params["query_string"].get("partNumber") == 2:
            raise ClientError({"Error": {"Code": "InternalError"}, "ResponseMetadata": {"HTTPStatusCode": 500}}, "x")

    store = open_store(f"s3://{bucket}", swift.settings())
    store._client.meta.events.register("before-call.s3.UploadPart", break_off)
    before = swift.large_files()

    with pytest.raises(errors.Unavailable):
        await store.put(KEY, bytes(20_000_000), PNG)

    assert await store.stat(KEY) is None
    assert "Uploads" not in swift.client.list_multipart_uploads(Bucket=bucket)
    assert swift.large_files() == before
    await store.close()


async def test_a_large_file_goes_in_parts_and_its_deletion_takes_them_all(swift: Swift, bucket: str):
    store = open_store(f"s3://{bucket}", swift.settings())
    before = swift.large_files()
    await store.put(KEY, bytes(20_000_000), PNG)
    parts = swift.large_files() - before

    await store.delete(KEY)

    assert parts == 3
    assert swift.large_files() == before
    await store.close()


async def test_an_object_of_somebody_else_is_not_an_artifact(swift: Swift, bucket: str):
    swift.client.put_object(Bucket=bucket, Key=KEY, Body=b"x")
    store = open_store(f"s3://{bucket}", swift.settings())

    with pytest.raises(errors.ArtifactDamaged):
        await store.get(KEY)
    await store.close()


async def test_a_missing_bucket_and_a_wrong_secret_say_what_to_check(swift: Swift, bucket: str):
    wrong = dataclasses.replace(swift.settings(), secret_key=SecretStr("wrong"))
    for store in (open_store("s3://no-such-bucket", swift.settings()), open_store(f"s3://{bucket}", wrong)):
        with pytest.raises(errors.Unavailable, match="check bucket, keys and region"):
            await store.put(KEY, b"x", PNG)
        await store.close()


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


async def test_a_server_that_is_away_or_silent_is_unavailable_in_bounded_time(silent_port: int):
    for endpoint in ("http://127.0.0.1:1", f"http://127.0.0.1:{silent_port}"):
        settings = S3Settings(endpoint, "r", "a", SecretStr("s"), attempts=2, connect_timeout_s=0.3, read_timeout_s=0.3)
        store = open_store("s3://bucket", settings)
        began = time.monotonic()
        with pytest.raises(errors.Unavailable, match="does not answer"):
            await store.get(KEY)
        assert time.monotonic() - began < 5
        await store.close()


@pytest.mark.parametrize(
    ("code", "status", "becomes"),
    [
        ("SlowDown", 503, errors.Overloaded),
        ("TooManyRequests", 429, errors.Overloaded),
        ("NoSuchKey", 404, errors.NotFound),
        ("404", 404, errors.NotFound),
        ("NoSuchBucket", 404, errors.Unavailable),
        ("InternalError", 500, errors.Unavailable),
        ("AccessDenied", 403, errors.Unavailable),
    ],
)
def test_each_refusal_has_its_meaning(code: str, status: int, becomes: type[errors.PopconError]):
    from popcon.storage.s3 import translate

    refusal = ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "GetObject")
    wrapped = boto3.exceptions.S3UploadFailedError("failed to upload")
    wrapped.__context__ = refusal

    assert type(translate(refusal, KEY)) is becomes
    assert type(translate(wrapped, KEY)) is becomes

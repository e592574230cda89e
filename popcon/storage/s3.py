"""Artifacts in an S3 bucket, through boto3 on threads of its own.

A put looks first and writes then, because not every server takes conditional writes (OpenStack Swift answers them with
`NotImplemented`). Between the two another writer may put to the same key, and the later one stays. That is safe here:
every key holds an attempt, issued to one worker, or a digest of the content (`popcon.storage.keys`), so two writers of
one key write the same bytes.
"""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import boto3
from boto3.exceptions import S3UploadFailedError
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from popcon import errors
from popcon.storage import flow, keys
from popcon.storage.base import (
    CHUNK_BYTES,
    Artifact,
    Data,
    Entry,
    S3Settings,
    check_media_type,
    damaged,
    not_found,
    settle,
)

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef, HeadObjectOutputTypeDef

THREADS = 16
PART_BYTES = 8 << 20  # S3 wants 5 MiB or more; larger files go up in parts of this, and a failure drops them all
BUSY = {"SlowDown", "TooManyRequests", "RequestLimitExceeded", "Throttling", "ThrottlingException", "429"}
MISSING = {"NoSuchKey", "NotFound", "404"}


class S3Store:
    """`ArtifactStore` on one bucket, which must exist. SHA-256 and media type travel as the object's own metadata."""

    def __init__(self, bucket: str, settings: S3Settings) -> None:
        self._bucket = bucket
        self._client = _client(settings)
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="s3-store")
        # Each put has a thread already; parts in order keep its memory to one of them.
        self._transfer = TransferConfig(
            multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES, use_threads=False
        )

    async def put(self, key: str, data: Data, media_type: str) -> Artifact:
        keys.check(key)
        check_media_type(media_type)
        # The digest goes with the first request, so the bytes wait in a file until it is known.
        with await flow.call(self._pool, lambda: tempfile.NamedTemporaryFile(prefix="popcon-put-")) as file:
            offered = await flow.take(self._pool, file, key, data, media_type)
            return await flow.call(self._pool, self._publish, file.name, offered)

    async def get(self, key: str) -> bytes:
        return b"".join([piece async for piece in self.stream(key)])

    async def stream(self, key: str, chunk_bytes: int = CHUNK_BYTES) -> AsyncIterator[bytes]:
        reply = await flow.call(self._pool, self._open, keys.check(key))
        with contextlib.closing(reply["Body"]) as body:

            def read(count: int) -> bytes:
                with _translated(key):
                    return body.read(count)

            async for piece in flow.give(self._pool, _artifact(key, reply), read, chunk_bytes):
                yield piece

    async def stat(self, key: str) -> Artifact | None:
        return await flow.call(self._pool, self._stat, keys.check(key))

    async def list(self, prefix: str) -> AsyncIterator[Entry]:
        pages = self._pages(keys.check(prefix))
        while page := await flow.call(self._pool, next, pages, None):
            for entry in page:
                yield entry

    async def delete(self, key: str) -> None:
        await flow.call(self._pool, self._delete, keys.check(key))
        pages = self._pages(key)
        while page := await flow.call(self._pool, next, pages, None):
            await asyncio.gather(*(flow.call(self._pool, self._delete, entry.key) for entry in page))

    async def presign(self, key: str, seconds: int) -> str | None:
        place = {"Bucket": self._bucket, "Key": keys.check(key)}
        return self._client.generate_presigned_url("get_object", Params=place, ExpiresIn=seconds)

    async def close(self) -> None:
        self._pool.shutdown(wait=False)
        self._client.close()

    def _stat(self, key: str) -> Artifact | None:
        try:
            with _translated(key):
                return _artifact(key, self._client.head_object(Bucket=self._bucket, Key=key))
        except errors.NotFound:
            return None

    def _publish(self, path: str, offered: Artifact) -> Artifact:
        if existing := self._stat(offered.key):
            return settle(existing, offered)
        about = {"ContentType": offered.media_type, "Metadata": {"sha256": offered.sha256}}
        with _translated(offered.key):
            self._client.upload_file(path, self._bucket, offered.key, ExtraArgs=about, Config=self._transfer)
        return offered

    def _open(self, key: str) -> "GetObjectOutputTypeDef":
        with _translated(key):
            return self._client.get_object(Bucket=self._bucket, Key=key)

    def _pages(self, prefix: str) -> Iterator[Sequence[Entry]]:
        with _translated(prefix):
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=f"{prefix}/")
            for page in pages:
                if found := page.get("Contents"):
                    yield [Entry(item["Key"], item["Size"]) for item in found]

    def _delete(self, key: str) -> None:
        with _translated(key):
            self._client.delete_object(Bucket=self._bucket, Key=key)


def _client(settings: S3Settings) -> "S3Client":
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "path" if settings.endpoint else "auto"},
        # Other servers than AWS know neither trailing checksums nor CRC headers; the SHA-256 is ours anyway.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        retries={"mode": "standard", "total_max_attempts": settings.attempts},
        connect_timeout=settings.connect_timeout_s,
        read_timeout=settings.read_timeout_s,
        max_pool_connections=THREADS,
    )
    return boto3.session.Session().client(
        "s3",
        endpoint_url=settings.endpoint or None,
        region_name=settings.region,
        aws_access_key_id=settings.access_key,
        aws_secret_access_key=settings.secret_key.get_secret_value(),
        config=config,
    )


def _artifact(key: str, reply: "HeadObjectOutputTypeDef | GetObjectOutputTypeDef") -> Artifact:
    sha256 = reply["Metadata"].get("sha256")
    if sha256 is None:  # nothing of ours
        raise damaged(key)
    return Artifact(key, reply["ContentLength"], sha256, reply["ContentType"])


@contextlib.contextmanager
def _translated(key: str) -> Iterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError, S3UploadFailedError) as error:
        raise translate(error, key) from error


def translate(error: Exception, key: str) -> errors.PopconError:
    """What an exception of boto3 means to us."""
    if isinstance(error, S3UploadFailedError) and isinstance(error.__context__, Exception):
        error = error.__context__  # boto3 wraps the reason of a failed upload
    if not isinstance(error, ClientError):
        return errors.Unavailable(f"The S3 server does not answer ({error}); try again.")
    code = error.response["Error"]["Code"]
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    if code in BUSY or status == 429:
        return errors.Overloaded(f"The S3 server asks to slow down ({code}); try again later.")
    if code in MISSING:
        return not_found(key)
    if status >= 500:
        return errors.Unavailable(f"The S3 server fails ({code}); try again.")
    return errors.Unavailable(f"The S3 server refuses {key} ({code}); check bucket, keys and region of the store.")

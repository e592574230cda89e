"""Artifacts in an S3 bucket, through boto3 on threads of its own.

A put looks first and writes then, because not every server takes conditional writes (OpenStack Swift answers them with
`NotImplemented`). Between the two another writer may put to the same key, and the later one stays. That is safe here:
every key holds an attempt, issued to one worker, or a digest of the content (`popcon.storage.keys`), so two writers of
one key write the same bytes.
"""

import asyncio
import contextlib
import datetime
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import boto3
from boto3.exceptions import S3UploadFailedError
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from popcon import errors
from popcon.storage import flow, keys
from popcon.storage.base import (
    CHUNK_BYTES,
    LEFTOVER_AGE_S,
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
BUSY = {
    "SlowDown",
    "ServiceUnavailable",
    "503",
    "TooManyRequests",
    "RequestLimitExceeded",
    "Throttling",
    "ThrottlingException",
    "429",
}
MISSING = {"NoSuchKey", "NoSuchUpload", "NotFound", "404"}


class S3Store:
    """`ArtifactStore` on one bucket, which must exist. SHA-256 and media type travel as the object's own metadata."""

    def __init__(self, bucket: str, settings: S3Settings) -> None:
        self._bucket = bucket
        self._client = _client(settings)
        self._attempts = settings.attempts
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
        body = await flow.call(self._pool, _Body, self._open, keys.check(key), self._attempts)
        with contextlib.closing(body):
            async for piece in flow.give(self._pool, body.artifact, body.read, chunk_bytes):
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

    async def sweep(self, older_than_s: float = LEFTOVER_AGE_S) -> int:
        return await flow.call(self._pool, self._sweep, older_than_s)

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
        try:
            with _translated(offered.key):
                self._client.upload_file(path, self._bucket, offered.key, ExtraArgs=about, Config=self._transfer)
        except errors.PopconError:
            # It may have arrived and only the reply been lost.
            with contextlib.suppress(errors.PopconError):
                if self._stat(offered.key) == offered:
                    return offered
            raise
        return offered

    def _open(self, key: str, offset: int) -> "GetObjectOutputTypeDef":
        with _translated(key):
            if offset:
                return self._client.get_object(Bucket=self._bucket, Key=key, Range=f"bytes={offset}-")
            return self._client.get_object(Bucket=self._bucket, Key=key)  # an empty object has no range at all

    def _sweep(self, older_than_s: float) -> int:
        before = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=older_than_s)
        removed = 0
        with _translated("of an upload"):
            for page in self._client.get_paginator("list_multipart_uploads").paginate(Bucket=self._bucket):
                for upload in page.get("Uploads", ()):
                    if upload["Initiated"] < before:
                        self._abort(upload["Key"], upload["UploadId"])
                        removed += 1
        return removed

    def _abort(self, key: str, upload_id: str) -> None:
        with contextlib.suppress(errors.NotFound), _translated(key):
            self._client.abort_multipart_upload(Bucket=self._bucket, Key=key, UploadId=upload_id)

    def _pages(self, prefix: str) -> Iterator[Sequence[Entry]]:
        with _translated(prefix):
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=f"{prefix}/")
            for page in pages:
                if found := page.get("Contents"):
                    yield [Entry(item["Key"], item["Size"], item["LastModified"].timestamp()) for item in found]

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
    client = boto3.session.Session().client(
        "s3",
        endpoint_url=settings.endpoint or None,
        region_name=settings.region,
        aws_access_key_id=settings.access_key,
        aws_secret_access_key=settings.secret_key.get_secret_value(),
        config=config,
    )
    _bound_retries(client, settings.patience_s)
    return client


def _bound_retries(client: "S3Client", patience_s: float) -> None:
    """boto counts tries and spreads their pauses, but a server that answers slowly would still cost many timeouts."""

    def began(context: dict[str, Any], **_: object) -> None:
        context["popcon_began"] = time.monotonic()

    def may_retry(request_dict: dict[str, Any], **_: object) -> bool | None:
        late = time.monotonic() - request_dict["context"]["popcon_began"] > patience_s
        return False if late else None  # None: boto decides

    client.meta.events.register("before-call.s3", began)
    client.meta.events.register_first("needs-retry.s3", may_retry)  # type: ignore[arg-type]  # an answer counts


class _Body:
    """An object being read, opened again where it was when the connection breaks."""

    def __init__(self, open_at: Callable[[str, int], "GetObjectOutputTypeDef"], key: str, attempts: int) -> None:
        self._open_at = open_at
        self._key = key
        self._attempts = attempts
        self._offset = 0
        reply = open_at(key, 0)
        self.artifact = _artifact(key, reply)
        self._stream = reply["Body"]

    def read(self, count: int) -> bytes:
        for left in reversed(range(self._attempts)):
            try:
                with _translated(self._key):
                    piece = self._stream.read(count)
                self._offset += len(piece)
                return piece
            except errors.Unavailable:
                if not left:
                    raise
                self._stream.close()
                self._stream = self._open_at(self._key, self._offset)["Body"]
        raise AssertionError("there is at least one attempt")

    def close(self) -> None:
        self._stream.close()


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

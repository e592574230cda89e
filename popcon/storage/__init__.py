"""Artifacts: immutable files under keys, in a folder (`file://`) on one machine and in S3 (`s3://`) on a cluster."""

import urllib.parse
from pathlib import Path

from popcon import errors
from popcon.storage.base import Artifact, ArtifactStore, Data, Entry, S3Settings
from popcon.storage.file import FileStore

__all__ = ["Artifact", "ArtifactStore", "Data", "Entry", "S3Settings", "open_store"]


def open_store(url: str, s3: S3Settings | None = None) -> ArtifactStore:
    """The store behind `file:///folder`, `file://./folder` (from the working directory) or `s3://bucket`.

    A folder is made where it is missing, a bucket must exist. Blocks for a moment: call it while starting. Raises
    `errors.InvalidRequest` for any other URL and for `s3://` without keys in `s3`, and `errors.Unavailable` where the
    folder cannot be used.
    """
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "file" and parts.netloc in ("", ".") and parts.path.startswith("/"):
        return FileStore(Path(parts.netloc + urllib.parse.unquote(parts.path)))
    if parts.scheme == "s3" and parts.netloc and parts.path in ("", "/"):
        if s3 is None or not (s3.access_key and s3.secret_key.get_secret_value()):
            raise errors.InvalidRequest("An s3:// store needs an access key and a secret key; set them.", field="s3")
        from popcon.storage.s3 import S3Store  # a service that keeps its artifacts in a folder needs no boto3

        return S3Store(parts.netloc, s3)
    raise errors.InvalidRequest(
        f"{url!r} is not a store; write file:///folder, file://./folder or s3://bucket.", field="store_url"
    )

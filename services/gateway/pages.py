"""The studio's files, read once: what is not in the list cannot be asked for."""

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "studio"
SHELL = "index.html"

_MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
}

_REFUSED = re.compile(r"\s*q=0(\.0*)?\s*")


@dataclass(frozen=True)
class Form:
    """One encoding of a file, with the digest of the very bytes that are sent."""

    content: bytes
    sha256: str
    encoding: str


@dataclass(frozen=True)
class StudioFile:
    """A file of the studio. `packed` is its gzip form; None where that would save nothing."""

    media_type: str
    plain: Form
    packed: Form | None

    def form(self, accepts: str) -> Form:
        """The form for a client that sent `accepts` as its Accept-Encoding."""
        return self.packed if self.packed and _takes_gzip(accepts) else self.plain


def load(folder: Path = FOLDER) -> Mapping[str, StudioFile]:
    """Every file below `folder` of a kind that pages are made of, by its path within. Raises without a shell."""
    found = {
        path.relative_to(folder).as_posix(): _read(path)
        for path in sorted(folder.rglob("*"))
        if path.suffix in _MEDIA_TYPES and path.is_file()
    }
    if SHELL not in found:
        raise FileNotFoundError(f"{folder} has no {SHELL}; install popcon again")
    return found


def _read(path: Path) -> StudioFile:
    content = path.read_bytes()
    packed = gzip.compress(content, mtime=0)
    # The headers that say "gzip" cost bytes too.
    worth_it = len(packed) < 0.9 * len(content)
    return StudioFile(_MEDIA_TYPES[path.suffix], _form(content, ""), _form(packed, "gzip") if worth_it else None)


def _form(content: bytes, encoding: str) -> Form:
    return Form(content, hashlib.sha256(content).hexdigest(), encoding)


def _takes_gzip(accepts: str) -> bool:
    for item in accepts.lower().split(","):
        name, _, weight = item.partition(";")
        if name.strip() in ("gzip", "*"):
            return not _REFUSED.fullmatch(weight)
    return False

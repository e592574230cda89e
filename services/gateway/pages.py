"""The studio's files, read once: what is not in the list cannot be asked for.

They are written for people and sent for browsers: comments, spaces and long local names go, and the texts, which stand
side by side in all languages where they are written, become one module per language.
"""

import gzip
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import minify

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

_WRITTEN = {".js": "application/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml"}
_WORDS = "words/"
_EXPORT = "export default "

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
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.suffix in _MEDIA_TYPES and path.is_file()
    }
    if SHELL not in found:
        raise FileNotFoundError(f"{folder} has no {SHELL}; install popcon again")
    texts = texts_of({name: content for name, content in found.items() if name.startswith(_WORDS)})
    files = {name: content for name, content in found.items() if not name.startswith(_WORDS)} | _catalogues(texts)
    return {name: _file(name, content) for name, content in files.items()}


def texts_of(modules: Mapping[str, bytes]) -> dict[str, dict[str, Any]]:
    """Text by key and language. A module of texts is JSON after `export default `. Raises `ValueError` for another."""
    texts: dict[str, dict[str, Any]] = {}
    for name, content in modules.items():
        head, _, body = content.decode().partition(_EXPORT)
        if head.strip():
            raise ValueError(f"{name} does not begin with {_EXPORT!r}")
        texts |= json.loads(body.strip().rstrip(";"))
    return texts


def _catalogues(texts: Mapping[str, Mapping[str, Any]]) -> dict[str, bytes]:
    """A module per language: `words/<language>.js`."""
    languages = sorted({language for entry in texts.values() for language in entry})
    return {
        f"{_WORDS}{language}.js": _EXPORT.encode() + _compact({key: entry[language] for key, entry in texts.items()})
        for language in languages
    }


def _compact(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _file(name: str, content: bytes) -> StudioFile:
    suffix = Path(name).suffix
    sent = _shorter(suffix, content)
    packed = gzip.compress(sent, mtime=0)
    # The headers that say "gzip" cost bytes too.
    worth_it = len(packed) < 0.9 * len(sent)
    return StudioFile(_MEDIA_TYPES[suffix], _form(sent, ""), _form(packed, "gzip") if worth_it else None)


def _shorter(suffix: str, content: bytes) -> bytes:
    if suffix not in _WRITTEN:
        return content
    return str(minify.string(_WRITTEN[suffix], content.decode())).encode()


def _form(content: bytes, encoding: str) -> Form:
    return Form(content, hashlib.sha256(content).hexdigest(), encoding)


def _takes_gzip(accepts: str) -> bool:
    for item in accepts.lower().split(","):
        name, _, weight = item.partition(";")
        if name.strip() in ("gzip", "*"):
            return not _REFUSED.fullmatch(weight)
    return False

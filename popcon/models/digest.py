"""What a file is, by its SHA-256."""

import hashlib
from pathlib import Path

from popcon.catalog.models import MODELS, Model


def sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def recognise(path: Path) -> Model | None:
    """The known model whose file this is, wherever it lies. Only a file of the right size is read."""
    size = path.stat().st_size
    likely = [model for model in MODELS.values() if model.size == size]
    if not likely:
        return None
    digest = sha256(path)
    return next((model for model in likely if model.sha256 == digest), None)

#!/usr/bin/env python3
"""Fails when the REST API breaks clients of the last release (tag v*), or before the first release, of nothing.

Each release describes itself: its own code is taken from git and asked.
"""

import io
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from scripts.openapi_breaks import breaks  # noqa: E402

_DESCRIBE = "import json; from services.gateway.app import create_app; print(json.dumps(create_app(None).openapi()))"


def main() -> int:
    """Prints each break. Returns 1 when there is one, else 0."""
    release = _last_release()
    if release is None:
        print("no release yet: nothing to break")
        return 0
    found = breaks(_of_release(release), described(ROOT))
    for each in found:
        print(each, file=sys.stderr)
    if found:
        print(
            f"Clients of {release} break: keep what is there and deprecate it (docs/changelog.md).",
            file=sys.stderr,
        )
    return int(bool(found))


def described(code: Path) -> dict[str, Any]:
    """The description of the API by a folder with popcon's code."""
    run = subprocess.run([sys.executable, "-c", _DESCRIBE], cwd=code, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def _last_release() -> str | None:
    found = subprocess.run(
        ["git", "describe", "--tags", "--abbrev=0", "--match", "v*"], cwd=ROOT, capture_output=True, text=True
    )
    return found.stdout.strip() or None


def _of_release(tag: str) -> dict[str, Any]:
    packed = subprocess.run(["git", "archive", tag, "popcon", "services"], cwd=ROOT, capture_output=True, check=True)
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
            archive.extractall(folder, filter="data")
        return described(Path(folder))


if __name__ == "__main__":
    sys.exit(main())

"""The check of a pack, as a process of the jail makes it."""

import json
from dataclasses import asdict

from PIL import Image

from popcon.errors import UnknownTarget
from services.packaging.checker import check_pack, detect_target

# Every reader now: Pillow looks for them when it meets a file that no other reads, and the jail opens no files.
Image.init()


def check(pack: bytes, target: str) -> bytes:
    """The target of a pack, found out where it is empty, and the rules that it breaks, as JSON. Raises
    `UnknownTarget`."""
    found = target or detect_target(pack)
    if not found:
        raise UnknownTarget("The pack does not tell its target: name it.", field="target")
    return json.dumps([found, [asdict(breach) for breach in check_pack(pack, found)]]).encode()

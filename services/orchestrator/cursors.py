"""Where the next page of a list begins: the id of the last thing on the page before, as an opaque text."""

import base64
import binascii

from popcon import errors


def write(last_id: str) -> str:
    """The cursor of the page after the one that ends with an id."""
    return base64.urlsafe_b64encode(last_id.encode()).decode()


def read(cursor: str, prefix: str) -> str:
    """The id that a cursor holds. Raises `InvalidRequest` where that is none with this prefix."""
    try:
        last_id = base64.urlsafe_b64decode(cursor.encode()).decode()
    except (binascii.Error, UnicodeDecodeError):
        last_id = ""
    if not last_id.startswith(prefix):
        raise errors.InvalidRequest("The cursor is not one that a page answered.", field="cursor")
    return last_id

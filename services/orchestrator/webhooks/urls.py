"""Where a webhook may send: what its URL must be. To which addresses it leads is looked at when it is connected to."""

import httpx

from popcon import errors

MAX_CHARS = 2_000


def checked(url: str, *, allow_http: bool) -> str:
    """A URL as it is kept: in ASCII. Raises `InvalidRequest`."""
    schemes = ("https", "http") if allow_http else ("https",)
    try:
        found = httpx.URL(url)
    except httpx.InvalidURL:
        found = httpx.URL("")
    text = str(found)
    is_right = found.scheme in schemes and found.host and not found.userinfo and not found.fragment
    if not is_right or len(text) > MAX_CHARS or (found.port is not None and not 0 < found.port < 65_536):
        raise errors.InvalidRequest(
            f"An endpoint is a URL like {schemes[0]}://example.com/popcon, without user, password and fragment, of at "
            f"most {MAX_CHARS} characters.",
            field="url",
        )
    return text

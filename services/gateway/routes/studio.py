"""The studio: its pages, which are one shell, and the files that the shell asks for."""

from fastapi import APIRouter, Request, Response

from popcon import errors
from services.gateway import conditional, pages

router = APIRouter(include_in_schema=False)

# Everything a page needs comes from here, and nothing may sit in its markup. Pictures that were just chosen are blobs.
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' blob: data:",
        "script-src 'self'",
        "style-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_UNUSED = ("camera", "microphone", "geolocation", "payment", "usb")
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{name}=()" for name in _UNUSED),
    # A page and its modules must be of one version, so each is asked for again; the tag makes that cheap.
    "Cache-Control": "no-cache",
    "Vary": "Accept-Encoding",
}
_METHODS = ["GET", "HEAD"]


@router.api_route("/", methods=_METHODS)
@router.api_route("/archive", methods=_METHODS)
@router.api_route("/jobs/{job}", methods=_METHODS)
@router.api_route("/jobs/{job}/pack", methods=_METHODS)
@router.api_route("/jobs/{job}/{action}/refine", methods=_METHODS)
async def page(request: Request) -> Response:
    """The shell, which reads from its address what to show; that there is no such job is for it to say."""
    return _respond(request, pages.SHELL)


@router.api_route("/studio/{name:path}", methods=_METHODS)
async def file(request: Request, name: str) -> Response:
    """A module, style sheet, icon or catalogue of the studio."""
    return _respond(request, name)


def _respond(request: Request, name: str) -> Response:
    found = request.app.state.studio.get(name)
    if found is None:
        raise errors.NotFound(f"The studio has no file {name[:100]!r}; load the page again.")
    form = found.form(request.headers.get("accept-encoding", ""))
    headers = {**_HEADERS, "ETag": f'"{form.sha256}"'}
    if conditional.is_known(request, form.sha256):
        return Response(status_code=304, headers=headers)
    if form.encoding:
        headers["Content-Encoding"] = form.encoding
    return Response(form.content, headers=headers, media_type=found.media_type)

"""What the `type` of a problem leads to: a page for people, JSON for programs."""

import html
import re
from dataclasses import asdict
from pathlib import Path
from string import Template
from typing import Annotated

from fastapi import APIRouter, Header, Response
from fastapi import Path as PathPart
from starlette.responses import HTMLResponse, JSONResponse

from popcon import problems, rest
from services.gateway import openapi
from services.gateway.access import KnownRoute

router = APIRouter(prefix="/v1/problems", tags=["catalog"], route_class=KnownRoute)

_PAGE = Template((Path(__file__).parent.parent / "problem.html").read_text())
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; frame-ancestors 'none'"
_CODE = re.compile(r"`([^`]+)`")
_HEADERS = {"Vary": "Accept", "Cache-Control": "public, max-age=86400"}


@router.get("/{code}", summary="What a problem means", response_model=rest.ProblemKind, responses=openapi.or_page())
async def get_problem(
    code: Annotated[str, PathPart(description="the `code` of a problem", examples=["unknown_preset"])],
    accept: Annotated[str, Header(description="a page for people where it has `text/html`, else JSON")] = "",
) -> Response:
    """What it means and what to do about it. A problem's `type` is this address."""
    kind = problems.find(code)
    if "text/html" not in accept:
        found = rest.ProblemKind.model_validate({**asdict(kind), "type": kind.type})
        return JSONResponse(found.model_dump(), headers=_HEADERS)
    words = {name: _CODE.sub(r"<code>\1</code>", html.escape(str(value))) for name, value in asdict(kind).items()}
    later = "Yes, after the seconds of Retry-After." if kind.retryable else "No, not as it is."
    return HTMLResponse(_PAGE.substitute(words, later=later), headers={**_HEADERS, "Content-Security-Policy": _POLICY})

"""Signing in to the studio where keys are required: a plain form, and a cookie with the key that no script can read."""

import html
from pathlib import Path
from string import Template
from typing import Annotated

from fastapi import APIRouter, Form, Header, Request, Response
from starlette.responses import HTMLResponse, RedirectResponse

from popcon import errors
from services.gateway import edge
from services.gateway.access import COOKIE, Access

router = APIRouter(include_in_schema=False)

_PAGE = Template((Path(__file__).parent.parent / "sign_in.html").read_text())
_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
_DAYS_30 = 30 * 86_400
_WORDS = {
    "en": ("Sign in", "Your API key", "Sign in", "That key is not known, has expired or was revoked."),
    "ko": ("로그인", "API 키", "로그인", "모르는 키이거나, 만료되었거나, 취소된 키입니다."),
    "ja": ("サインイン", "APIキー", "サインイン", "不明なキーか、期限切れか、無効にされたキーです。"),
}

Languages = Annotated[str, Header()]


@router.get("/sign-in")
async def sign_in_page(accept_language: Languages = "") -> Response:
    """The form."""
    return _page(accept_language, 200)


@router.post("/sign-in")
async def sign_in(
    request: Request, key: Annotated[str, Form(max_length=4_000)], accept_language: Languages = ""
) -> Response:
    """Keeps the key in a cookie and shows the studio, or the form again."""
    access: Access = request.app.state.access
    try:
        if access.required:
            await access.of(key.strip())
    except errors.Unauthenticated:
        return _page(accept_language, 401)
    answer = RedirectResponse("/", status_code=303)
    secure = edge.is_tls(request.scope)
    answer.set_cookie(COOKIE, key.strip(), max_age=_DAYS_30, httponly=True, secure=secure, samesite="strict")
    return answer


@router.post("/sign-out")
async def sign_out() -> Response:
    """Has the browser forget the key."""
    answer = RedirectResponse("/sign-in", status_code=303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer


def _page(accepts: str, status: int) -> Response:
    language = next((tag for part in accepts.split(",") if (tag := part.strip()[:2].lower()) in _WORDS), "en")
    title, label, button, refusal = map(html.escape, _WORDS[language])
    told = f'<p role="alert">{refusal}</p>' if status == 401 else ""
    page = _PAGE.substitute(language=language, title=title, label=label, button=button, told=told)
    return HTMLResponse(page, status, _HEADERS)

"""Tokens of an identity provider that is a real HTTP server: what counts, and what does not."""

import base64
import hmac
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import FastAPI

from popcon import errors, server
from services.gateway import tokens
from services.gateway.access import Scope
from services.gateway.tokens import OidcTokens
from tests.fixtures.gateway import free_port

AUDIENCE = "popcon"
RSA = rsa.generate_private_key(65_537, 2048)
OTHER = rsa.generate_private_key(65_537, 2048)
CURVE = ec.generate_private_key(ec.SECP256R1())


@dataclass
class Provider:
    """What it serves and how often its keys were fetched."""

    issuer: str
    keys: list[dict[str, Any]]
    fetched: int = 0
    says: dict[str, Any] = field(default_factory=dict)

    def token(self, key: Any = RSA, kid: str = "one", algorithm: str = "RS256", **claims: Any) -> str:
        now = int(time.time())
        told = {"iss": self.issuer, "aud": AUDIENCE, "sub": "user|7", "exp": now + 60, "scope": "openid popcon:write"}
        whole = {name: value for name, value in (told | claims).items() if value is not None}
        return jwt.encode(whole, key, algorithm, headers={"kid": kid})


def public(key: Any, kid: str) -> dict[str, Any]:
    kind = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
    return {**kind.to_jwk(key.public_key(), as_dict=True), "kid": kid}


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    port = free_port()
    found = Provider(f"http://127.0.0.1:{port}/realm", [public(RSA, "one"), public(CURVE, "two")])
    app = FastAPI()

    @app.get("/realm/.well-known/openid-configuration")
    def about() -> dict[str, Any]:
        return {"issuer": found.issuer, "jwks_uri": f"{found.issuer}/keys", **found.says}

    @app.get("/realm/keys")
    def keys() -> dict[str, Any]:
        found.fetched += 1
        return {"keys": found.keys}

    async with server.asgi(app, f"127.0.0.1:{port}", grace_s=1):
        yield found


async def test_a_token_tells_an_owner_and_what_it_may_do(provider: Provider) -> None:
    read = OidcTokens(provider.issuer, AUDIENCE)
    caller = await read.caller(provider.token())
    assert (caller.scope, caller.key) == (Scope.WRITE, "")
    assert caller == await read.caller(provider.token(CURVE, "two", "ES256"))
    assert caller.owner != (await read.caller(provider.token(sub="user|8"))).owner
    assert provider.fetched == 1


@pytest.mark.parametrize(
    ("said", "scope"),
    [
        ("popcon:read", Scope.READ),
        ("popcon:admin popcon:read", Scope.ADMIN),
        ("read admin", Scope.NONE),
        ("", Scope.NONE),
    ],
)
async def test_scopes_are_those_of_popcon(provider: Provider, said: str, scope: Scope) -> None:
    assert (await OidcTokens(provider.issuer, AUDIENCE).caller(provider.token(scope=said))).scope == scope


@pytest.mark.parametrize("subject", ["anna", "local", "../anna", "x" * 500])
async def test_no_subject_becomes_the_owner_of_keys_or_of_anything_else(provider: Provider, subject: str) -> None:
    owner = (await OidcTokens(provider.issuer, AUDIENCE).caller(provider.token(sub=subject))).owner
    assert owner.startswith("oidc-")
    assert len(owner) <= 64
    assert subject not in owner


def signed_with_what_is_public(provider: Provider) -> str:
    """By hand, since the library makes no such token."""
    secret = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head = base64url(json.dumps({"alg": "HS256", "kid": "one"}).encode())
    signed = f"{head}.{provider.token().split('.')[1]}"
    return f"{signed}.{base64url(hmac.digest(secret, signed.encode(), 'sha256'))}"


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def bad(provider: Provider) -> dict[str, str]:
    now = int(time.time())
    return {
        "for another": provider.token(aud="other"),
        "by another": provider.token(iss="https://evil.example"),
        "expired": provider.token(exp=now - 3600),
        "not yet": provider.token(nbf=now + 3600),
        "without an end": provider.token(exp=None),
        "without a subject": provider.token(sub=None),
        "signed by another": provider.token(OTHER),
        "with an unknown key": provider.token(OTHER, "three"),
        "not signed": provider.token(None, algorithm="none"),
        "signed with the public key as a secret": signed_with_what_is_public(provider),
        "no token": "hello",
        "empty parts": "..",
    }


async def refused(read: OidcTokens, token: str) -> bool:
    try:
        await read.caller(token)
    except errors.Unauthenticated:
        return True
    return False


async def test_what_does_not_count_is_refused(provider: Provider) -> None:
    read = OidcTokens(provider.issuer, AUDIENCE)
    for name, token in bad(provider).items():
        assert await refused(read, token), name
    assert provider.fetched == 1  # whoever makes up keys makes nobody ask for them


async def test_a_new_key_is_fetched_when_it_is_met(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    read = OidcTokens(provider.issuer, AUDIENCE)
    await read.caller(provider.token())
    provider.keys = [public(OTHER, "three")]
    monkeypatch.setattr(tokens, "AGAIN_S", 0.0)
    await read.caller(provider.token(OTHER, "three"))
    with pytest.raises(errors.Unauthenticated):
        await read.caller(provider.token())


@pytest.mark.parametrize("says", [{"issuer": "https://other.example"}, {"jwks_uri": None}, {"jwks_uri": "nowhere"}])
async def test_a_provider_that_is_another_or_makes_no_sense_is_not_believed(
    provider: Provider, says: dict[str, Any]
) -> None:
    provider.says = says
    with pytest.raises(errors.Unavailable):
        await OidcTokens(provider.issuer, AUDIENCE).caller(provider.token())


async def test_a_provider_that_is_away_is_no_fault_of_the_token() -> None:
    away = Provider(f"http://127.0.0.1:{free_port()}", [])
    with pytest.raises(errors.Unavailable):
        await OidcTokens(away.issuer, AUDIENCE).caller(away.token())

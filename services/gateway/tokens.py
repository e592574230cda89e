"""Bearer tokens of an OpenID Connect provider: signature, issuer, audience and times are checked, by its public keys.

An owner is `oidc-` and a digest of issuer and subject: nobody can become the owner of keys by choosing a name. Scopes
are those of the claim `scope` that begin with `popcon:`, as `popcon:write`.
"""

import asyncio
import hashlib
import time
from typing import Any

import httpx
import jwt

from popcon import errors
from services.gateway.access import Caller, Scope

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
KEPT_S = 600.0
"""How long the provider's keys are kept."""
AGAIN_S = 30.0
"""How long until they are fetched again for a token whose key is not among them."""
LEEWAY_S = 30
_TIMEOUT_S = 5.0
_MAX_BYTES = 1_000_000


class OidcTokens:
    """Tokens that `issuer` (a URL) issued for `audience`."""

    def __init__(self, issuer: str, audience: str) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched = float("-inf")
        self._fetching = asyncio.Lock()

    async def caller(self, token: str) -> Caller:
        """Whose a token is. Raises `Unauthenticated`, or `Unavailable` where the provider does not answer."""
        try:
            key = await self._key(str(jwt.get_unverified_header(token).get("kid", "")))
            claims = jwt.decode(
                token,
                key,
                algorithms=list(ALGORITHMS),
                audience=self._audience,
                issuer=self._issuer,
                leeway=LEEWAY_S,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.ExpiredSignatureError:
            raise errors.Unauthenticated("The token has expired; get another from your provider.") from None
        except jwt.PyJWTError:
            raise errors.Unauthenticated("The token is none that counts here; get one for this service.") from None
        return Caller(_owner(self._issuer, claims["sub"]), _scope(claims))

    async def _key(self, kid: str) -> jwt.PyJWK:
        async with self._fetching:
            age_s = time.monotonic() - self._fetched
            if age_s > KEPT_S or (kid not in self._keys and age_s > AGAIN_S):
                self._keys = await self._fetch()
                self._fetched = time.monotonic()
        if kid not in self._keys:
            raise errors.Unauthenticated("The token is signed with a key that its provider does not have.")
        return self._keys[kid]

    async def _fetch(self) -> dict[str, jwt.PyJWK]:
        try:
            async with httpx.AsyncClient(timeout=_TIMEOUT_S) as http:
                about = await _json(http, f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
                if about.get("issuer") != self._issuer:
                    raise errors.Unavailable(f"The provider at POPCON_OIDC_ISSUER says it is {about.get('issuer')!r}.")
                found = await _json(http, str(about["jwks_uri"]))
            return {str(key.key_id): key for key in jwt.PyJWKSet.from_dict(found).keys if key.key_id}
        except (httpx.HTTPError, ValueError, KeyError, jwt.PyJWTError) as error:
            raise errors.Unavailable("The identity provider does not answer as it should.") from error


async def _json(http: httpx.AsyncClient, url: str) -> dict[str, Any]:
    answer = await http.get(url)
    answer.raise_for_status()
    found = answer.json()
    if len(answer.content) > _MAX_BYTES or not isinstance(found, dict):
        raise ValueError("not a document of a provider")
    return found


def _owner(issuer: str, subject: str) -> str:
    return "oidc-" + hashlib.sha256(f"{issuer}\n{subject}".encode()).hexdigest()[:40]


def _scope(claims: dict[str, Any]) -> Scope:
    said = str(claims.get("scope", "")).split()
    return max((scope for scope in Scope if f"popcon:{scope.name.lower()}" in said), default=Scope.NONE)

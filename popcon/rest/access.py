"""API keys, and who asks."""

from datetime import datetime
from enum import StrEnum

from pydantic import ConfigDict, Field

from popcon.rest.common import CREATED, KEY_ID, Answer, Ask, Text, example

_KEY = {
    "id": KEY_ID,
    "name": "build server",
    "scope": "write",
    "created_at": CREATED,
    "expires_at": None,
    "revoked_at": None,
}


class Scope(StrEnum):
    """What a caller may do; each may do what those before it may."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


class Key(Answer):
    """An API key, without its secret."""

    model_config = ConfigDict(json_schema_extra=example(_KEY))

    id: str = Field(description="`key_…`", examples=[KEY_ID])
    name: str = Field(description="for people")
    scope: Scope
    created_at: datetime
    expires_at: datetime | None = Field(description="null where it does not expire")
    revoked_at: datetime | None = Field(description="null where it was not revoked")


class KeyPage(Answer):
    """A page of an owner's keys."""

    model_config = ConfigDict(json_schema_extra=example({"keys": [_KEY], "next_cursor": None}))

    keys: list[Key] = Field(description="newest first, also those that have ended")
    next_cursor: str | None = Field(None, description="give it as `cursor` for the next page; null after the last")


class NewKey(Ask):
    """What makes a key."""

    model_config = ConfigDict(json_schema_extra=example({"name": "build server", "scope": "write"}))

    name: Text = Field("", max_length=100, description="for people")
    scope: Scope = Field(Scope.WRITE, description="what it may do")
    lifetime_s: int = Field(0, ge=0, le=315_360_000, description="seconds until it ends; 0 for never")


class Rotation(Ask):
    """How a key is succeeded."""

    model_config = ConfigDict(json_schema_extra=example({"grace_s": 3600}))

    grace_s: int = Field(0, ge=0, le=2_592_000, description="seconds that the old key is still good for")


class MadeKey(Answer):
    """A new key, with all of it."""

    model_config = ConfigDict(json_schema_extra=example({"key": _KEY, "secret": "popcon_…"}))

    key: Key
    secret: str = Field(description="the key itself; it is shown this once, so keep it")


class Me(Answer):
    """Who asks."""

    model_config = ConfigDict(json_schema_extra=example({"owner": "local", "scope": "admin", "key_id": None}))

    owner: str = Field(description="whose everything is that this caller makes and sees")
    scope: Scope
    key_id: str | None = Field(description="`key_…`; null where no key was needed or it was another kind of token")

"""API keys: shown once, kept as a digest, refused alike."""

import re
from typing import Any

import pytest
import sqlalchemy as sa

from popcon import errors, ids, rpc
from popcon.v1 import access_pb2 as pb
from services.orchestrator import tables
from tests.fixtures.orchestrator import Orchestrator

ANNA = "anna"


async def create(house: Orchestrator, owner: str = ANNA, **asked: Any) -> pb.CreateKeyResponse:
    request = pb.CreateKeyRequest(owner=owner, **{"scope": "SCOPE_WRITE", **asked})
    return await rpc.call(house.access.CreateKey, request)  # type: ignore[no-any-return]


async def authenticate(house: Orchestrator, secret: str) -> pb.Key:
    answer = await rpc.call(house.access.Authenticate, pb.AuthenticateRequest(secret=secret))
    return answer.key  # type: ignore[no-any-return]


async def refusal(house: Orchestrator, secret: str) -> str:
    with pytest.raises(errors.Unauthenticated) as told:
        await authenticate(house, secret)
    return told.value.message


async def test_a_key_tells_whose_it_is_and_what_it_may_do(house: Orchestrator) -> None:
    made = await create(house, name="build", scope="SCOPE_READ")
    assert re.fullmatch(r"popcon_[0-9a-f]{32}_[A-Za-z0-9_-]{43}", made.secret)
    found = await authenticate(house, made.secret)
    assert (found.id, found.owner, found.name, found.scope) == (made.key.id, ANNA, "build", pb.SCOPE_READ)
    assert not found.HasField("expires_at")


async def test_nothing_that_is_kept_is_the_key_or_part_of_its_secret(house: Orchestrator) -> None:
    made = await create(house)
    private = made.secret.rpartition("_")[2] if "_" not in made.secret[40:] else made.secret[40:]
    kept = str([await house.rows(table) for table in (tables.keys, tables.audit)])
    assert made.key.id in kept
    assert private not in kept
    assert len((await house.rows(tables.keys))[0]["digest"]) == 64


def spoiled(secret: str) -> dict[str, str]:
    other = "a" if secret[-2] != "a" else "b"
    return {
        "wrong secret": secret[:-2] + other + secret[-1],
        "unknown id": "popcon_" + "f" * 32 + secret[39:],
        "no key at all": "hello",
        "empty": "",
        "too long": secret + "a",
        "not ASCII": "popcon_" + "é" * 76,
    }


async def test_a_wrong_key_is_refused_in_the_same_words_after_the_same_queries(house: Orchestrator) -> None:
    made = await create(house)
    seen: list[str] = []
    engine = house.database.reading.sync_engine
    sa.event.listen(engine, "before_cursor_execute", lambda *told: seen.append(told[2]))
    await authenticate(house, made.secret)
    good = seen[:]
    told = set()
    for secret in spoiled(made.secret).values():
        seen.clear()
        told.add(await refusal(house, secret))
        assert seen == good
    assert len(told) == 1
    assert len(good) >= 2  # the time, and the row


async def test_one_that_expired_is_refused_like_one_that_never_was(house: Orchestrator) -> None:
    made = await create(house, lifetime_s=60)
    assert (await authenticate(house, made.secret)).HasField("expires_at")
    unknown = await refusal(house, "popcon_" + "f" * 32 + made.secret[39:])
    await house.set(tables.keys, tables.keys.c.id == made.key.id, ends_at=1)
    assert await refusal(house, made.secret) == unknown


async def test_a_revoked_key_is_over_and_stays_listed(house: Orchestrator) -> None:
    made, other = await create(house), await create(house)
    request = pb.RevokeKeyRequest(owner=ANNA, key_id=made.key.id)
    first = (await rpc.call(house.access.RevokeKey, request)).key
    assert first.HasField("revoked_at")
    assert (await rpc.call(house.access.RevokeKey, request)).key == first
    await refusal(house, made.secret)
    await authenticate(house, other.secret)
    listed = (await rpc.call(house.access.ListKeys, pb.ListKeysRequest(owner=ANNA))).keys
    assert [key.id for key in listed] == [other.key.id, made.key.id]
    assert listed[1].HasField("revoked_at")
    whats = [row["what"] for row in await house.rows(tables.audit)]
    assert sorted(whats) == ["key.created", "key.created", "key.revoked"]


@pytest.mark.parametrize("grace_s", [0, 3600])
async def test_a_rotated_key_is_good_for_its_grace(house: Orchestrator, grace_s: int) -> None:
    made = await create(house, name="build", scope="SCOPE_ADMIN", lifetime_s=86_400)
    request = pb.RotateKeyRequest(owner=ANNA, key_id=made.key.id, grace_s=grace_s)
    fresh = await rpc.call(house.access.RotateKey, request)
    found = await authenticate(house, fresh.secret)
    assert (found.name, found.scope, found.owner) == ("build", pb.SCOPE_ADMIN, ANNA)
    lives = found.expires_at.ToSeconds() - found.created_at.ToSeconds()
    assert abs(lives - 86_400) <= 1
    if grace_s:
        assert (await authenticate(house, made.secret)).id == made.key.id
        await house.set(tables.keys, tables.keys.c.id == made.key.id, ends_at=1)
    await refusal(house, made.secret)
    with pytest.raises(errors.WrongState):
        await rpc.call(house.access.RotateKey, request)


async def test_anothers_key_is_like_one_that_does_not_exist(house: Orchestrator) -> None:
    made = await create(house)
    told = set()
    for key_id in (made.key.id, ids.new(ids.KEY)):
        for method, kind in (
            (house.access.RevokeKey, pb.RevokeKeyRequest),
            (house.access.RotateKey, pb.RotateKeyRequest),
        ):
            with pytest.raises(errors.NotFound) as refused:
                await rpc.call(method, kind(owner="ben", key_id=key_id))
            told.add(refused.value.message.replace(key_id, "X"))
    assert len(told) == 1
    assert not (await rpc.call(house.access.ListKeys, pb.ListKeysRequest(owner="ben"))).keys
    await authenticate(house, made.secret)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"owner": ""}, "owner"),
        ({"owner": "Anna"}, "owner"),
        ({"owner": "../anna"}, "owner"),
        ({"owner": ".."}, "owner"),
        ({"owner": "a" * 65}, "owner"),
        ({"name": "n" * 101}, "name"),
        ({"scope": "SCOPE_UNSPECIFIED"}, "scope"),
        ({"lifetime_s": -1}, "lifetime_s"),
        ({"lifetime_s": 11 * 365 * 86_400}, "lifetime_s"),
    ],
)
async def test_what_makes_no_sense_is_told(house: Orchestrator, asked: dict[str, Any], field: str) -> None:
    with pytest.raises(errors.InvalidRequest) as told:
        await create(house, **asked)
    assert told.value.field == field
    assert not await house.rows(tables.keys)


async def test_keys_come_in_pages_newest_first(house: Orchestrator) -> None:
    made = [(await create(house, name=f"{n}")).key.id for n in range(5)]
    await create(house, owner="ben")
    seen, cursor = [], ""
    while True:
        request = pb.ListKeysRequest(owner=ANNA, limit=2, cursor=cursor)
        page = await rpc.call(house.access.ListKeys, request)
        seen.append([key.id for key in page.keys])
        cursor = page.next_cursor
        if not cursor:
            break
    assert seen == [made[:2:-1], made[2:0:-1], made[:1]]


async def test_one_key_is_shown_to_its_owner_without_its_secret(house: Orchestrator) -> None:
    made = await create(house, name="build")
    request = pb.GetKeyRequest(owner=ANNA, key_id=made.key.id)
    assert (await rpc.call(house.access.GetKey, request)).key == made.key
    with pytest.raises(errors.NotFound):
        await rpc.call(house.access.GetKey, pb.GetKeyRequest(owner="ben", key_id=made.key.id))


@pytest.mark.parametrize(("limit", "cursor", "field"), [(-1, "", "limit"), (201, "", "limit"), (2, "job_1", "cursor")])
async def test_a_page_that_cannot_be(house: Orchestrator, limit: int, cursor: str, field: str) -> None:
    with pytest.raises(errors.InvalidRequest) as told:
        await rpc.call(house.access.ListKeys, pb.ListKeysRequest(owner=ANNA, limit=limit, cursor=cursor))
    assert told.value.field == field

"""API keys of the caller's owner."""

from typing import Annotated

from fastapi import APIRouter, Body, Query, Response

from popcon import rest
from popcon.rest.common import Text
from popcon.v1 import access_pb2 as pb
from services.gateway import openapi, to_rest
from services.gateway.access import KnownRoute
from services.gateway.links import read, write
from services.gateway.params import KeyId, Owner, Services

router = APIRouter(prefix="/v1/keys", tags=["access"], route_class=KnownRoute)


@router.get("", summary="Keys, newest first", responses=openapi.problems(422))
async def list_keys(
    owner: Owner,
    links: Services,
    limit: Annotated[int, Query(ge=1, le=200, description="keys per page")] = 50,
    cursor: Annotated[Text, Query(max_length=1_000, description="`next_cursor` of the page before")] = "",
) -> rest.KeyPage:
    """A page of the owner's keys, without their secrets."""
    answer = await read(links.access.ListKeys, pb.ListKeysRequest(owner=owner, limit=limit, cursor=cursor))
    return rest.KeyPage(keys=[to_rest.key(key) for key in answer.keys], next_cursor=answer.next_cursor or None)


@router.get("/{key}", summary="One key", responses=openapi.problems(404))
async def get_key(key: KeyId, owner: Owner, links: Services) -> rest.Key:
    """A key, without its secret."""
    return to_rest.key((await read(links.access.GetKey, pb.GetKeyRequest(owner=owner, key_id=key))).key)


@router.post("", summary="Make a key", status_code=201, responses=openapi.problems(413, 415, 422))
async def create_key(asked: rest.NewKey, owner: Owner, links: Services, response: Response) -> rest.MadeKey:
    """A new key of this owner. Its secret is in this answer and nowhere else."""
    request = pb.CreateKeyRequest(
        owner=owner, name=asked.name, scope=f"SCOPE_{asked.scope.upper()}", lifetime_s=asked.lifetime_s
    )
    answer = await write(links.access.CreateKey, request, repeatable=False)
    return _made(answer.key, answer.secret, response)


@router.post(
    "/{key}/rotate", summary="Replace a key", status_code=201, responses=openapi.problems(404, 409, 413, 415, 422)
)
async def rotate_key(
    key: KeyId,
    owner: Owner,
    links: Services,
    response: Response,
    asked: Annotated[rest.Rotation | None, Body()] = None,
) -> rest.MadeKey:
    """A new key like this one, which ends after the grace."""
    grace_s = asked.grace_s if asked else 0
    request = pb.RotateKeyRequest(owner=owner, key_id=key, grace_s=grace_s)
    answer = await write(links.access.RotateKey, request, repeatable=False)
    return _made(answer.key, answer.secret, response)


def _made(key: pb.Key, secret: str, response: Response) -> rest.MadeKey:
    response.headers["Location"] = f"/v1/keys/{key.id}"
    return rest.MadeKey(key=to_rest.key(key), secret=secret)


@router.delete("/{key}", summary="Revoke a key", responses=openapi.problems(404))
async def revoke_key(key: KeyId, owner: Owner, links: Services) -> rest.Key:
    """Ends a key; callers that show it are refused within five seconds. A second time changes nothing."""
    request = pb.RevokeKeyRequest(owner=owner, key_id=key)
    return to_rest.key((await write(links.access.RevokeKey, request, repeatable=True)).key)

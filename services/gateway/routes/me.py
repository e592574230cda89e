"""Who asks."""

from fastapi import APIRouter

from popcon import rest
from services.gateway import openapi
from services.gateway.access import KnownRoute
from services.gateway.params import Asking

router = APIRouter(prefix="/v1/me", tags=["access"], route_class=KnownRoute)


@router.get("", summary="Who asks", responses=openapi.problems())
async def get_me(caller: Asking) -> rest.Me:
    """Whose key this is and what it may do."""
    return rest.Me(owner=caller.owner, scope=rest.Scope[caller.scope.name], key_id=caller.key or None)

"""Dead letters: runs that failed for good."""

from typing import Annotated

from fastapi import APIRouter, Query

from popcon import rest
from popcon.rest.common import Text
from popcon.v1 import dead_letters_pb2 as pb
from services.gateway import openapi, to_proto, to_rest
from services.gateway.access import KnownRoute
from services.gateway.links import read, write
from services.gateway.params import Owner, RunId, Services

router = APIRouter(prefix="/v1/dead-letters", tags=["dead letters"], route_class=KnownRoute)


@router.get("", summary="Dead letters, newest first", responses=openapi.problems(422))
async def list_dead_letters(
    owner: Owner,
    links: Services,
    limit: Annotated[int, Query(ge=1, le=200, description="dead letters per page")] = 50,
    cursor: Annotated[Text, Query(max_length=1_000, description="`next_cursor` of the page before")] = "",
    state: Annotated[
        list[rest.DeadLetterState] | None, Query(description="only these states; repeat it for more")
    ] = None,
    stage: Annotated[rest.Stage | None, Query(description="only this stage")] = None,
) -> rest.DeadLetterPage:
    """A page of runs that failed for good, without their parameters and events."""
    request = pb.ListDeadLettersRequest(
        owner=owner,
        limit=limit,
        cursor=cursor,
        states=[f"DEAD_LETTER_STATE_{item.upper()}" for item in state or ()],
        stage=to_proto.stage(stage),
    )
    return to_rest.dead_letter_page(await read(links.dead_letters.ListDeadLetters, request))


@router.get("/{run}", summary="One dead letter", responses=openapi.problems(404))
async def get_dead_letter(run: RunId, owner: Owner, links: Services) -> rest.DeadLetter:
    """A run that failed for good, with its parameters and what happened to it."""
    request = pb.GetDeadLetterRequest(owner=owner, run_id=run)
    return to_rest.dead_letter((await read(links.dead_letters.GetDeadLetter, request)).dead_letter)


@router.post("/{run}/replay", summary="Do its work again", responses=openapi.problems(404, 409))
async def replay_dead_letter(run: RunId, owner: Owner, links: Services) -> rest.DeadLetter:
    """Resumes the action from that stage, applies the edit again, or has the set made again. Once: a second time
    changes nothing."""
    request = pb.ReplayDeadLetterRequest(owner=owner, run_id=run)
    answer = await write(links.dead_letters.ReplayDeadLetter, request, repeatable=True)
    return to_rest.dead_letter(answer.dead_letter)


@router.post("/{run}/discard", summary="Put it away", responses=openapi.problems(404, 409))
async def discard_dead_letter(run: RunId, owner: Owner, links: Services) -> rest.DeadLetter:
    """Puts a dead letter away; the action or set stays failed. A second time changes nothing."""
    request = pb.DiscardDeadLetterRequest(owner=owner, run_id=run)
    answer = await write(links.dead_letters.DiscardDeadLetter, request, repeatable=True)
    return to_rest.dead_letter(answer.dead_letter)

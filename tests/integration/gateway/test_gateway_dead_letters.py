"""Dead letters over REST and with the client."""

import asyncio

import pytest

from popcon import errors, ids, rest
from popcon.client import Popcon
from popcon.v1 import dead_letters_pb2 as pb
from tests.fixtures.gateway import ACTION, JOB, RUN, Gateway, a_dead_letter, problem

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_dead_letter_is_told_whole(gate: Gateway) -> None:
    answer = await gate.http.get(f"/v1/dead-letters/{RUN}")
    assert answer.status_code == 200
    found = answer.json()
    assert (found["run_id"], found["job_id"], found["action_id"], found["target"]) == (RUN, JOB, ACTION, None)
    assert (found["stage"], found["number"], found["state"]) == ("motion", 2, "open")
    assert found["failure"]["code"] == "worker_lost"
    assert (found["attempts"], found["losses"], found["tries"], found["wasted_seconds"]) == (6, 5, 1, 61.5)
    assert found["inputs"] == [{"stage": "startframe", "target": None, "run": 1, "take": 2}]
    assert found["parameters"] == {"direction": {"preset": "wave"}}
    assert [event["type"] for event in found["events"]] == ["run.failed"]


async def test_a_list_asks_for_what_is_wanted(gate: Gateway) -> None:
    gate.script.answers["ListDeadLetters"] = pb.ListDeadLettersResponse(
        dead_letters=[a_dead_letter()], next_cursor="more"
    )
    answer = await gate.http.get("/v1/dead-letters?state=open&state=discarded&stage=assemble&limit=3&cursor=c")
    assert answer.json()["next_cursor"] == "more"
    assert [letter["run_id"] for letter in answer.json()["dead_letters"]] == [RUN]
    [asked] = gate.script.asked("ListDeadLetters")
    states = ["DEAD_LETTER_STATE_OPEN", "DEAD_LETTER_STATE_DISCARDED"]
    wanted = {"owner": "local", "limit": 3, "cursor": "c", "states": states, "stage": "STAGE_ASSEMBLE"}
    assert asked == pb.ListDeadLettersRequest(**wanted)


@pytest.mark.parametrize("verb", ["replay", "discard"])
async def test_a_change_is_asked_for_and_answered(gate: Gateway, verb: str) -> None:
    answer = await gate.http.post(f"/v1/dead-letters/{RUN}/{verb}")
    assert answer.json()["run_id"] == RUN
    [asked] = gate.script.asked(f"{verb.capitalize()}DeadLetter")
    assert (asked.owner, asked.run_id) == ("local", RUN)
    gate.script.raises[f"{verb.capitalize()}DeadLetter"] = errors.WrongState("The dead letter was put away: resume it.")
    problem(await gate.http.post(f"/v1/dead-letters/{RUN}/{verb}"), 409, "wrong_state")


async def test_nonsense_is_a_problem_before_anybody_is_asked(gate: Gateway) -> None:
    for query in ("state=lost", "stage=lost", "limit=0", "limit=201"):
        problem(await gate.http.get(f"/v1/dead-letters?{query}"), 422, "invalid_request")
    for path in ("nonsense", f"{JOB}", "run_x/replay"):
        method = "POST" if "/" in path else "GET"
        problem(await gate.http.request(method, f"/v1/dead-letters/{path}"), 404, "not_found")
    assert gate.script.seen == []


async def test_the_client_lists_looks_replays_and_discards(gate: Gateway) -> None:
    many = [a_dead_letter(ids.new(ids.RUN)) for _ in range(3)]
    gate.script.answers["ListDeadLetters"] = pb.ListDeadLettersResponse(dead_letters=many, next_cursor="more")

    def use() -> list[rest.DeadLetter]:
        with Popcon(gate.url, timeout=10) as popcon:
            letters = popcon.dead_letters
            assert letters.get(RUN) == letters.replay(RUN) == letters.discard(RUN)
            return list(letters.list(state=[rest.DeadLetterState.OPEN], stage=rest.Stage.MOTION, limit=5))

    found = await asyncio.to_thread(use)
    assert [letter.run_id for letter in found] == [letter.run_id for letter in (*many, *many[:2])]
    first, second = gate.script.asked("ListDeadLetters")
    assert (first.cursor, second.cursor, first.stage) == ("", "more", second.stage)

"""Actions, edits and sets: each change carries the version that was seen, and nothing else happens on a wrong path."""

from typing import Any

import pytest

from popcon import errors, ids, rest
from popcon.v1 import common_pb2, edits_pb2, jobs_pb2, matting_pb2, runs_pb2, sets_pb2
from services.gateway import links
from tests.fixtures.gateway import ACTION, EDIT, JOB, Gateway, a_job, a_set, an_edit

pytestmark = pytest.mark.asyncio(loop_scope="session")

OF_ACTION: dict[str, Any] = {"owner": "local", "action_id": ACTION, "version": 4}
OF_EDIT: dict[str, Any] = {"owner": "local", "edit_id": EDIT, "version": 2}

CHANGES: list[tuple[str, dict[str, Any], Any]] = [
    ("approve", {"run": 2, "take": 3}, jobs_pb2.ApproveActionRequest(**OF_ACTION, run=2, take=3)),
    ("approve", {}, jobs_pb2.ApproveActionRequest(**OF_ACTION)),
    ("regenerate", {}, jobs_pb2.RegenerateActionRequest(**OF_ACTION)),
    (
        "regenerate",
        {"direction": {"preset": "cry", "effect_prompt": "a puddle"}},
        jobs_pb2.RegenerateActionRequest(
            **OF_ACTION, direction=common_pb2.Direction(preset="cry", effect_prompt="a puddle", strength=1, speed=1)
        ),
    ),
    (
        "select",
        {"selection": {"stage": "pack", "target": "web", "run": 2}},
        jobs_pb2.SelectTakeRequest(
            **OF_ACTION, selection=common_pb2.Selection(stage="STAGE_PACK", target="web", run=2, take=1)
        ),
    ),
    ("resume", {"stage": "motion"}, jobs_pb2.ResumeActionRequest(**OF_ACTION, stage="STAGE_MOTION")),
    ("resume", {}, jobs_pb2.ResumeActionRequest(**OF_ACTION)),
    ("skip", {}, jobs_pb2.SkipRefineRequest(**OF_ACTION)),
    ("cancel", {}, jobs_pb2.CancelActionRequest(**OF_ACTION)),
]


@pytest.mark.parametrize(("verb", "body", "wanted"), CHANGES)
async def test_a_change_of_an_action(gate: Gateway, verb: str, body: dict[str, Any], wanted: Any) -> None:
    answer = await gate.http.post(f"/v1/jobs/{JOB}/actions/{ACTION}/{verb}", json={"version": 4, **body})
    assert answer.status_code == 200, answer.text
    assert rest.Action.model_validate(answer.json()).version == 2
    assert [request for _, request in gate.script.seen[1:]] == [wanted]


async def test_changes_may_come_without_a_body(gate: Gateway) -> None:
    for verb in ("approve", "regenerate", "resume", "skip", "cancel"):
        answer = await gate.http.post(f"/v1/jobs/{JOB}/actions/{ACTION}/{verb}")
        assert answer.status_code == 200, answer.text
    changes = [request for name, request in gate.script.seen if name != "GetJob"]
    assert {request.version for request in changes} == {0}


@pytest.mark.parametrize("verb", ["approve", "regenerate", "resume", "skip", "cancel", "edits"])
async def test_an_action_of_another_job_is_not_touched(gate: Gateway, verb: str) -> None:
    answer = await gate.http.post(f"/v1/jobs/{JOB}/actions/{ids.new(ids.ACTION)}/{verb}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert [name for name, _ in gate.script.seen] == ["GetJob"]


async def test_new_words_are_looked_at_first(gate: Gateway) -> None:
    body = {"direction": {"preset": "wavee"}}
    answer = await gate.http.post(f"/v1/jobs/{JOB}/actions/{ACTION}/regenerate", json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, "direction.preset")
    assert not gate.script.seen


@pytest.mark.parametrize(("version", "tries"), [(0, 1), (4, 2)])
async def test_only_a_change_with_a_version_is_repeated(
    gate: Gateway, monkeypatch: pytest.MonkeyPatch, version: int, tries: int
) -> None:
    monkeypatch.setattr(links, "PATIENCE_S", 0.2)
    gate.script.raises["RegenerateAction"] = errors.Unavailable("the answer was lost")
    await gate.http.post(f"/v1/jobs/{JOB}/actions/{ACTION}/regenerate", json={"version": version})
    assert min(2, len(gate.script.asked("RegenerateAction"))) == tries


async def test_one_action(gate: Gateway) -> None:
    answer = await gate.http.get(f"/v1/jobs/{JOB}/actions/{ACTION}")
    assert rest.Action.model_validate(answer.json()).label == "Wave"


async def test_an_edit_from_open_to_apply(gate: Gateway) -> None:
    opened = await gate.http.post(f"/v1/jobs/{JOB}/actions/{ACTION}/edits", json={"version": 4})
    assert (opened.status_code, opened.headers["location"]) == (200, f"/v1/edits/{EDIT}")
    assert gate.script.asked("OpenEdit") == [edits_pb2.OpenEditRequest(**OF_ACTION, stage="STAGE_MATTE")]
    box = {"left": 0, "top": 1, "right": 20, "bottom": 30}
    operation = {"kind": "restore", "frames": [0, 3], "box": box}
    await gate.http.post(f"/v1/edits/{EDIT}/operations", json={"version": 2, "operation": operation})
    assert gate.script.asked("AppendOperation") == [
        edits_pb2.AppendOperationRequest(
            **OF_EDIT, operation=runs_pb2.Operation(kind="restore", frames=[0, 3], box=common_pb2.Box(**box))
        )
    ]
    for verb, name in (
        ("undo", "UndoOperation"),
        ("redo", "RedoOperation"),
        ("apply", "ApplyEdit"),
        ("discard", "DiscardEdit"),
    ):
        answer = await gate.http.post(f"/v1/edits/{EDIT}/{verb}", json={"version": 2})
        assert rest.Edit.model_validate(answer.json()).state == "open"
        assert [(item.edit_id, item.version) for item in gate.script.asked(name)] == [(EDIT, 2)]
    found = (await gate.http.get(f"/v1/edits/{EDIT}")).json()
    assert found["base"] == {"stage": "matte", "target": None, "run": 1, "take": 1}


async def test_an_edit_of_a_start_frame_names_its_run_and_take(gate: Gateway) -> None:
    body = {"version": 4, "stage": "startframe", "run": 2, "take": 3}
    await gate.http.post(f"/v1/jobs/{JOB}/actions/{ACTION}/edits", json=body)
    assert gate.script.asked("OpenEdit") == [
        edits_pb2.OpenEditRequest(**OF_ACTION, stage="STAGE_STARTFRAME", run=2, take=3)
    ]
    wrong = await gate.http.post(f"/v1/jobs/{JOB}/actions/{ACTION}/edits", json={"stage": "motion"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "stage")


EFFECTS = [{"frame": 0, "number": 2}, {"frame": 3, "number": 1}]
STROKES = [{"points": [[1.25, 2], [-3, 400.5]], "radius": 7.5}, {"points": [[0, 0]], "radius": 0.5}]


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (
            {"kind": "erase", "frames": [2], "strokes": STROKES},
            runs_pb2.Operation(
                kind="erase",
                frames=[2],
                strokes=[
                    runs_pb2.Stroke(points=[runs_pb2.Point(x=1.25, y=2), runs_pb2.Point(x=-3, y=400.5)], radius=7.5),
                    runs_pb2.Stroke(points=[runs_pb2.Point(x=0, y=0)], radius=0.5),
                ],
            ),
        ),
        (
            {"kind": "drop_effect", "effects": EFFECTS},
            runs_pb2.Operation(kind="drop_effect", effects=[runs_pb2.EffectRef(**each) for each in EFFECTS]),
        ),
    ],
)
async def test_an_operation_goes_there_and_comes_back(
    gate: Gateway, operation: dict[str, Any], message: runs_pb2.Operation
) -> None:
    edit = an_edit()
    edit.operations.append(message)
    gate.script.answers["AppendOperation"] = edits_pb2.AppendOperationResponse(edit=edit)
    answer = await gate.http.post(f"/v1/edits/{EDIT}/operations", json={"version": 2, "operation": operation})
    assert gate.script.asked("AppendOperation")[0].operation == message
    (told,) = answer.json()["operations"]
    assert told == {"seq": 0, "frames": [], "box": None, "strokes": [], "mask": "", "effects": [], **operation}


async def test_a_mask_that_is_not_stored_is_not_found(gate: Gateway) -> None:
    body = {"version": 2, "operation": {"kind": "erase", "mask": f"owners/local/jobs/{JOB}/edits/{EDIT}/masks/x.png"}}
    answer = await gate.http.post(f"/v1/edits/{EDIT}/operations", json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert not gate.script.seen


async def pointable(gate: Gateway) -> None:
    """The edit's action has a motion run and the matte that was made from it, in the store."""
    frame = await gate.store.put("owners/local/frame", b"a frame", "image/png")
    about = {"state": "RUN_STATE_SUCCEEDED", "number": 1}
    motion, matte = ids.new(ids.RUN), ids.new(ids.RUN)
    job = a_job()
    job.actions[0].runs.append(jobs_pb2.Run(id=motion, stage="STAGE_MOTION", **about))
    inputs = [common_pb2.Selection(stage="STAGE_MOTION", run=1, take=1)]
    job.actions[0].runs.append(jobs_pb2.Run(id=matte, stage="STAGE_MATTE", inputs=inputs, **about))
    gate.script.answers["GetJob"] = jobs_pb2.GetJobResponse(job=job)
    outputs = [common_pb2.Artifact(key=frame.key, name="frames/0003.png")]
    gate.script.answers["GetRun"] = jobs_pb2.GetRunResponse(run=jobs_pb2.Run(id=motion, outputs=outputs))


POINTING = {"frame": 3, "tool": "object", "points": [{"x": 4.5, "y": 6, "keep": True}, {"x": 9, "y": 1, "keep": False}]}


async def test_points_become_a_mask_that_is_kept_under_the_edit(gate: Gateway) -> None:
    await pointable(gate)
    first, second = [await gate.http.post(f"/v1/edits/{EDIT}/select", json=POINTING) for _ in range(2)]
    found = rest.Region.model_validate(first.json())
    assert first.json() == second.json()
    assert found.mask.key == f"owners/local/jobs/{JOB}/edits/{EDIT}/masks/{found.mask.sha256}.png"
    assert found.box == rest.Box(left=1, top=2, right=30, bottom=40)
    assert (await gate.http.get(found.mask.url)).content == b"a mask"
    points = [matting_pb2.SelectPoint(x=4.5, y=6, keep=True), matting_pb2.SelectPoint(x=9, y=1)]
    asked = matting_pb2.SelectRequest(image=b"a frame", points=points, tool="SELECT_TOOL_OBJECT")
    assert gate.script.asked("Select") == [asked, asked]
    body = {"version": 2, "operation": {"kind": "erase", "frames": [3], "mask": found.mask.key}}
    assert (await gate.http.post(f"/v1/edits/{EDIT}/operations", json=body)).status_code == 200
    assert gate.script.asked("AppendOperation")[0].operation.mask == found.mask.key


async def test_there_is_nothing_to_point_at_in_a_frame_that_is_not_there_nor_in_a_closed_edit(gate: Gateway) -> None:
    await pointable(gate)
    answer = await gate.http.post(f"/v1/edits/{EDIT}/select", json={**POINTING, "frame": 4})
    assert (answer.status_code, answer.json()["field"]) == (422, "frame")
    edit = an_edit()
    edit.state = edits_pb2.EDIT_STATE_APPLIED
    gate.script.answers["GetEdit"] = edits_pb2.GetEditResponse(edit=edit)
    answer = await gate.http.post(f"/v1/edits/{EDIT}/select", json=POINTING)
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")
    assert not gate.script.asked("Select")


@pytest.mark.parametrize(
    "points", [[], [{"x": 1}], [{"x": -1, "y": 0}], [{"x": "a", "y": 0}], [{"x": 1, "y": 1}] * 33, None]
)
async def test_wrong_points(gate: Gateway, points: Any) -> None:
    answer = await gate.http.post(f"/v1/edits/{EDIT}/select", json={"points": points})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert answer.json()["field"].startswith("points")
    assert not gate.script.seen


@pytest.mark.parametrize(
    "operation",
    [
        {"kind": "paint"},
        {"kind": "restore", "frames": [-1]},
        {"kind": "restore", "frames": [0] * 1_001},
        {"kind": "erase", "strokes": [{"points": [], "radius": 3}]},
        {"kind": "erase", "strokes": [{"points": [[1]], "radius": 3}]},
        {"kind": "erase", "strokes": [{"points": [[1, 10_001]], "radius": 3}]},
        {"kind": "erase", "strokes": [{"points": [[1, 1]], "radius": 129}]},
        {"kind": "erase", "mask": "x" * 513},
        {"kind": "drop_effect", "effects": [{"frame": 0, "number": 0}]},
        {},
        None,
    ],
)
async def test_a_wrong_operation(gate: Gateway, operation: Any) -> None:
    answer = await gate.http.post(f"/v1/edits/{EDIT}/operations", json={"version": 1, "operation": operation})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert answer.json()["field"].startswith("operation")
    assert not gate.script.seen


async def test_an_edit_is_changed_by_version_only(gate: Gateway) -> None:
    for body in ({}, {"version": 0}):
        assert (await gate.http.post(f"/v1/edits/{EDIT}/undo", json=body)).json()["field"] == "version"
    assert (await gate.http.post(f"/v1/edits/{EDIT}/undo")).status_code == 422


async def test_sets(gate: Gateway) -> None:
    listed = rest.SetList.model_validate((await gate.http.get(f"/v1/jobs/{JOB}/sets")).json())
    assert [item.target for item in listed.sets] == ["line-emoji"]
    found = rest.EmojiSet.model_validate((await gate.http.get(f"/v1/jobs/{JOB}/sets/line-emoji")).json())
    assert (found.state, found.tab_action_id) == ("pending", None)
    asked = {"action_ids": [ACTION], "tab_action_id": ACTION}
    await gate.http.put(f"/v1/jobs/{JOB}/sets/line-emoji/order", json=asked)
    assert gate.script.asked("ArrangeSet") == [
        sets_pb2.ArrangeSetRequest(
            owner="local", job_id=JOB, target="line-emoji", action_ids=[ACTION], tab_action_id=ACTION
        )
    ]
    answer = await gate.http.get(f"/v1/jobs/{JOB}/sets/line-emoij")
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_target")


async def test_a_zip_that_is_not_made_yet(gate: Gateway) -> None:
    answer = await gate.http.get(f"/v1/jobs/{JOB}/sets/line-emoji/zip")
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")


async def test_a_zip(gate: Gateway) -> None:
    stored = await gate.store.put(f"owners/local/jobs/{JOB}/sets/line-emoji/2/1/set.zip", b"PK..", "application/zip")
    found = a_set()
    found.number = 2
    found.zip.CopyFrom(common_pb2.Artifact(key=stored.key, size=stored.size, sha256=stored.sha256))
    gate.script.answers["GetSet"] = sets_pb2.GetSetResponse(set=found)
    answer = await gate.http.get(f"/v1/jobs/{JOB}/sets/line-emoji/zip")
    assert (answer.content, answer.headers["content-type"]) == (b"PK..", "application/zip")
    assert answer.headers["content-disposition"] == 'attachment; filename="line-emoji-2.zip"'
    assert "immutable" not in answer.headers["cache-control"]

"""Crops and pace: what arrives at the services, and what comes back."""

from typing import Any

import pytest

from popcon import errors, rest
from popcon.v1 import common_pb2, jobs_pb2, startframe_pb2
from tests.fixtures.gateway import PICTURE, Gateway, a_picture, made, problem

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATH = f"/v1/pictures/{PICTURE}/crop"
BOX = {"left": 1, "top": 2, "right": 30, "bottom": 40}


def a_crop(picture_id: str) -> common_pb2.Picture:
    picture = a_picture(picture_id)
    picture.crop.CopyFrom(common_pb2.Box(**BOX))
    return picture


async def test_a_crop_is_cut_out_of_the_source_and_recorded(gate: Gateway) -> None:
    gate.script.answers["Crop"] = startframe_pb2.CropResponse(picture=a_crop(""))
    gate.script.answers["CreatePicture"] = jobs_pb2.CreatePictureResponse(picture=a_crop("pic_of_the_crop"))
    answer = await gate.http.post(PATH, json={"box": BOX})
    assert (answer.status_code, answer.headers["location"]) == (201, "/v1/pictures/pic_of_the_crop")
    assert rest.Picture.model_validate(answer.json()).crop == rest.Box(**BOX)
    [asked] = gate.script.asked("Crop")
    assert asked == startframe_pb2.CropRequest(owner="local", source=a_picture().source, box=common_pb2.Box(**BOX))
    [recorded] = gate.script.asked("CreatePicture")
    assert (recorded.owner, recorded.picture) == ("local", a_crop(""))


async def test_a_whole_picture_has_no_crop(gate: Gateway) -> None:
    found = (await gate.http.get(f"/v1/pictures/{PICTURE}")).json()
    assert (found["crop"], found["thumbnail"]) == (None, None)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "box"),
        ({"box": None}, "box"),
        ({"box": {**BOX, "left": -1}}, "box.left"),
        ({"box": {**BOX, "right": 2**31}}, "box.right"),
        ({"box": {**BOX, "top": 1.5}}, "box.top"),
        ({"box": BOX, "zoom": 2}, "zoom"),
    ],
)
async def test_a_body_that_is_no_box(gate: Gateway, body: Any, field: str) -> None:
    problem(await gate.http.post(PATH, json=body), 422, "invalid_request", field)
    assert not gate.script.seen


async def test_what_startframe_refuses_is_told_and_no_picture_is_recorded(gate: Gateway) -> None:
    gate.script.raises["Crop"] = errors.PictureBlank("Nothing can be seen in the box; draw it anew.", field="box")
    problem(await gate.http.post(PATH, json={"box": BOX}), 422, "picture_blank", "box")
    assert made(gate) == {"Crop"}


async def test_only_a_picture_that_is_there_can_be_cropped(gate: Gateway) -> None:
    problem(await gate.http.post("/v1/pictures/pic_1/crop", json={"box": BOX}), 404, "not_found")
    gate.script.raises["GetPicture"] = errors.NotFound("There is no such picture; upload it first.")
    problem(await gate.http.post(PATH, json={"box": BOX}), 404, "not_found")
    assert not made(gate)


async def test_the_pace_says_where_nothing_is_known_yet(gate: Gateway) -> None:
    gate.script.answers["GetPace"] = jobs_pb2.GetPaceResponse(
        stages=[
            jobs_pb2.StagePace(stage="STAGE_STARTFRAME", seconds=1.25),
            jobs_pb2.StagePace(stage="STAGE_MOTION", seconds=0.0),
            jobs_pb2.StagePace(stage="STAGE_PACK"),
        ],
        waiting=3,
    )
    assert (await gate.http.get("/v1/pace")).json() == {
        "stages": [
            {"stage": "startframe", "seconds": 1.25},
            {"stage": "motion", "seconds": 0.0},
            {"stage": "pack", "seconds": None},
        ],
        "waiting": 3,
    }
    assert [request.owner for request in gate.script.asked("GetPace")] == ["local"]

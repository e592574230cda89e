"""Crops: pictures of their own, of the same source."""

import pytest

from popcon import rpc
from popcon.v1 import common_pb2, jobs_pb2
from services.orchestrator import tables
from tests.fixtures.orchestrator import Orchestrator, a_picture, an_action, an_artifact
from tests.fixtures.work import Hand

BOX = common_pb2.Box(left=0, top=1, right=4, bottom=3)
OTHER = common_pb2.Box(left=0, top=1, right=4, bottom=2)


async def record(house: Orchestrator, crop: common_pb2.Box | None, sha256: str = "a" * 64) -> common_pb2.Picture:
    picture = a_picture(sha256=sha256)
    if crop:
        picture.crop.CopyFrom(crop)
    request = jobs_pb2.CreatePictureRequest(owner="local", picture=picture)
    return (await rpc.call(house.pictures.CreatePicture, request)).picture  # type: ignore[no-any-return]


async def test_each_crop_of_a_source_is_one_picture(house: Orchestrator) -> None:
    asked = [None, BOX, OTHER, BOX, None, OTHER]
    ids = [(await record(house, crop)).id for crop in asked]
    assert ids[:3] == [ids[4], ids[3], ids[5]]
    assert len(set(ids)) == len(await house.rows(tables.pictures)) == 3
    assert (await record(house, BOX, "c" * 64)).id not in ids


@pytest.mark.parametrize("crop", [None, BOX])
async def test_a_picture_is_read_back_with_its_crop(house: Orchestrator, crop: common_pb2.Box | None) -> None:
    made = await record(house, crop)
    request = jobs_pb2.GetPictureRequest(owner="local", picture_id=made.id)
    found = (await rpc.call(house.pictures.GetPicture, request)).picture
    assert found == made
    assert found.HasField("crop") == (crop is not None)
    assert not crop or found.crop == crop


async def test_a_job_works_on_its_crop(house: Orchestrator, hand: Hand) -> None:
    await record(house, None)
    cropped = a_picture()
    cropped.crop.CopyFrom(BOX)
    cropped.cutout.key = cropped.cutout.key.replace("cutout", "cropped")
    request = jobs_pb2.CreatePictureRequest(owner="local", picture=cropped)
    picture = (await rpc.call(house.pictures.CreatePicture, request)).picture
    asked = jobs_pb2.CreateJobRequest(owner="local", picture_id=picture.id, actions=[an_action()])
    job = (await rpc.call(house.jobs.CreateJob, asked)).job
    (run,) = await house.rows(tables.runs)
    assert job.picture == picture
    assert (await hand.take(run["id"])).startframe.cutout.key.endswith("cropped.png")


async def test_a_card_shows_the_small_picture_where_there_is_one(house: Orchestrator) -> None:
    plain = await house.create()
    small = a_picture(sha256="c" * 64)
    small.thumbnail.CopyFrom(an_artifact("owners/local/pictures/c/thumbnail.png"))
    request = jobs_pb2.CreatePictureRequest(owner="local", picture=small)
    picture = (await rpc.call(house.pictures.CreatePicture, request)).picture
    assert picture.thumbnail == small.thumbnail
    asked = jobs_pb2.CreateJobRequest(owner="local", picture_id=picture.id, actions=[an_action()])
    await rpc.call(house.jobs.CreateJob, asked)
    cards = (await rpc.call(house.jobs.ListJobs, jobs_pb2.ListJobsRequest(owner="local"))).jobs
    assert [card.thumbnail for card in cards] == [small.thumbnail, plain.picture.cutout]
    assert [card.picture_id for card in cards] == [picture.id, plain.picture.id]

"""The pack stage from a matte in the store to a set in the store, for a target whose set moves only in part."""

import io
import zipfile
from pathlib import Path

from packaging_samples import even, soft_clip

from popcon.imaging.clip import Clip, encode_clip
from popcon.storage import ArtifactStore, open_store
from popcon.v1 import common_pb2, runs_pb2
from popcon.worker import files
from popcon.worker.work import Result, Work
from services.packaging.stage import AssembleStage, PackStage


async def finished(work: Work, result: Result) -> common_pb2.Artifact:
    stored, _ = await work.finish(result)
    return common_pb2.Artifact(key=stored.key, sha256=stored.sha256, size=stored.size)


async def packed(store: ArtifactStore, target: str) -> tuple[Work, Result, common_pb2.Artifact]:
    """A pack run of a clip of four frames: what it was, and its manifest."""
    matte = Work(runs_pb2.Assignment(run_id="run_1", attempt=1, prefix="owners/local/jobs/j/a/matte/1"), store)
    await files.put_all(matte, encode_clip(Clip(soft_clip(4), even(1, 4))), "finished")
    assignment = runs_pb2.Assignment(run_id="run_2", attempt=1, prefix="owners/local/jobs/j/a/pack/1")
    assignment.pack.target = target
    assignment.pack.matte.CopyFrom(await finished(matte, Result("known", thumbnail="finished/frames/0000.png")))
    work = Work(assignment, store)
    result = await PackStage().handle(work)
    return work, result, await finished(work, result)


async def assembled(store: ArtifactStore, target: str, pack: common_pb2.Artifact, count: int) -> list[str]:
    """The files in the zip of a set, by name."""
    assignment = runs_pb2.Assignment(run_id="run_3", attempt=1, prefix=f"owners/local/jobs/j/sets/{target}/1")
    assignment.assemble.target = target
    for number in range(count):
        assignment.assemble.items.add(action_id=f"act_{number}", pack=pack)
    work = Work(assignment, store)
    result = await AssembleStage().handle(work)
    assert result.details["breaches"] == [] or count < 24
    key = next(each.key for each in work.outputs if each.name == result.details["zip"])
    with zipfile.ZipFile(io.BytesIO(await store.get(key))) as archive:
        return archive.namelist()


async def test_a_kakao_action_is_packed_moving_and_still_and_its_place_decides(tmp_path: Path) -> None:
    store = open_store(f"file://{tmp_path}", None)
    work, result, pack = await packed(store, "kakao")
    assert {each.name: each.media_type for each in work.outputs if each.name.startswith("emoji")} == {
        "emoji.gif": "image/gif",
        "emoji.png": "image/png",
    }
    assert (result.details["breaches"], result.details["still"]["breaches"]) == ([], [])
    assert (result.details["frames"], result.details["still"]["frames"]) == (4, 1)
    found = await assembled(store, "kakao", pack, 24)
    assert [name for name in found if name.endswith(".gif")] == ["01.gif", "02.gif", "03.gif"]
    assert len([name for name in found if name.endswith(".png")]) == 21
    await store.close()


async def test_an_action_of_a_target_that_moves_is_packed_once(tmp_path: Path) -> None:
    store = open_store(f"file://{tmp_path}", None)
    work, _, pack = await packed(store, "slack")
    assert [each.name for each in work.outputs if each.name.startswith("emoji")] == ["emoji.gif"]
    assert [name for name in await assembled(store, "slack", pack, 2) if name.endswith(".gif")]
    await store.close()

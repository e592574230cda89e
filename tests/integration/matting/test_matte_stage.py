"""A matte run by a model, from a clip in the store to its mattes in the store."""

from fractions import Fraction
from pathlib import Path

import numpy as np

from popcon.imaging.clip import Clip, decode_clip, encode_clip
from popcon.storage import ArtifactStore, open_store
from popcon.v1 import common_pb2, runs_pb2
from popcon.worker import files
from popcon.worker.work import Result, Work
from services.matting.birefnet.backend import BiRefNetBackend
from services.matting.birefnet.matter import Matter
from services.matting.birefnet.weights import prepare
from services.matting.engine import Engine
from services.matting.stage import MatteStage
from tests.fixtures.networks import SIDE, make_network, small_model

FRAMES = [np.full((40, 40, 3), shade, np.uint8) for shade in range(20, 240, 20)]


async def motion_run(store: ArtifactStore) -> common_pb2.Artifact:
    """Writes a clip without alpha, as a motion run does; its manifest."""
    work = Work(runs_pb2.Assignment(run_id="run_1", attempt=1, prefix="owners/local/jobs/j/a/motion/1"), store)
    await files.put_all(work, encode_clip(Clip(FRAMES, [Fraction(1, 12)] * len(FRAMES), (255, 255, 255))))
    stored, _ = await work.finish(Result("puppet", thumbnail="frames/0000.png"))
    return common_pb2.Artifact(key=stored.key, sha256=stored.sha256, size=stored.size)


async def test_a_run_gives_every_frame_the_alpha_that_the_network_gives_it(tmp_path: Path) -> None:
    store = open_store(f"file://{tmp_path}", None)
    network = prepare(make_network())
    backend = BiRefNetBackend(network, small_model(), 4)
    await backend.open()
    assignment = runs_pb2.Assignment(
        run_id="run_2", attempt=1, prefix="owners/local/jobs/j/a/matte/1", backend="birefnet"
    )
    assignment.matte.motion.CopyFrom(await motion_run(store))
    work = Work(assignment, store)
    result = await MatteStage(Engine([backend])).handle(work)
    await backend.close()
    written = {each.name.removeprefix("pristine/"): each.key for each in work.outputs if "pristine/" in each.name}
    pristine = decode_clip({name: await store.get(key) for name, key in written.items()})
    assert (result.backend, result.model) == ("birefnet", f"small sha256:{small_model().sha256}")
    assert work.fraction == 1.0
    for frame, made in zip(FRAMES, pristine.frames, strict=True):
        (alpha,) = Matter(network, SIDE).mattes([frame])
        assert np.abs(made[..., 3] / 255 - alpha).max() <= 0.5 / 255 + 1e-3
    await store.close()

from dataclasses import replace

import numpy as np
import pytest
from packaging_samples import even, soft_clip

from popcon.catalog import targets
from services.packaging import apng_reader, emoji

SIGNAL = replace(
    targets.find("signal"), canvas=(128, 128), smaller=((96, 96), (80, 80), (64, 64)), file_max_bytes=30_000, margin=2
)


def grainy(count):
    frames = np.stack(soft_clip(count, 128))
    frames[..., :3] += np.random.default_rng(1).integers(0, 24, frames[..., :3].shape, dtype=np.uint8)
    frames[frames[..., 3] == 0] = 0
    return list(frames)


@pytest.fixture(scope="module")
def clip():
    return grainy(12)


@pytest.fixture(scope="module")
def smaller(clip):
    return emoji.pack_emoji(clip, even(1, 12), SIGNAL)


def test_where_the_full_canvas_would_cost_poses_a_smaller_one_is_taken(clip, smaller):
    out = apng_reader.read(smaller.data)
    assert (out.width, out.height) in SIGNAL.smaller
    assert smaller.stats["rung"].endswith(f"{out.width}x{out.height} pixels")
    assert max(map(int, smaller.stats["size"].split("x"))) <= out.width - 2
    assert smaller.breaches == ()


def test_it_looks_better_at_the_size_of_the_full_canvas_than_that_in_as_many_bytes(clip, smaller):
    full = emoji.pack_emoji(clip, even(1, 12), replace(SIGNAL, smaller=()))
    assert "held" in full.stats["rung"]
    assert smaller.stats["ssim"] > full.stats["ssim"]
    assert smaller.stats["edge_db"] > full.stats["edge_db"]


def test_where_there_is_room_the_canvas_stays_full(clip):
    roomy = emoji.pack_emoji(clip, even(1, 12), replace(SIGNAL, file_max_bytes=400_000))
    assert apng_reader.read(roomy.data).width == SIGNAL.canvas[0]

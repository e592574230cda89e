"""Tiles of very large pictures."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matting.birefnet import tiles
from services.matting.birefnet.fold import fold
from services.matting.birefnet.matter import Matter
from tests.fixtures.networks import SIDE, make_network


@given(st.integers(1, 900), st.integers(1, 900), st.sampled_from([32, 64, 96]))
def test_tiles_cover_the_picture_and_lie_inside_of_it(height: int, width: int, side: int) -> None:
    covered = np.zeros((height, width), int)
    for rows, columns in tiles.boxes(height, width, side):
        assert 0 <= rows.start < rows.stop <= height
        assert 0 <= columns.start < columns.stop <= width
        assert rows.stop - rows.start == min(side, height)
        assert columns.stop - columns.start == min(side, width)
        covered[rows, columns] += 1
    assert covered.min() >= 1


def test_neighbours_overlap() -> None:
    lefts = sorted({columns.start for _, columns in tiles.boxes(64, 500, 64)})
    assert all(right - left <= 64 - 64 // tiles.OVERLAP for left, right in pairwise(lefts))


def disc(side: int, soft: float) -> np.ndarray:
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    return np.clip((side / 3 - np.hypot(y, x)) / soft + 0.5, 0, 1).astype(np.float32)


def test_tiles_sharpen_the_edge_and_nothing_else() -> None:
    coarse, fine = disc(256, 12), disc(256, 1)
    believed = tiles.edge(coarse, 64)
    # Far from the edge the tiles are wrong, and it must not matter.
    wrong = np.where(believed == 0, 1 - coarse, fine)
    blended = tiles.blend(coarse, believed, [(box, wrong[box]) for box in tiles.boxes(256, 256, 64)])
    assert np.array_equal(blended[believed == 0], coarse[believed == 0])
    assert np.abs(blended - fine).mean() < 0.2 * np.abs(coarse - fine).mean()


def test_where_no_tile_was_made_the_coarse_alpha_stays() -> None:
    coarse = disc(128, 12)
    assert np.array_equal(tiles.blend(coarse, tiles.edge(coarse, 64), []), coarse)


@pytest.mark.parametrize(("size", "tiled"), [((127, 100), False), ((128, 100), True), ((70, 300), True)])
def test_only_very_large_pictures_are_seen_in_tiles(size: tuple[int, int], tiled: bool) -> None:
    seen: list[tuple[int, ...]] = []

    class Counting(Matter):
        def _batch(self, pictures: list[np.ndarray]) -> list[np.ndarray]:  # type: ignore[override]
            seen.extend(each.shape for each in pictures)
            return super()._batch(pictures)

    picture = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    (alpha,) = Counting(fold(make_network()), SIDE).mattes([picture])
    assert alpha.shape == size
    assert 0 <= alpha.min() <= alpha.max() <= 1
    assert (len(seen) > 1) is tiled
    assert all(max(each[:2]) <= SIDE for each in seen[1:])

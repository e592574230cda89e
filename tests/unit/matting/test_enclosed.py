"""The regions that a mask closes off, against labelling all of it."""

import cv2
import numpy as np
import pytest

from services.matting.rescue.completion import enclosed


@pytest.mark.parametrize("seed", range(60))
def test_it_finds_what_labelling_the_whole_mask_finds(seed: int) -> None:
    random = np.random.default_rng(seed)
    height, width = random.integers(1, 40, 2).tolist()
    coarse = random.random((height // 3 + 1, width // 3 + 1)).astype(np.float32)
    free = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_NEAREST) > random.random()
    _, labels = cv2.connectedComponents(free.view(np.uint8), connectivity=4)
    outer = {0, *labels[0], *labels[-1], *labels[:, 0], *labels[:, -1]}
    inner = [label for label in range(1, int(labels.max()) + 1) if label not in outer]

    found = enclosed(free, 1, free.size)

    assert found.count == len(inner)
    for index, label in enumerate(inner):
        assert np.array_equal(found.pixels[found.of == index], np.flatnonzero(labels == label))


def test_nothing_is_closed_off_by_nothing() -> None:
    assert not enclosed(np.ones((8, 9), np.bool_), 1, 100).count
    assert not enclosed(np.zeros((8, 9), np.bool_), 1, 100).count

"""What a matte run tells of rescued effects."""

import json

import numpy as np

from popcon.imaging.png import decode_png
from services.matting.engine import Matte
from services.matting.stage import encode_effects
from services.matting.vfx import Element


def element(row: int, score: float) -> Element:
    mask = np.zeros((8, 6), np.bool_)
    mask[row, 1:4] = True
    return Element(mask, (1, row, 4, row + 1), score, "colour")


def matte(*effects: Element) -> Matte:
    frame = np.zeros((8, 6, 4), np.uint8)
    return Matte(frame, frame, effects)


def test_effects_are_listed_by_frame_with_their_pixels_the_surest_first() -> None:
    files = encode_effects([matte(), matte(element(2, 0.6), element(5, 0.91234))])
    listed = json.loads(files["effects.json"])["rescued"]
    assert [each["frame"] for each in listed] == [0, 1]
    assert listed[0]["effects"] == []
    assert listed[1]["effects"] == [
        {"box": [1, 5, 4, 6], "score": 0.912, "evidence": "colour"},
        {"box": [1, 2, 4, 3], "score": 0.6, "evidence": "colour"},
    ]
    shown = decode_png(files["effects/0001.png"])
    assert shown.shape == (8, 6)
    assert (shown[5, 1:4] == 1).all()
    assert (shown[2, 1:4] == 2).all()
    assert np.count_nonzero(shown) == 6


def test_a_frame_without_effects_has_no_picture_of_them() -> None:
    assert set(encode_effects([matte(), matte()])) == {"effects.json"}


def test_no_more_effects_are_shown_than_a_grey_level_can_name() -> None:
    many = [element(row % 8, 0.5 + index / 1000) for index, row in enumerate(range(300))]
    files = encode_effects([matte(*many)])
    assert len(json.loads(files["effects.json"])["rescued"][0]["effects"]) == 255

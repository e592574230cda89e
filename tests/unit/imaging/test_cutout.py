import numpy as np
import pytest
from drawn import BOLD, CHARACTERS, PASTEL, SPARKS, draw, opaque

from popcon.errors import PictureBlank
from popcon.imaging.cutout import MAX_SIDE, cut_out, cut_out_within
from popcon.imaging.resize import content_box, over, pad


def test_a_transparent_picture_is_cropped_to_its_character() -> None:
    character = draw(BOLD)
    cut = cut_out(character)
    left, top, right, bottom = cut.box
    assert cut.background == "transparent"
    assert cut.box == content_box(character[..., 3])
    assert np.array_equal(cut.image, character[top:bottom, left:right])


@pytest.mark.parametrize("colour", [(255, 255, 255), (250, 250, 244), (90, 160, 220)])
@pytest.mark.parametrize("name", CHARACTERS)
def test_a_plain_background_is_taken_away(name: str, colour: tuple[int, int, int]) -> None:
    character = draw(CHARACTERS[name])
    cut = cut_out(opaque(over(character, colour)))
    left, top, right, bottom = cut.box
    true = character[top:bottom, left:right]
    assert cut.background == "plain"
    assert cut.box == pytest.approx(content_box(character[..., 3]), abs=1)
    assert np.abs(over(cut.image, (0, 0, 0)).astype(int) - over(true, (0, 0, 0))).mean() < 0.6


def test_specks_are_dropped_and_detached_parts_kept() -> None:
    rgb = over(draw(BOLD + SPARKS), (255, 255, 255))
    clean = cut_out(opaque(rgb))
    for row, column in ((3, 4), (250, 250), (250, 9), (128, 251)):
        rgb[row, column] = (60, 60, 60)
    cut = cut_out(opaque(rgb))
    assert cut.box == clean.box
    assert np.array_equal(cut.image, clean.image)
    assert (cut.image[..., 2] < 60)[:, -10:].any()  # the yellow spark, far right


def test_specks_of_a_transparent_picture_are_dropped() -> None:
    character = draw(BOLD)
    dotted = character.copy()
    dotted[2, 2] = (0, 0, 0, 255)
    assert cut_out(dotted).box == cut_out(character).box


def test_a_busy_picture_is_kept_whole() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (60, 90, 3), dtype=np.uint8)
    cut = cut_out(opaque(rgb))
    assert (cut.background, cut.box) == ("busy", (0, 0, 90, 60))
    assert np.array_equal(cut.image, opaque(rgb))


def test_a_huge_picture_is_reduced_and_its_box_is_that_of_the_original() -> None:
    character = draw(PASTEL, 600)
    wide = pad(character, 2000, 100, 400, 0)
    cut = cut_out(opaque(over(wide, (255, 255, 255))))
    assert cut.box == pytest.approx(content_box(wide[..., 3]), abs=3)
    assert max(cut.image.shape) < 600 * MAX_SIDE / 3000


@pytest.mark.parametrize(
    "picture",
    [
        np.full((64, 64, 4), 255, np.uint8),
        np.full((64, 64, 4), (30, 90, 60, 255), np.uint8),
        np.zeros((64, 64, 4), np.uint8),
        np.full((64, 64, 4), (200, 10, 10, 9), np.uint8),
    ],
    ids=["white", "plain", "clear", "next to clear"],
)
def test_a_picture_of_nothing_is_blank(picture: np.ndarray) -> None:
    with pytest.raises(PictureBlank, match="shows a character"):
        cut_out(picture)


def test_a_picture_of_noise_alone_is_blank() -> None:
    random = np.random.default_rng(2)
    rgb = np.clip(250 + random.normal(0, 3, (128, 128, 3)), 0, 255).astype(np.uint8)
    with pytest.raises(PictureBlank):
        cut_out(opaque(rgb))


WHITE = (255, 255, 255)


def beside(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return np.concatenate([left, right], axis=1)


def test_of_two_characters_the_one_within_the_box_is_cut_out() -> None:
    first, second = draw(BOLD), draw(PASTEL)
    sheet = opaque(over(beside(first, second), WHITE))
    cut = cut_out_within(sheet, (256, 0, 512, 256))
    alone = cut_out(opaque(over(second, WHITE)))
    assert cut.background == "plain"
    assert cut.box == tuple(edge + 256 * (place % 2 == 0) for place, edge in enumerate(alone.box))
    assert np.abs(cut.image.astype(int) - alone.image).mean() < 0.5


def test_a_box_that_ends_inside_of_the_character_opens_no_hole() -> None:
    character = draw(BOLD)
    picture = opaque(over(character, WHITE))
    cut = cut_out_within(picture, (0, 0, 256, 200))  # ends in the middle of the white belly
    assert cut.box[3] == 200
    assert (cut.image[-1, :, 3] == 255).sum() == (character[199, :, 3] == 255).sum()
    assert tuple(cut.image[-1, cut.image.shape[1] // 2]) == (255, 255, 255, 255)


def test_within_a_frame_the_background_is_that_of_the_part() -> None:
    inside = over(draw(BOLD), (90, 160, 220))
    framed = opaque(np.pad(inside, ((40, 40), (40, 40), (0, 0)), constant_values=255))
    assert cut_out(framed).box == (40, 40, 296, 296)  # the picture in its frame
    cut = cut_out_within(framed, (40, 40, 296, 296))
    alone = cut_out(opaque(inside))
    assert cut.box == tuple(edge + 40 for edge in alone.box)
    assert np.array_equal(cut.image, alone.image)


def test_a_part_of_a_transparent_picture_keeps_its_alpha() -> None:
    character = draw(BOLD)
    cut = cut_out_within(character, (0, 0, 256, 128))
    left, top, right, bottom = cut.box
    assert (cut.background, bottom) == ("transparent", 128)
    assert np.array_equal(cut.image, character[top:bottom, left:right])


def test_a_part_of_a_busy_picture_is_kept_whole() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (60, 90, 3), dtype=np.uint8)
    cut = cut_out_within(opaque(rgb), (10, 20, 50, 60))
    assert (cut.background, cut.box) == ("busy", (10, 20, 50, 60))
    assert np.array_equal(cut.image, opaque(rgb[20:60, 10:50]))


def test_a_box_in_a_huge_picture_is_that_of_the_original() -> None:
    wide = pad(draw(PASTEL, 600), 2000, 100, 400, 0)
    whole = content_box(wide[..., 3])
    cut = cut_out_within(opaque(over(wide, WHITE)), (1990, 90, 2610, 710))
    assert cut.box == pytest.approx(whole, abs=3)


@pytest.mark.parametrize("box", [(0, 0, 20, 20), (230, 230, 256, 256), (5, 5, 6, 250)])
def test_a_box_of_nothing_is_blank(box: tuple[int, int, int, int]) -> None:
    with pytest.raises(PictureBlank):
        cut_out_within(opaque(over(draw(BOLD), WHITE)), box)

"""Figures over many cases, and the page."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from bench_scenes import a_case, cut, disc, over, without_effects

from bench.matting.halo import halo
from bench.matting.measures import score
from bench.matting.methods import METHODS, Method
from bench.matting.page import Outcome, Shown, badness, section, write_page
from bench.matting.summary import Row, causes, summary
from bench.matting.tables import Table, markdown, tables
from bench.matting.targets import targets
from bench.matting.timing import Timing, time_methods


def row(method: str, case, out) -> Row:
    return Row(method, 0, score(case, out), halo(case, cut(out, case.foreground)))


def test_a_summary_pools_effects_and_blobs_over_frames() -> None:
    case = a_case({"specks": disc(30, 220, 3) > 0.1})
    half = over(over(case.character, case.effects[0].alpha), disc(30, 220, 3))
    bare = without_effects(a_case())
    found = summary([row("m", case, case.alpha), row("m", case, half), row("m", bare, bare.alpha)])
    assert (found.frames, found.missed, found.recall) == (3, 4, 0.75)
    assert found.kinds == 0.75
    assert found.precision == 0.75
    assert found.f1 == pytest.approx(0.75)
    assert found.blobs == pytest.approx(1 / 3)
    assert found.blobs_bare == 0.0


def test_dirt_is_counted_per_frame_that_has_it() -> None:
    dirty = a_case({"specks": disc(30, 220, 3) > 0.1})
    kept = row("m", dirty, over(dirty.alpha, disc(30, 220, 3)))
    clean = row("m", a_case(), a_case().alpha)
    assert causes([kept, clean, clean])["specks"] == (1, 1.0)
    assert causes([kept, clean, clean])["noise"] == (3, 0.0)


def test_targets_say_ok_missed_or_nothing() -> None:
    case = a_case()
    rows = {name: [row(name, case, out)] for name, out in (("published", case.matte), ("popcon", case.alpha))}
    verdicts = {each.what: each.verdict for each in targets(rows, {}, [Timing("popcon", 512, 30.0, 30.0)])}
    assert verdicts["instance recall"] == "ok"
    assert verdicts["published recipe: instance recall"] == "ok"
    assert verdicts["published recipe: false blobs per frame"] == "MISSED"
    assert verdicts["false blobs per frame without effects"] == "–"
    assert verdicts["processor ms per frame of 512x512: popcon"] == "MISSED"


def test_every_slice_and_kind_is_in_the_tables() -> None:
    case = replace(a_case(), slices=("white", "jpeg 60"))
    found = {each.title: each for each in tables({"popcon": [row("popcon", case, case.alpha)]}, {}, [])}
    assert [line[0] for line in found["Slices: popcon"].rows] == ["jpeg 60", "white"]
    assert [line[0] for line in found["Recall by kind of effect"].rows] == ["motion line", "spark"]
    assert "Clips" not in found


def test_a_table_reads_well_as_text() -> None:
    text = markdown(Table("Times", ("what", "ms"), (("quick", "1.00"), ("very slow", "100.00"))))
    assert text.splitlines() == [
        "## Times",
        "",
        "| what      |     ms |",
        "|-----------|-------:|",
        "| quick     |   1.00 |",
        "| very slow | 100.00 |",
    ]


def test_the_page_shows_the_worst_case_first_with_its_pictures(tmp_path: Path) -> None:
    good, bad = replace(a_case(), name="good <one>"), replace(a_case(), name="bad one")
    shown = [
        Shown(case, {"popcon": Outcome(score(case, out), out, cut(out, case.frame))})
        for case, out in ((good, good.alpha), (bad, bad.matte))
    ]
    shown.sort(key=lambda each: -badness(each.outcomes["popcon"].score))
    (tmp_path / "pictures").mkdir()
    sections = [section(tmp_path, place, each) for place, each in enumerate(shown, 1)]
    page = write_page(tmp_path, "Mattes", [Table("Targets", ("target", "verdict"), (("recall", "MISSED"),))], sections)
    text = page.read_text()
    assert "1. bad one" in text
    assert "2. good &lt;one&gt;" in text
    assert "lost: spark, motion line" in text
    assert "<td class=missed>MISSED</td>" in text
    pictures = {file.name for file in (tmp_path / "pictures").iterdir()}
    assert {"01-frame.png", "01-matte.png", "01-truth.png", "01-cut-0.png", "01-error-0.png"} <= pictures
    assert all(f"pictures/{name}" in text for name in pictures)


def test_every_method_gives_a_matte_and_a_cut_out_and_leaves_its_input_alone() -> None:
    case = a_case()
    for name in ("none", "published", "popcon"):
        frame, matte = case.frame.copy(), case.matte.copy()
        out = METHODS[name](frame, matte)
        assert (out.shape, out.dtype) == (case.alpha.shape, np.float32)
        assert METHODS[name].cut(frame, out).shape == (*case.alpha.shape, 4)
        assert (frame == case.frame).all()
        assert (matte == case.matte).all()


def test_the_published_recipe_puts_back_small_blobs_only() -> None:
    case = a_case()
    assert score(case, METHODS["published"](case.frame, case.matte)).recall == 1.0
    large = disc(128, 128, 100) - case.character
    frame = np.where(large[..., None] > 0.5, np.uint8(100), case.frame)
    assert METHODS["published"](frame, case.matte)[128, 40] == 0.0


def test_times_are_taken_of_a_method_and_of_its_cut_out() -> None:
    lazy = Method(lambda frame, matte: sum(matte for _ in range(50)) / 50)
    alone, whole = time_methods({"lazy": lazy}, [a_case()])
    assert (alone.what, whole.what, alone.side) == ("lazy", "lazy and cut-out", 256)
    assert alone.processor > 0.0
    assert alone.per_megapixel == pytest.approx(alone.processor / 0.065536)

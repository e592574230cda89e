import json
import re
from io import StringIO
from pathlib import Path

import pytest

from popcon.stack import lines


def line(**fields: object) -> str:
    return json.dumps({"event": "run done", "level": "info", "timestamp": "2026-11-23T07:00:01Z", **fields})


def test_a_json_line_becomes_time_service_message_and_values() -> None:
    shown = lines.render("matting", line(service="matting", run_id="run_1", seconds=0.25, note="two words"))
    assert shown is not None
    assert re.fullmatch(r'\d\d:\d\d:01 matting      run done run_id=run_1 seconds=0\.25 note="two words"', shown)


def test_what_every_line_carries_is_not_shown_as_a_value() -> None:
    shown = lines.render("motion", line(trace_id="f" * 32))
    assert shown is not None
    assert "ffff" not in shown
    assert "level" not in shown


def test_a_traceback_follows_indented() -> None:
    shown = lines.render("motion", line(exception="Traceback:\n  File x\nValueError: 3"))
    assert shown is not None
    assert shown.splitlines()[1:] == ["    Traceback:", "      File x", "    ValueError: 3"]


def test_a_line_that_is_not_json_is_shown_as_it_is() -> None:
    shown = lines.render("motion", "Segmentation fault")
    assert shown is not None
    assert shown.endswith("motion       Segmentation fault")
    assert "[1, 2]" in str(lines.render("motion", "[1, 2]"))


@pytest.mark.parametrize("text", ["", "   ", "\t"])
def test_an_empty_line_is_not_shown(text: str) -> None:
    assert lines.render("motion", text) is None


def test_of_nats_only_troubles_are_shown() -> None:
    assert lines.render("nats", "[7] 2026/11/23 07:53:19.386847 [INF] Server is ready") is None
    assert lines.render("nats", " _ ___ _____ ___") is None
    shown = lines.render("nats", "[7] 2026/11/23 07:53:19.386847 [ERR] no space left")
    assert shown is not None
    assert shown.endswith("nats         no space left")


def test_colour_is_for_terminals_only() -> None:
    assert "\x1b[31mrun done\x1b[0m" in str(lines.render("motion", line(level="error"), colour=True))
    stream = StringIO()
    lines.Screen(stream)("motion", line(level="error"))
    assert "\x1b" not in stream.getvalue()


def test_a_note_of_the_supervisor_reads_like_a_line_of_the_service() -> None:
    shown = lines.render("stack", lines.note("ended (SIGKILL)", service="motion"))
    assert shown is not None
    assert shown.endswith("motion       ended (SIGKILL)")


def test_a_closed_screen_is_no_error() -> None:
    stream = StringIO()
    screen = lines.Screen(stream)
    stream.close()
    screen("motion", line())


def test_a_log_file_is_bounded_and_keeps_the_newest_lines(tmp_path: Path) -> None:
    path = tmp_path / "motion.log"
    file = lines.LogFile(path, max_bytes=1000)
    for number in range(100):
        file.write(f"line {number:04d} {'x' * 20}")
    file.close()
    kept = (tmp_path / "motion.log.1").read_text() + path.read_text()
    assert len(kept) < 2100
    assert kept.splitlines()[-1].startswith("line 0099")
    assert {entry.name for entry in tmp_path.iterdir()} == {"motion.log", "motion.log.1"}


def test_a_log_file_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    for text in ("one", "two"):
        file = lines.LogFile(tmp_path / "x.log")
        file.write(text)
        file.close()
    assert (tmp_path / "x.log").read_text() == "one\ntwo\n"

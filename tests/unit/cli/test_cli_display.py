from io import StringIO

import pytest
from rich.console import Console

from popcon.cli.display import Bars, Lines, display
from popcon.cli.output import Output
from popcon.client.tracker import Row
from popcon.rest import ActionState, Stage


@pytest.fixture
def output() -> Output:
    return Output()


def rows(*states: tuple[ActionState, Stage]) -> dict[str, Row]:
    return {f"act_{number}": Row(f"Joy {number}", state, stage, 1) for number, (state, stage) in enumerate(states)}


def test_lines_tell_each_change_once(output: Output, capsys: pytest.CaptureFixture[str]) -> None:
    shown = display(Output())
    assert isinstance(shown, Lines)
    for state in (ActionState.QUEUED, ActionState.RUNNING, ActionState.RUNNING, ActionState.QUEUED, ActionState.DONE):
        shown.show(rows((state, Stage.MOTION)))
    said = [line.split("s  ")[1] for line in capsys.readouterr().out.splitlines()]
    assert said == ["Joy 0: motion", "Joy 0: done"]


def test_bars_show_stage_and_fraction_and_survive_a_pause(output: Output) -> None:
    screen = StringIO()
    output.console = Console(file=screen, force_terminal=True, width=100)
    bars = Bars(output)
    bars.show(rows((ActionState.RUNNING, Stage.MATTE), (ActionState.AWAITING_REVIEW, Stage.STARTFRAME)))
    bars.pause()
    bars.pause()
    bars.show(rows((ActionState.DONE, Stage.PACK)))
    bars.pause()
    text = screen.getvalue()
    assert "Joy 0" in text
    assert " 50 %" in text
    assert "matte" in text
    assert "awaiting review" in text
    assert "100 %" in text


def test_a_label_with_brackets_is_shown_as_it_is(output: Output) -> None:
    screen = StringIO()
    output.console = Console(file=screen, force_terminal=True, width=100)
    bars = Bars(output)
    bars.show({"act": Row("[red]x[/no]", ActionState.RUNNING, Stage.MATTE, 1)})
    bars.pause()
    assert "[red]x[/no]" in screen.getvalue()

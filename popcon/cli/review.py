"""`--review`: shows the start frames of an action and asks what should become of it."""

import sys
from pathlib import Path

from popcon import errors
from popcon.cli.display import Display
from popcon.cli.names import file_names
from popcon.cli.output import Output
from popcon.client import Popcon
from popcon.rest import Action, ActionState, Job, JobState, Run, RunState, Stage


class Reviewer:
    """Asks a person about each action that awaits review. Start frames are put into `folder`."""

    def __init__(self, client: Popcon, folder: Path, output: Output, display: Display) -> None:
        self._client = client
        self._folder = folder
        self._output = output
        self._display = display

    def attend(self, job: Job) -> bool:
        """Asks about every action of a job that awaits review, until it is decided.

        Returns False where the person leaves, and where only the refine gate is left.
        """
        waiting = [action for action in job.actions if action.state is ActionState.AWAITING_REVIEW]
        if not waiting:
            return job.state is not JobState.AWAITING
        self._display.pause()
        names = file_names(job.actions)
        return all(self._decide(action, names[action.id]) for action in waiting)

    def _decide(self, action: Action, name: str) -> bool:
        made = [run for run in action.runs if run.stage is Stage.STARTFRAME and run.state is RunState.SUCCEEDED]
        run = max(made, key=lambda run: run.number)
        self._show(action, run, name)
        takes = "1" if run.takes == 1 else f"1–{run.takes}"
        while True:
            self._output.say(f"  {takes} approves, r makes new ones, c cancels {action.label}, q leaves:")
            answer = sys.stdin.readline()
            if answer.strip() == "q" or not answer:
                return False
            if self._send(action, run, answer.strip()):
                return True

    def _show(self, action: Action, run: Run, name: str) -> None:
        self._output.say(f"{action.label}, start frames:", "bold")
        for frame in run.outputs:
            if frame.media_type == "image/png":
                path = self._folder / f"{name}-{run.number}-{frame.name.replace('/', '-')}"
                self._output.say(f"  {self._client.download(frame, path)}")

    def _send(self, action: Action, run: Run, answer: str) -> bool:
        """Returns False for an answer that is none."""
        try:
            if answer == "r":
                self._client.regenerate(action)
            elif answer == "c":
                self._client.cancel(action)
            elif answer.isdecimal() and 1 <= int(answer) <= run.takes:
                self._client.approve(action, run=run.number, take=int(answer))
            else:
                return False
        except (errors.StaleVersion, errors.WrongState) as error:
            self._output.say(f"  {error.message}", "yellow")
        return True

"""What is left in the folder when a job is over: the files of each set, one zip per target, and a verdict."""

from pathlib import Path

from popcon.catalog.target import PREVIEW
from popcon.cli import check
from popcon.cli.output import Output
from popcon.client import Popcon, making
from popcon.rest import ActionState, EmojiSet, Job, SetState

_TOO_FEW = "set_too_small"


def deliver(client: Popcon, job: Job, folder: Path, output: Output) -> int:
    """Downloads every set of a job that is over and says what became of each action.

    Returns 0 when all that was asked for is there, else 1. A set that is smaller than its target wants is told of but
    is no failure: nobody asked for more.
    """
    whole = [_deliver_set(client, each, folder, output) for each in job.sets]
    for action in job.actions:
        if action.failure and action.state is ActionState.FAILED:
            stage = action.stage.value if action.stage else "the beginning"
            output.say(f"✗ {action.label} failed in {stage}: {action.failure.message}", "red")
        elif action.state is ActionState.CANCELLED:
            output.say(f"– {action.label} was cancelled.", "yellow")
    states = {action.state for action in job.actions}
    if ActionState.FAILED in states:
        output.say(f"To try the failed ones again: popcon make --resume {job.id} --out {folder}")
    return 0 if all(whole) and ActionState.DONE in states and ActionState.FAILED not in states else 1


def _deliver_set(client: Popcon, emoji_set: EmojiSet, folder: Path, output: Output) -> bool:
    if emoji_set.state not in {SetState.COMPLETE, SetState.INCOMPLETE}:
        if emoji_set.state is SetState.FAILED:
            output.say(f"✗ The {emoji_set.target} set could not be made; see packaging.log in the data folder.", "red")
        return emoji_set.state is not SetState.FAILED
    place = folder / emoji_set.target
    for file, path in making.files(emoji_set, folder):
        client.download(file, path)
    pack = folder / f"{emoji_set.target}.zip"
    output.say(f"{len(emoji_set.action_ids)} emoji in {place}, all of them in {pack}; {place / PREVIEW} shows them")
    holds = check.report(output, pack, emoji_set.target)
    return holds or {breach.rule for breach in emoji_set.breaches} == {_TOO_FEW}

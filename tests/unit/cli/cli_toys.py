"""Jobs made up for the tests, and a client that plays them."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from popcon import rest
from popcon.rest import ActionState, Event, JobState, RunState, SetState, Stage

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def artifact(name: str, media_type: str = "image/png") -> rest.Artifact:
    return rest.Artifact(key=f"k/{name}", url=f"/{name}", size=1, sha256="0" * 64, media_type=media_type, name=name)


def run(stage: Stage, state: RunState = RunState.SUCCEEDED, number: int = 1, **other: Any) -> rest.Run:
    values: dict[str, Any] = {
        "id": f"run_{stage}{number}", "stage": stage, "target": None, "number": number, "state": state, "attempt": 1,
        "progress": 0.0, "backend": "puppet", "takes": 1, "inputs": [], "outdated": False, "outputs": [],
        "manifest": None, "thumbnail": "", "failure": None, "seed": 0, "details": {}, "created_at": NOW,
        "ended_at": None, "seconds": 0.0, "wasted_seconds": 0.0,
    }  # fmt: skip
    return rest.Run(**{**values, **other})


def action(
    preset: str, state: ActionState = ActionState.QUEUED, stage: Stage | None = Stage.STARTFRAME, **other: Any
) -> rest.Action:
    words = rest.Direction(preset=preset, action_prompt="", effect_prompt="")
    values: dict[str, Any] = {
        "id": f"act_{preset}", "job_id": "job_1", "index": 0, "direction": words, "label": preset.title(),
        "state": state, "stage": stage, "version": 3, "selected": [], "runs": [], "failure": None, "edit_id": None,
    }  # fmt: skip
    return rest.Action(**{**values, **other})


def emoji_set(action_ids: Sequence[str], state: SetState = SetState.COMPLETE, **other: Any) -> rest.EmojiSet:
    values: dict[str, Any] = {
        "job_id": "job_1", "target": "line-emoji", "number": 1, "state": state, "digest": "",
        "action_ids": list(action_ids), "tab_action_id": None,
        "outputs": [
            *(artifact(f"files/{number:03d}.png") for number in range(1, len(action_ids) + 1)),
            artifact("preview.html", "text/html"), artifact("line-emoji.zip", "application/zip"),
        ],
        "zip": artifact("line-emoji.zip", "application/zip"), "breaches": [], "created_at": NOW,
    }  # fmt: skip
    return rest.EmojiSet(**{**values, **other})


def job(
    actions: Sequence[rest.Action],
    sets: Sequence[rest.EmojiSet] = (),
    state: JobState = JobState.RUNNING,
    targets: Sequence[str] = ("line-emoji",),
) -> rest.Job:
    picture = rest.Picture(
        id="pic_1", source=artifact("p"), cutout=artifact("c"), width=9, height=9,
        box=rest.Box(left=0, top=0, right=9, bottom=9), background="plain", crop=None,
        thumbnail=None, created_at=NOW,
    )  # fmt: skip
    return rest.Job(
        id="job_1", name="cat", picture=picture, options=rest.JobOptions(targets=list(targets)), state=state,
        actions=list(actions), sets=list(sets), last_seq=7, created_at=NOW, deleted_at=None,
        useful_seconds=0.0, wasted_seconds=0.0,
    )  # fmt: skip


def event(kind: str, preset: str | None = None, stage: Stage | None = None, **data: Any) -> Event:
    about = f"act_{preset}" if preset else None
    target = data.pop("target", None)
    return Event(seq=None, at=NOW, type=kind, action_id=about, stage=stage, target=target, run=1, data=data)


class Player:
    """A client that shows given jobs, one per reading, and before each the events that lead to it."""

    def __init__(self, *plot: tuple[Sequence[Event], rest.Job]) -> None:
        self.plot = list(plot)
        self.calls: list[tuple[Any, ...]] = []
        self.files: dict[str, bytes] = {}
        self.refusals: list[Exception] = []

    def events(self, job_id: str, after: int = 0) -> Iterator[Event]:
        yield from self.plot[0][0]
        raise AssertionError("the job should have been read after these events")

    def job(self, job_id: str) -> rest.Job:
        return self.plot.pop(0)[1]

    def download(self, source: rest.Artifact, path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.files.get(source.name, source.name.encode()))
        return path

    def upload_picture(self, picture: Path) -> rest.Picture:
        self.calls.append(("upload", picture))
        return job([]).picture

    def create_job(self, picture_id: str, actions: Sequence[str], **options: Any) -> rest.Job:
        self.calls.append(("create", tuple(actions), options))
        if self.refusals:
            raise self.refusals.pop(0)
        return self.job("")

    def approve(self, seen: rest.Action, *, run: int, take: int) -> None:
        self.calls.append(("approve", seen.id, run, take))

    def regenerate(self, seen: rest.Action) -> None:
        self.calls.append(("regenerate", seen.id))

    def resume(self, seen: rest.Action) -> None:
        self.calls.append(("resume", seen.id))

    def cancel(self, seen: rest.Action) -> None:
        self.calls.append(("cancel", seen.id))

"""A start frame and then its matte are touched up, by brush, box, click and effect; another device sees the same."""

import io
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from popcon import rest
from popcon.client import Popcon
from popcon.rest import ActionState, Stage
from tests.e2e.test_e2e_refine import between_two_glows, clip, over, post, runs
from tests.fixtures.stack import LiveStack, eventually, wait_over

STROKE = {"points": [[256, 270], [256, 380]], "radius": 20}
CORE, BOX = np.s_[270:300, 240:272], {"left": 230, "top": 310, "right": 282, "bottom": 350}
INSIDE = np.s_[310:350, 230:282]


class Session:
    """An edit, followed from answer to answer."""

    def __init__(self, live: LiveStack, action: rest.Action, **named: Any) -> None:
        self.live = live
        path = f"/v1/jobs/{action.job_id}/actions/{action.id}/edits"
        self.edit = post(live, path, {"version": action.version, **named})
        self.home = f"/v1/edits/{self.edit['id']}"

    def do(self, kind: str, **content: Any) -> None:
        body = {"version": self.edit["version"], "operation": {"kind": kind, **content}}
        self.edit = post(self.live, f"{self.home}/operations", body)

    def step(self, verb: str) -> None:
        self.edit = post(self.live, f"{self.home}/{verb}", {"version": self.edit["version"]})

    def elsewhere(self) -> Any:
        """The edit as another device gets it."""
        return httpx.get(f"{self.live.url}{self.home}", trust_env=False).json()

    def mask(self, frame: int, *places: tuple[float, float]) -> tuple[str, NDArray[np.uint8]]:
        """The key and grey levels of the one object under some places."""
        points = [{"x": x, "y": y, "keep": True} for x, y in places]
        body = {"frame": frame, "tool": "object", "points": points}
        found, again = [post(self.live, f"{self.home}/select", body) for _ in range(2)]
        assert found == again
        return found["mask"]["key"], picture(self.live, found["mask"]["url"])


def picture(live: LiveStack, url: str) -> NDArray[np.uint8]:
    answer = httpx.get(f"{live.url}{url}", trust_env=False)
    assert answer.is_success
    return np.array(Image.open(io.BytesIO(answer.content)))


def output(live: LiveStack, run: rest.Run, name: str) -> rest.Artifact:
    with live.client() as client:
        (found,) = [each for each in client.run(run.id).outputs if each.name == name]
        return found


@pytest.fixture(scope="module")
def approved(live: LiveStack) -> rest.Action:
    """An action whose start frame was touched up, approved, and made into a matte by `classic`, which loses two glows
    that the rescue puts back."""
    with live.client() as client:
        source = client.upload_picture(between_two_glows())
        options = {"matte_backend": "classic", "review": True}
        job = post(live, "/v1/jobs", {"picture_id": source.id, "actions": [{"preset": "joy"}], "options": options})

        def action() -> rest.Action:
            return client.job(job["id"]).actions[0]

        eventually(lambda: action().state is ActionState.AWAITING_REVIEW, "it awaits review", 40)
        session = Session(live, action(), stage="startframe", take=1)
        assert session.edit["base"] == {"stage": "startframe", "target": None, "run": 1, "take": 1}
        session.do("erase", strokes=[STROKE])
        session.do("restore", box=BOX)
        assert session.elsewhere() == session.edit
        session.step("apply")
        eventually(lambda: len(action().runs) == 2, "the edit is a run")
        eventually(lambda: action().state is ActionState.AWAITING_REVIEW, "it awaits review again", 40)
        client.approve(action())
        return wait_over(client, [client.job(job["id"])])[0].actions[0]


def test_an_edited_start_frame_is_a_run_of_one_take_and_what_motion_starts_from(
    live: LiveStack, approved: rest.Action
) -> None:
    first, edited = runs(approved, Stage.STARTFRAME)
    before, after, pristine = (
        picture(live, output(live, run, name).url)
        for run, name in ((first, "takes/1.png"), (edited, "takes/1.png"), (edited, "pristine.png"))
    )
    assert (edited.backend, edited.takes) == ("edit", 1)
    assert (pristine == before).all()
    assert before[CORE][..., 3].all()
    assert not after[CORE].any()
    assert (after[INSIDE] == before[INSIDE]).all()
    (motion,) = runs(approved, Stage.MOTION)
    assert [(pick.run, pick.take) for pick in motion.inputs] == [(2, 1)]


@pytest.fixture(scope="module")
def refined(live: LiveStack, approved: rest.Action) -> tuple[rest.Action, NDArray[np.uint8]]:
    """The action after an edit of its matte with every kind of operation, and the mask that was pointed at in frame
    2."""
    (matte,) = runs(approved, Stage.MATTE)
    numbers = picture(live, output(live, matte, "effects/0002.png").url)
    glows = [tuple(float(at.mean()) + 0.5 for at in np.nonzero(numbers == number)[::-1]) for number in (1, 2)]
    session = Session(live, approved)
    session.do("erase", strokes=[{**STROKE, "points": [[256, 270], [256, 380]]}])
    session.do("restore", box=BOX)
    session.do("drop_effect", effects=[{"frame": frame, "number": 1} for frame in (0, 1)])
    session.do("keep_effect", effects=[{"frame": 1, "number": 1}])
    key, mask = session.mask(2, *glows)
    session.do("erase", mask=key, frames=[2])
    session.do("erase")
    for verb in ("undo", "undo", "redo"):
        session.step(verb)
        assert session.elsewhere() == session.edit
    assert (session.edit["cursor"], len(session.edit["operations"])) == (5, 6)
    session.step("apply")
    return over(live, approved, lambda action: len(runs(action, Stage.MATTE)) == 2), mask


def test_a_matte_is_what_the_operations_say_and_what_it_was_elsewhere(
    live: LiveStack, refined: tuple[rest.Action, NDArray[np.uint8]], client: Popcon, tmp_path: Path
) -> None:
    action, mask = refined
    before, after = runs(action, Stage.MATTE)
    pristine, finished = (clip(client, before, kind, tmp_path / "before") for kind in ("pristine", "finished"))
    edited = clip(client, after, "finished", tmp_path / "after")
    assert (edited[:, *INSIDE] == pristine[:, *INSIDE]).all()
    assert finished[:, *CORE][..., 3].any()
    assert not edited[:, *CORE].any()
    numbers = [picture(live, output(live, before, f"effects/{frame:04d}.png").url) for frame in (0, 1)]
    assert (edited[0][numbers[0] == 1] == pristine[0][numbers[0] == 1]).all()
    assert (edited[0][numbers[0] == 1] != finished[0][numbers[0] == 1]).any()
    assert (edited[1][numbers[1] > 0] == finished[1][numbers[1] > 0]).all()
    assert finished[2][mask == 255][:, 3].any()
    assert not edited[2][mask == 255].any()
    y, x = np.mgrid[: mask.shape[0], : mask.shape[1]]
    elsewhere = np.hypot(x + 0.5 - 256, np.maximum(0, np.maximum(270 - y, y - 380))) > 24
    elsewhere[INSIDE] = False
    assert (edited[1:2, elsewhere] == finished[1:2, elsewhere]).all()
    assert (edited[2][elsewhere & (mask == 0)] == finished[2][elsewhere & (mask == 0)]).all()


def test_an_edited_matte_carries_its_effects_on_and_says_which_are_dropped(
    live: LiveStack, refined: tuple[rest.Action, NDArray[np.uint8]]
) -> None:
    _, after = runs(refined[0], Stage.MATTE)
    listed = httpx.get(f"{live.url}{output(live, after, 'effects.json').url}", trust_env=False).json()["rescued"]
    dropped = [
        (each["frame"], n) for each in listed for n, effect in enumerate(each["effects"], 1) if "dropped" in effect
    ]
    assert dropped == [(0, 1)]
    assert refined[0].state is ActionState.DONE

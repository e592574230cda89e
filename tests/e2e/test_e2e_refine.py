"""The refine gate: a region of the pristine matte is restored; what was made before is outdated, and made again."""

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
from popcon.client.tracker import is_over
from popcon.rest import ActionState, Choice, RunState, Stage
from tests.fixtures.stack import LiveStack, eventually, wait_over

KINDS = ("pristine", "finished")


@pytest.fixture(scope="module")
def classic(live: LiveStack) -> rest.Action:
    """A finished action whose matte is `classic`'s: it lost two glows, and the rescue put them back."""
    with live.client() as client:
        picture = client.upload_picture(between_two_glows())
        body = {"picture_id": picture.id, "actions": [{"preset": "joy"}], "options": {"matte_backend": "classic"}}
        job = rest.Job.model_validate(post(live, "/v1/jobs", body))
        return wait_over(client, [job])[0].actions[0]


def between_two_glows() -> bytes:
    """A round blue character on transparency, a soft pink glow on either side of it, as PNG."""
    y, x = np.mgrid[:512, :512]
    body = np.maximum(np.hypot(x - 256, y - 230) < 110, np.hypot(x - 256, y - 380) < 90)
    glow = sum(0.5 * np.exp(-((x - side) ** 2 + (y - 110) ** 2) / 1000) for side in (70, 440))
    colour = np.where(body[..., None], (40, 60, 160), (255, 60, 120))
    alpha = np.where(body, 255, 255 * np.where(glow < 0.02, 0, glow))
    file = io.BytesIO()
    Image.fromarray(np.dstack([colour, alpha]).astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def refined(live: LiveStack, classic: rest.Action, box: dict[str, int]) -> rest.Action:
    """The action after an edit that restores the box in all frames, done and undone with another operation."""
    edit = post(live, f"/v1/jobs/{classic.job_id}/actions/{classic.id}/edits", {"version": classic.version})
    with live.client() as client:
        assert client.job(classic.job_id).actions[0].state is ActionState.AWAITING_REFINE
    home = f"/v1/edits/{edit['id']}"
    edit = post(live, f"{home}/operations", {"version": 1, "operation": {"kind": "restore", "box": box}})
    edit = post(live, f"{home}/operations", {"version": edit["version"], "operation": {"kind": "restore"}})
    edit = post(live, f"{home}/undo", {"version": edit["version"]})
    applied = post(live, f"{home}/apply", {"version": edit["version"]})
    assert (applied["state"], applied["cursor"]) == ("applied", 1)
    return over(live, classic, lambda action: len(runs(action, Stage.MATTE)) == 2)


@pytest.fixture(scope="module")
def box(live: LiveStack, classic: rest.Action, tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """Around the left glow in every frame; the right one is outside."""
    with live.client() as client:
        folder = tmp_path_factory.mktemp("first")
        pristine, finished = (clip(client, runs(classic, Stage.MATTE)[0], kind, folder) for kind in KINDS)
    differs = (pristine != finished).any(axis=(0, 3))
    assert differs[:, :256].any()
    assert differs[:, 256:].any()
    rows, columns = np.nonzero(differs[:, :256])
    edges = {"left": columns.min(), "top": rows.min(), "right": columns.max() + 1, "bottom": rows.max() + 1}
    return {name: int(edge) for name, edge in edges.items()}


def test_an_edit_is_the_pristine_matte_inside_its_box_and_the_old_one_outside(
    refined: rest.Action, box: dict[str, int], client: Popcon, tmp_path: Path
) -> None:
    before, after = runs(refined, Stage.MATTE)
    assert (before.backend, after.backend) == ("classic", "edit")
    pristine, finished = (clip(client, before, kind, tmp_path / "before") for kind in KINDS)
    kept, edited = (clip(client, after, kind, tmp_path / "after") for kind in KINDS)
    inside = np.zeros(edited.shape[1:3], bool)
    inside[box["top"] : box["bottom"], box["left"] : box["right"]] = True
    assert (edited[:, inside] == pristine[:, inside]).all()
    assert (edited[:, ~inside] == finished[:, ~inside]).all()
    assert (kept == pristine).all()
    assert (edited[:, inside] != finished[:, inside]).any()
    assert (edited[:, ~inside] != pristine[:, ~inside]).any()


def test_what_was_packed_of_the_old_matte_is_outdated_and_packed_again(refined: rest.Action) -> None:
    old, new = runs(refined, Stage.PACK)
    assert (old.outdated, new.outdated) == (True, False)
    assert [(pick.run, pick.take) for pick in new.inputs] == [(2, 1)]
    assert new.outputs[0].sha256 != old.outputs[0].sha256
    assert refined.state is ActionState.DONE


def test_an_earlier_matte_can_be_taken_back_and_what_is_outdated_made_again_on_request(
    live: LiveStack, refined: rest.Action, client: Popcon
) -> None:
    chosen = client.select(refined, Choice(stage=rest.ActionStage.MATTE, target=None, run=1, take=1))
    assert chosen.state is ActionState.DONE
    assert [run.outdated for run in runs(chosen, Stage.PACK)] == [False, True]
    client.resume(chosen)
    again = over(live, chosen, lambda action: len(runs(action, Stage.PACK)) == 3)
    first, _, third = runs(again, Stage.PACK)
    assert len(runs(again, Stage.MATTE)) == 2
    assert third.outputs[0].sha256 == first.outputs[0].sha256
    (emoji,) = client.job(refined.job_id).sets
    assert emoji.number == 3


def over(live: LiveStack, action: rest.Action, is_so: Any) -> rest.Action:
    """The action once its job is over and something holds of it."""
    with live.client() as client:
        eventually(lambda: is_over(job := client.job(action.job_id)) and is_so(job.actions[0]), "it is made", 40)
        return client.job(action.job_id).actions[0]


def post(live: LiveStack, path: str, body: dict[str, Any]) -> Any:
    answer = httpx.post(f"{live.url}{path}", json=body, timeout=20, trust_env=False)
    assert answer.is_success, answer.text
    return answer.json()


def runs(action: rest.Action, stage: Stage) -> list[rest.Run]:
    """The action's runs of a stage, oldest first, all of which succeeded."""
    found = [run for run in action.runs if run.stage is stage]
    assert {run.state for run in found} == {RunState.SUCCEEDED}
    return found


def clip(client: Popcon, run: rest.Run, kind: str, folder: Path) -> NDArray[np.uint8]:
    """The frames of a matte as TxHxWx4 RGBA, downloaded and decoded."""
    wanted = [output for output in client.run(run.id).outputs if output.name.startswith(f"{kind}/frames/")]
    files = [client.download(output, folder / output.name) for output in sorted(wanted, key=lambda each: each.name)]
    return np.stack([np.array(Image.open(file).convert("RGBA")) for file in files])

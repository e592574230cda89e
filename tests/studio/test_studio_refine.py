"""Refining: an edit is kept as it is made, shows what applying it makes, and brings back what was pristine."""

import base64
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from popcon import rest
from popcon.rest import ActionState
from tests.fixtures.stack import LiveStack, eventually, wait_over
from tests.fixtures.studio import PHONE, STREAM, Calls, Visit, overflow, violations
from tests.studio.conftest import NewVisit, Orders, order

SIDE = 512
_PIXELS = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let text = "";
  for (let at = 0; at < data.length; at += 8192) text += String.fromCharCode(...data.subarray(at, at + 8192));
  return btoa(text);
}"""

Alpha = NDArray[np.int16]


@dataclass(frozen=True)
class Matte:
    """A finished action whose matte lost two glows, which the rescue put back."""

    live: LiveStack
    job: str
    id: str

    @property
    def path(self) -> str:
        return f"/jobs/{self.job}/{self.id}/refine"

    def action(self) -> rest.Action:
        with self.live.client() as client:
            return client.job(self.job).actions[0]

    def edit(self) -> dict[str, Any]:
        """The open edit, or a new one."""
        return self.post(f"/v1/jobs/{self.job}/actions/{self.id}/edits", {})

    def operate(self, operation: dict[str, Any]) -> None:
        """Another device adds an operation to the open edit."""
        edit = self.edit()
        self.post(f"/v1/edits/{edit['id']}/operations", {"version": edit["version"], "operation": operation})

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = httpx.post(f"{self.live.url}{path}", json=body, trust_env=False)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def alpha(self, name: str) -> Alpha:
        """The alpha of a file of the newest matte."""
        return pixels(self.file(name).content)[..., 3]

    def file(self, name: str) -> httpx.Response:
        """A file of the newest matte."""
        manifest = next(run for run in reversed(self.action().runs) if run.stage == "matte").manifest
        assert manifest is not None
        return httpx.get(self.live.url + manifest.url.replace("manifest.json", name), trust_env=False)


@pytest.fixture(scope="module")
def made(live: LiveStack, orders: Orders) -> Matte:
    with live.client() as client:
        (job,) = wait_over(client, [orders.glowing])
    return Matte(live, job.id, job.actions[0].id)


@pytest.fixture
def matte(made: Matte) -> Iterator[Matte]:
    """The action without an edit."""
    yield made
    if edit_id := made.action().edit_id:
        made.post(f"/v1/edits/{edit_id}/discard", {"version": made.edit()["version"]})


def pixels(data: bytes) -> NDArray[np.int16]:
    return np.array(Image.open(io.BytesIO(data)).convert("RGBA"), np.int16)


def shown(page: Page) -> Alpha:
    """The alpha of the result that a page shows."""
    data = base64.b64decode(page.locator(".refine-picture").nth(1).evaluate(_PIXELS))
    return np.frombuffer(data, np.uint8).reshape(SIDE, SIDE, 4)[..., 3].astype(np.int16)


def settle(page: Page, saved: str = "Saved") -> Alpha:
    """What is shown once it is drawn and saved, or waits."""
    expect(page.locator(".refine-saved")).to_have_text(saved)
    expect(page.locator(".refine-views")).not_to_have_attribute("aria-busy", "true")
    return shown(page)


def opened(page: Page, path: str) -> Alpha:
    page.goto(path)
    return drawn(page)


def drawn(page: Page) -> Alpha:
    """What is shown first."""
    page.wait_for_function("""() => {
      const canvas = document.querySelectorAll(".refine-picture")[1];
      return canvas?.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some(each => each);
    }""")
    return settle(page)


def at(page: Page, x: float, y: float, view: int = 1) -> tuple[float, float]:
    """Where a pixel of the frame is on the screen."""
    box = page.locator(".refine-stage").nth(view).bounding_box()
    assert box is not None
    return box["x"] + x * box["width"] / SIDE, box["y"] + y * box["height"] / SIDE


def draw(page: Page, *places: tuple[float, float], view: int = 1) -> None:
    page.mouse.move(*at(page, *places[0], view))
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*at(page, *place, view), steps=4)
    page.mouse.up()


def press(page: Page, *names: str) -> None:
    for name in names:
        page.get_by_role("button", name=name, exact=True).click()


def count(page: Page) -> Locator:
    return page.locator(".refine-count")


def test_opens_with_one_request_for_the_edit_one_for_the_job_and_one_stream(page: Page, matte: Matte) -> None:
    calls = Calls(page)
    with page.expect_request(STREAM):
        opened(page, matte.path)
    assert calls.made == [f"POST /v1/jobs/{matte.job}/actions/{matte.id}/edits", f"GET /v1/jobs/{matte.job}"]
    assert len(calls.streams) == 1
    assert violations(page) == []


def test_a_reload_in_the_middle_restores_the_same_edits_and_the_same_history(page: Page, matte: Matte) -> None:
    opened(page, matte.path)
    draw(page, (150, 150), (350, 350))
    draw(page, (350, 150), (150, 350))
    draw(page, (60, 250), (450, 250))
    press(page, "Undo")
    before = settle(page)
    page.reload()
    expect(count(page)).to_have_text("2 edits")
    assert (opened(page, matte.path) == before).all()
    press(page, "Redo")
    expect(count(page)).to_have_text("3 edits")
    for left in ("2 edits", "1 edit", "0 edits"):
        page.keyboard.press("Control+z")
        expect(count(page)).to_have_text(left)
    assert (settle(page) == matte.alpha("finished/frames/0000.png")).all()


def test_restore_after_erase_brings_back_the_exact_pristine_alpha(page: Page, matte: Matte) -> None:
    opened(page, matte.path)
    press(page, "Box", "All frames", "Erase")
    draw(page, (12, 12), (500, 500))
    inside = (slice(14, 498), slice(14, 498))
    assert not settle(page)[inside].any()
    press(page, "Restore", "This frame")
    draw(page, (12, 12), (500, 500))
    pristine = matte.alpha("pristine/frames/0000.png")[inside]
    assert pristine.any()
    assert (settle(page)[inside] == pristine).all()
    page.keyboard.press("ArrowRight")
    assert not settle(page)[inside].any()


@pytest.mark.full
def test_each_rescued_effect_is_a_chip_to_keep_or_drop(page: Page, matte: Matte) -> None:
    finished = opened(page, matte.path)
    chips = page.locator(".refine-chip")
    rescued = matte.file("effects.json").json()["rescued"][0]["effects"]
    assert len(rescued) >= 2
    expect(chips).to_have_count(len(rescued))
    expect(chips.first).to_contain_text(re.compile(r"Kept.*\d+%"))
    chips.first.click()
    expect(chips.first).to_have_attribute("aria-pressed", "false")
    lost = settle(page) < finished
    assert lost[:, :256].any() != lost[:, 256:].any()
    press(page, "Drop all")
    # What an effect covered is as the model left it, and that may be a little more than the finished matte holds.
    assert (settle(page) <= finished.clip(min=matte.alpha("pristine/frames/0000.png"))).all()
    press(page, "All frames", "Keep all")
    expect(chips.first).to_have_attribute("aria-pressed", "true")
    assert (settle(page) == finished).all()


@pytest.mark.full
def test_a_click_selects_what_it_means_and_erases_it(page: Page, matte: Matte) -> None:
    before = opened(page, matte.path)
    y, x = np.argwhere(matte.alpha("pristine/frames/0000.png") == 255)[::50].mean(axis=0)
    press(page, "Select")
    page.mouse.click(*at(page, x, y, view=0))
    expect(page.locator(".refine-tint").first).to_be_visible()
    page.locator(".refine-uses").get_by_role("button", name="Erase").click()
    expect(count(page)).to_have_text("1 edit")
    after = settle(page)
    assert (before[int(y), int(x)], after[int(y), int(x)]) == (255, 0)
    assert (after[:200, 460:] == before[:200, 460:]).all()


def test_offline_edits_wait_in_order_and_are_sent_when_back(visit: Visit, page: Page, matte: Matte) -> None:
    visit.allowed += ["ERR_INTERNET_DISCONNECTED"]
    opened(page, matte.path)
    visit.context.set_offline(True)
    draw(page, (150, 150), (350, 350))
    draw(page, (350, 150), (150, 350))
    seen = settle(page, "Waiting for the connection")
    visit.context.set_offline(False)
    assert (settle(page) == seen).all()
    kept = matte.edit()
    assert [each["strokes"][0]["points"][0][0] for each in kept["operations"]] == pytest.approx([150, 350], abs=2)
    assert kept["cursor"] == 2


@pytest.mark.full
def test_two_tabs_stay_in_step_and_an_edit_from_elsewhere_is_taken(visit: Visit, page: Page, matte: Matte) -> None:
    visit.allowed += ["status of 409", "ERR_INTERNET_DISCONNECTED"]
    opened(page, matte.path)
    other = visit.tab(matte.path)
    draw(page, (150, 150), (350, 350))
    expect(count(other)).to_have_text("1 edit")
    erase = {"kind": "erase", "box": {"left": 0, "top": 0, "right": SIDE, "bottom": 30}}
    matte.operate(erase)
    for tab in (page, other):
        expect(count(tab)).to_have_text("2 edits")
    visit.context.set_offline(True)
    matte.operate({**erase, "box": {**erase["box"], "bottom": 60}})
    draw(page, (60, 400), (450, 400))
    visit.context.set_offline(False)
    expect(page.get_by_text("This edit was changed in another window")).to_be_visible()
    for tab in (page, other):
        expect(count(tab)).to_have_text("4 edits")
    assert (settle(page) == settle(other)).all()
    assert not shown(page)[:60].any()


@pytest.mark.full
def test_what_is_seen_is_what_apply_makes(page: Page, matte: Matte) -> None:
    opened(page, matte.path)
    draw(page, (150, 150), (350, 350), (150, 400))
    press(page, "Restore")
    draw(page, (200, 220), (320, 300))
    page.locator(".refine-chip").last.click()
    seen = settle(page)
    runs = len(matte.action().runs)
    press(page, "Apply")
    expect(page.get_by_role("dialog")).to_contain_text("outdated")
    page.get_by_role("dialog").get_by_role("button", name="Apply").dblclick()
    page.wait_for_url(f"**/jobs/{matte.job}")
    eventually(lambda: matte.action().state is ActionState.DONE, "the edit is applied")
    made = matte.action().runs[runs]
    assert (made.stage, made.backend) == ("matte", "edit")
    assert abs(seen - matte.alpha("finished/frames/0000.png")).max() <= 1


@pytest.mark.full
def test_a_start_frame_is_edited_once_it_awaits_review_and_a_matte_not_yet(
    visit: Visit, page: Page, live: LiveStack, penguin: str
) -> None:
    visit.allowed += ["status of 409"]
    job = order(live, penguin, ["wave"], "Waves", review=True)
    start = Matte(live, job.id, job.actions[0].id)
    page.goto(f"{start.path}?stage=startframe")
    # Before there is one the page says so, and opens by itself.
    drawn(page)
    press(page, "Discard")
    page.wait_for_url(f"**/jobs/{start.job}")
    page.goto(start.path)
    expect(page.get_by_text("Its start frame waits for your review")).to_be_visible()
    expect(page.get_by_role("link", name="Back to Review")).to_be_visible()
    opened(page, f"{start.path}?stage=startframe")
    draw(page, (200, 200), (300, 300))
    assert settle(page)[250, 250] == 0
    press(page, "Apply")
    page.get_by_role("dialog").get_by_role("button", name="Apply").click()
    page.wait_for_url(f"**/jobs/{start.job}")
    eventually(lambda: [run.state for run in start.action().runs] == ["succeeded"] * 2, "it is made anew")
    action = start.action()
    assert (action.state, action.runs[1].backend) == (ActionState.AWAITING_REVIEW, "edit")


def test_fits_a_phone(new_visit: NewVisit, matte: Matte) -> None:
    page = new_visit(viewport=PHONE, has_touch=True).tab()
    opened(page, matte.path)
    above, below = (view.bounding_box() for view in page.locator(".refine-field").all())
    assert above
    assert below
    assert above["y"] + above["height"] <= below["y"]
    assert overflow(page) == 0
    small = page.locator(".refine-bench button:visible").evaluate_all(
        "all => all.filter(each => Math.min(each.offsetWidth, each.offsetHeight) < 40).map(each => each.outerHTML)"
    )
    assert small == []
    assert violations(page) == []

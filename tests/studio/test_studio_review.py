"""The review: each action made, approved, made again and brought back on its own, by mouse and by keys."""

import json
import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from popcon.client import Popcon
from popcon.rest import Action, ActionState, Job, Stage
from tests.fixtures.stack import LiveStack, eventually
from tests.fixtures.studio import PHONE, STREAM, Calls, Visit, overflow, violations, violations_by_theme
from tests.studio.conftest import NewVisit, Orders

MADE_MS = 60_000


@pytest.fixture(scope="module")
def job(live: LiveStack, orders: Orders) -> Job:
    """A job whose start frames, two takes each, await review. Each test that moves one has an action of its own."""
    with live.client() as client:
        made = orders.reviewed
        eventually(lambda: set(states(client, made)) == {ActionState.AWAITING_REVIEW}, "all await review", 60)
        return made


@pytest.fixture(scope="module")
def done(live: LiveStack, penguin: str) -> Job:
    """A job of one finished action, whose start frame has two takes, for the tests that change it."""
    with live.client() as client:
        made = client.create_job(penguin, ["joy"], name="Changed", takes=2, targets=["web"])
        eventually(lambda: states(client, made) == [ActionState.DONE], "it is done", 60)
        return made


def states(client: Popcon, job: Job) -> list[ActionState]:
    return [each.state for each in client.job(job.id).actions]


def action(client: Popcon, job: Job, at: int = 0) -> Action:
    return client.job(job.id).actions[at]


def runs(client: Popcon, job: Job, stage: Stage, at: int = 0) -> int:
    return sum(each.stage is stage for each in action(client, job, at).runs)


def see(page: Page, job: Job) -> Page:
    """Opens the review of a job and waits for its tiles."""
    page.goto(f"/jobs/{job.id}")
    expect(page.get_by_role("article")).to_have_count(len(job.actions))
    return page


def tile(page: Page, name: str) -> Locator:
    return page.get_by_role("article", name=name, exact=True)


def more(page: Page, name: str, item: str) -> None:
    """Picks something from the menu of a tile."""
    tile(page, name).get_by_role("button", name="More").click()
    page.get_by_role("group", name="More").get_by_role("button", name=item).click()


def stop(page: Page, job: Job, at: int) -> None:
    """Stops an action whatever it is doing; also spares the tests after it the work."""
    page.request.post(f"/v1/jobs/{job.id}/actions/{job.actions[at].id}/cancel", data={})


def test_opens_with_two_requests_and_one_stream(page: Page, job: Job) -> None:
    calls = Calls(page)
    with page.expect_request(STREAM):
        see(page, job)
    expect(tile(page, "Wave").get_by_role("img", name="Wave")).to_be_visible()
    assert sorted(calls.made) == [f"GET /v1/jobs/{job.id}", "GET /v1/presets"]
    assert len(calls.streams) == 1


def test_is_accessible_in_both_themes_and_fits_a_phone(new_visit: NewVisit, job: Job) -> None:
    page = see(new_visit(viewport=PHONE).tab(), job)
    assert violations_by_theme(page) == []
    assert overflow(page) == 0


@pytest.mark.full
def test_dialogs_are_accessible_and_give_the_focus_back(page: Page, finished: Job) -> None:
    see(page, finished)
    for opening in ("?", "r", "Resume", "Compare"):
        tile(page, "Joy").focus()
        if len(opening) == 1:
            page.keyboard.press(opening)
        else:
            more(page, "Joy", opening)
        expect(page.get_by_role("dialog")).to_be_visible()
        assert violations(page) == []
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        assert tile(page, "Joy").evaluate("each => each.contains(document.activeElement)")


def test_approving_one_makes_it_while_the_others_wait(page: Page, client: Popcon, job: Job) -> None:
    see(page, job)
    tile(page, "Wave").get_by_role("button", name="Approve").dblclick()
    expect(tile(page, "Wave")).to_contain_text("Done", timeout=MADE_MS)
    expect(tile(page, "Wave").get_by_role("img", name="Wave")).to_have_attribute("src", re.compile("^blob:"))
    expect(tile(page, "OK")).to_contain_text("Review it")
    assert runs(client, job, Stage.MOTION) == 1


@pytest.mark.full
def test_approves_all_that_await_it(page: Page, client: Popcon, penguin: str) -> None:
    two = client.create_job(penguin, ["wave", "love"], review=True)
    see(page, two)
    expect(page.get_by_role("heading", name="Untitled")).to_be_visible()
    page.get_by_role("button", name="Approve all 2").dblclick(timeout=MADE_MS)
    expect(page.get_by_role("button", name="Approve all")).to_have_count(0)
    assert ActionState.AWAITING_REVIEW not in states(client, two)
    client.cancel_job(two.id)


def test_the_keys_move_choose_approve_refine_and_explain(page: Page, client: Popcon, job: Job) -> None:
    see(page, job)
    page.keyboard.press("ArrowRight")
    expect(tile(page, "Wave")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("2")
    expect(tile(page, "Love").get_by_role("button", name="Take 2")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("a")
    expect(tile(page, "Love").get_by_role("button", name="Approve")).to_have_count(0)
    expect(tile(page, "Love")).to_be_focused()
    (motion,) = [each for each in action(client, job, 1).runs if each.stage is Stage.MOTION]
    assert (motion.inputs[0].run, motion.inputs[0].take) == (1, 2)
    stop(page, job, 1)
    tile(page, "OK").focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(tile(page, "OK")).to_be_focused()
    page.keyboard.press("e")
    expect(page).to_have_url(re.compile(f"/jobs/{job.id}/{job.actions[5].id}/refine.stage=startframe$"))


def test_regenerates_with_other_words_that_closing_does_not_lose(page: Page, client: Popcon, job: Job) -> None:
    see(page, job)
    tile(page, "Cry").focus()
    page.keyboard.press("r")
    page.get_by_label("What the character does").fill("weeps a river")
    page.keyboard.press("Escape")
    expect(tile(page, "Cry")).to_be_focused()
    page.keyboard.press("r")
    expect(page.get_by_label("What the character does")).to_have_value("weeps a river")
    page.get_by_role("dialog").get_by_role("button", name="Regenerate").dblclick()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(tile(page, "Cry")).to_be_focused()
    eventually(lambda: action(client, job, 2).state is ActionState.AWAITING_REVIEW, "a second run awaits review")
    assert runs(client, job, Stage.STARTFRAME, 2) == 2
    assert action(client, job, 2).direction.action_prompt == "weeps a river"
    assert action(client, job, 2).direction.preset == "cry"


def test_two_tabs_stay_in_step_and_keep_focus_and_what_was_typed(visit: Visit, job: Job) -> None:
    first, second = see(visit.tab(), job), see(visit.tab(), job)
    tile(second, "OK").focus()
    second.keyboard.press("r")
    typed = second.get_by_label("Which effects are drawn")
    typed.fill("fireworks")
    untouched = second.locator(".review-tile", has_text="OK").locator(".review-media img").element_handle()
    tile(first, "Sleep").get_by_role("button", name="Take 2").click()
    expect(second.locator(".review-tile", has_text="Sleep").locator("[aria-pressed=true]")).to_have_attribute(
        "aria-label", "Take 2"
    )
    tile(first, "Wow").get_by_role("button", name="Approve").click()
    expect(second.locator(".review-tile", has_text="Wow")).not_to_contain_text("Review it")
    expect(typed).to_be_focused()
    expect(typed).to_have_value("fireworks")
    assert untouched.evaluate("each => each.isConnected")
    stop(first, job, 4)


@pytest.mark.full
def test_what_somebody_else_did_first_is_shown_and_said(visit: Visit, client: Popcon, penguin: str) -> None:
    visit.allowed.append("409")
    page = visit.tab()
    # Hears of nothing: its stream ends at once and comes back after the test.
    silence = {"content_type": "text/event-stream", "body": "retry: 60000\n\n"}
    page.route("**/events?*", lambda route: route.fulfill(**silence))
    one = client.create_job(penguin, ["wave"], review=True)
    eventually(lambda: states(client, one) == [ActionState.AWAITING_REVIEW], "it awaits review")
    see(page, one)
    stop(page, one, 0)
    tile(page, "Wave").get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Something changed here in the meantime")).to_be_visible()
    expect(tile(page, "Wave")).to_contain_text("Stopped at: Start frame")


def test_progress_shows_as_it_is_told(page: Page, client: Popcon, finished: Job) -> None:
    told = client.job(finished.id).model_dump(mode="json")
    told["actions"][0] |= {"state": "running", "stage": "motion"}
    event = {"action_id": finished.actions[0].id, "stage": "motion", "run": 1, "data": {"progress": 0.4}}
    body = f"retry: 60000\nevent: run.progress\ndata: {json.dumps(event)}\n\n"
    page.route(f"**/v1/jobs/{finished.id}", lambda route: route.fulfill(json=told))
    streams: list[Route] = []
    page.route("**/events?*", lambda route: streams.append(route))
    see(page, finished)
    streams[0].fulfill(content_type="text/event-stream", body=body)
    expect(tile(page, "Joy").get_by_role("progressbar", name="Motion")).to_have_attribute("value", "0.4")


@pytest.mark.full
def test_resuming_shows_what_is_made_again_and_what_is_reused(page: Page, client: Popcon, done: Job) -> None:
    see(page, done)
    packs, mattes = runs(client, done, Stage.PACK), runs(client, done, Stage.MATTE)
    more(page, "Joy", "Resume")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name="Motion").check()
    expect(dialog.get_by_text("Made again", exact=True)).to_have_count(3)
    dialog.get_by_role("radio", name="Pack").check()
    expect(dialog.get_by_text("Reused", exact=True)).to_have_count(3)
    dialog.get_by_role("button", name="Resume").dblclick()
    expect(dialog).to_have_count(0)
    expect(tile(page, "Joy")).to_contain_text("Done", timeout=MADE_MS)
    assert (runs(client, done, Stage.PACK), runs(client, done, Stage.MATTE)) == (packs + 1, mattes)


@pytest.mark.full
def test_one_switch_changes_what_is_behind_all_pictures(page: Page, job: Job) -> None:
    see(page, job)
    page.get_by_role("button", name="Dark", exact=True).click()
    dark = page.locator(".review-picture[data-behind=dark]")
    expect(dark).to_have_count(len(job.actions))
    page.reload()
    expect(dark).to_have_count(len(job.actions))


@pytest.mark.full
def test_reduced_motion_shows_stills_until_asked(new_visit: NewVisit, finished: Job) -> None:
    page = see(new_visit(reduced_motion="reduce").tab(), finished)
    picture = tile(page, "Joy").get_by_role("img", name="Joy")
    expect(picture).to_have_attribute("src", re.compile("frames/0000.png$"))
    page.get_by_role("button", name="Play the clips").click()
    expect(picture).to_have_attribute("src", re.compile("emoji.webp$"))


@pytest.mark.full
def test_a_failed_tile_says_why_and_what_to_do(page: Page, client: Popcon, penguin: str) -> None:
    asked = {"picture_id": penguin, "actions": [{"preset": "joy"}], "options": {"matte_backend": "triton"}}
    failed = client.job(page.request.post("/v1/jobs", data=asked).json()["id"])
    see(page, failed)
    expect(tile(page, "Joy")).to_contain_text("Matte failed", timeout=MADE_MS)
    expect(tile(page, "Joy")).to_contain_text("There is no matting backend 'triton'")
    expect(tile(page, "Joy")).to_contain_text("resume from an earlier stage")
    assert violations(page) == []
    page.get_by_role("button", name="Retry failed").dblclick()
    eventually(lambda: runs(client, failed, Stage.MATTE) == 2, "it is tried again")
    assert runs(client, failed, Stage.MOTION) == 1


@pytest.mark.full
def test_brings_a_take_back_and_makes_again_what_is_outdated(page: Page, client: Popcon, done: Job) -> None:
    see(page, done)
    more(page, "Joy", "Compare")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("listitem")).to_have_count(2)
    dialog.get_by_role("button", name="Bring back").dblclick()
    expect(dialog.get_by_role("status")).to_contain_text("From Motion on")
    page.keyboard.press("Escape")
    expect(tile(page, "Joy")).to_contain_text("Outdated")
    tile(page, "Joy").get_by_role("button", name="Update it").dblclick()
    expect(tile(page, "Joy").get_by_role("button", name="Update it")).to_have_count(0)
    assert (runs(client, done, Stage.STARTFRAME), runs(client, done, Stage.MOTION)) == (1, 2)
    client.cancel_job(done.id)


def test_a_deleted_job_says_so_and_comes_back(visit: Visit, client: Popcon, finished: Job) -> None:
    visit.allowed.append("404")
    page = see(visit.tab(), finished)
    client.delete_job(finished.id)
    expect(page.get_by_role("heading", name="This job is gone")).to_be_visible()
    page.get_by_role("button", name="Bring the job back").click()
    expect(tile(page, "Joy")).to_be_visible()


@pytest.mark.full
def test_no_such_job_says_so(visit: Visit) -> None:
    visit.allowed.append("404")
    page = visit.tab(f"/jobs/job_{'0' * 32}")
    expect(page.get_by_role("heading", name="This job is gone")).to_be_visible()

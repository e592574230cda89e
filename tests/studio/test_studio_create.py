"""Making a job: a picture, its actions and targets, and what a visitor put together, which nothing may lose."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Response, Route, expect

from popcon import rest
from popcon.client import Popcon
from tests.fixtures.stack import EXAMPLES
from tests.fixtures.studio import PHONE, Calls, Visit, drop, overflow, violations
from tests.studio.conftest import NewVisit

PENGUIN = EXAMPLES / "penguin.png"
BUNNY = EXAMPLES / "bunny.jpg"
FIRST = ["joy", "laugh", "cry", "angry", "love", "surprise", "sleep", "wave"]
PACE = {"startframe": 1.0, "motion": 3.0, "matte": 5.0, "pack": 2.0}


@pytest.fixture
def visit(new_visit: NewVisit) -> Visit:
    """Somebody who wants no motion: without a graphics card, moving samples take most of a machine."""
    return new_visit(reduced_motion="reduce")


DROP_BYTES = """(size) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([new Uint8Array(size)], "huge.png", { type: "image/png" }));
  document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: transfer }));
}"""


def opened(page: Page, path: str = "/") -> Page:
    page.goto(path)
    expect(start(page)).to_be_visible()
    return page


def trouble(page: Page) -> Locator:
    return page.locator(".create-picture").get_by_role("alert")


def start(page: Page) -> Locator:
    return page.get_by_role("button", name="Start", exact=True)


def choose(page: Page, *paths: Path | dict[str, Any]) -> None:
    page.locator("input[type=file]").set_input_files(list(paths))  # type: ignore[arg-type]


def cutout(page: Page) -> Locator:
    return page.get_by_role("img", name="The character without its background")


def cost(page: Page) -> Locator:
    return page.locator(".create-dock-cost")


def card(page: Page, name: str) -> Locator:
    return page.locator(".create-grid").get_by_role("button", name=name, exact=True)


def chosen(page: Page) -> list[str]:
    return page.locator(".create-row-name").all_inner_texts()


def started(page: Page, client: Popcon) -> rest.Job:
    """The job that the page went to, stopped: what it is made into is for other tests."""
    page.wait_for_url(re.compile(r"/jobs/job_"))
    return client.cancel_job(page.url.rsplit("/", 1)[1])


def names(client: Popcon) -> list[str]:
    return [job.name for job in client.jobs()]


def test_opening_asks_for_presets_targets_and_pace(page: Page) -> None:
    calls = Calls(page)
    opened(page)
    page.wait_for_load_state("networkidle")
    assert sorted(calls.made) == ["GET /v1/pace", "GET /v1/presets", "GET /v1/targets"]
    assert calls.streams == []
    assert violations(page) == []
    assert overflow(page) == 0


def test_a_dropped_picture_becomes_a_job(page: Page, client: Popcon) -> None:
    opened(page)
    drop(page, BUNNY, "image/jpeg")
    expect(cutout(page)).to_be_visible()
    expect(page.get_by_label("Name of the job")).to_have_value("bunny")
    start(page).dblclick()
    job = started(page, client)
    assert [action.direction.preset for action in job.actions] == FIRST
    assert (job.options.review, job.options.takes, job.options.targets) == (True, 1, ["line-emoji"])
    assert names(client).count("bunny") == 1


@pytest.mark.full
def test_the_crop_is_corrected_by_hand_and_by_keys(page: Page, client: Popcon) -> None:
    opened(page)
    choose(page, PENGUIN)
    found = cutout(page)
    expect(found).to_be_visible()
    first = found.get_attribute("src") or ""
    handle = page.locator(".create-crop-handle.nw").bounding_box()
    assert handle is not None
    page.mouse.move(handle["x"] + 20, handle["y"] + 20)
    page.mouse.down()
    page.mouse.move(handle["x"] + 90, handle["y"] + 90, steps=4)
    page.mouse.up()
    expect(found).not_to_have_attribute("src", first)
    page.get_by_role("button", name="As found").click()
    expect(found).to_have_attribute("src", first)
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer) if answer.url.endswith("/crop") else None)
    corner = page.get_by_role("button", name="Lower right corner of the crop")
    for _ in range(20):
        corner.press("ArrowUp")
    # Started before it is cut out: the job waits for that.
    start(page).click()
    job = started(page, client)
    assert job.picture.id == answers[-1].json()["id"]
    # 20 steps of a hundredth of 768 pixels.
    assert json.loads(answers[-1].request.post_data or "")["box"]["bottom"] < 600


def test_words_targets_and_picture_survive_a_reload(page: Page, client: Popcon) -> None:
    opened(page)
    choose(page, PENGUIN)
    expect(cutout(page)).to_be_visible()
    page.get_by_role("button", name="Select none").click()
    card(page, "Dance").click()
    page.locator(".create-row-open").click()
    page.get_by_label("Action prompt").fill("spins on one foot")
    page.get_by_label("Effect prompt").fill("a ring of stars")
    page.get_by_role("button", name="Ready").click()
    page.get_by_role("button", name="Something of your own").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("Trumpet")
    page.get_by_role("button", name="Ready").click()
    page.get_by_label("Web page").check()
    page.reload()
    expect(cutout(page)).to_be_visible()
    expect(page.locator(".create-row-name")).to_have_text(["Dance", "Trumpet"])
    start(page).click()
    # What the own one does is missing, so the page asks for it instead of starting.
    page.get_by_label("Action prompt").fill("plays the trumpet")
    page.get_by_role("button", name="Ready").click()
    start(page).click()
    job = started(page, client)
    assert job.options.targets == ["line-emoji", "web"]
    dance, own = (action.direction for action in job.actions)
    assert dance == rest.Direction(preset="dance", action_prompt="spins on one foot", effect_prompt="a ring of stars")
    assert own == rest.Direction(preset="", action_prompt="plays the trumpet", effect_prompt="")
    assert [action.label for action in job.actions] == ["Dance", "Trumpet"]


@pytest.mark.full
def test_words_that_were_taken_out_come_back(page: Page) -> None:
    opened(page)
    page.locator(".create-row-open").first.click()
    page.get_by_label("Action prompt").fill("jumps over the moon")
    page.get_by_role("button", name="Ready").click()
    card(page, "Joy").click()
    expect(page.locator(".create-row-name").first).to_have_text("Laugh")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".create-row-words").first).to_have_text("jumps over the moon")


@pytest.mark.full
def test_a_bad_picture_is_told_where_it_was_dropped(visit: Visit, page: Page) -> None:
    visit.allowed.append("status of 4(15|22)")
    opened(page)
    choose(page, {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no picture at all"})
    expect(trouble(page)).to_contain_text("no picture that popcon reads")
    choose(page, {"name": "broken.png", "mimeType": "image/png", "buffer": PENGUIN.read_bytes()[:9_000]})
    expect(trouble(page)).to_contain_text("cannot be read")
    calls = Calls(page)
    page.evaluate(DROP_BYTES, 20_000_001)
    expect(trouble(page)).to_contain_text("too large")
    assert calls.made == []
    choose(page, PENGUIN)
    expect(cutout(page)).to_be_visible()
    expect(trouble(page)).to_be_hidden()


@pytest.mark.full
def test_more_than_24_actions_only_when_they_are_meant(page: Page, client: Popcon, penguin: str) -> None:
    opened(page)
    page.get_by_role("button", name="Select all").click()
    expect(page.get_by_text("24 of 24 chosen")).to_be_visible()
    own = page.get_by_role("button", name="Something of your own")
    own.click()
    expect(page.get_by_text("24 emoji are a full set")).to_be_visible()
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.get_by_role("button", name="Go up to 40").click()
    own.click()
    page.get_by_label("Action prompt").fill("does a trick")
    expect(page.get_by_text("25 of 40 chosen")).to_be_attached()

    full = client.create_job(penguin, ["wave"] * 40)
    client.cancel_job(full.id)
    opened(page, f"/?from={full.id}")
    expect(page.get_by_text("40 of 40 chosen")).to_be_visible()
    own.click()
    expect(page.get_by_text("A set holds 40 emoji")).to_be_visible()
    page.get_by_role("button", name="Select none").click()
    expect(page.get_by_text("0 of 40 chosen")).to_be_visible()


@pytest.mark.full
def test_search_finds_by_name_and_by_what_is_done(page: Page) -> None:
    opened(page)
    search = page.get_by_role("searchbox", name="Search actions")
    search.fill("wave")
    expect(card(page, "Wave")).to_be_visible()
    expect(card(page, "Cry")).to_be_hidden()
    search.fill("hearts")
    expect(card(page, "Love")).to_be_visible()
    search.fill("nothing like that")
    expect(page.get_by_text("No action is called that")).to_be_visible()


@pytest.mark.full
def test_it_says_what_the_job_will_cost_in_time(page: Page) -> None:
    stages = [{"stage": stage, "seconds": seconds} for stage, seconds in PACE.items()]
    page.route("**/v1/pace", lambda route: route.fulfill(json={"stages": stages, "waiting": 3}))
    opened(page)
    # 8 emoji: a second each for the start frames, then 3 + 5 + 2.
    expect(cost(page)).to_have_text(re.compile("about 8 seconds; about 80 seconds more .* 3 pieces of work"))
    page.get_by_label("Show me each start frame first").uncheck()
    expect(cost(page)).to_contain_text("Done in about 88 seconds.")
    page.get_by_label("Web page").check()
    expect(cost(page)).to_contain_text("Done in about 2 minutes.")


@pytest.mark.full
def test_without_a_figure_it_says_so(page: Page) -> None:
    stages = [{"stage": stage, "seconds": None} for stage in PACE]
    page.route("**/v1/pace", lambda route: route.fulfill(json={"stages": stages, "waiting": 0}))
    opened(page)
    expect(cost(page)).to_have_text("How long it takes is known after the first set made here.")


@pytest.mark.full
def test_a_job_is_made_again_with_another_picture(page: Page, client: Popcon, penguin: str) -> None:
    actions = [
        rest.ActionSpec(preset="wave", action_prompt="waves both arms"),
        rest.ActionSpec(label="Trumpet", action_prompt="plays the trumpet", effect_prompt="notes"),
    ]
    old = client.cancel_job(client.create_job(penguin, actions, targets=["web"], takes=2, name="first").id)
    calls = Calls(page)
    opened(page, f"/?from={old.id}")
    assert sorted(calls.made) == ["GET /v1/jobs/" + old.id, "GET /v1/pace", "GET /v1/presets", "GET /v1/targets"]
    assert chosen(page) == ["Wave", "Trumpet"]
    choose(page, BUNNY)
    expect(cutout(page)).to_be_visible()
    start(page).click()
    new = started(page, client)
    assert [action.direction for action in new.actions] == [action.direction for action in old.actions]
    assert [action.label for action in new.actions] == ["Wave", "Trumpet"]
    assert (new.options.targets, new.options.takes, new.options.review) == (["web"], 2, False)
    assert new.picture.id != old.picture.id


@pytest.mark.full
def test_a_lost_answer_makes_no_second_job(visit: Visit, page: Page, client: Popcon) -> None:
    visit.allowed.append("net::ERR_FAILED")
    lost: list[str] = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().json()["id"])
        route.abort()

    page.route("**/v1/jobs", lose)
    opened(page)
    choose(page, PENGUIN)
    page.get_by_label("Name of the job").fill("once")
    start(page).click()
    assert started(page, client).id == lost[0]
    assert names(client).count("once") == 1


def test_a_full_queue_is_told_kindly_and_nothing_is_lost(visit: Visit, page: Page, client: Popcon) -> None:
    visit.allowed.append("429")
    told = {"title": "Overloaded", "status": 429, "code": "overloaded", "detail": "full", "retry_after_s": 40}
    opened(page)
    choose(page, PENGUIN)
    page.get_by_label("Name of the job").fill("later")
    page.route("**/v1/jobs", lambda route: route.fulfill(status=429, json=told, headers={"Retry-After": "40"}))
    start(page).click()
    expect(page.get_by_text("try again in 40 seconds")).to_be_visible()
    page.unroute("**/v1/jobs")
    start(page).click()
    assert started(page, client).name == "later"


def test_a_picture_dropped_without_a_connection_goes_up_once_it_is_back(visit: Visit, page: Page) -> None:
    visit.allowed.append("net::ERR_INTERNET_DISCONNECTED")
    opened(page)
    visit.context.set_offline(True)
    choose(page, PENGUIN)
    expect(page.get_by_text("The connection is lost")).to_be_visible()
    page.locator(".create-row-open").first.click()
    page.get_by_label("Action prompt").fill("keeps calm")
    visit.context.set_offline(False)
    expect(cutout(page)).to_be_visible()
    expect(page.get_by_text("The connection is lost")).to_be_hidden()
    expect(page.get_by_label("Action prompt")).to_have_value("keeps calm")


@pytest.mark.full
def test_samples_stand_still_where_motion_is_not_wanted(page: Page) -> None:
    opened(page)
    sample = card(page, "Joy").locator(".create-sample")
    expect(sample.locator("canvas")).to_be_visible()
    expect(sample.locator("img")).to_be_hidden()
    page.get_by_role("button", name="Let the samples move").click()
    expect(sample.locator("img")).to_be_visible()


@pytest.mark.parametrize(
    ("locale", "begin", "theme"),
    [("ko-KR", "시작", "dark"), pytest.param("ja-JP", "スタート", "light", marks=pytest.mark.full)],
)
def test_a_phone_shows_all_of_it_to_everybody(new_visit: NewVisit, locale: str, begin: str, theme: str) -> None:
    page = new_visit(viewport=PHONE, locale=locale, color_scheme=theme, reduced_motion="reduce").tab("/")
    expect(page.get_by_role("button", name=begin, exact=True)).to_be_visible()
    choose(page, PENGUIN)
    expect(page.locator(".create-cutout")).to_be_visible()
    assert overflow(page) == 0
    assert violations(page) == []
    page.locator(".create-row-open").first.click()
    assert violations(page) == []

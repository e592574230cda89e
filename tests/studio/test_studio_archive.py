"""The archive: every job as a card, found, opened, resumed, deleted and brought back."""

import pytest
from playwright.sync_api import Page, expect

from popcon.client import Popcon
from popcon.rest import Job, RunState, Stage
from tests.fixtures.stack import LiveStack, eventually, wait_over
from tests.fixtures.studio import PHONE, Calls, overflow, violations
from tests.studio.conftest import NewVisit


@pytest.fixture(scope="module")
def done(live: LiveStack, penguin: str) -> Job:
    """A job that is made."""
    with live.client() as client:
        made = client.create_job(penguin, ["joy", "love"], name="Archived Pip", targets=["web"])
        return wait_over(client, [made], 120)[0]


def card(page: Page, job: Job) -> str:
    return f".archive-card[data-job={job.id}]"


def test_opens_with_one_request(page: Page, done: Job) -> None:
    calls = Calls(page)
    page.goto("/archive")
    expect(page.locator(card(page, done))).to_be_visible()
    assert calls.made == ["GET /v1/jobs?limit=48"]
    assert calls.streams == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_is_accessible_and_fits_a_phone(new_visit: NewVisit, done: Job, scheme: str) -> None:
    page = new_visit(viewport=PHONE, color_scheme=scheme).tab("/archive")
    expect(page.locator(card(page, done))).to_be_visible()
    assert violations(page) == []
    assert overflow(page) == 0


def test_a_card_tells_what_is_made_and_opens_its_job(page: Page, done: Job) -> None:
    page.goto("/archive")
    shown = page.locator(card(page, done))
    expect(shown).to_contain_text("2 emoji")
    expect(shown).to_contain_text("Love: Pack done")
    expect(shown.locator("img")).to_have_js_property("complete", True)
    shown.get_by_role("link", name="Archived Pip").click()
    expect(page).to_have_url(f"/jobs/{done.id}")


def test_search_and_filter_stay_in_the_address(page: Page, done: Job) -> None:
    page.goto("/archive")
    page.get_by_label("Search by name").fill("archived pip")
    page.get_by_role("button", name="Failed").click()
    expect(page.get_by_text("No job is like that")).to_be_visible()
    page.get_by_role("button", name="Done", exact=True).click()
    expect(page.locator(".archive-card")).to_have_count(1)
    page.reload()
    expect(page.locator(".archive-card")).to_have_count(1)
    expect(page.get_by_label("Search by name")).to_have_value("archived pip")


def test_a_deleted_job_can_be_brought_back(page: Page, client: Popcon, done: Job) -> None:
    page.goto("/archive")
    shown = page.locator(card(page, done))
    shown.get_by_label("More for Archived Pip").click()
    shown.get_by_role("button", name="Delete").click()
    expect(shown).to_have_count(0)
    assert done.id in [job.id for job in client.jobs(deleted=True)]
    page.locator(".notices").get_by_role("button", name="Undo").click()
    expect(shown).to_have_count(1)
    assert done.id not in [job.id for job in client.jobs(deleted=True)]


@pytest.mark.parametrize("stage", [Stage.STARTFRAME, Stage.MOTION, Stage.MATTE, Stage.PACK])
def test_an_action_is_resumed_from_any_stage(page: Page, client: Popcon, done: Job, stage: Stage) -> None:
    runs = wait_over(client, [done])[0].actions[0].runs
    before = {each: sum(run.stage is each for run in runs) for each in Stage}
    page.goto("/archive")
    page.locator(card(page, done)).get_by_role("button", name="Resume").click()
    dialog = page.get_by_role("dialog")
    label = {Stage.STARTFRAME: "Start frame", Stage.MOTION: "Motion", Stage.MATTE: "Matte", Stage.PACK: "Pack"}[stage]
    dialog.get_by_label(f"From {label}").check()
    dialog.get_by_role("checkbox").nth(1).uncheck()
    expect(dialog.locator(".archive-line").first).to_contain_text(f"{label}: made again")
    dialog.get_by_role("button", name="Resume 1 action").click()
    expect(page).to_have_url(f"/jobs/{done.id}")
    stages = [Stage.STARTFRAME, Stage.MOTION, Stage.MATTE, Stage.PACK]
    again = stages[stages.index(stage) :]

    def made_again() -> bool:
        runs = client.job(done.id).actions[0].runs
        made = [sum(run.stage is each and run.state is RunState.SUCCEEDED for run in runs) for each in stages]
        return made == [before[each] + (each in again) for each in stages]

    eventually(made_again, "the stage and those after it are made again", 60)


def test_the_actions_of_a_job_go_on_to_another_picture(page: Page, done: Job) -> None:
    page.goto("/archive")
    shown = page.locator(card(page, done))
    shown.get_by_label("More for Archived Pip").click()
    expect(shown.get_by_role("link", name="Same actions, another picture")).to_have_attribute(
        "href", f"/?from={done.id}"
    )

"""The archive: every job as a card, found, opened, resumed, deleted and brought back."""

from collections import Counter

import pytest
from playwright.sync_api import Page, expect

from popcon.client import Popcon
from popcon.rest import Job, RunState, Stage
from tests.fixtures.stack import wait_over
from tests.fixtures.studio import PHONE, Calls, overflow, violations_by_theme
from tests.studio.conftest import NewVisit

STAGES = {Stage.STARTFRAME: "Start frame", Stage.MOTION: "Motion", Stage.MATTE: "Matte", Stage.PACK: "Pack"}


def card(page: Page, job: Job) -> str:
    return f".archive-card[data-job={job.id}]"


def test_opens_with_one_request(page: Page, finished: Job) -> None:
    calls = Calls(page)
    page.goto("/archive")
    expect(page.locator(card(page, finished))).to_be_visible()
    assert calls.made == ["GET /v1/jobs?limit=48"]
    assert calls.streams == []


def test_is_accessible_in_both_themes_and_fits_a_phone(new_visit: NewVisit, finished: Job) -> None:
    page = new_visit(viewport=PHONE).tab("/archive")
    expect(page.locator(card(page, finished))).to_be_visible()
    assert violations_by_theme(page) == []
    assert overflow(page) == 0


def test_a_card_tells_what_is_made_and_opens_its_job(page: Page, finished: Job) -> None:
    page.goto("/archive")
    shown = page.locator(card(page, finished))
    expect(shown).to_contain_text("3 emoji")
    expect(shown).to_contain_text("Love: Pack done")
    expect(shown.locator("img")).to_have_js_property("complete", True)
    shown.get_by_role("link", name="Finished Pip").click()
    expect(page).to_have_url(f"/jobs/{finished.id}")


@pytest.mark.full
def test_search_and_filter_stay_in_the_address(page: Page, finished: Job) -> None:
    page.goto("/archive")
    page.get_by_label("Search by name").fill("finished pip")
    page.get_by_role("button", name="Failed").click()
    expect(page.get_by_text("No job is like that")).to_be_visible()
    page.get_by_role("button", name="Done", exact=True).click()
    expect(page.locator(".archive-card")).to_have_count(1)
    page.reload()
    expect(page.locator(".archive-card")).to_have_count(1)
    expect(page.get_by_label("Search by name")).to_have_value("finished pip")


def test_a_deleted_job_can_be_brought_back(page: Page, client: Popcon, finished: Job) -> None:
    page.goto("/archive")
    shown = page.locator(card(page, finished))
    shown.get_by_label("More for Finished Pip").click()
    shown.get_by_role("button", name="Delete").click()
    expect(shown).to_have_count(0)
    assert finished.id in [job.id for job in client.jobs(deleted=True)]
    page.locator(".notices").get_by_role("button", name="Undo").click()
    expect(shown).to_have_count(1)
    assert finished.id not in [job.id for job in client.jobs(deleted=True)]


def runs(client: Popcon, job: Job, at: int) -> Counter[Stage]:
    """How many runs of each stage of an action succeeded."""
    found = client.job(job.id).actions[at].runs
    return Counter(each.stage for each in found if each.state is RunState.SUCCEEDED)


def resume(page: Page, job: Job, at: int, stage: Stage) -> None:
    """Resumes one action alone."""
    page.goto("/archive")
    page.locator(card(page, job)).get_by_role("button", name="Resume").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(f"From {STAGES[stage]}").check()
    for other in {*range(len(job.actions))} - {at}:
        dialog.get_by_role("checkbox").nth(other).uncheck()
    expect(dialog.locator(".archive-line").nth(at)).to_contain_text(f"{STAGES[stage]}: made again")
    dialog.get_by_role("button", name="Resume 1 action").click()
    expect(page).to_have_url(f"/jobs/{job.id}")


@pytest.mark.full
def test_an_action_is_resumed_from_any_stage(page: Page, client: Popcon, finished: Job) -> None:
    before = [runs(client, finished, at) for at in range(3)]
    # Two at a time are made; the third one is left alone throughout.
    resume(page, finished, 0, Stage.STARTFRAME)
    resume(page, finished, 1, Stage.MOTION)
    wait_over(client, [finished])
    resume(page, finished, 0, Stage.MATTE)
    resume(page, finished, 1, Stage.PACK)
    wait_over(client, [finished])
    packs = len(finished.options.targets)
    again = [
        {Stage.STARTFRAME: 1, Stage.MOTION: 1, Stage.MATTE: 1 + 1, Stage.PACK: packs + packs},
        {Stage.MOTION: 1, Stage.MATTE: 1, Stage.PACK: packs + packs},
        {},
    ]
    assert [runs(client, finished, at) - before[at] for at in range(3)] == again


@pytest.mark.full
def test_the_actions_of_a_job_go_on_to_another_picture(page: Page, finished: Job) -> None:
    page.goto("/archive")
    shown = page.locator(card(page, finished))
    shown.get_by_label("More for Finished Pip").click()
    expect(shown.get_by_role("link", name="Same actions, another picture")).to_have_attribute(
        "href", f"/?from={finished.id}"
    )

"""The pack: how it looks in a chat, its rules, its order, its files."""

import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, Response, expect

from popcon.rest import Job
from tests.fixtures.studio import PHONE, STREAM, Calls, overflow, violations_by_theme
from tests.studio.conftest import NewVisit


def see(page: Page, job: Job) -> Page:
    """Opens the pack of a job and waits for its emoji."""
    page.goto(f"/jobs/{job.id}/pack")
    expect(page.locator(".pack-item")).to_have_count(3)
    return page


def order(page: Page) -> list[str]:
    return [text.lstrip("0123456789") for text in page.locator(".pack-label").all_text_contents()]


def saved(answer: Response) -> bool:
    return answer.request.method == "PUT" and answer.ok


def test_opens_with_two_requests_and_a_stream(page: Page, finished: Job) -> None:
    calls = Calls(page)
    with page.expect_request(STREAM):
        see(page, finished)
    assert sorted(calls.made) == [f"GET /v1/jobs/{finished.id}", "GET /v1/targets"]
    assert len(calls.streams) == 1


def test_is_accessible_in_both_themes_and_fits_a_phone(new_visit: NewVisit, finished: Job) -> None:
    page = see(new_visit(viewport=PHONE).tab(), finished)
    assert violations_by_theme(page) == []
    assert overflow(page) == 0


def test_rules_that_do_not_hold_are_named(page: Page, finished: Job) -> None:
    see(page, finished)
    expect(page.locator(".pack-rules .breaks")).to_contain_text("The set has 3 emoji")
    page.get_by_role("button", name="Web page").click()
    expect(page.locator(".pack-rules .holds")).not_to_have_count(0)
    expect(page.locator(".pack-rules .breaks")).to_have_count(0)


@pytest.mark.full
def test_the_chat_shows_the_emoji_that_was_pressed(page: Page, finished: Job) -> None:
    see(page, finished)
    page.get_by_role("button", name="Show Love in the chat").click()
    expect(page.locator(".pack-alone img").first).to_have_attribute("alt", "Love")
    expect(page.locator(".pack-phone")).to_have_count(2)


def test_arrow_keys_and_dragging_reorder_the_set_for_good(page: Page, finished: Job) -> None:
    see(page, finished)
    before = order(page)
    page.locator(".pack-grip").first.focus()
    with page.expect_response(saved):
        page.keyboard.press("ArrowRight")
    wanted = [before[1], before[0], before[2]]
    expect(page.locator(".pack-label").first).to_contain_text(wanted[0])
    start, end = page.locator(".pack-grip").last.bounding_box(), page.locator(".pack-item").first.bounding_box()
    assert start
    assert end
    with page.expect_response(saved):
        page.mouse.move(start["x"] + 10, start["y"] + 10)
        page.mouse.down()
        page.mouse.move(end["x"] + 40, end["y"] + 40, steps=6)
        page.mouse.up()
    page.reload()
    expect(page.locator(".pack-label").first).to_contain_text(before[2])
    assert order(page) == [before[2], *wanted[:2]]


def test_another_tab_sees_the_tab_image_that_was_chosen(new_visit: NewVisit, finished: Job) -> None:
    visit = new_visit()
    one, other = see(visit.tab(), finished), see(visit.tab(), finished)
    one.get_by_role("button", name="Sleep as tab image").click()
    expect(other.get_by_role("button", name="Sleep as tab image")).to_have_attribute("aria-pressed", "true")


def test_an_emoji_that_is_no_picture_to_a_browser_is_shown_by_its_preview(page: Page, finished: Job) -> None:
    see(page, finished)
    page.get_by_role("button", name="Telegram video emoji").click()
    expect(page.locator(".pack-status .badge")).to_have_class(re.compile("done"))
    expect(page.locator(".pack-item img").first).to_have_attribute("src", re.compile(r"/preview\.webp$"))
    expect(page.locator(".pack-item img").first).to_have_js_property("naturalWidth", 100)
    expect(page.get_by_role("link", name="Download Joy")).to_have_attribute("href", re.compile(r"/emoji\.webm\?"))


@pytest.mark.full
def test_an_emoji_and_a_set_can_be_taken_away(page: Page, finished: Job, tmp_path: Path) -> None:
    see(page, finished)
    with page.expect_download() as one:
        page.get_by_role("link", name="Download Joy").click()
    one.value.save_as(tmp_path / "joy.png")
    assert (tmp_path / "joy.png").read_bytes().startswith(b"\x89PNG")
    page.get_by_role("button", name="Web page").click()
    with page.expect_download() as whole:
        page.get_by_role("link", name="Download the set").click()
    whole.value.save_as(tmp_path / "set.zip")
    assert [name for name in zipfile.ZipFile(tmp_path / "set.zip").namelist() if name.endswith(".webp")]

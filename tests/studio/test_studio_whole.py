"""The whole way at once: a picture is dropped, and a pack that its platform takes is downloaded."""

from pathlib import Path

from playwright.sync_api import expect

from tests.fixtures.stack import EXAMPLES, popcon
from tests.fixtures.studio import drop
from tests.studio.conftest import NewVisit

ACTIONS = ["Joy", "Cry", "Love", "Sleep", "Wave", "OK", "No", "Thanks"]
MADE_MS = 90_000


def test_a_dropped_picture_becomes_a_pack_that_line_takes(new_visit: NewVisit, tmp_path: Path) -> None:
    # Eight emoji that move take most of a machine without a graphics card.
    page = new_visit(reduced_motion="reduce").tab("/")
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()
    drop(page, EXAMPLES / "penguin.png", "image/png")
    page.get_by_role("button", name="Select none").click()
    for action in ACTIONS:
        page.locator(".create-grid").get_by_role("button", name=action, exact=True).click()
    page.get_by_label("Show me each start frame first").check()
    expect(page.get_by_role("img", name="The character without its background")).to_be_visible()
    page.get_by_role("button", name="Start", exact=True).click()

    tiles = page.get_by_role("article")
    expect(tiles).to_have_count(len(ACTIONS))
    expect(page.get_by_role("button", name="Approve all 8")).to_be_visible()
    page.get_by_role("article", name="Joy").get_by_role("button", name="Approve").click()
    page.get_by_role("button", name="Approve all 7").click()
    expect(tiles.filter(has_text="Done")).to_have_count(len(ACTIONS), timeout=MADE_MS)

    page.locator(".review-head").get_by_role("link", name="Pack").click()
    expect(page.locator(".pack-item")).to_have_count(len(ACTIONS))
    with page.expect_download() as pack:
        page.get_by_role("link", name="Download the set").click(timeout=MADE_MS)
    pack.value.save_as(tmp_path / "pack.zip")
    checked = popcon("check", tmp_path / "pack.zip", "--target", "line-emoji")
    assert checked.returncode == 0, checked.stdout + checked.stderr

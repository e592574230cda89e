"""The preview page of a set, as the gateway serves it."""

import pytest
from playwright.sync_api import Page

from popcon.rest import Job
from tests.fixtures.studio import PHONE, overflow, violations_by_theme
from tests.studio.conftest import NewVisit


def preview(page: Page, job: Job, target: str) -> Page:
    (found,) = [each for each in job.sets if each.target == target]
    (output,) = [output for output in found.outputs if output.name == "preview.html"]
    page.goto(output.url)
    return page


@pytest.mark.parametrize("target", ["line-emoji", "web"])
def test_shows_every_picture_of_the_set_from_beside_it_and_fits_a_phone(
    new_visit: NewVisit, finished: Job, target: str
) -> None:
    page = preview(new_visit(viewport=PHONE).tab(), finished, target)
    widths = page.locator("img").evaluate_all("images => images.map((image) => image.naturalWidth)")
    assert len(widths) > 6
    assert min(widths) > 0
    assert overflow(page) == 0


def test_is_accessible_in_both_themes(page: Page, finished: Job) -> None:
    shown = preview(page, finished, "line-emoji").content()
    page.goto("about:blank")
    page.set_content(shown)  # where axe may run, which the gateway allows no script on this page
    assert violations_by_theme(page) == []

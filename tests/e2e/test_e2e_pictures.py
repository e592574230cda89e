"""Pictures and requests as strangers send them, to the real services: taken, or refused with nothing left behind."""

import io
import sqlite3
import struct
import zlib
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from PIL import Image, ImageDraw

from popcon.client import Popcon
from popcon.rest import ActionState, Box, Picture
from tests.fixtures.invariants import stored
from tests.fixtures.stack import EXAMPLES, LiveStack, eventually, wait_over

TABLES = ("pictures", "jobs", "actions", "runs", "events", "outbox", "edits", "replies")
PNG = (EXAMPLES / "penguin.png").read_bytes()


def drawn(colour: str = "orange", background: str = "white") -> Image.Image:
    """A plain figure with a face."""
    image = Image.new("RGB", (160, 120), background)
    draw = ImageDraw.Draw(image)
    draw.ellipse((50, 20, 110, 100), colour, "black", 4)
    draw.ellipse((65, 45, 73, 53), "black")
    draw.ellipse((87, 45, 95, 53), "black")
    return image


def encoded(kind: str, image: Image.Image | None = None, **options: Any) -> bytes:
    file = io.BytesIO()
    (image or drawn()).save(file, kind, **options)
    return file.getvalue()


def huge() -> bytes:
    """A PNG of 30,000 x 30,000 pixels in a few KB."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(3_751 * 1_000), 9)) + chunk(b"IEND", b"")


BAD: dict[str, tuple[bytes, str, int, str]] = {
    "no bytes": (b"", "image/png", 422, "picture_unreadable"),
    "text": (b"I am no picture.\n" * 50, "image/png", 415, "unsupported_media"),
    "cut short": (PNG[: len(PNG) // 2], "image/png", 422, "picture_unreadable"),
    "huge": (huge(), "image/png", 413, "picture_too_large"),
    "wrong type": (PNG, "text/plain", 415, "unsupported_media"),
    "all white": (encoded("PNG", Image.new("RGB", (300, 300), "white")), "image/png", 422, "picture_blank"),
    "all transparent": (encoded("PNG", Image.new("RGBA", (300, 300))), "image/png", 422, "picture_blank"),
    "tiny": (encoded("PNG", Image.new("RGB", (3, 3))), "image/png", 422, "picture_unreadable"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", 415, "unsupported_media"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_picture_is_refused_and_leaves_nothing(live: LiveStack, name: str) -> None:
    data, kind, status, code = BAD[name]
    before = everything(live)
    form = {"files": {"picture": ("cat.png", data, kind)}}
    sent: list[tuple[str, dict[str, Any]]] = [
        ("/v1/pictures", form),
        ("/v1/pictures", {"content": data, "headers": {"Content-Type": kind}}),
        ("/v1/jobs", {**form, "data": {"actions": "joy,cry"}}),
    ]
    for path, request in sent:
        assert_problem(httpx.post(f"{live.url}{path}", timeout=30, trust_env=False, **request), status, code)
    assert everything(live) == before


def test_a_huge_picture_is_a_small_file() -> None:
    assert len(huge()) < 8_000


GOOD: dict[str, tuple[bytes, str]] = {
    "jpeg": (encoded("JPEG", quality=90), "image/jpeg"),
    "webp": (encoded("WEBP", quality=90), "image/webp"),
    "gif": (encoded("GIF"), "image/gif"),
    "bmp": (encoded("BMP"), "image/bmp"),
    "tiff": (encoded("TIFF"), "image/tiff"),
    "palette": (encoded("PNG", drawn().convert("P")), "image/png"),
    "plain colour": (encoded("PNG", drawn("white", "#3a9d5d")), "image/png"),
}


@pytest.mark.parametrize("name", GOOD)
def test_every_kind_of_picture_is_cut_out(client: Popcon, name: str) -> None:
    data, media_type = GOOD[name]
    picture = client.upload_picture(data)
    assert (picture.width, picture.height) == (160, 120)
    assert (picture.source.media_type, picture.cutout.media_type) == (media_type, "image/png")
    assert picture.background == "plain"
    assert_near((picture.box.left, picture.box.top, picture.box.right, picture.box.bottom), (50, 20, 111, 101))


def test_a_turned_photograph_is_put_upright(client: Popcon) -> None:
    lying = drawn().transpose(Image.Transpose.ROTATE_90)
    turned = Image.Exif()
    turned[0x0112] = 6  # shown turned by 90 degrees to the right
    picture = client.upload_picture(encoded("JPEG", lying, quality=95, exif=turned.tobytes()))
    assert (picture.width, picture.height) == (160, 120)
    assert_near((picture.box.left, picture.box.top, picture.box.right, picture.box.bottom), (50, 20, 111, 101))


def test_the_cut_out_is_the_figure_without_its_background(client: Popcon, tmp_path: Any) -> None:
    picture = client.upload_picture(GOOD["plain colour"][0])
    with Image.open(client.download(picture.cutout, tmp_path / "cutout.png")) as cutout:
        assert cutout.mode == "RGBA"
        middle, corner = cutout.size[0] // 2, (1, 1)
        assert cutout.getpixel((middle, cutout.size[1] * 3 // 4)) == (255, 255, 255, 255)
        assert cutout.getpixel(corner)[3] == 0  # type: ignore[index]


def test_a_crop_is_a_picture_of_its_own_that_jobs_are_made_of(live: LiveStack, client: Popcon, tmp_path: Any) -> None:
    sheet = Image.new("RGB", (320, 120), "white")
    sheet.paste(drawn("orange"), (0, 0))
    sheet.paste(drawn("purple"), (160, 0))
    whole = client.upload_picture(encoded("PNG", sheet))
    box = {"left": 160, "top": 0, "right": 320, "bottom": 120}
    with httpx.Client(base_url=live.url, trust_env=False, timeout=30) as http:
        first, again = (http.post(f"/v1/pictures/{whole.id}/crop", json={"box": box}) for _ in range(2))
        assert (first.status_code, again.json()) == (201, first.json())
        crop = Picture.model_validate(first.json())
        assert http.get(first.headers["location"]).json() == first.json()
        outside = http.post(f"/v1/pictures/{whole.id}/crop", json={"box": {**box, "right": 321}})
        assert_problem(outside, 422, "invalid_request")
    assert (crop.id != whole.id, crop.source, crop.crop) == (True, whole.source, Box(**box))
    assert_near((crop.box.left, crop.box.top, crop.box.right, crop.box.bottom), (210, 20, 271, 101))
    with Image.open(client.download(crop.cutout, tmp_path / "crop.png")) as cutout:
        assert cutout.getpixel((cutout.size[0] // 2, cutout.size[1] * 3 // 4)) == (128, 0, 128, 255)
    job = client.create_job(crop.id, ["joy"])
    wait_over(client, [job])  # other tests look at all that is stored
    assert job.picture == crop
    [card] = client.jobs(limit=1)
    assert (card.picture_id, card.thumbnail) == (crop.id, crop.thumbnail)


NOBODY = "0" * 32
WRONG: dict[str, tuple[str, dict[str, Any], int, str]] = {
    "no actions": ("/v1/jobs", {"actions": []}, 422, "no_actions"),
    "unknown preset": ("/v1/jobs", {"actions": [{"preset": "wavee"}]}, 422, "unknown_preset"),
    "41 actions": ("/v1/jobs", {"actions": [{"preset": "wave"}] * 41}, 422, "too_many_actions"),
    "a prompt of 1 MB": ("/v1/jobs", {"actions": [{"action_prompt": "x" * 1_000_000}]}, 413, "too_large"),
    "a long prompt": ("/v1/jobs", {"actions": [{"action_prompt": "x" * 3_000}]}, 422, "prompt_too_long"),
    "unknown target": (
        "/v1/jobs",
        {"actions": [{"preset": "wave"}], "options": {"targets": ["nowhere"]}},
        422,
        "unknown_target",
    ),
    "unknown picture": ("/v1/jobs", {"actions": [{"preset": "wave"}], "picture_id": f"pic_{NOBODY}"}, 404, "not_found"),
    "unknown job": (f"/v1/jobs/job_{NOBODY}/cancel", {}, 404, "not_found"),
    "unknown action": (f"/v1/jobs/job_{NOBODY}/actions/act_{NOBODY}/approve", {}, 404, "not_found"),
    "unknown edit": (f"/v1/edits/edit_{NOBODY}/apply", {"version": 1}, 404, "not_found"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_request_is_refused_and_leaves_nothing(live: LiveStack, penguin: str, name: str) -> None:
    path, body, status, code = WRONG[name]
    before = everything(live)
    if path == "/v1/jobs":
        body = {"picture_id": penguin, **body}
    assert_problem(httpx.post(f"{live.url}{path}", json=body, timeout=30, trust_env=False), status, code)
    assert everything(live) == before


def test_an_action_in_the_wrong_state_and_a_stale_version_are_conflicts(
    live: LiveStack, client: Popcon, penguin: str
) -> None:
    job = client.create_job(penguin, ["question"], review=True)
    home = f"{live.url}/v1/jobs/{job.id}/actions/{job.actions[0].id}"
    assert_problem(httpx.post(f"{home}/skip", json={}, trust_env=False), 409, "wrong_state")
    eventually(lambda: client.job(job.id).actions[0].state is ActionState.AWAITING_REVIEW, "it awaits review")
    stale = {"version": client.job(job.id).actions[0].version - 1}
    assert_problem(httpx.post(f"{home}/approve", json=stale, trust_env=False), 409, "stale_version")
    assert_problem(httpx.post(f"{home}/approve", json={"run": 9, "take": 1}, trust_env=False), 404, "not_found")
    client.cancel_job(job.id)


def assert_near(box: tuple[int, ...], wanted: tuple[int, ...], pixels: int = 3) -> None:
    assert all(abs(one - other) <= pixels for one, other in zip(box, wanted, strict=True)), box


def assert_problem(answer: httpx.Response, status: int, code: str) -> None:
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code), problem
    assert len(problem["detail"]) > 15


def everything(live: LiveStack) -> tuple[Any, ...]:
    """Each artifact, and the number of rows of each table."""
    count: Callable[[str], str] = "SELECT count(*) FROM {}".format
    connection = sqlite3.connect(live.folder.database)
    try:
        rows = [connection.execute(count(table)).fetchone()[0] for table in TABLES]
    finally:
        connection.close()
    return stored(live.folder), rows

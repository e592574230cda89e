"""Whatever is sent: a 4xx problem with a stable code and a sentence, nothing half made, and the gateway stays up."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from popcon import errors
from popcon.catalog import limits
from tests.fixtures.gateway import ACTION, EDIT, JOB, PICTURE, Gateway, made, problem

pytestmark = pytest.mark.asyncio(loop_scope="session")

PNG = ("cat.png", b"\x89PNG....", "image/png")
WAVE = [{"preset": "wave"}]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.PictureUnreadable("This is not a picture that can be read; send another one.", field="picture"), 422),
        (errors.PictureBlank("There is nothing on this picture; send one with a character.", field="picture"), 422),
        (errors.PictureTooLarge("30000 x 30000 is more pixels than are taken; scale it down.", field="picture"), 413),
        (errors.UnsupportedMedia("This is not an image file; send PNG, JPEG or WebP.", field="picture"), 415),
        (errors.Overloaded("Too many pictures at once; try again in a moment."), 429),
    ],
)
async def test_what_startframe_refuses_is_told_and_no_picture_is_recorded(
    gate: Gateway, error: errors.PopconError, status: int
) -> None:
    gate.script.raises["CutOut"] = error
    answer = await gate.http.post("/v1/pictures", files={"picture": PNG})
    assert problem(answer, status, error.code, error.field)["detail"] == error.message
    assert made(gate) == {"CutOut"}
    assert ("Retry-After" in answer.headers) == (status == 429)


async def test_an_empty_picture(gate: Gateway) -> None:
    for sent in ({"files": {"picture": ("cat.png", b"", "image/png")}}, {"headers": {"Content-Type": "image/png"}}):
        problem(await gate.http.post("/v1/pictures", **sent), 422, "picture_unreadable", "picture")
    assert not gate.script.seen


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/pdf", ""])
async def test_a_wrong_content_type(gate: Gateway, kind: str) -> None:
    headers = {"Content-Type": kind} if kind else {}
    problem(await gate.http.post("/v1/pictures", content=b"x", headers=headers), 415, "unsupported_media")
    if kind:
        problem(await gate.http.post("/v1/pictures", files={"picture": ("a", b"x", kind)}), 415, "unsupported_media")
    assert not gate.script.seen


async def chunks(total: int) -> AsyncIterator[bytes]:
    """A body that does not say how long it is."""
    for _ in range(total // 1_000_000):
        yield bytes(1_000_000)


@pytest.mark.parametrize("says_length", [True, False])
async def test_a_picture_over_the_limit_is_stopped_on_the_way_in(gate: Gateway, says_length: bool) -> None:
    size = limits.PICTURE_MAX_BYTES + 3_000_000
    content: Any = bytes(size) if says_length else chunks(size)
    answer = await gate.http.post("/v1/pictures", content=content, headers={"Content-Type": "image/png"})
    problem(answer, 413, "picture_too_large", "picture")
    assert not gate.script.seen


@pytest.mark.parametrize("extra", [1, 5_000_000])
@pytest.mark.parametrize("path", ["/v1/pictures", "/v1/jobs"])
async def test_a_picture_over_the_limit_in_a_form(gate: Gateway, path: str, extra: int) -> None:
    files = {"picture": ("cat.png", bytes(limits.PICTURE_MAX_BYTES + extra), "image/png")}
    answer = await gate.http.post(path, files=files, data={"actions": "wave"})
    problem(answer, 413, "picture_too_large", "picture")
    assert not gate.script.seen


async def test_a_content_length_that_lies_is_no_way_around_the_limit(gate: Gateway) -> None:
    """The bytes after the promised ones are not the body; here they are not even a request."""
    port = httpx.URL(gate.url).port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = (
        f"POST /v1/jobs/{JOB}/resume HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Content-Length: 2\r\n\r\n"
    )
    writer.write(head.encode() + b"{}" + bytes(10_000))
    answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"HTTP/1.1 400" in answer
    writer.close()
    assert (await gate.http.get("/v1/presets")).status_code == 200


async def test_a_prompt_of_one_megabyte(gate: Gateway) -> None:
    body = {"picture_id": PICTURE, "actions": [{"action_prompt": "x" * 1_000_000}]}
    problem(await gate.http.post("/v1/jobs", json=body), 413, "too_large")
    long = {"picture_id": PICTURE, "actions": [*WAVE, {"preset": "cry", "effect_prompt": "x" * 900_000}]}
    problem(await gate.http.post("/v1/jobs", json=long), 422, "prompt_too_long", "actions[1].effect_prompt")
    form = {"actions": json.dumps([{"action_prompt": "x" * 1_000_001}])}
    answer = await gate.http.post("/v1/jobs", files={"picture": PNG}, data=form)
    problem(answer, 422, "invalid_request")
    assert not gate.script.seen


BAD_JOBS: list[tuple[dict[str, Any], str, str]] = [
    ({"actions": []}, "no_actions", "actions"),
    ({"actions": WAVE * 41}, "too_many_actions", "actions"),
    ({"actions": [*WAVE, {"preset": "wavee"}]}, "unknown_preset", "actions[1].preset"),
    ({"actions": [{"action_prompt": "x" * 2_001}]}, "prompt_too_long", "actions[0].action_prompt"),
    ({"actions": [{"label": "nothing to do"}]}, "invalid_request", "actions[0]"),
    ({"actions": WAVE, "targets": ["line-emoij"]}, "unknown_target", "targets[0]"),
    ({"actions": WAVE, "targets": ["web", "web"]}, "invalid_request", "targets"),
    ({"actions": WAVE, "targets": [f"t{n}" for n in range(17)]}, "invalid_request", "targets"),
    ({"actions": WAVE, "takes": 5}, "invalid_request", "takes"),
    ({"actions": WAVE, "seed": -1}, "invalid_request", "seed"),
    ({"actions": WAVE, "review": "perhaps"}, "invalid_request", "review"),
    ({"actions": WAVE, "reviwe": True}, "invalid_request", "reviwe"),
]


@pytest.mark.parametrize(("asked", "code", "field"), BAD_JOBS)
async def test_a_wrong_job_as_json(gate: Gateway, asked: dict[str, Any], code: str, field: str) -> None:
    options = {key: value for key, value in asked.items() if key != "actions"}
    body = {"picture_id": PICTURE, "actions": asked["actions"], "options": options}
    where = field if field.startswith("actions") else f"options.{field}"
    problem(await gate.http.post("/v1/jobs", json=body), 422, code, where)
    assert not gate.script.seen


@pytest.mark.parametrize(("asked", "code", "field"), BAD_JOBS)
async def test_a_wrong_job_as_a_form_stores_no_picture(
    gate: Gateway, asked: dict[str, Any], code: str, field: str
) -> None:
    data = {key: value if isinstance(value, list) else str(value) for key, value in asked.items()}
    data["actions"] = json.dumps(asked["actions"])
    problem(await gate.http.post("/v1/jobs", files={"picture": PNG}, data=data), 422, code, field)
    assert not gate.script.seen


@pytest.mark.parametrize(
    ("files", "data", "status", "field"),
    [
        ({"image": PNG}, {"actions": "wave"}, 422, "image"),
        ({"actions": (None, "wave")}, {}, 422, "picture"),
        ({"picture": ("a.txt", b"x", "text/plain")}, {"actions": "wave"}, 415, "picture"),
        ({"picture": PNG}, {}, 422, "actions"),
        ({"picture": PNG}, {"actions": "[1"}, 422, "actions"),
        ({"picture": PNG}, {"actions": "[" * 100_000}, 422, "actions"),
        ({"picture": PNG}, {"actions": "[[]]"}, 422, "actions[0]"),
        ({"picture": PNG}, {"actions": "wave", "name": "x" * 201}, 422, "name"),
        ([("picture", PNG), ("picture", PNG)], {"actions": "wave"}, 422, ""),
        ({"picture": PNG}, {f"f{n}": "x" for n in range(300)}, 422, ""),
    ],
)
async def test_a_broken_form(gate: Gateway, files: Any, data: dict[str, str], status: int, field: str) -> None:
    answer = await gate.http.post("/v1/jobs", files=files, data=data)
    code = {422: "no_actions" if field == "actions" and not data else "invalid_request", 415: "unsupported_media"}[
        status
    ]
    problem(answer, status, code, field)
    assert not gate.script.seen


@pytest.mark.parametrize("content", [b"", b"--x\r\n", b"--x\r\n\r\n\r\n--x--", b"nothing of the kind"])
async def test_a_form_that_is_none(gate: Gateway, content: bytes) -> None:
    for path in ("/v1/jobs", "/v1/pictures", "/v1/check"):
        for kind in ("multipart/form-data; boundary=x", "multipart/form-data"):
            answer = await gate.http.post(path, content=content, headers={"Content-Type": kind})
            problem(answer, 422, "no_actions" if "no_actions" in answer.text else "invalid_request")


@pytest.mark.parametrize(
    "content",
    [b"{", b"", b"null", b"[]", b'"x"', b"\xff\xfe", b'{"picture_id": "' + b"9" * 6_000 + b'"}', b"[" * 90_000, b"NaN"],
)
@pytest.mark.parametrize("path", ["/v1/jobs", f"/v1/jobs/{JOB}/actions/{ACTION}/select", f"/v1/edits/{EDIT}/undo"])
async def test_a_body_that_is_not_what_was_asked_for(gate: Gateway, path: str, content: bytes) -> None:
    answer = await gate.http.post(path, content=content, headers={"Content-Type": "application/json"})
    problem(answer, 422, "invalid_request")
    assert not made(gate)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/octet-stream"])
async def test_json_that_is_called_something_else(gate: Gateway, kind: str) -> None:
    for path in ("/v1/jobs", f"/v1/edits/{EDIT}/undo", f"/v1/jobs/{JOB}/actions/{ACTION}/approve"):
        answer = await gate.http.post(path, content=b'{"version": 1}', headers={"Content-Type": kind})
        problem(answer, 415, "unsupported_media")


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\ud800"])
async def test_text_that_cannot_be_kept(gate: Gateway, text: str) -> None:
    for body in (
        {"picture_id": text, "actions": WAVE},
        {"picture_id": PICTURE, "actions": [{"action_prompt": text}]},
        {"picture_id": PICTURE, "actions": WAVE, "name": text},
        {"picture_id": PICTURE, "actions": WAVE, "options": {"matte_backend": text}},
    ):
        # JSON can spell what cannot be encoded.
        content = json.dumps(body).encode()
        answer = await gate.http.post("/v1/jobs", content=content, headers={"Content-Type": "application/json"})
        problem(answer, 422, "invalid_request")
    assert not gate.script.seen

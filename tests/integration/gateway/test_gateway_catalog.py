"""Presets, targets, samples, and the check of a pack."""

import pytest

from popcon import errors, rest
from popcon.catalog import limits, presets, targets
from popcon.v1 import common_pb2, motion_pb2, packaging_pb2, sets_pb2
from tests.fixtures.gateway import Gateway

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_every_preset_is_listed(gate: Gateway) -> None:
    found = rest.PresetList.model_validate((await gate.http.get("/v1/presets")).json()).presets
    assert [item.id for item in found] == list(presets.PRESETS)
    assert all(item.action_prompt and item.effect_prompt and item.label for item in found)


async def test_every_target_is_listed(gate: Gateway) -> None:
    found = rest.TargetList.model_validate((await gate.http.get("/v1/targets")).json()).targets
    assert [item.id for item in found] == list(targets.TARGETS)
    assert (found[0].canvas, found[0].set_size) == ((180, 180), (8, 40))


async def test_a_target_tells_what_a_program_needs_to_make_files_for_it(gate: Gateway) -> None:
    answer = await gate.http.get("/v1/targets")
    told = {item.id: item for item in rest.TargetList.model_validate(answer.json()).targets}
    line, kakao, signal, discord = (told[each] for each in ("line-emoji", "kakao", "signal", "discord-emoji"))
    assert (line.matte, line.stills, line.names, line.zip_is_upload, line.distinct_min) == (None, None, None, True, 5)
    assert kakao.matte == (255, 255, 255)
    assert kakao.stills == rest.StillsInfo(after=3, file_max_bytes=150_000)
    assert (signal.sizes.least, signal.sizes.most, signal.sizes.square) == ((10, 10), (512, 512), True)
    assert (384, 384) in signal.smaller
    assert discord.names == rest.NameInfo(letters="A-Za-z0-9_", lengths=(2, 32))
    assert told["slack"].delay_min == 0.02


async def test_a_sample(gate: Gateway) -> None:
    url = rest.PresetList.model_validate((await gate.http.get("/v1/presets")).json()).presets[0].sample_url
    answer = await gate.http.get(url, params={"side": 96})
    assert (answer.content, answer.headers["content-type"]) == (b"RIFFsample", "image/webp")
    assert "max-age" in answer.headers["cache-control"]
    first = next(iter(presets.PRESETS.values()))
    direction = common_pb2.Direction(
        preset=first.id, action_prompt=first.action_prompt, effect_prompt=first.effect_prompt
    )
    assert gate.script.asked("Sample") == [motion_pb2.SampleRequest(direction=direction, side=96)]
    again = await gate.http.get(url, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_wrong_samples(gate: Gateway) -> None:
    assert (await gate.http.get("/v1/presets/wavee/sample")).json()["code"] == "unknown_preset"
    for side in ("31", "257", "x"):
        assert (await gate.http.get(f"/v1/presets/wave/sample?side={side}")).json()["field"] == "side"
    assert not gate.script.seen


@pytest.mark.parametrize("as_form", [True, False])
async def test_a_pack_is_checked(gate: Gateway, as_form: bool) -> None:
    breach = sets_pb2.Breach(rule="set_too_small", file="", message="6 emoji; 8 to 40 are wanted.")
    gate.script.answers["Check"] = packaging_pb2.CheckResponse(target="line-emoji", breaches=[breach])
    data = bytes(2_500_000)
    if as_form:
        answer = await gate.http.post("/v1/check?target=line-emoji", files={"pack": ("a.zip", data, "application/zip")})
    else:
        headers = {"Content-Type": "application/zip"}
        answer = await gate.http.post("/v1/check?target=line-emoji", content=data, headers=headers)
    found = rest.CheckResult.model_validate(answer.json())
    assert (found.target, found.passes, found.breaches[0].rule) == ("line-emoji", False, "set_too_small")
    [pieces] = gate.script.asked("Check")
    assert b"".join(piece.chunk for piece in pieces) == data
    assert pieces[0].target == "line-emoji"


async def test_a_pack_that_passes(gate: Gateway) -> None:
    answer = await gate.http.post("/v1/check", content=b"PK", headers={"Content-Type": "application/zip"})
    assert answer.json() == {"target": "line-emoji", "passes": True, "breaches": []}


async def test_what_is_no_pack(gate: Gateway) -> None:
    zipped = {"Content-Type": "application/zip"}
    for content, headers, query, status, code in (
        (b"", zipped, "", 422, "invalid_request"),
        (b"PK", {"Content-Type": "image/png"}, "", 415, "unsupported_media"),
        (b"PK", zipped, "?target=nowhere", 422, "unknown_target"),
        (bytes(limits.PACK_MAX_BYTES + 1), zipped, "", 413, "too_large"),
    ):
        answer = await gate.http.post(f"/v1/check{query}", content=content, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not gate.script.seen
    gate.script.raises["Check"] = errors.InvalidRequest("This is not a zip; send the file that popcon made.")
    answer = await gate.http.post("/v1/check", content=b"x", headers=zipped)
    assert answer.json()["detail"].startswith("This is not a zip")

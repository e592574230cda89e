"""Presets, targets, and the check of a finished pack."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.datastructures import UploadFile

from popcon import errors, rest
from popcon.catalog import limits, presets, targets
from popcon.catalog.target import Target
from popcon.v1 import common_pb2, motion_pb2, packaging_pb2
from services.gateway import conditional, edge, openapi, to_rest, uploads
from services.gateway.access import KnownRoute
from services.gateway.links import read
from services.gateway.params import Services

router = APIRouter(prefix="/v1", tags=["catalog"], route_class=KnownRoute)

CHECK_WITHIN_S = 60.0


@router.get("/presets", summary="Every preset")
async def list_presets() -> rest.PresetList:
    """The named actions, each with its action prompt and effect prompt."""
    found = [
        rest.Preset(
            id=item.id,
            label=item.label,
            action_prompt=item.action_prompt,
            effect_prompt=item.effect_prompt,
            sample_url=f"/v1/presets/{item.id}/sample",
        )
        for item in presets.PRESETS.values()
    ]
    return rest.PresetList(presets=found)


@router.get(
    "/presets/{preset}/sample",
    summary="A moving sample of a preset",
    response_class=Response,
    responses=openapi.files("image/webp") | openapi.problems(422),
)
async def get_sample(
    request: Request,
    links: Services,
    preset: Annotated[str, Path(description="preset id", examples=["wave"])],
    side: Annotated[int, Query(ge=32, le=256, description="side of the square, pixels")] = 128,
) -> Response:
    """The house character doing it, as an animated WebP."""
    found = presets.find(preset)
    direction = common_pb2.Direction(
        preset=found.id, action_prompt=found.action_prompt, effect_prompt=found.effect_prompt
    )
    sample = await read(links.motion.Sample, motion_pb2.SampleRequest(direction=direction, side=side))
    digest = hashlib.sha256(sample.data).hexdigest()
    headers = {"ETag": f'"{digest}"', "Cache-Control": "public, max-age=86400"}
    if conditional.is_known(request, digest):
        return Response(status_code=304, headers=headers)
    return Response(sample.data, headers=headers, media_type=sample.media_type)


@router.get("/targets", summary="Every target")
async def list_targets() -> rest.TargetList:
    """The pack formats of the chat platforms."""
    return rest.TargetList(targets=[_target_info(item) for item in targets.TARGETS.values()])


def _target_info(item: Target) -> rest.TargetInfo:
    rules = asdict(item)
    told = {"media_type": item.format.media_type, **rules["timing"], **rules}
    return rest.TargetInfo.model_validate({name: told[name] for name in rest.TargetInfo.model_fields})


@router.post(
    "/check",
    summary="Check a pack",
    responses=openapi.problems(413, 415, 422),
    openapi_extra=openapi.pack_body(),
)
async def check_pack(
    request: Request,
    links: Services,
    target: Annotated[str, Query(max_length=200, description="target id; none finds it out from the pack")] = "",
) -> rest.CheckResult:
    """Holds a finished zip against its target's rules, by decoding it, and names every breach."""
    wanted = targets.find(target).id if target else ""
    async with uploads.upload(request, "pack", uploads.is_zip) as file:
        if not file.size:
            raise errors.InvalidRequest("The pack is empty; send the bytes of a zip.", field="pack")
        if file.size > limits.PACK_MAX_BYTES:
            raise edge.pack_too_large()

        def check(_: None, **options: Any) -> Any:
            return links.packaging.Check(_requests(wanted, file), **options)

        found = await read(check, None, timeout_s=CHECK_WITHIN_S)
    breaches = [to_rest.breach(item) for item in found.breaches]
    return rest.CheckResult(target=found.target, passes=not breaches, breaches=breaches)


async def _requests(target: str, file: UploadFile) -> AsyncIterator[packaging_pb2.CheckRequest]:
    async for piece in uploads.pieces(file):
        yield packaging_pb2.CheckRequest(target=target, chunk=piece)

"""Pictures."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import UploadFile

from popcon import errors, rest
from popcon.catalog import limits
from popcon.v1 import common_pb2, jobs_pb2, startframe_pb2
from services.gateway import edge, openapi, to_proto, to_rest, uploads
from services.gateway.access import KnownRoute
from services.gateway.links import Links, read, write
from services.gateway.params import Owner, PictureId, Services

router = APIRouter(prefix="/v1/pictures", tags=["pictures"], route_class=KnownRoute)

CUT_OUT_WITHIN_S = 60.0


@router.post(
    "",
    status_code=201,
    summary="Upload a picture",
    responses=openapi.problems(413, 415, 422),
    openapi_extra=openapi.picture_body(),
)
async def create_picture(request: Request, response: Response, owner: Owner, links: Services) -> rest.Picture:
    """Finds the character in a picture and keeps both. The same bytes again answer the same picture.

    PNG, JPEG, WebP, GIF, BMP or TIFF, at most 20 MB, as the part `picture` of a form or as the body itself.
    """
    async with uploads.upload(request, "picture", uploads.is_picture) as file:
        picture = await store(links, owner, file)
    response.headers["Location"] = f"/v1/pictures/{picture.id}"
    return to_rest.picture(picture)


async def store(links: Links, owner: str, file: UploadFile) -> common_pb2.Picture:
    """Has the character cut out and the picture recorded. Repeating it is harmless: both go by digest."""
    if not file.size:
        raise errors.PictureUnreadable("The picture is empty; send the bytes of an image file.", field="picture")
    if file.size > limits.PICTURE_MAX_BYTES:
        raise edge.picture_too_large()

    def cut_out(_: None, **options: Any) -> Any:
        return links.startframe.CutOut(_requests(owner, file), **options)

    return await _keep(links, owner, partial(read, cut_out, None, timeout_s=CUT_OUT_WITHIN_S))


async def _requests(owner: str, file: UploadFile) -> Any:
    async for piece in uploads.pieces(file):
        yield startframe_pb2.CutOutRequest(owner=owner, chunk=piece)
        owner = ""  # read from the first piece only


@router.post(
    "/{picture}/crop",
    status_code=201,
    summary="Look for the character in a part of a picture",
    responses=openapi.problems(404, 413, 415, 422),
)
async def crop_picture(
    picture: PictureId, response: Response, owner: Owner, links: Services, asked: rest.Crop
) -> rest.Picture:
    """Cuts the character out anew, within a box. A picture of its own; the same box again answers the same one."""
    known = (await read(links.pictures.GetPicture, jobs_pb2.GetPictureRequest(owner=owner, picture_id=picture))).picture
    request = startframe_pb2.CropRequest(owner=owner, source=known.source, box=to_proto.box(asked.box))
    cropped = await _keep(links, owner, partial(read, links.startframe.Crop, request, timeout_s=CUT_OUT_WITHIN_S))
    response.headers["Location"] = f"/v1/pictures/{cropped.id}"
    return to_rest.picture(cropped)


async def _keep(links: Links, owner: str, make: Callable[[], Awaitable[Any]]) -> common_pb2.Picture:
    """Has a picture's files made and the picture recorded.

    Files of an earlier upload are not written again; removed as unused just before the record protected them, they are.
    """
    picture = await _record(links, owner, (await make()).picture)
    files = [picture.source, picture.cutout, *([picture.thumbnail] if picture.HasField("thumbnail") else [])]
    if not all(await asyncio.gather(*(links.store.stat(file.key) for file in files))):
        await make()
    return picture


async def _record(links: Links, owner: str, picture: common_pb2.Picture) -> common_pb2.Picture:
    request = jobs_pb2.CreatePictureRequest(owner=owner, picture=picture)
    answer: jobs_pb2.CreatePictureResponse = await write(links.pictures.CreatePicture, request, repeatable=True)
    return answer.picture


@router.get("/{picture}", summary="One picture", responses=openapi.problems(404))
async def get_picture(picture: PictureId, owner: Owner, links: Services) -> rest.Picture:
    """A picture with its cut-out and where the character is."""
    request = jobs_pb2.GetPictureRequest(owner=owner, picture_id=picture)
    return to_rest.picture((await read(links.pictures.GetPicture, request)).picture)

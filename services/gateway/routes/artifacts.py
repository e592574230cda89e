"""Stored files."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from services.gateway import files, openapi
from services.gateway.access import KnownRoute
from services.gateway.params import Owner, Services

router = APIRouter(prefix="/v1/artifacts", tags=["artifacts"], route_class=KnownRoute)


@router.get(
    "/{key:path}",
    summary="A stored file",
    response_class=Response,
    responses=openapi.files(
        "image/png",
        "image/apng",
        "image/webp",
        "application/json",
        "text/html",
        "video/mp4",
        "video/webm",
        redirects=True,
    )
    | openapi.problems(404, 422, 500),
)
async def get_artifact(
    request: Request,
    key: Annotated[str, Path(description="the artifact's key; take its `url` as it is")],
    owner: Owner,
    links: Services,
    download: Annotated[bool, Query(description="as a file to save")] = False,
    redirect: files.Redirect = False,
) -> Response:
    """The bytes. They never change: keep them as long as you like, and ask again with `If-None-Match`."""
    found = await files.find(links.store, owner, key)
    name = key.rpartition("/")[2] if download else ""
    return await files.respond(links.store, found, request, caching=files.FOR_EVER, attachment=name, redirect=redirect)

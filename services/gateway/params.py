"""What routes take from a request: the owner, the links, and ids that are looked at before anybody is asked."""

import re
from typing import Annotated

from fastapi import Depends, Path, Request

from popcon import errors, ids
from popcon.rest import common
from services.gateway.access import Caller
from services.gateway.links import Links
from services.gateway.once import key_of

_HEX = re.compile(r"[0-9a-f]{32}")
_NAMES = {
    ids.PICTURE: "picture",
    ids.JOB: "job",
    ids.ACTION: "action",
    ids.EDIT: "edit",
    ids.RUN: "run",
    ids.KEY: "key",
    ids.WEBHOOK: "webhook",
    ids.DELIVERY: "delivery",
}


def owner(request: Request) -> str:
    """Whose request it is."""
    return caller(request).owner


def caller(request: Request) -> Caller:
    """Who asks, as `KnownRoute` found out."""
    found: Caller = request.state.caller
    return found


def links(request: Request) -> Links:
    """The services behind the gateway."""
    found: Links = request.app.state.links
    return found


def known(prefix: str, value: str) -> str:
    """The id itself. Raises `NotFound` where no such id can exist, so nothing odd reaches a database."""
    if not value.startswith(prefix) or not _HEX.fullmatch(value.removeprefix(prefix)):
        raise errors.NotFound(f"There is no {_NAMES[prefix]} {value[:60]!r}; look at the id again.")
    return value


def _picture(picture: Annotated[str, Path(description="`pic_…`", examples=[common.PICTURE_ID])]) -> str:
    return known(ids.PICTURE, picture)


def _job(job: Annotated[str, Path(description="`job_…`", examples=[common.JOB_ID])]) -> str:
    return known(ids.JOB, job)


def _action(action: Annotated[str, Path(description="`act_…`", examples=[common.ACTION_ID])]) -> str:
    return known(ids.ACTION, action)


def _edit(edit: Annotated[str, Path(description="`edit_…`", examples=[common.EDIT_ID])]) -> str:
    return known(ids.EDIT, edit)


def _run(run: Annotated[str, Path(description="`run_…`", examples=[common.RUN_ID])]) -> str:
    return known(ids.RUN, run)


def _key(key: Annotated[str, Path(description="`key_…`", examples=[common.KEY_ID])]) -> str:
    return known(ids.KEY, key)


def _webhook(webhook: Annotated[str, Path(description="`hook_…`", examples=[common.WEBHOOK_ID])]) -> str:
    return known(ids.WEBHOOK, webhook)


def _delivery(delivery: Annotated[str, Path(description="`msg_…`", examples=[common.DELIVERY_ID])]) -> str:
    return known(ids.DELIVERY, delivery)


Asking = Annotated[Caller, Depends(caller)]
Owner = Annotated[str, Depends(owner)]
Services = Annotated[Links, Depends(links)]
IdempotencyKey = Annotated[str, Depends(key_of)]
PictureId = Annotated[str, Depends(_picture)]
JobId = Annotated[str, Depends(_job)]
ActionId = Annotated[str, Depends(_action)]
EditId = Annotated[str, Depends(_edit)]
RunId = Annotated[str, Depends(_run)]
KeyId = Annotated[str, Depends(_key)]
WebhookId = Annotated[str, Depends(_webhook)]
DeliveryId = Annotated[str, Depends(_delivery)]

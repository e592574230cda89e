"""The multipart shortcut: a job as form fields."""

import json
from typing import Any

from starlette.datastructures import FormData

from popcon import errors, rest
from services.gateway import uploads

_OWN = ("actions", "targets", "name", "picture")


def read(fields: FormData) -> rest.NewJob:
    """The job that a form asks for, whole but for its picture. Raises as any body that is not what it should be."""
    options: dict[str, Any] = {key: value for key, value in fields.items() if key not in _OWN and value != ""}
    if targets := list(uploads.words(fields, "targets")):
        options["targets"] = targets
    actions = [{"preset": item} if isinstance(item, str) else item for item in _actions(fields)]
    # Options are read apart, so that their problems are told by the names that the form has for them.
    found = uploads.parsed(rest.JobOptions, options)
    job = {"picture_id": "", "actions": actions, "options": found, "name": fields.get("name", "")}
    return uploads.parsed(rest.NewJob, job)


def _actions(fields: FormData) -> list[Any]:
    values = fields.getlist("actions")
    if len(values) != 1 or not isinstance(values[0], str) or not values[0].lstrip().startswith("["):
        return list(uploads.words(fields, "actions"))
    try:
        found = json.loads(values[0])
    except (ValueError, RecursionError) as error:
        raise errors.InvalidRequest(
            "Actions begins like a JSON array but is none; look for a missing quote, comma or bracket.", field="actions"
        ) from error
    return list(found)

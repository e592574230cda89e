"""What one answer gives the next request: ids, as links of OpenAPI."""

import re
from typing import Any

# By operation, the path parameters that its answer has a value for, and where.
_GIVES = {
    "post /v1/pictures": {"picture": "/id"},
    "post /v1/jobs": {
        "job": "/id",
        "action": "/actions/0/id",
        "run": "/actions/0/runs/0/id",
        "target": "/options/targets/0",
    },
    "post /v1/jobs/{job}/actions/{action}/edits": {"edit": "/id"},
    "post /v1/keys": {"key": "/key/id"},
}
_OF_OTHERS = frozenset({"/v1/artifacts/{key}"})
"""Paths with a parameter of the same name that means something else."""


def link(paths: dict[str, Any]) -> None:
    """Adds links to the operations of a description: from what makes a thing to all that can be asked of it."""
    for name, given in _GIVES.items():
        method, path = name.split(" ")
        answers = paths[path][method]["responses"]
        answer = answers["201" if "201" in answers else "200"]
        answer["links"] = dict(_links(paths, given))
    made = paths["/v1/pictures"]["post"]["responses"]["201"]["links"]
    body = {"picture_id": "$response.body#/id", "actions": [{"preset": "wave"}]}
    made["create_job"] = {"operationId": paths["/v1/jobs"]["post"]["operationId"], "requestBody": body}


def _links(paths: dict[str, Any], given: dict[str, str]) -> Any:
    for path, operations in paths.items():
        wanted = re.findall(r"\{(\w+)\}", path)
        if not wanted or not set(wanted) <= set(given) or path in _OF_OTHERS:
            continue
        parameters = {name: f"$response.body#{given[name]}" for name in wanted}
        for operation in operations.values():
            yield (
                operation["operationId"].partition("_v1_")[0],
                {"operationId": operation["operationId"], "parameters": parameters},
            )

"""The REST reference, from the API's own description of itself."""

import json
from collections.abc import Iterator
from typing import Any

from services.gateway.app import create_app

Schema = dict[str, Any]


def page() -> str:
    """The page, as Markdown: the calls by their tag, then every message."""
    document = create_app(None).openapi()  # type: ignore[arg-type]
    return "\n".join(_page(json.loads(json.dumps(document))))


def _page(document: Schema) -> Iterator[str]:
    yield "# REST reference\n"
    yield "Made from the description that a gateway serves at `/v1/openapi.json`. The scope behind a call is what a key"
    yield "needs where keys are required. Refusals are [problems](../errors.md).\n"
    for tag in document["tags"]:
        yield f"## {tag['name'].capitalize()} {{ #{tag['name'].replace(' ', '-')} }}\n"
        yield f"{tag['description']}\n"
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                if tag["name"] in operation["tags"]:
                    yield from _operation(method.upper(), path, operation)
    yield "## Messages\n"
    for name, schema in sorted(document["components"]["schemas"].items()):
        yield from _message(name, schema)


def _operation(method: str, path: str, operation: Schema) -> Iterator[str]:
    yield f"### {operation['summary']} {{ #{operation['operationId']} }}\n"
    scopes = [scope for each in operation["security"] for scope in each.get("key", ())]
    yield f"`{method} {path}` · {scopes[0] if scopes else 'no key'}\n"
    if operation.get("deprecated"):
        yield '!!! warning "Deprecated: see the [changelog](../changelog.md)"\n'
    yield f"{operation['description']}\n"
    if parameters := operation.get("parameters"):
        yield "| parameter | in | type | |\n|---|---|---|---|"
        for each in parameters:
            yield f"| `{each['name']}` | {each['in']} | {_type(each['schema'])} | {_cell(each['description'])} |"
        yield ""
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"Body `{kind}`: {_type(content['schema'])}\n"
    yield "| answer | | |\n|---|---|---|"
    for status, answer in operation["responses"].items():
        kinds = ", ".join(_content(kind, content) for kind, content in answer.get("content", {}).items())
        yield f"| {status} | {kinds} | {_cell(answer['description'])} |"
    yield ""


def _content(kind: str, content: Schema) -> str:
    return _type(content["schema"]) if kind.endswith("json") and content.get("schema") else f"`{kind}`"


def _message(name: str, schema: Schema) -> Iterator[str]:
    yield f"### {name} {{ #{name.lower()} }}\n"
    yield f"{schema.get('description', '')}\n"
    if "enum" in schema:
        yield "One of " + ", ".join(f"`{value}`" for value in schema["enum"]) + ".\n"
        return
    needed = set(schema.get("required", ()))
    yield "| field | type | |\n|---|---|---|"
    for field, each in schema.get("properties", {}).items():
        default = f" Default: `{json.dumps(each['default'])}`." if field not in needed and "default" in each else ""
        yield f"| `{field}` | {_type(each)} | {_cell(each.get('description', '') + _bounds(each))}{default} |"
    yield ""
    for example in schema.get("examples", ()):
        yield f"```json\n{json.dumps(example, indent=2, ensure_ascii=False)}\n```\n"


def _type(schema: Schema) -> str:
    """A schema in a few words, with a link where it has a name."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    for key in ("anyOf", "allOf", "oneOf"):
        if key in schema:
            return " or ".join(_type(each) for each in schema[key])
    if schema.get("type") == "array":
        inner = schema.get("items") or {"anyOf": schema.get("prefixItems", [{}])[:1]}
        return f"list of {_type(inner)}"
    if "properties" in schema:
        return "form with " + ", ".join(f"`{name}`" for name in schema["properties"])
    return str(schema.get("format") or schema.get("type") or "any")


def _bounds(schema: Schema) -> str:
    words = {
        "minimum": "at least {}", "maximum": "at most {}", "exclusiveMaximum": "below {}",
        "minLength": "at least {} characters",
        "maxLength": "at most {} characters", "minItems": "at least {} items", "maxItems": "at most {} items",
    }  # fmt: skip
    told = [text.format(schema[key]) for key, text in words.items() if key in schema]
    return f" ({', '.join(told)})" if told else ""


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())

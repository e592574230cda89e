"""What of one OpenAPI description breaks clients that were written for another. Pure: it compares, and reads nothing.

What is asked may only become wider and what is answered only narrower: clients written for the old description must be
able to send what they sent, and to read what they get.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]

_LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
_SCOPES = ("read", "write", "admin")
_METHODS = ("get", "put", "post", "delete", "patch", "head", "options")


def breaks(old: Schema, new: Schema) -> list[str]:
    """Each thing that breaks, as a sentence with where it is; none where nothing does."""
    return list(_Comparison(old, new).all())


@dataclass(frozen=True)
class _Comparison:
    old: Schema
    new: Schema

    def all(self) -> Iterator[str]:
        for path, methods in self.old["paths"].items():
            for method in _METHODS:
                if method in methods:
                    yield from self._operation(f"{method.upper()} {path}", methods[method], path, method)

    def _operation(self, where: str, old: Schema, path: str, method: str) -> Iterator[str]:
        new = self.new["paths"].get(path, {}).get(method)
        if new is None:
            yield f"{where} is gone"
            return
        yield from self._parameters(where, old, new)
        yield from self._body(where, old.get("requestBody"), new.get("requestBody"))
        yield from self._answers(where, old["responses"], new["responses"])
        if _rank(new) > _rank(old):
            yield f"{where} needs a higher scope"

    def _parameters(self, where: str, old: Schema, new: Schema) -> Iterator[str]:
        before = {(each["in"], each["name"]): each for each in old.get("parameters", ())}
        after = {(each["in"], each["name"]): each for each in new.get("parameters", ())}
        for key, each in before.items():
            name = f"{where}: parameter {key[1]}"
            if key not in after:
                yield f"{name} is gone"
                continue
            if after[key].get("required") and not each.get("required"):
                yield f"{name} has become required"
            yield from self._asked(name, each["schema"], after[key]["schema"], ())
        for key in after.keys() - before.keys():
            if after[key].get("required"):
                yield f"{where}: parameter {key[1]} is new and required"

    def _body(self, where: str, old: Schema | None, new: Schema | None) -> Iterator[str]:
        if new is not None and new.get("required") and not (old or {}).get("required"):
            yield f"{where}: the body has become required"
        for kind, content in (old or {}).get("content", {}).items():
            after = (new or {}).get("content", {}).get(kind)
            if after is None:
                yield f"{where}: a body of {kind} is no longer taken"
            else:
                yield from self._asked(f"{where}: body", content["schema"], after["schema"], ())

    def _answers(self, where: str, old: Schema, new: Schema) -> Iterator[str]:
        for status in (each for each in old if each.startswith("2")):
            if status not in new:
                yield f"{where}: {status} is no longer answered"
                continue
            for kind, content in old[status].get("content", {}).items():
                after = new[status].get("content", {}).get(kind)
                if after is None:
                    yield f"{where}: {kind} is no longer answered"
                else:
                    yield from self._told(f"{where}: answer", content.get("schema", {}), after.get("schema", {}), ())

    def _asked(self, where: str, old: Schema, new: Schema, seen: tuple[str, ...]) -> Iterator[str]:
        """What clients send: all that was taken must still be."""
        if old.get("$ref", "") in seen:
            return
        seen = (*seen, *([old["$ref"]] if "$ref" in old else []))
        old, new = _found(self.old, old), _found(self.new, new)
        for kind in sorted(_kinds(self.old, old) - _kinds(self.new, new)):
            yield f"{where} no longer takes {kind}"
        yield from _bounds(where, old, new)
        if gone := _values(old) - _values(new) if _values(new) else set():
            yield f"{where} no longer takes {', '.join(sorted(map(str, gone)))}"
        if not _values(old) and _values(new):
            yield f"{where} now takes only some values"
        for name in new.get("required", ()):
            if name not in old.get("required", ()):
                yield f"{where}.{name} has become required"
        yield from self._inside(where, old, new, seen, self._asked)

    def _told(self, where: str, old: Schema, new: Schema, seen: tuple[str, ...]) -> Iterator[str]:
        """What clients get: all that was there must still be, and be of no other kind."""
        if old.get("$ref", "") in seen:
            return
        seen = (*seen, *([old["$ref"]] if "$ref" in old else []))
        old, new = _found(self.old, old), _found(self.new, new)
        for kind in sorted(_kinds(self.new, new) - _kinds(self.old, old)):
            yield f"{where} may now be {kind}"
        if _values(old) and (added := _values(new) - _values(old)):
            yield f"{where} may now be {', '.join(sorted(map(str, added)))}"
        for name in old.get("required", ()):
            if name in new.get("properties", {}) and name not in new.get("required", ()):
                yield f"{where}.{name} may now be missing"
        yield from self._inside(where, old, new, seen, self._told)

    def _inside(self, where: str, old: Schema, new: Schema, seen: tuple[str, ...], compare: Any) -> Iterator[str]:
        for name, each in old.get("properties", {}).items():
            after = new.get("properties", {}).get(name)
            if after is None:
                yield f"{where}.{name} is gone"
            else:
                yield from compare(f"{where}.{name}", each, after, seen)
        if "items" in old and "items" in new:
            yield from compare(f"{where}[]", old["items"], new["items"], seen)
        yield from self._choices(where, old, new, seen, compare)

    def _choices(self, where: str, old: Schema, new: Schema, seen: tuple[str, ...], compare: Any) -> Iterator[str]:
        """Of several that it may be, those of one kind belong together."""
        if "anyOf" not in old or "anyOf" not in new:
            return
        after = {kind: each for each in new["anyOf"] for kind in _kinds(self.new, each)}
        for each in old["anyOf"]:
            for kind in _kinds(self.old, each) & after.keys():
                yield from compare(where, each, after[kind], seen)


def _found(document: Schema, schema: Schema) -> Schema:
    """A schema itself, where it is only named, and where it is the one choice beside null."""
    while "$ref" in schema or len(schema.get("allOf", ())) == 1:
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        else:
            schema = schema["allOf"][0]
    return schema


def _kinds(document: Schema, schema: Schema) -> set[str]:
    """The JSON types that it may be; what is an integer is a number, too."""
    schema = _found(document, schema)
    if "anyOf" in schema:
        return set().union(*(_kinds(document, each) for each in schema["anyOf"]))
    kind = schema.get("type")
    if kind is None:
        return {"null", "boolean", "integer", "number", "string", "array", "object"}
    kinds = {kind} if isinstance(kind, str) else set(kind)
    return kinds | {"integer"} if "number" in kinds else kinds


def _values(schema: Schema) -> set[Any]:
    return {schema["const"]} if "const" in schema else set(schema.get("enum", ()))


def _rank(operation: Schema) -> int:
    scopes = [scope for each in operation.get("security", ()) for named in each.values() for scope in named]
    return max((_SCOPES.index(scope) for scope in scopes), default=-1)


def _bounds(where: str, old: Schema, new: Schema) -> Iterator[str]:
    for key in _LEAST:
        if key in new and (key not in old or new[key] > old[key]):
            yield f"{where}: {key} is now {new[key]}"
    for key in _MOST:
        if key in new and (key not in old or new[key] < old[key]):
            yield f"{where}: {key} is now {new[key]}"
    if new.get("pattern") and new.get("pattern") != old.get("pattern"):
        yield f"{where} has another pattern"

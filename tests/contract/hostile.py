"""Every place in the document of the API that a caller can make long, and calls that do so.

Nothing is listed by hand: a schema, a parameter or an operation that is added is tried with the others.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from tests.contract.conformance import Conformance, Json

Steps = tuple[str | int, ...]
Given = tuple[tuple[Steps, Any], ...]

MARKS: Final = "a" + "\u0315\u0300" * 120_000
"""Half a megabyte of combining marks: a text that takes minutes to normalise."""
MANY, AS_MANY_AS_ARE_READ = 100_000, 15_000
"""Entries of a list: more than a body may hold, and as many as come as far as the list itself."""


@dataclass(frozen=True)
class Place:
    """Somewhere in a body.

    Args:
        owner: the schema and its member, the same wherever else that schema stands.
        given: what must stand in the body for the place to be read.
    """

    at: Steps
    is_list: bool
    owner: tuple[str, str]
    given: Given = ()

    @property
    def pointer(self) -> str:
        return "".join(f"/{step}" for step in self.at)

    def bodies(self, accepted: Any) -> list[Any]:
        """Return bodies that would be taken, but for what stands here; the last is read as far as here."""
        long: list[Any] = [[{}] * MANY, [{}] * AS_MANY_AS_ARE_READ] if self.is_list else [MARKS]
        return [self._body(accepted, value) for value in long]

    def _body(self, accepted: Any, value: Any) -> Any:
        body = deepcopy(accepted)
        for at, part in self.given:
            _put(body, at, deepcopy(part))
        _put(body, self.at, value)
        return body


def _put(body: Any, at: Steps, value: Any) -> None:
    inner = body
    for step, onward in zip(at, (*at[1:], None), strict=True):
        if isinstance(step, int):
            if not inner:
                inner.append({})
        elif onward is not None and not isinstance(
            inner.get(step), list if isinstance(onward, int) else dict
        ):
            inner[step] = [] if isinstance(onward, int) else {}
        if onward is None:
            inner[step] = value
        inner = inner[step]


def places(known: Conformance, operation: Json) -> list[Place]:
    """Return every text and every list of what an operation takes."""
    if "requestBody" not in operation:
        return []
    (content,) = operation["requestBody"]["content"].values()
    return list(_within(known, content["schema"], (), ("", ""), ()))


def _within(
    known: Conformance, schema: Json, at: Steps, owner: tuple[str, str], given: Given
) -> Iterator[Place]:
    name = schema["$ref"].rpartition("/")[2] if "$ref" in schema else owner[0]
    schema = known.resolve(schema)
    for other in schema.get("oneOf", ()) or schema.get("anyOf", ()):
        yield from _within(known, other, at, owner, (*given, *_chosen(known, other, at)))
    types = schema.get("type", ())
    if "string" in types:
        yield Place(at, False, owner, given)
    if "array" in types:
        yield Place(at, True, owner, given)
        yield from _within(known, schema["items"], (*at, 0), owner, given)
    for member, inner in schema.get("properties", {}).items():
        yield from _within(known, inner, (*at, member), (name, member), given)


def _chosen(known: Conformance, schema: Json, at: Steps) -> Given:
    """Return what makes a body be read by one of several schemas: the codes without which it is not."""
    properties = known.resolve(schema).get("properties", {})
    codes = {name: inner["enum"][0] for name, inner in properties.items() if "enum" in inner}
    required = known.resolve(schema).get("required", ())
    return ((at, {name: code for name, code in codes.items() if name in required}),)


def queries(known: Conformance, operation: Json) -> list[str]:
    """Return the names of the query parameters of an operation."""
    resolved = map(known.resolve, operation.get("parameters", ()))
    return [one["name"] for one in resolved if one["in"] == "query"]


def too_much() -> Mapping[str, bytes]:
    """Return bodies that no schema is needed to refuse."""
    return {
        "deep": b'{"a":' + b"[" * 250_000 + b"]" * 250_000 + b"}",
        "many values": b'{"a":[' + b"1," * 400_000 + b"1]}",
        "many objects": b'{"a":[' + b"{}," * 300_000 + b"{}]}",
        "many members": b"{" + b",".join(b'"m%d":1' % n for n in range(60_000)) + b"}",
        "many texts": b'{"a":[' + b'"",' * 250_000 + b'""]}',
        "a long name": b'{"' + b"m" * 500_000 + b'":1}',
        "large numbers": b'{"a":[' + b",".join([b"9" * 4000] * 200) + b"]}",
    }

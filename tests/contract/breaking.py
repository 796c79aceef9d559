"""Finds changes in a new document that break clients of the old one.

`python -m tests.contract.breaking OLD NEW` prints each and fails when there is any. What is marked
`deprecated` in the old document may go. An answer may get new members and codes: readers are required to pass
over them. What is broken knowingly stands in `openapi/breaks.txt`, word for word, until the next release.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

Json = Mapping[str, Any]
_METHODS: Final = ("get", "post", "put", "patch", "delete")
_UPPER: Final = ("maximum", "maxLength", "maxItems")
_LOWER: Final = ("minimum", "minLength", "minItems")


def breaking_changes(old: Json, new: Json) -> list[str]:
    """Return what a client of the old document can no longer rely on, each in a line."""
    return list(dict.fromkeys(_Comparison(old, new).run()))


class _Comparison:
    def __init__(self, old: Json, new: Json) -> None:
        self.old, self.new = old, new
        self.seen: set[tuple[str, str, bool]] = set()

    def run(self) -> Iterator[str]:
        for path, item in self.old["paths"].items():
            for method in _METHODS:
                if method in item and not item[method].get("deprecated"):
                    found = self.new["paths"].get(path, {}).get(method)
                    if found is None:
                        yield f"{method.upper()} {path} is gone"
                    else:
                        yield from self._operation(item[method], found)

    def _operation(self, old: Json, new: Json) -> Iterator[str]:
        name = old.get("operationId", "")
        if new.get("operationId") != name:
            yield f"{name} is now called {new.get('operationId')}"
        yield from self._callers(name, old, new)
        yield from self._parameters(name, old, new)
        yield from self._request(name, old.get("requestBody"), new.get("requestBody"))
        for status, response in old["responses"].items():
            if status.startswith("2"):
                yield from self._success(f"{name} {status}", response, new["responses"].get(status))

    def _callers(self, name: str, old: Json, new: Json) -> Iterator[str]:
        """Whoever could call may still call: one of the old ways in must do."""
        for way in old.get("security", ()):
            if new.get("security") and way not in new["security"]:
                yield f"{name}: {json.dumps(way)} is no way in any more"
        if not old.get("security") and new.get("security"):
            yield f"{name} is no longer open to anybody"

    def _parameters(self, name: str, old: Json, new: Json) -> Iterator[str]:
        before = {(one["in"], one["name"]): one for one in self._resolved(self.old, old)}
        after = {(one["in"], one["name"]): one for one in self._resolved(self.new, new)}
        for key, parameter in before.items():
            at = f"{name}: {key[0]} parameter {key[1]}"
            if key not in after:
                if not parameter.get("deprecated"):
                    yield f"{at} is gone"
                continue
            if after[key].get("required") and not parameter.get("required"):
                yield f"{at} is now required"
            yield from self._schema(at, parameter["schema"], after[key]["schema"], sent=True)
        for key, parameter in after.items():
            if key not in before and parameter.get("required"):
                yield f"{name}: {key[0]} parameter {key[1]} is new and required"

    def _resolved(self, document: Json, operation: Json) -> Iterator[Json]:
        for one in operation.get("parameters", ()):
            yield _follow(document, one)

    def _request(self, name: str, old: Json | None, new: Json | None) -> Iterator[str]:
        if new is None:
            return
        if old is None:
            if new.get("required"):
                yield f"{name} now takes a body"
            return
        yield from self._contents(f"{name} body", old["content"], new["content"], sent=True)

    def _success(self, at: str, old: Json, new: Json | None) -> Iterator[str]:
        if new is None:
            yield f"{at} is gone"
            return
        old, new = _follow(self.old, old), _follow(self.new, new)
        for header in old.get("headers", {}):
            if header not in new.get("headers", {}):
                yield f"{at}: the header {header} is gone"
        yield from self._contents(at, old.get("content", {}), new.get("content", {}), sent=False)

    def _contents(self, at: str, old: Json, new: Json, *, sent: bool) -> Iterator[str]:
        for kind, content in old.items():
            if kind not in new:
                yield f"{at}: {kind} is gone"
            else:
                yield from self._schema(at, content["schema"], new[kind]["schema"], sent=sent)

    def _schema(self, at: str, old: Json, new: Json, *, sent: bool) -> Iterator[str]:
        if "$ref" in old and "$ref" in new:
            key = (old["$ref"], new["$ref"], sent)
            if key in self.seen:
                return
            self.seen.add(key)
            at = old["$ref"].rpartition("/")[2]
        old, new = _follow(self.old, old), _follow(self.new, new)
        if not sent and "properties" in old and "oneOf" in new:
            # Whichever form an answer takes now, it must have what the one form had.
            for form in new["oneOf"]:
                yield from self._schema(at, old, form, sent=sent)
            return
        yield from self._values(at, old, new, sent=sent)
        yield from self._members(at, old, new, sent=sent)
        if "items" in old and "items" in new:
            yield from self._schema(f"{at}[]", old["items"], new["items"], sent=sent)
        for choice in ("oneOf", "anyOf"):
            yield from self._alternatives(at, old.get(choice, ()), new.get(choice, ()), sent=sent)

    def _alternatives(self, at: str, old: Any, new: Any, *, sent: bool) -> Iterator[str]:
        after = {one["$ref"]: one for one in new if "$ref" in one}
        for one in old:
            if one.get("$ref") in after:
                yield from self._schema(at, one, after[one["$ref"]], sent=sent)
            elif sent and "$ref" in one:
                yield f"{at}: {one['$ref'].rpartition('/')[2]} may no longer be sent"

    def _values(self, at: str, old: Json, new: Json, *, sent: bool) -> Iterator[str]:
        before, after = _types(old), _types(new)
        if before and after and (lost := (before - after) if sent else (after - before)):
            yield f"{at}: {'no longer takes' if sent else 'may now be'} {', '.join(sorted(lost))}"
        if not sent:
            return
        if "enum" in new:
            gone = set(map(str, old.get("enum", ()))) - set(map(str, new["enum"]))
            if gone or "enum" not in old:
                yield f"{at}: takes fewer values: {', '.join(sorted(gone)) or 'a closed list now'}"
        if new.get("pattern") not in {None, old.get("pattern")}:
            yield f"{at}: must now match {new['pattern']}"
        for rule in (*_UPPER, *_LOWER):
            sign = 1 if rule in _UPPER else -1
            if rule in new and (rule not in old or new[rule] * sign < old[rule] * sign):
                yield f"{at}: {rule} is now {new[rule]}"

    def _members(self, at: str, old: Json, new: Json, *, sent: bool) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name, member in before.items():
            if name in after:
                yield from self._schema(f"{at}.{name}", member, after[name], sent=sent)
            elif not member.get("deprecated") and (not sent or new.get("additionalProperties") is False):
                yield f"{at}.{name} is gone"
        if sent:
            for name in set(new.get("required", ())) - set(old.get("required", ())):
                yield f"{at}.{name} is now required"
        else:
            for name in set(old.get("required", ())) - set(new.get("required", ())):
                if name in after:
                    yield f"{at}.{name} is no longer always there"


def _types(schema: Json) -> set[str]:
    found = schema.get("type", ())
    return {found} if isinstance(found, str) else set(found)


def _follow(document: Json, found: Json) -> Json:
    while "$ref" in found:
        _, _, section, name = found["$ref"].split("/")
        found = document["components"][section][name]
    return found


if __name__ == "__main__":
    intended = Path("openapi/breaks.txt").read_text().splitlines()
    found = breaking_changes(*(json.loads(Path(name).read_text()) for name in sys.argv[1:3]))
    found = [one for one in found if one not in intended]
    sys.stdout.writelines(f"{one}\n" for one in found)
    sys.exit(bool(found))

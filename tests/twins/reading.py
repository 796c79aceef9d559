"""Reads all that one caller can read, and puts it so that two worlds can be compared byte for byte.

Ids are numbered in the order in which the reader meets them, an ETag becomes how often it has changed where
it stands, cursors are opened. Tokens are never answered here and request ids are left out; every other byte
counts, of the headers too.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from tests.cast import Caller
from tests.faults.calling import may
from tests.faults.routes import Route, about_cases
from tests.journeys.driver import Json

_MADE_AT_RANDOM: Final = re.compile(
    r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|\bwhpk_[\w+/=-]+"
)
"""Ids, and the keys of webhooks."""
_ADDRESS: Final = re.compile(r"/v1/[^\s\"'<>?#]+")
_ONWARD: Final = re.compile(r"(?<=after=)[\w-]+")
_CURSORS: Final = {"next", "after", "oldest", "latest"}
_LEFT_OUT: Final = {"X-Request-Id", "Date", "Content-Length"}
"""Content-Length follows from the body, which is compared; ids in it are of one length."""

Seen = list[tuple[str, Any]]
"""What was asked, and what was answered, in order."""


@dataclass
class Notebook:
    """What one reader has seen, in the words that both worlds have in common."""

    caller: Caller
    known: Mapping[str, str]
    """Ids that are the same in both worlds, such as those of organisations."""
    ids: dict[str, str] = field(default_factory=dict)
    tags: dict[str, list[str]] = field(default_factory=dict)
    seen: Seen = field(default_factory=list)

    def ask(self, path: str, **query: Any) -> TestResponse:
        """Read one address, and write down what was answered."""
        answer = self.caller.get(path, **query)
        self.note(f"GET {path} {query or ''}", answer)
        return answer

    def note(self, asked: str, answer: TestResponse) -> None:
        """Write down what was answered."""
        headers = {
            name: self._tag(asked, value) if name == "ETag" else self._plain(value)
            for name, value in answer.headers.items()
            if name not in _LEFT_OUT
        }
        body = self._plain(json.loads(answer.text)) if answer.is_json else self._plain(answer.text)
        self.seen.append((self._named(asked), (answer.status_code, headers, body)))

    def pushed(self, event: Json) -> None:
        """Write down what was sent to the reader's webhook."""
        self.seen.append(("pushed", self._plain(event)))

    def handed(self, what: str, body: Json) -> None:
        """Write down what the reader was handed by somebody else, who alone saw how it was answered."""
        self.seen.append((what, self._plain(body)))

    def _tag(self, where: str, value: str) -> str:
        past = self.tags.setdefault(where, [])
        if value not in past:
            past.append(value)
        return f"version {past.index(value)}"

    def _plain(self, value: Any, member: str = "") -> Any:
        match value:
            case dict():
                return {
                    name: self._tag(str(value.get("href", value.get("id"))), inner)
                    if name == "etag" and inner
                    else self._plain(inner, name)
                    for name, inner in value.items()
                }
            case list():
                return [self._plain(inner) for inner in value]
            case str() if member in _CURSORS:
                return self._plain(opened(value))
            case str():
                return self._named(value)
            case _:
                return value

    def _named(self, value: str) -> str:
        value = _ONWARD.sub(lambda found: str(opened(found[0])), value)
        return _MADE_AT_RANDOM.sub(
            lambda found: self.known.get(found[0]) or self.ids.setdefault(found[0], f"#{len(self.ids) + 1}"),
            value,
        )


def opened(cursor: str) -> Any:
    """Return what is in a cursor, or the text itself when it is none."""
    try:
        return json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        return cursor


def read_everything(app: Flask, notebook: Notebook) -> None:
    """Read every list of a caller, page by page, and whatever can be reached from what it names."""
    mine = [
        route
        for route in about_cases(app)
        if route.method == "GET" and may(notebook.caller, route.permission)
    ]
    reached: dict[str, None] = {}
    waiting: list[str] = [address for route in mine if not route.parameters for address in (route.rule,)]
    by_rule = {route.rule: route for route in mine}
    while waiting:
        address = waiting.pop(0)
        if address in reached:
            continue
        reached[address] = None
        route, _ = _route_of(app, address)
        if route not in by_rule:
            continue
        for answer in _pages(notebook, by_rule[route], address):
            for found in _named_in(answer):
                waiting += [one for one in _around(app, by_rule, found) if one not in reached]


def _pages(notebook: Notebook, route: Route, address: str) -> Iterator[TestResponse]:
    """Read an address once as it is, and a list besides by pages of one, newest first, and counted."""
    if "wait" in route.queries or "limit" not in route.queries:
        yield notebook.ask(address)
    if "limit" not in route.queries:
        return
    more: dict[str, Any] = {"limit": 500}
    if "counts" in route.queries:
        more["counts"] = "yes"
    yield notebook.ask(address, **more)
    if "order" in route.queries:
        yield notebook.ask(address, limit=2, order="newest")
    answer = notebook.ask(address, limit=1)
    yield answer
    following = answer.get_json().get("next") if answer.status_code == 200 else None
    if following:
        yield notebook.ask(address, limit=1, after=following)


def _named_in(answer: TestResponse) -> list[str]:
    return [unquote(found) for found in _ADDRESS.findall(answer.text)]


def _around(app: Flask, rules: Mapping[str, Route], address: str) -> Iterator[str]:
    """Give every address that can be made of what another one names."""
    rule, values = _route_of(app, address)
    if rule is None:
        return
    yield address
    for route in rules.values():
        if route.parameters and set(route.parameters) <= values.keys():
            yield route.path(values)


@lru_cache(maxsize=100_000)  # the same addresses are named again and again
def _route_of(app: Flask, address: str) -> tuple[str | None, dict[str, Any]]:
    parts = urlsplit(address)
    try:
        rule, values = app.url_map.bind("").match(parts.path, "GET", return_rule=True)
    except HTTPException:
        return None, {}
    return rule.rule, dict(values) | dict(parse_qsl(parts.query))

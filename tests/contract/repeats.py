"""Watches the statements of every request that is served: which are sent again, and which are sent in a loop.

A statement is the same only for one role with one reach: whoever may see more rows asks something else.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, g, has_request_context, request, request_finished
from sqlalchemy import event
from sqlalchemy.engine import Engine

from tests.contract.conformance import conformance_of

_REACH = "set_config('app.reach'"
_TABLES = re.compile(r"\b(?:FROM|JOIN) (\w+)")
_WRITTEN = re.compile(r"^(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)")
_LISTED = re.compile(r"IN \((?:[^()]|\([^()]*\))*\)")
_NUMBERED = re.compile(r"_\d+(?=\b|_\d)")


@dataclass(frozen=True)
class Sent:
    """A statement as it was sent.

    role: by which, with the wider reach where it had been taken.
    """

    role: str
    text: str
    given: str

    @property
    def reads(self) -> frozenset[str]:
        """Return the tables that it reads; what a policy on rows looks at is not among them."""
        return frozenset(_TABLES.findall(self.text))

    @property
    def writes(self) -> frozenset[str]:
        """Return the table that it writes to, if it does."""
        return frozenset(_WRITTEN.findall(self.text))

    @property
    def form(self) -> str:
        """Return its text, the same for a list of one and of many."""
        return _LISTED.sub("IN (..)", _NUMBERED.sub("", self.text))


@dataclass(frozen=True, order=True)
class Found:
    """Something that an operation sends more often than it need."""

    operation: str
    text: str
    times: int

    def __str__(self) -> str:
        where = self.text.find(" FROM ") if self.text.startswith("SELECT") else -1
        shown = f"SELECT ..{self.text[where:]}" if where > 0 else self.text
        return f"{self.operation}: {self.times} times {shown[:300]}"


@dataclass
class Served:
    """What the requests of an application have sent that they need not.

    most: how often a request may send a statement with other values.
    """

    most: int
    again: set[Found] = field(default_factory=set)
    looped: set[Found] = field(default_factory=set)
    operations: set[str] = field(default_factory=set)

    def note(self, operation: str, sent: list[Sent]) -> None:
        """Look at the statements of one request."""
        self.operations.add(operation)
        times: defaultdict[Sent, int] = defaultdict(int)
        before: dict[Sent, int] = {}
        values: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for place, one in enumerate(sent):
            values[one.role, one.form].add(one.given)
            if one in before:
                written = {table for each in sent[before[one] + 1 : place] for table in each.writes}
                times[one] += one.reads.isdisjoint(written)
            before[one] = place
        self.again |= {Found(operation, one.text, number + 1) for one, number in times.items() if number}
        self.looped |= {
            Found(operation, text, len(given))
            for (_, text), given in values.items()
            if len(given) > self.most
        }


@contextmanager
def watched(served: Served) -> Iterator[None]:
    """Note what every request sends while the block lasts."""

    def send(_line: Any, cursor: Any, query: str, given: Any, _context: Any, _many: bool) -> None:
        if not has_request_context():
            return
        if _REACH in query:
            g.reach = given["reach"]
        role = f"{cursor.connection.info.user} {g.get('reach', '')}"
        g.setdefault("sent", []).append(Sent(role, " ".join(query.split()), repr(given)))

    def finish(app: Flask, response: Response, **_: Any) -> None:
        name = app.view_functions[request.endpoint].__name__ if request.endpoint else ""
        if response.status_code < 300 and name in conformance_of(app).by_id:
            served.note(name, g.get("sent", []))

    event.listen(Engine, "before_cursor_execute", send)
    request_finished.connect(finish)
    try:
        yield
    finally:
        request_finished.disconnect(finish)
        event.remove(Engine, "before_cursor_execute", send)

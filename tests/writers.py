"""Finds code of the service that writes a row outside the writers of the package that owns it.

Import rules cannot see an attribute being set, so SQLAlchemy reports each: in a constructor, on a stored row,
and each INSERT, UPDATE and DELETE that is executed, of any connection. The nearest frame outside SQLAlchemy
is the one that writes.
"""

import re
import sys
from pathlib import Path
from types import FrameType
from typing import Any, Final

import sqlalchemy
from sqlalchemy import Engine, Table, TextClause, UpdateBase, event

from service.db import Base

ROOT: Final = Path(__file__).parents[1]
_SQLALCHEMY: Final = str(Path(sqlalchemy.__file__).parent)
_SERVICE: Final = str(ROOT / "service")

_GATHERING: Final = str(ROOT / "service" / "gathering.py")
_DB: Final = str(ROOT / "service" / "db.py")
"""Deletes in batches on behalf of the writer that calls it."""

WRITERS: Final = {
    "access": ("access/limits", "guard/housekeeping"),
    "agreements": ("agreements/writes",),
    "arrangements": ("arrangements/writes",),
    "audit": ("audit/trail", "audit/refusals"),
    "checks": ("checks/writes",),
    "circumstances": ("circumstances/writes",),
    "events": ("events/writes", "events/webhooks/writes"),
    "guard": ("guard/idempotency", "guard/housekeeping"),
    "oauth": ("oauth/authentication", "guard/housekeeping"),
    "organisations": ("organisations/writes",),
    "people": ("people/writes",),
    "referrals": ("referrals/writes",),
    "release_dates": ("release_dates/writes",),
    "subject_access": ("subject_access/writes",),
    "third_parties": ("third_parties/writes",),
    "timers": ("timers/writes", "timers/versions/writes"),
}
"""The modules, or folders of modules, that alone write the rows of a package.

Housekeeping deletes what has expired, a batch of each table at a time.
"""

OWNERS: Final = {
    mapper.local_table.description: mapper.class_.__module__.split(".")[1] for mapper in Base.registry.mappers
}
"""The package that owns each table."""

_WRITES: Final = re.compile(r"\s*(INSERT INTO|UPDATE|DELETE FROM)\s+(?P<table>\w+)", re.IGNORECASE)

breaches: Final[list[str]] = []
"""What has been found since it was last cleared: who wrote what."""


def watch() -> None:
    """Report every write of this process from now on."""
    for mapper in Base.registry.mappers:
        owner = mapper.class_.__module__.split(".")[1]
        for attribute in mapper.column_attrs:
            what = f"{mapper.class_.__name__}.{attribute.key}"
            event.listen(attribute.class_attribute, "set", _on_set(owner, what))
    event.listen(Engine, "before_execute", _on_execute)


def _on_set(owner: str, what: str) -> Any:
    def note(_row: object, _value: object, _old: object, _initiator: object) -> None:
        _judge(owner, what)

    return note


def _on_execute(_connection: object, statement: object, *_given: object) -> None:
    """Judge a statement that writes, built or in words; what a flush sends was judged when it was set."""
    if isinstance(statement, UpdateBase) and isinstance(statement.table, Table):
        written = statement.table.name
    elif isinstance(statement, TextClause) and (found := _WRITES.match(statement.text)):
        written = found["table"]
    else:
        return
    if written in OWNERS:
        _judge(OWNERS[written], written)


def _judge(owner: str, what: str) -> None:
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_code.co_filename.startswith((_SQLALCHEMY, "<sqlalchemy", _DB)):
        if frame.f_code.co_filename.endswith("orm/unitofwork.py"):
            return
        frame = frame.f_back
    if frame is not None and frame.f_code.co_filename == _GATHERING:
        return  # the columns of what it sends were judged when they were set
    if frame is None or not frame.f_code.co_filename.startswith(_SERVICE):
        return  # a test that prepares or damages something
    by = frame.f_code.co_filename.removeprefix(_SERVICE + "/").removesuffix(".py")
    if not any(by == one or by.startswith(f"{one}/") for one in WRITERS[owner]):
        breaches.append(f"{by} writes {what}")

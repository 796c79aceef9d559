"""Checks the stored trail: each body against its hash, its canonical form and its columns.

This finds edited entries. It cannot show that none is missing or out of order: a sealed log over the same
bodies would.
"""

import json
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import rfc8785
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.audit.canonical import digest, plain
from service.audit.entry import columns_of
from service.audit.model import AuditEntry

_BATCH = 1000


@dataclass(frozen=True)
class Discrepancy:
    """An entry that was changed, and what differs: `hash`, `form`, or the name of a column."""

    entry_id: UUID
    recorded_at: datetime
    what: str


def verify_bodies(session: Session) -> Generator[Discrepancy]:
    """Yield every discrepancy, oldest entry first.

    Args:
        session: a session of a role that may read the trail: `audit_reader` or `sealer`.
    """
    with session.scalars(
        select(AuditEntry).order_by(AuditEntry.recorded_at, AuditEntry.id).execution_options(yield_per=_BATCH)
    ) as entries:
        for entry in entries:
            for what in _faults(entry):
                yield Discrepancy(entry.id, entry.recorded_at.astimezone(UTC), what)


def _faults(entry: AuditEntry) -> Iterator[str]:
    if digest(entry.body) != entry.body_sha256:
        yield "hash"
    try:
        body = json.loads(entry.body)
        agreed = rfc8785.dumps(plain(body)).decode() == entry.body
        columns = columns_of(body)
    except (ValueError, TypeError, KeyError, AttributeError):  # rfc8785 raises a ValueError
        yield "form"
        return
    if not agreed:
        yield "form"
    for name, value in columns.items():
        if getattr(entry, name) != value:
            yield name

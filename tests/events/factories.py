"""Organisations and actors for tests of the feed, without tokens or HTTP."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from service import db
from service.access.actor import Actor
from service.events import append, cursor, queries
from service.events.catalogue import CATALOGUE
from service.events.data_types import Member, Type
from service.events.writes import publish
from service.organisations.writes.organisations import register_organisation
from tests import rows
from tests.cast import Caller


def organisations(*codes: str, kind: str = "crs_provider") -> list[UUID]:
    """Register a commissioned provider, or another kind, for each code; return their ids in that order."""
    with db.transaction("owner") as session:
        registrar = Actor.for_service("registration")
        return [
            register_organisation(session, registrar, kind=kind, code=code, name=code).id for code in codes
        ]


VALUES: Final[Mapping[Type, Any]] = MappingProxyType(
    {
        "code": "a_code",
        "codes": ["a_code"],
        "count": 3,
        "counts": {"a_code": 1},
        "day": date(2026, 3, 2),
        "moment": datetime(2026, 3, 2, 9, tzinfo=UTC),
        "id": UUID(int=7),
        "flag": True,
    }
)
"""A value of every simple type that a member of an event may have."""


def data_of(name: str) -> dict[str, Any]:
    """Return `data` with every member that the catalogue has for an event."""
    return _all_of(CATALOGUE[name].data)


def _all_of(members: Mapping[str, Member]) -> dict[str, Any]:
    return {
        name: VALUES[member.type] if member.members is None else [_all_of(member.members)]
        for name, member in members.items()
    }


def happened(
    session: Session, *audience: UUID, subject: UUID | None = None, referral: UUID | None = None
) -> UUID:
    """Let something happen that concerns these organisations; return the event's id."""
    return append(
        session,
        Actor.for_service("test"),
        "referral.submitted",
        subject_kind="referral",
        subject_id=subject or db.new_id(),
        audience=audience,
        referral_id=referral,
        data=data_of("referral.submitted"),
    )


def record_without_invalidation(caller: Caller) -> None:
    """Append events without a cache invalidation, as a process that died in between would."""
    with rows.transaction() as session:
        happened(session, caller.organisation_id)
        publish(session)
        session.info.pop("after_commit")


class Reader:
    """A client that polls its organisation's feed and stores only the cursor and the entries."""

    def __init__(self, organisation_id: UUID, limit: int = 7) -> None:
        self.organisation_id, self.limit = organisation_id, limit
        self.cursor: str | None = None
        self.told: list[UUID] = []
        self.positions: list[int] = []

    def poll(self) -> int:
        """Read one page from where it left off; return how many entries were in it."""
        after = cursor.read(self.organisation_id, self.cursor)
        with rows.transaction() as session:
            _head, page = queries.read(session, self.organisation_id, after=after, limit=self.limit)
        self.told += [UUID(entry["id"]) for entry in page]
        self.positions += [entry["position"] for entry in page]
        self.cursor = cursor.write(self.organisation_id, page[-1]["position"] if page else after)
        return len(page)

    def catch_up(self) -> None:
        """Poll until there is nothing new."""
        while self.poll():
            pass

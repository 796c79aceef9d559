"""Organisations and actors for tests of the feed, without tokens or HTTP."""

from uuid import UUID

from sqlalchemy.orm import Session

from service import db
from service.access.actor import Actor
from service.events import append, cursor, queries
from service.events.actions import publish
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
    )


def let_happen_untold(caller: Caller) -> None:
    """Let something happen, of which nobody is told: the process has died in between."""
    with rows.transaction() as session:
        happened(session, caller.organisation_id)
        publish(session)
        session.info.pop("after_commit")


class Reader:
    """A system that polls its organisation's feed and stores nothing but the cursor and what it was told."""

    def __init__(self, organisation_id: UUID, limit: int = 7) -> None:
        self.organisation_id, self.limit = organisation_id, limit
        self.cursor: str | None = None
        self.told: list[UUID] = []
        self.positions: list[int] = []

    def poll(self) -> int:
        """Read one page from where it left off; return how many entries were in it."""
        after = cursor.read(self.organisation_id, self.cursor)
        with rows.transaction() as session:
            head = queries.head(session, self.organisation_id)
            page = queries.entries(session, self.organisation_id, after=after, up_to=head, limit=self.limit)
        self.told += [UUID(entry["id"]) for entry in page]
        self.positions += [entry["position"] for entry in page]
        self.cursor = cursor.write(self.organisation_id, page[-1]["position"] if page else after)
        return len(page)

    def catch_up(self) -> None:
        """Poll until there is nothing new."""
        while self.poll():
            pass

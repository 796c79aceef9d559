"""New rows wait, and are written together: a statement for each table, in the order of their foreign keys."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from benchmarks.statements import watched
from service import clock, db, events
from service.access import Actor
from service.events.model import Event
from service.referrals.model import ReferralVersion, RestrictedPart

WHEN = datetime(2026, 3, 2, 9, tzinfo=UTC)


def append(session: Session, number: int) -> UUID:
    """Append an event that nobody reads."""
    return events.append(
        session,
        Actor.for_service("test"),
        "person.recorded",
        subject_kind="person",
        subject_id=UUID(int=number),
        data={"fields": ["crn"]},
    )


def inserts(seen: list[tuple[str, dict[str, object]]]) -> list[str]:
    """Return the tables that were written, in order."""
    return [statement.split()[2] for statement, _ in seen if statement.startswith("INSERT")]


@pytest.mark.usefixtures("database")
def test_many_rows_of_one_table_are_one_statement_at_the_commit() -> None:
    with watched() as seen, db.transaction("owner") as session:
        for number in range(30):
            append(session, number)
        assert inserts(seen) == []
    assert inserts(seen) == ["event"]


@pytest.mark.usefixtures("database")
def test_a_query_writes_only_what_it_reads_and_what_that_refers_to() -> None:
    with watched() as seen, db.transaction("owner") as session:
        kept = append(session, 1)
        session.scalars(select(ReferralVersion.number)).all()
        assert inserts(seen) == []
        assert session.scalar(select(Event.name).where(Event.id == kept)) == "person.recorded"
        assert inserts(seen) == ["event"]


@pytest.mark.usefixtures("database")
def test_a_row_that_waits_is_found_by_its_key_without_a_statement() -> None:
    with watched() as seen, db.transaction("owner") as session:
        kept = append(session, 1)
        assert session.get_one(Event, kept).id == kept
        assert not [statement for statement, _ in seen if "event" in statement]


@pytest.mark.usefixtures("database")
def test_tables_come_in_the_order_of_their_foreign_keys() -> None:
    """A version comes before its restricted part, whichever was added first: here there is no referral."""
    with watched() as seen, pytest.raises(DBAPIError, match="foreign key"):
        add_a_version_of_no_referral()
    assert inserts(seen) == ["referral_version"]


def add_a_version_of_no_referral() -> None:
    with db.transaction("owner") as session:
        session.add(RestrictedPart(referral_id=UUID(int=1), number=1, document={}))
        session.add(
            ReferralVersion(referral_id=UUID(int=1), number=1, document={}, sections=[], made_at=clock.now())
        )


@pytest.mark.usefixtures("database")
def test_a_savepoint_takes_with_it_what_was_gathered_inside_and_nothing_else() -> None:
    with db.transaction("owner") as session:
        before = append(session, 1)
        savepoint = session.begin_nested()
        inside = append(session, 2)
        savepoint.rollback()
        after = append(session, 3)
    with db.transaction("owner") as session:
        assert set(session.scalars(select(Event.id).where(Event.subject_kind == "person"))) == {before, after}
    assert inside not in {before, after}


@pytest.mark.usefixtures("database")
def test_a_transaction_that_fails_leaves_nothing_of_what_was_gathered() -> None:
    with pytest.raises(LookupError):
        append_and_fail()
    with db.transaction("owner") as session:
        assert session.scalars(select(Event.id).where(Event.subject_kind == "person")).all() == []


def append_and_fail() -> None:
    with db.transaction("owner") as session:
        append(session, 1)
        raise LookupError

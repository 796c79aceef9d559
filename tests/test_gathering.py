"""New rows wait, and are written together: a statement for each table, in the order of their foreign keys."""

from collections.abc import Collection
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from benchmarks.statements import watched
from service import audit, clock, db, events
from service.access import Actor
from service.access.row_visibility import bypass_row_security
from service.audit.model import AuditEntry
from service.events.model import Event
from service.gathering import flush_but_last, forget_read, is_made, rows_of
from service.organisations.model import Organisation, Staff, StaffRole
from service.referrals.model import ReferralVersion, RestrictedPart

WHEN = datetime(2026, 3, 2, 9, tzinfo=UTC)


def append(session: Session, number: int, audience: Collection[UUID] = ()) -> UUID:
    """Append an event; nobody reads it unless there is an audience."""
    return events.append(
        session,
        Actor.for_service("test"),
        "person.recorded",
        subject_kind="person",
        subject_id=UUID(int=number),
        audience=audience,
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
    with db.transaction("owner") as session:
        whose = organisation(session)
        with watched() as seen:
            kept = add_holder(session, whose, "a.new")
            assert session.get_one(StaffRole, kept).unit == "a.new"
        assert seen == []


@pytest.mark.usefixtures("database")
def test_an_event_that_waits_is_written_before_it_is_read_by_its_key() -> None:
    with watched() as seen, db.transaction("owner") as session:
        kept = append(session, 1)
        assert session.get_one(Event, kept).name == "person.recorded"
    assert inserts(seen) == ["event"]


@pytest.mark.usefixtures("database")
def test_tables_come_in_the_order_of_their_foreign_keys() -> None:
    """A version comes before its restricted part, whichever was added first: here there is no referral."""
    with watched() as seen, pytest.raises(DBAPIError, match="foreign key"):
        add_a_version_of_no_referral()
    assert inserts(seen) == ["referral_version", "referral_version_restricted"]


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
def test_what_a_savepoint_takes_back_is_published_to_nobody() -> None:
    with watched() as seen, db.transaction("owner") as session:
        savepoint = session.begin_nested()
        append(session, 1, audience=[organisation(session)])
        savepoint.rollback()
    assert not [
        statement for statement, _ in seen if "publish_to_feeds" in statement or "notify" in statement
    ]


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


def organisation(session: Session) -> UUID:
    """Return one of the registered organisations."""
    return session.scalars(select(Organisation.id).order_by(Organisation.code).limit(1)).one()


def add_holder(session: Session, organisation_id: UUID, name: str) -> UUID:
    holder = StaffRole(
        id=db.new_id(),
        organisation_id=organisation_id,
        staff_id="duty.manager",
        role="duty_manager",
        unit=name,
        deputy=False,
        from_at=clock.now(),
    )
    session.add(holder)
    return holder.id


def holders(session: Session, organisation_id: UUID) -> list[str]:
    return [
        row.unit or row.staff_id for row in rows_of(session, StaffRole.organisation_id, [organisation_id])
    ]


def reads(seen: list[tuple[str, dict[str, object]]]) -> int:
    """Return how often role holders were read."""
    return sum("FROM staff_role" in statement for statement, _ in seen)


@pytest.mark.usefixtures("database")
def test_the_rows_of_a_parent_are_read_once_and_those_added_since_are_among_them() -> None:
    with db.transaction("owner") as session:
        whose = organisation(session)
        on_record = holders(session, whose)
        with watched() as seen:
            add_holder(session, whose, "a.new")
            assert holders(session, whose) == [*on_record, "a.new"]
            session.flush()
            assert holders(session, whose) == [*on_record, "a.new"]
        assert reads(seen) == 0


@pytest.mark.usefixtures("database")
def test_nothing_is_read_of_a_parent_that_was_made_in_this_transaction() -> None:
    with watched() as seen, db.transaction("owner") as session:
        made = Organisation(
            id=db.new_id(),
            kind="cas3_team",
            code="NEW",
            name="New",
            division="england-and-wales",
            may_know_of_mappa=False,
            may_know_of_victims=False,
            created_at=clock.now(),
        )
        session.add(made)
        session.add(
            Staff(
                organisation_id=made.id,
                id="duty.manager",
                name="Duty Manager",
                entered_by="operator",
                changed_at=clock.now(),
            )
        )
        assert is_made(session, made)
        assert holders(session, made.id) == []
        add_holder(session, made.id, "a.new")
        assert holders(session, made.id) == ["a.new"]
    assert reads(seen) == 0


@pytest.mark.usefixtures("database")
def test_rows_made_in_a_savepoint_that_is_undone_are_forgotten() -> None:
    with db.transaction("owner") as session:
        whose = organisation(session)
        before = holders(session, whose)
        savepoint = session.begin_nested()
        add_holder(session, whose, "a.passing")
        assert holders(session, whose) == [*before, "a.passing"]
        savepoint.rollback()
        assert holders(session, whose) == before


@pytest.mark.usefixtures("database")
def test_rows_that_a_savepoint_had_written_are_forgotten_too() -> None:
    with watched() as seen, db.transaction("owner") as session:
        whose = organisation(session)
        before = holders(session, whose)
        savepoint = session.begin_nested()
        append(session, 1, audience=[whose])
        add_holder(session, whose, "a.passing")
        flush_but_last(session)
        row = rows_of(session, StaffRole.organisation_id, [whose])[-1]
        savepoint.rollback()
        assert row not in session
        assert holders(session, whose) == before
    assert not [sent for sent, _ in seen if "publish_to_feeds" in sent or "notify" in sent]


@pytest.mark.usefixtures("database")
def test_after_a_lock_the_rows_are_read_anew_as_another_transaction_left_them() -> None:
    with db.transaction("owner") as session:
        whose = organisation(session)
        (first, *_) = rows_of(session, StaffRole.organisation_id, [whose])
        with db.transaction("owner") as other:
            other.get_one(StaffRole, first.id).unit = "a.successor"
        assert "a.successor" not in holders(session, whose)
        locked = select(Organisation).where(Organisation.id == whose).with_for_update()
        session.scalars(locked.execution_options(populate_existing=True)).one()
        assert "a.successor" in holders(session, whose)


@pytest.mark.usefixtures("database")
def test_what_was_changed_and_not_yet_written_is_written_before_rows_are_read_anew() -> None:
    with db.transaction("owner") as session:
        whose = organisation(session)
        (first, *_) = rows_of(session, StaffRole.organisation_id, [whose])
        first.unit = "a.changed"
        forget_read(session)
        assert "a.changed" in holders(session, whose)


@pytest.mark.usefixtures("database")
def test_a_lock_on_one_table_leaves_what_does_not_hang_on_it() -> None:
    with watched() as seen, db.transaction("owner") as session:
        whose = organisation(session)
        holders(session, whose)
        forget_read(session, ReferralVersion.__table__)
        holders(session, whose)
        assert reads(seen) == 1
        forget_read(session, Organisation.__table__)
        holders(session, whose)
        assert reads(seen) == 2


@pytest.mark.usefixtures("database")
def test_audit_entries_wait_for_the_commit_whatever_else_is_written() -> None:
    with watched() as seen, db.transaction("owner") as session:
        audit.record(session, Actor.for_service("test"), "search", object_kind="referral", object_id="list")
        flush_but_last(session)
        append(session, 1)
        flush_but_last(session)
        assert inserts(seen) == ["event"]
    assert inserts(seen) == ["event", AuditEntry.__tablename__]


@pytest.mark.usefixtures("database")
def test_audit_entries_come_last_also_of_what_is_written_together() -> None:
    with watched() as seen, db.transaction("owner") as session:
        audit.record(session, Actor.for_service("test"), "search", object_kind="referral", object_id="list")
        append(session, 1)
        assert inserts(seen) == []
    assert inserts(seen) == ["event", AuditEntry.__tablename__]


@pytest.mark.usefixtures("database")
def test_rows_are_read_anew_where_other_rows_become_visible() -> None:
    with watched() as seen, db.transaction() as session:
        with bypass_row_security(session):
            whose = organisation(session)
            assert holders(session, whose)
        assert holders(session, whose) == [], "this caller is nobody"
    assert reads(seen) == 2


@pytest.mark.usefixtures("database")
def test_what_the_caller_was_shown_is_known_again_once_no_other_rows_are_visible() -> None:
    with watched() as seen, db.transaction() as session:
        with bypass_row_security(session):
            whose = organisation(session)
        assert holders(session, whose) == []
        with bypass_row_security(session):
            assert holders(session, whose)
        assert holders(session, whose) == []
        assert reads(seen) == 2
        with bypass_row_security(session):
            assert holders(session, whose), "what was seen is not kept for another time"
        assert reads(seen) == 3


@pytest.mark.usefixtures("database")
def test_what_is_forgotten_where_other_rows_are_visible_is_forgotten_of_the_callers_own_too() -> None:
    with watched() as seen, db.transaction() as session:
        with bypass_row_security(session):
            whose = organisation(session)
        holders(session, whose)
        with bypass_row_security(session):
            forget_read(session, Organisation.__table__)
        holders(session, whose)
    assert reads(seen) == 2

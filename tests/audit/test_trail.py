"""The content of entries: each is stored or rolled back with its action, and no role can change it."""

import json
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError, ProgrammingError

from service import audit, db
from service.access.actor import THE_SERVICE, Actor
from service.audit.entry import VERBS
from service.audit.model import AuditEntry
from service.db import new_id
from tests.audit.shah import SHAH

PERSON, REFERRAL, PROVIDER = new_id(), new_id(), new_id()


def recorded(entry_id: UUID) -> AuditEntry:
    with db.transaction("audit_reader") as session:
        return session.scalars(select(AuditEntry).where(AuditEntry.id == entry_id)).one()


def entries() -> int:
    with db.transaction("audit_reader") as session:
        return session.scalars(select(func.count()).select_from(AuditEntry)).one()


def disclose() -> UUID:
    with db.transaction("api") as session:
        return audit.record(
            session,
            SHAH,
            "disclosure",
            object_kind="referral",
            object_id=REFERRAL,
            object_version=3,
            person_id=PERSON,
            fields=["risk.tier", "person.crn", "risk.tier"],
            recipients=[PROVIDER],
            reason="destination_sent",
        )


def test_an_entry_says_who_did_what_to_whose_data_and_why(database: str) -> None:
    entry = recorded(disclose())
    body = json.loads(entry.body)
    with db.transaction("audit_reader") as session:
        now = db.started_at(session)
    assert now - timedelta(minutes=1) < entry.recorded_at < now
    assert body == {
        "version": 1,
        "id": str(entry.id),
        "recorded_at": body["recorded_at"],
        "occurred_at": "2026-03-02T09:00:00.000000Z",
        "verb": "disclosure",
        "outcome": "allowed",
        "reason": "destination_sent",
        "actor": {
            "client_id": "n55-system",
            "organisation_id": str(SHAH.organisation_id),
            "practitioner": {"id": "p.shah", "role": "practitioner"},
            "strength": "private_key_jwt+practitioner_assertion",
            "address": "192.0.2.7",
        },
        "person_id": str(PERSON),
        "object": {"kind": "referral", "id": str(REFERRAL), "version": 3},
        "fields": ["person.crn", "risk.tier"],
        "purpose": "managing people on probation",
        "legal_basis": "Offender Management Act 2007, section 14",
        "recipients": [str(PROVIDER)],
        "request_id": "request-1",
        "release": body["release"],
    }
    assert (entry.person_id, entry.client_id, entry.practitioner_id) == (PERSON, "n55-system", "p.shah")
    assert entry.actor_organisation_id == SHAH.organisation_id


def test_an_entry_names_no_member_of_staff_by_name(database: str) -> None:
    assert "Priya" not in recorded(disclose()).body


def test_the_service_acts_under_a_name_of_its_own(database: str) -> None:
    with db.transaction("worker") as session:
        entry_id = audit.record(
            session, Actor.for_service("sweep"), "alteration", object_kind="clock", object_id=new_id()
        )
    entry = recorded(entry_id)
    assert (entry.client_id, entry.actor_organisation_id) == ("service/sweep", THE_SERVICE)


def test_an_entry_is_stored_with_what_it_is_about_or_not_at_all(database: str) -> None:
    before = entries()
    with db.transaction("api") as session:
        audit.record(session, SHAH, "collection", object_kind="person", object_id=PERSON)
        session.flush()
        session.rollback()
    assert entries() == before


def test_a_refusal_outlives_what_was_refused(database: str) -> None:
    before = entries()
    with db.transaction("api") as session:
        entry_id = audit.denied(SHAH, object_kind="person", object_id="X320741", reason="not-found")
        session.rollback()
    assert entries() == before + 1
    assert entry_id is not None
    entry = recorded(entry_id)
    assert (entry.verb, entry.outcome) == ("denied", "denied")


def test_there_is_no_other_verb(database: str) -> None:
    with db.transaction("api") as session, pytest.raises(ValueError, match="verb"):
        audit.record(session, SHAH, "glanced_at", object_kind="person", object_id=PERSON)
    assert {"collection", "alteration", "consultation", "disclosure", "combination", "erasure"} < set(VERBS)


@pytest.mark.parametrize("role", ["api", "worker"])
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT count(*) FROM audit_entry",
        "UPDATE audit_entry SET verb = 'search'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "SELECT count(*) FROM audit_entry_other",
        "DELETE FROM audit_entry_other",
        "SELECT make_audit_partitions(1)",
    ],
)
def test_those_who_work_can_add_and_nothing_else(database: str, role: db.Role, statement: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), db.transaction(role) as session:
        session.execute(text(statement))


@pytest.mark.parametrize("role", ["audit_reader", "sealer"])
def test_those_who_read_can_read_and_nothing_else(database: str, role: db.Role) -> None:
    with db.transaction(role) as session:
        session.execute(text("SELECT count(*) FROM audit_entry"))
    with pytest.raises(ProgrammingError, match="permission denied"), db.transaction(role) as session:
        audit.record(session, SHAH, "search", object_kind="person", object_id="-")


CHANGES = [
    "UPDATE {table} SET verb = 'search'",
    "UPDATE {table} SET verb = 'search' WHERE false",
    "DELETE FROM {table}",
    "TRUNCATE {table}",
    "INSERT INTO {table} SELECT * FROM audit_entry ON CONFLICT (recorded_at, id) DO UPDATE SET verb = ''",
]


@pytest.mark.parametrize("replica", [False, True], ids=["ordinary", "replica"])
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("table", ["audit_entry", "partition", "audit_entry_other"])
def test_not_even_a_superuser_changes_the_trail_in_passing(
    server: str, database: str, table: str, change: str, replica: bool
) -> None:
    entry = recorded(disclose())
    if table == "partition":
        table = f"audit_entry_{entry.recorded_at:%Y_%m}"
    with psycopg.connect(server, dbname=database) as connection:
        if replica:
            connection.execute("SET session_replication_role = replica")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only ever added to"):
            connection.execute(sql.SQL(change).format(table=sql.Identifier(table)))
    assert recorded(entry.id).body == entry.body


@pytest.mark.parametrize("by", [timedelta(seconds=-1), timedelta(microseconds=1), timedelta(days=400)])
def test_nobody_dates_an_entry_but_the_database(database: str, by: timedelta) -> None:
    entry = recorded(disclose())
    values = {column.key: getattr(entry, column.key) for column in AuditEntry.__table__.columns}
    with pytest.raises(DatabaseError, match="dated by the database"), db.transaction("api") as session:
        session.add(AuditEntry(**values | {"id": new_id(), "recorded_at": db.started_at(session) + by}))


def partitions() -> set[str]:
    with db.transaction("owner") as session:
        return set(
            session.scalars(
                text(
                    "SELECT inhrelid::regclass::text FROM pg_inherits"
                    " WHERE inhparent = 'audit_entry'::regclass"
                )
            )
        )


def test_two_years_of_months_are_ready_and_making_them_again_is_harmless(database: str) -> None:
    ready = partitions()
    assert len(ready) == 26
    with db.transaction("owner") as session:
        assert audit.make_partitions(session) == 0
        assert audit.make_partitions(session, 26) == 2
    assert ready < partitions()


def test_entries_go_to_the_month_they_were_made_in(database: str) -> None:
    entry = recorded(disclose())
    with db.transaction("audit_reader") as session:
        found = session.scalar(
            text("SELECT tableoid::regclass::text FROM audit_entry WHERE id = :id"), {"id": entry.id}
        )
    assert found == f"audit_entry_{entry.recorded_at:%Y_%m}"


def test_a_month_without_a_partition_loses_nothing(database: str) -> None:
    with db.transaction("owner") as session:
        month = f"audit_entry_{db.started_at(session):%Y_%m}"
        session.execute(text(f"ALTER TABLE audit_entry DETACH PARTITION {month}"))
        session.execute(text(f"ALTER TABLE {month} RENAME TO set_aside"))
    entry_id = disclose()
    assert recorded(entry_id).id == entry_id
    with db.transaction("owner") as session:
        assert audit.make_partitions(session, 0) == 0
    assert recorded(entry_id).id == entry_id


def test_hundreds_of_entries_in_one_transaction_are_all_there(database: str) -> None:
    before = entries()
    with db.transaction("api") as session:
        for _ in range(300):
            audit.record(session, SHAH, "consultation", object_kind="person", object_id=uuid4())
    assert entries() == before + 300

"""The second wall alone: what the database shows of each table to each caller, whatever the query forgets."""

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from service import db
from tests.cast import Caller
from tests.faults.fixtures import Place
from tests.isolation.seen import keys, seen_by
from tests.isolation.whose import WHOSE, Ownership, ownership

NOT_ABOUT_ANYBODY = {
    "alembic_version": "how far the migrations went",
    "call_count": "how many calls a client made in a minute; counted before it is known who calls",
    "calendar": "working days",
    "client": "which systems are registered",
    "client_key": "public keys of systems",
    "duty_taken_up": "for which duties something may be waiting; for workers alone",
    "knowledge_ended": "who may know less since a moment ago; for workers alone",
    "organisation": "which organisations there are; everybody must know to whom a thing can go",
    "policy": "how long an answer may take",
    "responsibility": "who answers for what, and where",
    "guarded_person": "only which records are asked about, which names nobody",
    "sweep_run": "when a worker last looked",
    "used_assertion": "random numbers that have been used; looked up before it is known who calls",
}
"""Tables without rules on rows, each with the reason why it needs none."""

WRITTEN_ONLY = {
    "audit_entry": "the API adds to the trail and cannot read it",
    "refusal_count": "the API counts refusals and cannot read the counts",
    "superseded_fact": "what was known before: kept, and shown to nobody",
}
"""Tables of which the API's role may read nothing at all."""


@pytest.fixture(scope="module")
def whose(filled: tuple[Place, object]) -> Ownership:
    return ownership(filled[0])


def tables(place: Place) -> dict[str, bool]:
    """Return every table, and whether it has rules on rows for the API's role."""
    found = place.rows(
        "SELECT c.relname, c.relrowsecurity AND EXISTS ("
        "  SELECT FROM pg_policies p WHERE p.tablename = c.relname AND 'referrals_api' = ANY (p.roles)"
        "  AND p.cmd <> 'INSERT')"
        " FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace"
        " AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
    )
    return {str(name): bool(ruled) for name, ruled in found}


def test_every_table_has_rules_on_its_rows_or_a_reason_for_none(place: Place) -> None:
    found = tables(place)
    without = {name for name, ruled in found.items() if not ruled} - NOT_ABOUT_ANYBODY.keys()
    assert without == {"audit_entry", "check_question_confidential", "refusal_count", "release_date_line"}, (
        "of these the API's role may not read a row"
    )
    assert {name for name, ruled in found.items() if ruled} == WHOSE.keys() | {"superseded_fact"}
    assert NOT_ABOUT_ANYBODY.keys() <= found.keys()


def test_the_roles_that_call_own_nothing_and_pass_no_rule_by(place: Place) -> None:
    ours = "({})".format(", ".join(f"'referrals_{role}'" for role in db.ROLES if role != "owner"))
    assert not place.rows(f"SELECT tablename FROM pg_tables WHERE tableowner IN {ours}")
    assert not place.rows(
        f"SELECT rolname FROM pg_roles WHERE rolname IN {ours} AND (rolbypassrls OR rolsuper)"
    )


def test_a_worker_sees_every_row(place: Place) -> None:
    with db.transaction("worker") as session:
        for table in WHOSE.keys() - {
            "idempotency_key",
            "restricted_contact_detail",
            "restricted_address_detail",
        }:
            held = place.rows(f"SELECT count(*) FROM {table}")[0][0]
            assert session.scalar(text(f"SELECT count(*) FROM {table}")) == held > 0, table


def test_without_a_caller_there_is_nothing(place: Place) -> None:
    nobody = place.cast.probation
    unknown = Caller(nobody.app, uuid4(), "X", replace(nobody.signer, client_id="nobody-system"))
    for caller in (None, unknown):
        with seen_by(caller) as session:
            shown = {table: len(keys(session, table)) for table in WHOSE}
        shown.pop("idempotency_key" if caller else "") if caller else None
        assert set(shown.values()) == {0}


def test_each_caller_sees_its_own_rows_and_no_others_of_any_table(place: Place, whose: Ownership) -> None:
    seen: dict[str, set[str]] = {table: set() for table in WHOSE}
    for name, caller in {**place.callers(), "spo": place.story.spo}.items():
        with seen_by(caller) as session:
            for table in WHOSE:
                shown = keys(session, table)
                assert shown - whose.of(table, caller) == set(), f"{name} sees others' rows of {table}"
                assert whose.of(table, caller) - shown == set(), f"{name} misses rows of {table}"
                seen[table] |= shown
    assert {table for table, found in seen.items() if not found} == set()


def test_no_table_is_the_same_for_every_caller(place: Place, whose: Ownership) -> None:
    for table in WHOSE:
        shares = {frozenset(whose.of(table, caller)) for caller in place.callers().values()}
        assert len(shares) > 1, table


@pytest.mark.parametrize("table", WRITTEN_ONLY)
def test_what_is_only_written_is_read_by_no_caller(place: Place, table: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), seen_by(place.officer) as session:
        session.execute(text(f"SELECT count(*) FROM {table}"))


def test_the_restricted_store_opens_for_those_in_sight_alone(place: Place) -> None:
    contacts = place.ids("contact", "protected")
    for caller, some in ((place.officer, True), (place.callers()["stranger"], True), (place.cast.crs, False)):
        with seen_by(caller) as session:
            shown = session.execute(
                text(
                    "SELECT contact_id FROM restricted_contact_details(CAST(:ids AS uuid[]), 'police_check')"
                ),
                {"ids": contacts},
            ).all()
            own = keys(session, "restricted_contact_detail")
        assert {str(row[0]) for row in shown} == own
        assert bool(own) is some
        assert len(own) < len(contacts)


def test_no_caller_writes_a_row_that_it_could_not_see(place: Place) -> None:
    part = place.story.part(place.referral["id"], "mappa")["id"]
    values = {"id": str(uuid4()), "part": part}
    statement = (
        "INSERT INTO message (id, destination_referral_id, kind, side, body, sent_at)"
        " VALUES (:id, :part, 'message', 'destination', 'Hello', now())"
    )
    with pytest.raises(ProgrammingError, match="row-level security"), seen_by(place.cast.crs) as session:
        session.execute(text(statement), values)


def test_no_caller_changes_a_row_that_it_cannot_see(place: Place) -> None:
    with place.nothing_stored(), seen_by(place.cast.crs) as session:
        changed = session.execute(
            text("UPDATE referral SET urgency = 'routine' WHERE person_id IN (SELECT id FROM person)")
        )
        assert changed.rowcount == 0  # type: ignore[attr-defined] # of a statement that changes rows


def test_what_looks_with_the_owners_rights_cannot_be_shown_a_table_of_the_callers(place: Place) -> None:
    # A body in standard SQL was bound to our tables when it was made; any other looks for names at each call.
    looking = place.rows(
        "SELECT proname, array_to_string(proconfig, ' ') FROM pg_proc"
        " WHERE pronamespace = 'public'::regnamespace AND prosecdef AND prosqlbody IS NULL"
    )
    assert looking
    assert {name for name, path in looking if not str(path).endswith(", pg_temp")} == set()

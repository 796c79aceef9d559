"""The role of the requests that only read: it sees what the caller sees, and can look no further."""

from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import ProgrammingError

from service import db
from service.access.row_visibility import bypass_row_security
from tests.faults.fixtures import Place
from tests.isolation.seen import keys, seen_by
from tests.isolation.whose import WHOSE

pytestmark = pytest.mark.long

LOOKS_FURTHER_OR_CHANGES = {
    "read_destination_referral": "a destination that must agree to an address learns of which",
    "read_agreement": "what a decision rests on is compared with what is outstanding for anybody",
    "read_case": "each part is shown by the view of its own address",
    "read_placement": "what the departure gate waits for",
    "list_proposals": "the holder of a record learns what other regions say on records of their own",
    "read_referral_version": "what a text says of a protected contact is left out for who must not read it",
    "read_plan": "what a text says of a protected contact is left out for who must not read it",
    "read_release_arrangements": "the same",
    "list_rosh_assessments": "the same",
    "list_messages": "the same",
    "list_updates": "the same",
    "list_reviews": "the same",
    "read_review": "the same",
    "list_checks": "the same",
    "list_checks_of_person": "the same",
    "list_contacts": "the same",
    "read_contact": "the same",
    "list_shares": "the same",
    "read_share": "the same",
    "read_access": "the same",
    "list_changes": "the same",
    "read_change": "the same",
    "list_disclosure_decisions": "the same",
    "read_disclosure_decision": "the same",
    "read_subject_access": "whoever prepares a copy sees whom a text names, from the restricted store",
    "read_subject_access_copy": "the same",
    "read_right_to_know": "a force reads a protected contact from the restricted store",
    "read_check": "the same",
    "read_check_history": "the same",
    "read_document": "the first time, the referral is marked as received",
    "read_document_summary": "the first time, the referral is marked as received",
    "read_referral_summary": "what a text says of a protected contact is left out for who must not read it",
    "list_concerns": "a destination finds its receipts also where it may read its referral no more",
    "read_check_request": "the first time, the request is marked as acknowledged",
}
"""The reads that run as the API's role, each with the reason."""

NOT_FOR_READERS = {"idempotency_key", "restricted_contact_detail", "restricted_address_detail", "said"}
"""Tables that the API's role may read and no read needs."""


def test_every_other_read_runs_as_the_reader(app: Flask) -> None:
    views = {
        rule.endpoint.rpartition(".")[2]: app.view_functions[rule.endpoint]
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
    }
    as_the_api = {name for name, view in views.items() if getattr(view, "role", None) == "api"}
    assert as_the_api == LOOKS_FURTHER_OR_CHANGES.keys()


def test_a_read_is_sent_by_it_and_a_change_by_the_api(place: Place) -> None:
    officer, sent_by = place.officer, set[str]()
    officer.token()

    def note(connection: Any, _cursor: Any, query: str, *_more: Any) -> None:
        if "FROM client c JOIN organisation o" in query:
            sent_by.add(connection.connection.driver_connection.info.user)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        for path in ("/v1/referrals", f"/v1/referrals/{place.referral['id']}", "/v1/check-requests"):
            assert officer.get(path).status_code == 200
        assert sent_by == {"referrals_reader"}
        sent_by.clear()
        assert officer.post("/v1/referrals", json={}).status_code == 422
        assert sent_by == {"referrals_api"}
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_it_sees_of_each_table_what_the_caller_sees(place: Place) -> None:
    for name, caller in {**place.callers(), "spo": place.story.spo}.items():
        for table in WHOSE.keys() - NOT_FOR_READERS:
            with seen_by(caller) as session:
                as_api = keys(session, table)
            with seen_by(caller, "reader") as session:
                assert keys(session, table) == as_api, f"{name} reads other rows of {table}"


def test_a_wider_reach_shows_it_nothing_more(place: Place) -> None:
    """Whatever a transaction sets: the policies do not ask, nor do the functions that look for the owner."""
    contacts = place.ids("contact", "protected")
    opened = "SELECT contact_id FROM restricted_contact_details(CAST(:ids AS uuid[]), 'police_check')"
    for caller in place.callers().values():
        with seen_by(caller, "reader") as session:
            before = {table: keys(session, table) for table in WHOSE.keys() - NOT_FOR_READERS}
            details = {row[0] for row in session.execute(text(opened), {"ids": contacts})}
            session.execute(text("SELECT set_config('app.reach', 'every_row', true)"))
            assert {table: keys(session, table) for table in before} == before
            assert {row[0] for row in session.execute(text(opened), {"ids": contacts})} == details


def test_nor_to_a_login_of_a_site_that_is_a_member_of_it(place: Place) -> None:
    with psycopg.connect(place.server, dbname=place.database, autocommit=True) as superuser:
        superuser.execute("DROP ROLE IF EXISTS reader_blue")
        superuser.execute("CREATE ROLE reader_blue LOGIN IN ROLE referrals_reader")
        with psycopg.connect(db.conninfo(place.server, user="reader_blue", dbname=place.database)) as reader:
            before = reader.execute("SELECT count(*) FROM person").fetchone()
            reader.execute("SELECT set_config('app.reach', 'every_row', true)")
            assert reader.execute("SELECT count(*) FROM person").fetchone() == before == (0,)
        superuser.execute("DROP ROLE reader_blue")


def test_every_rule_on_rows_holds_for_it_as_for_the_api(place: Place) -> None:
    rules = place.rows(
        "SELECT tablename, roles FROM pg_policies WHERE policyname = 'callers_own' AND cmd <> 'INSERT'"
    )
    assert {table for table, roles in rules if "referrals_reader" not in roles} == set()
    others = "policyname <> 'callers_own' AND 'referrals_reader' = ANY (roles)"
    assert place.rows(f"SELECT tablename FROM pg_policies WHERE {others}") == []


def test_it_writes_nothing_but_the_audit_trail(place: Place) -> None:
    written = place.rows(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        " AND NOT relispartition AND (has_any_column_privilege('referrals_reader', oid, 'INSERT')"
        "  OR has_any_column_privilege('referrals_reader', oid, 'UPDATE')"
        "  OR has_table_privilege('referrals_reader', oid, 'DELETE'))"
    )
    assert {name for (name,) in written} == {"audit_entry"}
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        seen_by(place.officer, "reader") as session,
    ):
        session.execute(text("SELECT publish_to_feeds(ARRAY[]::uuid[], ARRAY[]::uuid[])"))


def test_a_view_that_only_reads_cannot_ask_for_a_wider_reach(place: Place) -> None:
    del place
    with (
        pytest.raises(LookupError, match="sees what its caller sees"),
        db.transaction("reader") as session,
        bypass_row_security(session),
    ):
        pass

"""Victims and ex-partners: kept apart, opened for a purpose, and never by accident."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from service import db
from service.access.actor import Actor
from service.people import restricted
from tests import rows
from tests.cast import Caller, Cast
from tests.people.factories import a_household, address_on_record, as_owner, contact, on_record, record, staff


def system_of(caller: Caller, kind: str) -> Actor:
    return replace(
        staff(caller), organisation_id=caller.organisation_id, organisation_kind=kind, practitioner=None
    )


def test_the_open_tables_do_not_say_who_or_where_an_ex_partner_is(cast: Cast) -> None:
    record(staff(cast.probation), a_household())
    ex, home = on_record("ex"), address_on_record("exs-home")
    assert (ex.protected, ex.given_name, ex.family_name, ex.date_of_birth) == (True, None, None, None)
    assert (ex.named, ex.dated, ex.details_status, ex.lives_at) == (True, True, "provided", home.id)
    assert (home.protected, home.lines, home.postcode) == (True, None, None)
    assert home.police_force == "greater-manchester"
    for table in ("contact", "address", "person", "event"):
        shown = str(as_owner(f"SELECT * FROM {table}"))
        assert "Kirsty" not in shown
        assert "Larkhill" not in shown


def test_the_database_refuses_to_show_the_store_to_the_service(cast: Cast) -> None:
    record(staff(cast.probation), a_household())
    roles: tuple[db.Role, ...] = ("api", "worker", "audit_reader")
    for role in roles:
        for table in ("restricted_contact_detail", "restricted_address_detail"):
            with pytest.raises(DBAPIError) as refused, db.transaction(role) as session:
                session.execute(text(f"SELECT * FROM {table}"))
            assert isinstance(refused.value.orig, InsufficientPrivilege)


def test_the_database_asks_for_what(cast: Cast) -> None:
    opened = text("SELECT * FROM restricted_contact_details(ARRAY[]::uuid[], :purpose)")
    for purpose in ("curiosity", None):
        with pytest.raises(DBAPIError) as refused, rows.transaction() as session:
            session.execute(opened, {"purpose": purpose})
        assert isinstance(refused.value.orig, InsufficientPrivilege)


def test_police_may_open_it_for_a_check_and_that_is_a_disclosure(cast: Cast) -> None:
    person_id = record(staff(cast.probation), a_household())
    police, ex = system_of(cast.police, "police_force"), on_record("ex").id
    with rows.transaction() as session:
        found = restricted.contact_details(session, police, [ex], "police_check")
    assert found == {
        ex: {
            "given_name": "Kirsty",
            "family_name": "Holdsworth",
            "aliases": None,
            "phone": None,
            "date_of_birth": date(1991, 7, 19),
            "due_date": None,
            "estimated_age": None,
            "description": None,
        }
    }
    (entry,) = as_owner("SELECT * FROM audit_entry WHERE object_kind = 'restricted_details'")
    assert (entry["verb"], entry["person_id"]) == ("disclosure", person_id)
    assert str(cast.police.organisation_id) in entry["body"]
    assert '"restricted.given_name"' in entry["body"]
    assert "police_check" in entry["body"]


def test_nobody_else_learns_who_they_are(cast: Cast) -> None:
    for kind, purpose in (
        ("approved_premises", "case_management"),
        ("crs_provider", "childrens_safeguarding"),
        ("police_force", "childrens_safeguarding"),
        ("crs_provider", "police_check"),
        ("cas3_team", "public_protection"),
        ("police_force", "case_management"),
        ("local_authority", "police_check"),
    ):
        with rows.transaction() as session, pytest.raises(PermissionError):
            restricted.contact_details(session, system_of(cast.crs, kind), [UUID(int=1)], purpose)


def test_childrens_services_may_learn_where_a_child_must_be_found(cast: Cast) -> None:
    record(staff(cast.probation), a_household())
    home = address_on_record("exs-home").id
    with rows.transaction() as session:
        found = restricted.address_details(
            session, system_of(cast.council, "local_authority"), [home], "childrens_safeguarding"
        )
    assert found == {home: {"lines": ["4 Larkhill Close", "Manchester"], "postcode": "M21 9WQ"}}


def test_whoever_becomes_an_ex_partner_is_protected_from_then_on(cast: Cast) -> None:
    document = a_household()
    contact(document, "ex")["relationship"] = "partner"
    record(staff(cast.probation), document)
    assert on_record("ex").given_name == "Kirsty"
    assert address_on_record("exs-home").lines is not None

    contact(document, "ex")["relationship"] = "ex_partner"
    record(staff(cast.probation), document)
    assert (on_record("ex").protected, on_record("ex").given_name) == (True, None)
    assert (address_on_record("exs-home").protected, address_on_record("exs-home").postcode) == (True, None)
    assert as_owner("SELECT given_name FROM restricted_contact_detail") == [{"given_name": "Kirsty"}]
    assert as_owner("SELECT postcode FROM restricted_address_detail") == [{"postcode": "M21 9WQ"}]

    contact(document, "ex")["relationship"] = "partner"
    record(staff(cast.probation), document)
    assert (on_record("ex").relationship, on_record("ex").protected) == ("partner", True)


def test_a_victim_is_protected_whatever_else_they_are(cast: Cast) -> None:
    document = a_household()
    contact(document, "mother")["is_victim"] = True
    record(staff(cast.probation), document)
    assert (on_record("mother").protected, on_record("mother").family_name) == (True, None)
    assert address_on_record("mothers-home").protected, "he visits there, and it tells where she is"


def test_protected_details_are_changed_and_their_history_kept_apart(cast: Cast) -> None:
    record(staff(cast.probation), a_household())
    changed = a_household()
    contact(changed, "ex")["family_name"] = "Ward"
    changed["addresses"][1]["postcode"] = "M20 1AA"
    record(staff(cast.probation), changed)
    assert as_owner("SELECT given_name, family_name FROM restricted_contact_detail") == [
        {"given_name": "Kirsty", "family_name": "Ward"}
    ]
    assert as_owner("SELECT postcode FROM restricted_address_detail") == [{"postcode": "M20 1AA"}]
    kept = [row["facts"] for row in as_owner("SELECT facts FROM superseded_fact ORDER BY subject_kind")]
    assert [fact.get("family_name", fact.get("postcode")) for fact in kept] == ["M21 9WQ", "Holdsworth"]

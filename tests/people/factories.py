"""A household for tests of people: what a case system says of one, and who says it. Everybody is invented."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.engine import RowMapping

from service import db
from service.access.actor import Actor, Practitioner
from service.people.actions.recording import end_involvement, record_person
from service.people.model import Address, Contact, Person
from tests import rows
from tests.cast import Caller

CRN = "X320741"
_OPEN = "ended_at IS NULL AND person_id IN (SELECT id FROM person WHERE crn = :crn)"
HOUSEHOLD: dict[str, Any] = {
    "person": {
        "crn": CRN,
        "noms_number": "A4417DX",
        "name": {"given": "Darren", "family": "Ellershaw", "aliases": ["Daz"]},
        "date_of_birth": "1988-11-04",
        "sex": "male",
        "restricted_record": False,
    },
    "household": {
        "children": "yes",
        "contacts": [
            {
                "ref": "son",
                "relationship": "child",
                "details_status": "not_asked",
                "local_authority": "E08000035",
                "source": "practitioner",
                "verified": False,
            },
            {
                "ref": "ex",
                "relationship": "ex_partner",
                "given_name": "Kirsty",
                "family_name": "Holdsworth",
                "date_of_birth": "1991-07-19",
                "details_status": "provided",
                "lives_at": "exs-home",
            },
            {
                "ref": "mother",
                "relationship": "parent",
                "given_name": "Patricia",
                "family_name": "Ellershaw",
                "date_of_birth": "1959-01-30",
                "details_status": "provided",
                "lives_at": "mothers-home",
                "source": "person",
                "verified": True,
            },
        ],
    },
    "addresses": [
        {
            "ref": "mothers-home",
            "kind": "visited",
            "lines": ["18 Tannery Fold", "Leeds"],
            "postcode": "LS11 5QX",
            "police_force": "west-yorkshire",
            "local_authority": "E08000035",
            "from": "2020-01-01",
        },
        {
            "ref": "exs-home",
            "kind": "partner",
            "lines": ["4 Larkhill Close", "Manchester"],
            "postcode": "M21 9WQ",
            "police_force": "greater-manchester",
            "contact_ref": "ex",
        },
    ],
    "risk": {
        "rosh": {
            "overall": "high",
            "public": {"level": "high", "who": "Men he drinks with.", "factors": ["alcohol", "work"]},
            "children": {"level": "low"},
        }
    },
}


def a_household() -> dict[str, Any]:
    """Return the document, to be changed at will."""
    return deepcopy(HOUSEHOLD)


def contact(document: dict[str, Any], ref: str) -> dict[str, Any]:
    """Return the contact with this reference in a document, to be changed."""
    found: dict[str, Any] = next(c for c in document["household"]["contacts"] if c["ref"] == ref)
    return found


def staff(caller: Caller, practitioner_id: str = "p.shah", role: str = "practitioner") -> Actor:
    """Return a member of a probation region's staff, or an organisation's own system when the id is empty."""
    return Actor(
        client_id=caller.client_id,
        organisation_id=caller.organisation_id,
        organisation_kind="probation_region",
        practitioner=Practitioner(practitioner_id, practitioner_id, role, caller.code),
        scopes=frozenset({"referrals"}),
        request_id="test-request",
        address=None,
        strength="test",
        purpose="managing the case",
        legal_basis="test",
    )


def record(actor: Actor, document: dict[str, Any]) -> UUID:
    """Record a document in a transaction of its own; return the person's id."""
    with rows.transaction() as session:
        return record_person(session, actor, document).id


def on_record(ref: str) -> Contact:
    """Return a contact as it stands."""
    with rows.transaction() as session:
        return session.scalars(select(Contact).where(Contact.ref == ref)).one()


def address_on_record(ref: str) -> Address:
    """Return an address as it stands."""
    with rows.transaction() as session:
        return session.scalars(select(Address).where(Address.ref == ref)).one()


def person_on_record(crn: str = CRN) -> Person:
    """Return the person as they stand."""
    with rows.transaction() as session:
        return session.scalars(select(Person).where(Person.crn == crn)).one()


def as_owner(statement: str) -> list[RowMapping]:
    """Look behind the API's walls."""
    with db.transaction("owner") as session:
        return list(session.execute(text(statement)).mappings())


def no_longer_works_with(caller: Caller, crn: str) -> None:
    """End a region's involvement, as an operator does."""
    with db.transaction("owner") as session:
        person = session.scalars(select(Person).where(Person.crn == crn)).one()
        end_involvement(session, Actor.for_service("registration"), person, caller.organisation_id)


@contextmanager
def held_by_nobody(crn: str = CRN) -> Iterator[None]:
    """Involve another region with a person, as was possible before a record had one holder."""
    with db.transaction("owner") as session:
        session.execute(text(f"UPDATE involvement SET ended_at = since WHERE {_OPEN}"), {"crn": crn})
    yield
    with db.transaction("owner") as session:
        session.execute(
            text(
                "UPDATE involvement SET ended_at = NULL, since = since - interval '1 day'"
                " WHERE ended_at = since AND person_id IN (SELECT id FROM person WHERE crn = :crn)"
            ),
            {"crn": crn},
        )

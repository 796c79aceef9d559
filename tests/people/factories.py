"""A household for tests of people: what a case system says of one, and who says it. Everybody is invented."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.engine import RowMapping

from service import clock, db
from service.access.actor import Actor, Practitioner
from service.events.model import Event
from service.people.actions.recording import record_person
from service.people.model import Address, Contact, Person, Sight
from service.people.sight import SECTIONS
from tests import rows
from tests.cast import Caller

CRN = "X320741"
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


GROUNDS: dict[str, str] = {
    "changed": "He works, and has not drunk since May.",
    "verified": "His work and the alcohol tag.",
    "how": "A call to the employer, and the tag's own record.",
    "by": "p.shah",
}
"""What a lower risk rests on, where it takes a manager."""


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
        return session.scalars(select(Person).where(Person.crn == crn, Person.held)).one()


def as_owner(statement: str) -> list[RowMapping]:
    """Look behind the API's walls."""
    with db.transaction("owner") as session:
        return list(session.execute(text(statement)).mappings())


def give_sight(
    caller: Caller,
    crn: str = CRN,
    *sections: str,
    basis: str = "joint",
    practitioner: str | None = None,
    lasts: timedelta = timedelta(days=28),
) -> None:
    """Let a region, or one of its staff, see sections of a held record; all of it when none is named."""
    now = clock.now()
    with db.transaction("owner") as session:
        person = session.scalars(select(Person).where(Person.crn == crn, Person.held)).one()
        session.add(
            Sight(
                id=db.new_id(),
                person_id=person.id,
                organisation_id=caller.organisation_id,
                practitioner_id=practitioner,
                basis=basis,
                sections=list(sections or SECTIONS),
                from_at=now,
                until_at=now + lasts,
                reason="They live there.",
                given_by="p.shah",
                event_id=None
                if basis == "carried_over"
                else session.scalars(select(Event.id).limit(1)).one(),
            )
        )


@contextmanager
def held_meanwhile_by(caller: Caller, crn: str = CRN) -> Iterator[None]:
    """Let another region hold a record for a moment, and then see it as one that worked with them before.

    What it does meanwhile hangs on the same record, as was possible before a record had one holder.
    """
    hold = text("UPDATE person SET holder_id = :to WHERE crn = :crn AND held")
    with db.transaction("owner") as session:
        holder = session.scalar(select(Person.holder_id).where(Person.crn == crn, Person.held))
        session.execute(hold, {"to": caller.organisation_id, "crn": crn})
    yield
    with db.transaction("owner") as session:
        session.execute(hold, {"to": holder, "crn": crn})
    give_sight(caller, crn, basis="carried_over")

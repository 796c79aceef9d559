"""Takes in how a contact or an address was verified, and ends what rested on something that is not so.

Who verified it is a member of the caller's staff, who were seen are contacts of the record: nobody is said in
free text.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.access.identifiers import known_as
from service.access.row_visibility import bypasses_row_security
from service.errors import Fault
from service.http.problems import invalid
from service.organisations import queries as organisations
from service.organisations import register
from service.organisations.model import Staff
from service.people import facts, queries, writes
from service.people.corrected import note_put_right
from service.people.model import Address, Contact, Person
from service.people.verification import (
    TO_COME,
    VERIFIES,
    Because,
    Kind,
    ended,
    faults,
    is_looked_at_again,
    stands,
)

_AT: Final = "/verification"


def taken(
    session: Session, actor: Actor, person: Person, row: Contact | Address, details: Mapping[str, Any]
) -> facts.Facts:
    """Return what details say of the verification of a row, by column; nothing where they say nothing of it.

    Args:
        details: perhaps with `verification`, None to take it back, and `verified`.

    Raises:
        Problem: 422 naming everything that is wrong with it.
    """
    given = details.get("verification")
    if given is None:
        taken_back = "verification" in details or details.get("verified") is False
        if taken_back and (stands(row.verification) or is_looked_at_again(row.verification)):
            again = {**(row.verification or {})}
            return {"verified": False, "verification": ended(again, Because.WITHDRAWN, clock.now())}
        return {}
    kind = _kind(row)
    by = known_as(given.get("by") or (actor.practitioner.id if actor.practitioner else ""))
    verifier = session.scalar(
        select(Staff).where(Staff.organisation_id == actor.organisation_id, Staff.id == by)
    )
    found = [
        Fault(f"{_AT}/{member}", words)
        for member, words in faults(
            given, kind, row.id, mother=_mother(row), begins=_begins(row, details)
        ).items()
    ]
    if verifier is None or by in register.strangers(session, actor.organisation_id, [by]):
        found.append(Fault(f"{_AT}/by", "Not in the staff register of your organisation."))
    known = {one.id for one in queries.household(session, person.id).contacts}
    found += [
        Fault(f"{_AT}/seen/{index}", "Not a contact of this person.")
        for index, one in enumerate(given["seen"])
        if one not in known
    ]
    verifies = given["how"] in VERIFIES
    if not verifies and (stands(row.verification) or is_looked_at_again(row.verification)):
        found.append(
            Fault(
                f"{_AT}/how", "It was verified otherwise: what is said of oneself takes its place in nothing."
            )
        )
    if details.get("verified", verifies) is not verifies:
        found.append(
            Fault(
                "/verified",
                "It follows from `verification`: leave it out."
                if verifies
                else "What somebody says of themselves verifies nothing.",
            )
        )
    if found or verifier is None:
        raise invalid(found)
    request = given.get("check_request_id")
    return {
        "verified": verifies,
        "verification": {
            "how": given["how"],
            "on": given["on"].isoformat(),
            "by": {
                "id": verifier.id,
                "name": verifier.name,
                "organisation": organisations.organisation(session, actor.organisation_id).code,
            },
            "seen": sorted({str(one) for one in given["seen"]}),
            "person_seen": given["person_seen"],
            "others_seen": given["others_seen"],
            "check_request_id": str(request) if request else None,
            "recorded_at": clock.now().isoformat(),
        },
    }


def record(
    session: Session, actor: Actor, row: Contact | Address, said: Mapping[str, Any], *, looked_again: bool
) -> None:
    """Record that a verification was stated or taken back, once it has been written.

    Args:
        said: as `taken` returned it.
        looked_again: the practitioner had to look again.
    """
    if not said:
        return
    kind, verification = _kind(row), said["verification"]
    if looked_again:
        writes.stop_looking(session, kind, row.id)
    if "ended" not in verification:
        writes.record_event(session, actor, f"{kind}.verified", kind, row, data={"how": verification["how"]})
    elif not looked_again:
        writes.follow_end(session, actor, kind, row)


def was_verified_by(row: Address, at: datetime) -> bool:
    """Return whether a verification of an address stands that was recorded by then."""
    verification = row.verification
    return (
        verification is not None
        and stands(verification)
        and datetime.fromisoformat(verification["recorded_at"]) <= at
    )


def end_where_living(session: Session, actor: Actor, person: Person, address_id: UUID) -> None:
    """End the verification of each contact who was said to live at an address that never was theirs."""
    for row in queries.household(session, person.id).contacts:
        if row.lives_at == address_id and stands(row.verification):
            writes.end_verification(session, actor, "contact", row, Because.CHANGED)


def end_where_seen(session: Session, actor: Actor, person: Person, contact_id: UUID) -> None:
    """End each verification that rests on having seen a contact who never was."""
    for row in _around(session, person.id):
        if stands(row.verification) and row.verification and str(contact_id) in row.verification["seen"]:
            writes.end_verification(session, actor, _kind(row), row, Because.SEEN_IN_ERROR)


@bypasses_row_security
def end_where_answered(
    session: Session, actor: Actor, person_id: UUID, request_id: UUID, about: Collection[UUID]
) -> None:
    """End each verification that rests on an answer which its agency has put right or withdrawn.

    None of it ever was verified: whoever has ended the work and read that it was is sent it, too.

    Args:
        request_id: that it answered.
        about: the contacts and addresses of which it spoke.
    """
    for row in _around(session, person_id):
        answered = row.verification and row.verification.get("check_request_id")
        if row.id in about and answered == str(request_id) and stands(row.verification):
            writes.end_verification(session, actor, _kind(row), row, Because.ANSWER_CORRECTED)
            note_put_right(session, person_id)


def _around(session: Session, person_id: UUID) -> list[Contact | Address]:
    around = queries.household(session, person_id)
    return [*around.contacts, *around.addresses]


def _kind(row: Contact | Address) -> Kind:
    return "contact" if isinstance(row, Contact) else "address"


def _mother(row: Contact | Address) -> UUID | None:
    return row.mother_id if isinstance(row, Contact) and row.unborn else None


def _begins(row: Contact | Address, details: Mapping[str, Any]) -> date | None:
    """Return the day before which nobody can have seen a row, as the same details say it."""
    begins: date | None
    if isinstance(row, Contact):
        begins = details.get("date_of_birth", row.date_of_birth)
    elif details.get("kind", row.kind) in TO_COME:
        begins = None
    elif details.get("because") == "moved":
        begins = details.get("from") or details.get("moved_on") or clock.today()
    else:
        begins = details.get("from", row.from_date)
    return begins

"""Brings into the case whom and what a change is about, named or not, and takes in what is supplied later."""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from service import settling
from service.access import Actor
from service.access.case_acts import Act
from service.access.row_visibility import bypasses_row_security
from service.checks.asked import informed_about
from service.checks.rules import SubjectRef
from service.circumstances.consequences import About
from service.errors import Fault
from service.http.problems import invalid
from service.people import queries as people_queries
from service.people.actions import addresses, erring, household, sameness, supplying
from service.people.actions import recording as people
from service.people.actions.deciding import require_act
from service.people.model import Address, Contact, Person
from service.people.newly_protected import look_through
from service.people.rules import PARTNERS
from service.referrals.actions.closing import IN_ERROR
from service.referrals.actions.departure_gate import withdraw_proposal
from service.referrals.queries import open_referrals_of
from service.third_parties import queries as third_parties
from service.third_parties.actions import moving

RELATIONSHIP_OF: Mapping[About, str] = {
    About.NEW_PARTNER: "partner",
    About.PARTNER: "partner",
    About.CHILD: "other_child",
    About.UNBORN: "unborn_child",
}
"""The relationship of a contact whose name is not known yet."""
MOST_UNNAMED: Final = 5
"""People of one sort of whom nothing is known that reports may bring into a case.

Each of them is asked about again at every report. One more report opens its own review, where the
practitioner can record whom it is about, and goes with the last of them.
"""
_IDENTITY: Final = frozenset({"given_name", "family_name", "date_of_birth"})


def named_in(
    session: Session, actor: Actor, person: Person, given: Mapping[str, Any]
) -> tuple[list[Contact], list[Address]]:
    """Return whom and where a change names, put on record first where they are new.

    Args:
        given: its `contacts`, `contact_ids`, `addresses` and `address_ids`.

    Raises:
        Problem: 422 when an id is not one of this person's.
    """
    on_record = people_queries.household(session, person.id)
    known_contacts = {contact.id: contact for contact in on_record.contacts}
    known_addresses = {address.id: address for address in on_record.addresses}
    faults = [
        Fault(f"/{member}/{index}", "Not on record for this person.")
        for member, known in (("contact_ids", known_contacts), ("address_ids", known_addresses))
        for index, id_ in enumerate(given[member])
        if id_ not in known
    ]
    if faults:
        raise invalid(faults)
    added_contacts, added_addresses = people.record_household(
        session, actor, person, given["contacts"], given["addresses"]
    )
    return (
        [*(known_contacts[id_] for id_ in given["contact_ids"]), *added_contacts],
        [*(known_addresses[id_] for id_ in given["address_ids"]), *added_addresses],
    )


def kinds_brought_in(contacts: Iterable[Contact], addresses: Iterable[Address]) -> set[About]:
    """Return the kinds of people and places that a change brings into the case."""
    brought = {About.ADDRESS for _ in addresses}
    for contact in contacts:
        if contact.unborn:
            brought.add(About.UNBORN)
        elif contact.is_child:
            brought.add(About.CHILD)
        elif contact.relationship in PARTNERS or contact.has_been_partner:
            brought.add(About.PARTNER)
    return brought


def record_unnamed(
    session: Session,
    actor: Actor,
    person: Person,
    about: Iterable[About],
    *,
    named: Iterable[Contact],
    change_id: UUID,
) -> list[Contact]:
    """Record contacts of whom nothing is known but that they exist: checks wait for their details.

    Args:
        about: whom the change is about.
        named: whom it names already.
        change_id: for a reference that stays the same.
    """
    there = kinds_brought_in(named, ())
    on_record = people_queries.household(session, person.id).contacts
    known = kinds_brought_in(on_record, ())
    wanted: list[About] = []
    joined: list[Contact] = []
    for each in about:
        counts_as = About.PARTNER if each is About.NEW_PARTNER else each
        if each in RELATIONSHIP_OF and counts_as not in there:
            # A new contact is not one of those on record; an earlier partner may be.
            if each is About.PARTNER and About.PARTNER in known:
                continue
            alike = [one for one in on_record if _is_unnamed(one, RELATIONSHIP_OF[each])]
            if len(alike) < MOST_UNNAMED:
                wanted.append(each)
            else:
                joined.append(alike[-1])
    mother = _expectant(actor, named, wanted, change_id)
    unnamed = [
        {
            "ref": _ref(change_id, each),
            "relationship": RELATIONSHIP_OF[each],
            "details_status": "not_asked",
            "contact": "not_known",
            **({"mother_ref": mother} if mother and each is About.UNBORN else {}),
        }
        for each in wanted
    ]
    return [*people.record_household(session, actor, person, unnamed, [])[0], *joined]


def _expectant(
    actor: Actor, named: Iterable[Contact], unnamed: Iterable[About], change_id: UUID
) -> str | None:
    """Return the reference of the partner who is pregnant, where a change is about one partner alone."""
    partners = [one for one in named if one.relationship in PARTNERS]
    if not partners:
        return next((_ref(change_id, each) for each in unnamed if RELATIONSHIP_OF[each] == "partner"), None)
    known = [one for one in partners if one.client_id == actor.client_id and not one.ref_left]
    return known[0].ref if len(partners) == len(known) == 1 else None


def _ref(change_id: UUID, about: About) -> str:
    """Return a reference of our own for a contact of whom nothing is known, the same at every try."""
    return f"c-{uuid5(change_id, about).hex[:30]}"


def _is_unnamed(contact: Contact, relationship: str) -> bool:
    known = (contact.given_name, contact.family_name, contact.date_of_birth, contact.due_date)
    return contact.relationship == relationship and not any(known)


@bypasses_row_security
def lock_for_details(session: Session, actor: Actor, person: Person) -> tuple[Person, Person | None]:
    """Lock a record, and before it the held one beside it, to which what is supplied may be a proposal.

    The referrals first, as everywhere: their documents follow what is put right.

    Raises:
        Problem: 409 `held-elsewhere` to a region that does not hold the record.
    """
    open_referrals_of(session, person.id, lock=True, merged=True, read=True)
    return people.lock_records(session, actor, person.id)


@bypasses_row_security
def decide_same_person(
    session: Session, actor: Actor, person: Person, contact: Contact, *, same: bool, reason: str
) -> None:
    """Record whether a contact is the same as another, and ask about each who is not.

    Where one of the two is protected, so is the home of the other from then on.

    Args:
        person: locked.

    Raises:
        Problem: 409 when nobody has asked; 403 `not-accountable`.
    """
    sameness.decide(session, actor, person, contact, same=same, reason=reason)
    household.protect_addresses(session, actor, person)
    look_through(session, actor, person.id)
    settling.settle(session)


@bypasses_row_security
def supply_details(
    session: Session,
    actor: Actor,
    contact: Contact,
    details: Mapping[str, Any],
    locked: tuple[Person, Person | None],
) -> Contact:
    """Record missing details of a contact once; every request that waited for them is sent.

    Who somebody is, once that is known, is changed by whoever acts for the case: agencies may have been asked
    about them.

    Args:
        locked: as of `lock_for_details`.

    Returns:
        The contact that has the details now: another one, where they are those of somebody else.

    Raises:
        Problem: 403 `not-accountable`.
    """
    if contact.details_status == "provided" and any(
        # A protected name is kept apart, and not compared here.
        contact.protected or details[name] != getattr(contact, name)
        for name in _IDENTITY & details.keys()
        if contact.protected or getattr(contact, name) is not None
    ):
        require_act(session, actor, Act.RENAME, locked[0])
    _require_answered(session, locked[0], SubjectRef("contact", contact.id), details)
    supplied = supplying.supply_details(session, actor, contact.id, details, locked=locked)
    settling.settle(session)
    return supplied


def change_address(
    session: Session,
    actor: Actor,
    locked: tuple[Person, Person | None],
    address: Address,
    details: Mapping[str, Any],
) -> Address:
    """Put an address right, or record that somebody moved, with all that follows; return the one that counts.

    Args:
        locked: as of `lock_for_details`.

    Raises:
        Problem: 409 when it was entered in error; 422 when the contact is not one of this person's.
    """
    session.refresh(address)
    _require_answered(session, locked[0], SubjectRef("address", address.id), details)
    changed = addresses.change_address(session, actor, locked, address, details)
    settling.settle(session)
    return changed


def _require_answered(
    session: Session, person: Person, subject: SubjectRef, details: Mapping[str, Any]
) -> None:
    """Require that an agency holds information about what its answer is said to verify.

    Raises:
        Problem: 422 at the check request.
    """
    request_id = (details.get("verification") or {}).get("check_request_id")
    if request_id is not None and subject not in informed_about(session, person.id, request_id):
        raise invalid(
            [
                Fault(
                    "/verification/check_request_id",
                    "No answer says that the agency holds information about what you verify, or nobody has "
                    "reviewed it yet.",
                )
            ]
        )


@bypasses_row_security
def enter_in_error(
    session: Session,
    actor: Actor,
    locked: tuple[Person, Person | None],
    row: Contact | Address,
    reason: str,
) -> None:
    """Record that a contact or an address should never have been recorded, with all that follows.

    Args:
        locked: as of `lock_for_details`.

    Raises:
        Problem: 409 when it has been said before; 403 `not-accountable`.
    """
    session.refresh(row)
    erring.enter_in_error(session, actor, locked, row, reason)
    follow_error(session, row)
    settling.settle(session)


def follow_error(session: Session, row: Contact | Address) -> None:
    """Let what was to be decided of a contact or an address rest that was entered in error."""
    if isinstance(row, Contact):
        moving.lapse(session, third_parties.not_ended(session, row.person_id, [row.id]), IN_ERROR)
    else:
        withdraw_proposal(session, row.person_id, row.id)

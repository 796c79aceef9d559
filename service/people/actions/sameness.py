"""Asks whether a contact is the same as another, and records what is decided; the person is locked.

Neither is ever written over by the other: who was asked about, and what was answered, stays with each.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from sqlalchemy.orm import Session

from service import clock, timers
from service.access.actor import Actor
from service.access.case_acts import Act
from service.access.row_visibility import bypasses_row_security
from service.gathering import flush_but_last
from service.http.problems import conflict
from service.people import holding_queries, queries, restricted, writes
from service.people.actions.deciding import require_act
from service.people.model import Contact, Person
from service.people.policies import SAME_CONTACT, SAME_TIMER
from service.people.sameness import IDENTITY_CHANGED, LIKELY_TWIN, Identity, are_alike, identity_of
from service.timers import Subject

_INTERNAL: Final = "case_management"
_NOBODY_ALIKE: Final = dict.fromkeys(
    ("alike_id", "alike_because", "same", "same_reason", "same_by", "same_at")
)


def leave_ref(session: Session, actor: Actor, contact: Contact) -> None:
    """Let the reference of a contact name a later one from now on."""
    _change(session, actor, contact, {"ref_left": True})
    writes.record_event(session, actor, "contact.changed", "contact", contact, data={"fields": ["ref_left"]})
    flush_but_last(session)  # only one contact at a time can have the reference


def compare(
    session: Session,
    actor: Actor,
    person: Person,
    stated: Mapping[uuid.UUID, Identity],
    replaced: Mapping[uuid.UUID, Contact],
) -> list[Contact]:
    """Find whom of those just stated may be the same as somebody on record, and ask about each.

    A likely twin that turns out to have another name or date of birth is asked about no more.

    Args:
        stated: who they are, by the id of the contact.
        replaced: by the id of each whose reference named somebody else before, the earlier contact.

    Returns:
        The contacts about whom it is asked from now on; `start_clocks` then times the answers.
    """
    around = queries.household(session, person.id).contacts
    if not stated or len(around) == 1:
        return []
    known = _identities(session, around, stated)
    _let_lapse(session, actor, around, known, stated)
    asked = []
    for place, one in enumerate(around):
        if one.id not in stated or one.same is not None or one.alike_id is not None:
            continue
        # Who was on record by this name and date of birth before has been asked about.
        before = (
            other
            for other in (*(each for each in around if each.id not in stated), *around[:place])
            if other.alike_id != one.id and are_alike(known[other.id], known[one.id])
        )
        twin = next(before, None)
        if (other := twin or replaced.get(one.id)) is not None:
            _ask(session, actor, one, other, LIKELY_TWIN if twin else IDENTITY_CHANGED)
            asked.append(one)
    return asked


def start_clocks(session: Session, actor: Actor, person: Person, asked: Iterable[Contact]) -> None:
    """Time the answers to whether contacts are the same as others, unless the person has died.

    Args:
        person: somebody answers for the case already.
    """
    for contact in asked if person.died_on is None else ():
        timers.start(
            session,
            actor,
            Subject("contact", contact.id),
            SAME_TIMER,
            policy=SAME_CONTACT,
            case=holding_queries.clock_case(session, person, SAME_TIMER),
        )


@bypasses_row_security
def decide(
    session: Session, actor: Actor, person: Person, contact: Contact, *, same: bool, reason: str
) -> Contact:
    """Record whether a contact is the same as another; a decision can be replaced by another.

    Contacts that are the same are asked about as one, and share the protection of either.

    Args:
        person: locked.
        contact: one of whom it has been asked.

    Returns:
        The other contact.

    Raises:
        Problem: 409 when it has not been asked; 403 `not-accountable`.
    """
    if contact.alike_id is None:
        raise conflict("Nobody has asked whether this contact is the same as another.")
    require_act(session, actor, Act.RENAME, person)
    other = session.get_one(Contact, contact.alike_id)
    decided = {
        "same": same,
        "same_reason": reason,
        "same_by": actor.practitioner.id if actor.practitioner else actor.client_id,
        "same_at": clock.now(),
    }
    protected = same and (contact.protected or other.protected)
    if protected and not other.protected:
        _change(session, actor, other, {}, protected=True)
    _change(session, actor, contact, decided, protected=protected)
    writes.record_event(
        session,
        actor,
        "contact.sameness_decided",
        "contact",
        contact,
        data={"same": same, "other": other.id},
    )
    writes.record(session, actor, person, "alteration", ["contacts.same"])
    timers.stop(session, Subject("contact", contact.id), "decided", SAME_TIMER)
    return other


def _identities(
    session: Session, around: Collection[Contact], stated: Mapping[uuid.UUID, Identity]
) -> dict[uuid.UUID, Identity]:
    """Return who the contacts are; the restricted store is read for those who could be a twin only."""
    apart = [one.id for one in around if one.protected and one.named and one.dated and one.id not in stated]
    stored = restricted.read_contacts(session, apart, _INTERNAL)
    return {one.id: stated.get(one.id) or identity_of(stored.get(one.id) or _details(one)) for one in around}


def _let_lapse(
    session: Session,
    actor: Actor,
    around: Collection[Contact],
    known: Mapping[uuid.UUID, Identity],
    stated: Collection[uuid.UUID],
) -> None:
    for one in around:
        earlier = one.alike_id
        if earlier is None or one.alike_because != LIKELY_TWIN or one.same is not None:
            continue
        if not {one.id, earlier}.isdisjoint(stated) and not are_alike(known[one.id], known[earlier]):
            _change(session, actor, one, _NOBODY_ALIKE)
            timers.stop(session, Subject("contact", one.id), "decided", SAME_TIMER)


def other_of_the_same(contact: Contact, contacts: Iterable[Contact]) -> Contact | None:
    """Return which of some contacts is said to be the same person as another."""
    return next(
        (
            one
            for one in contacts
            if (one.same and one.alike_id == contact.id) or (contact.same and contact.alike_id == one.id)
        ),
        None,
    )


def forget_twin(session: Session, actor: Actor, contacts: Iterable[Contact]) -> None:
    """Ask no more whether contacts are the same as one who never was, and take back that they are."""
    for one in contacts:
        _change(session, actor, one, _NOBODY_ALIKE)
        timers.stop(session, Subject("contact", one.id), "decided", SAME_TIMER)


def _ask(session: Session, actor: Actor, contact: Contact, other: Contact, because: str) -> None:
    _change(session, actor, contact, {"alike_id": other.id, "alike_because": because})
    writes.record_event(
        session,
        actor,
        "contact.may_be_the_same",
        "contact",
        contact,
        data={"because": because, "other": other.id},
    )


def _change(
    session: Session, actor: Actor, contact: Contact, new: Mapping[str, Any], *, protected: bool = False
) -> None:
    stored = restricted.read_contacts(session, [contact.id], _INTERNAL) if contact.protected else {}
    writes.change_contact(
        session,
        actor,
        contact,
        new,
        protected=contact.protected or protected,
        held=stored.get(contact.id) or _details(contact),
    )


def _details(contact: Contact) -> dict[str, Any]:
    return restricted.own_details(contact)

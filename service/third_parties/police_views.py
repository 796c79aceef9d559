"""What a force reads of what it was asked under the Right to Know; reading is recorded."""

from typing import Any

from sqlalchemy.orm import Session

from service import audit, clock, timers
from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.events.subjects import href
from service.http import etag
from service.organisations.queries import organisation
from service.people import restricted
from service.people.model import Address, Contact, Person
from service.third_parties import queries
from service.third_parties.model import DisclosureDecision, RightToKnow
from service.third_parties.writes import ASKED, asked_subject

View = dict[str, Any]


@bypasses_row_security
def show_asked(session: Session, actor: Actor, asked: RightToKnow) -> tuple[View, str]:
    """Show a force what it was asked: once it is asked no more, without whom it was about.

    Returns:
        The view, and its tag.
    """
    is_open = asked.ended_at is None
    audit.record(
        session,
        actor,
        "consultation",
        object_kind=ASKED,
        object_id=asked.id,
        object_version=asked.version,
        person_id=asked.person_id,
        fields=("reason", "person", "about") if is_open else (),
    )
    view = _view(session, actor, asked)
    return view, _tag(view)


@bypasses_row_security
def tag_of(session: Session, actor: Actor, asked: RightToKnow) -> str:
    """Return the tag of what a force was asked: whatever it is shown has a part in it."""
    return _tag(_view(session, actor, asked))


def _tag(view: View) -> str:
    # What it is shown of somebody is on their record, and changes without a version of what it was asked.
    return etag(ASKED, repr(view))


def _view(session: Session, actor: Actor, asked: RightToKnow) -> View:
    decision = session.get_one(DisclosureDecision, asked.decision_id)
    is_open = asked.ended_at is None
    due = _clock_of(session, asked)
    return {
        "id": asked.id,
        "href": href(ASKED, asked.id),
        "state": "asked" if is_open else "ended",
        "urgency": decision.urgency,
        "asked_by": organisation(session, asked.probation_id).name,
        "sent_on": asked.sent_on,
        "reason": asked.reason if is_open else None,
        "person": _person(session, asked) if is_open else None,
        "about": _about(session, actor, decision) if is_open else None,
        "version": asked.version,
        "due_at": due.get("due_at"),
        "overdue": due.get("overdue", False),
    }


def _clock_of(session: Session, asked: RightToKnow) -> View:
    subject = asked_subject(asked)
    return next(iter(timers.clocks_of(session, [subject])[subject]), {})


def _person(session: Session, asked: RightToKnow) -> View:
    person = session.get_one(Person, asked.person_id)
    names = ("given_name", "family_name", "date_of_birth", "pnc_number")
    return {name: getattr(person, name) for name in names}


def _about(session: Session, actor: Actor, decision: DisclosureDecision) -> View:
    opened = queries.steps_of(session, [decision.id])[decision.id][0].said
    view: View = {"recipient": decision.recipient, "name": opened.get("name"), "addresses": []}
    names = ("given_name", "family_name", "date_of_birth", "description")
    view |= dict.fromkeys(names)
    if decision.contact_id is None:
        return view
    contact = session.get_one(Contact, decision.contact_id)
    known = {name: getattr(contact, name) for name in names}
    if contact.protected:
        found = restricted.contact_details(session, actor, [contact.id], "police_check")
        known = {name: found.get(contact.id, {}).get(name) for name in names}
    return view | known | {"addresses": _homes(session, actor, contact)}


def _homes(session: Session, actor: Actor, contact: Contact) -> list[View]:
    homes = queries.homes_of(session, contact.id)
    apart = [one.id for one in homes if one.protected]
    found = restricted.address_details(session, actor, apart, "police_check") if apart else {}
    shown = [found.get(one.id, {"lines": one.lines, "postcode": one.postcode}) for one in homes]
    return [
        {"lines": one["lines"], "postcode": one["postcode"], "is_current": _lives_at(contact, home)}
        for home, one in zip(homes, shown, strict=True)
    ]


def _lives_at(contact: Contact, home: Address) -> bool:
    """Return whether a home of a contact is where they live now, as far as is recorded."""
    if home.to_date is not None and home.to_date < clock.today():
        return False
    return contact.lives_at in {None, home.id}

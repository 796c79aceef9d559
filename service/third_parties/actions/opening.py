"""Opens a disclosure decision: somebody asked, a practitioner saw a reason, or a change calls for it."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.errors import Fault
from service.http.problems import invalid
from service.organisations.model import Organisation
from service.people.model import Contact, Person
from service.people.rules import PARTNERS
from service.people.visibility import require_holder, require_more_than_emergency
from service.third_parties import queries, rules, writes
from service.third_parties.actions import moving
from service.third_parties.model import DisclosureDecision

NAMED_BY: Final = ("contact_id", "organisation_id", "name")
Calls = Literal["partner", "named"]
"""For whom a change calls for a decision: each partner, known or not, or whoever it names."""


@bypasses_row_security
def open_decision(
    session: Session, actor: Actor, person: Person, given: Mapping[str, Any]
) -> DisclosureDecision:
    """Open a decision whether somebody is told something about a person.

    Args:
        given: a valid `DisclosureSubmission`.

    Raises:
        Problem: 409 `held-elsewhere`; 422 when who it is about is not named as it must be.
    """
    require_holder(actor, person.holder_id)
    require_more_than_emergency(session, actor, person)
    named = {name: given[name] for name in NAMED_BY if name in given}
    faults = rules.naming_faults(given["recipient"], named)
    contact = session.get(Contact, named["contact_id"]) if "contact_id" in named else None
    if "contact_id" in named and (
        contact is None or contact.person_id != person.id or contact.in_error_at is not None
    ):
        faults.append(rules.Unfit("/contact_id", "Not on record for this person."))
    if "organisation_id" in named and session.get(Organisation, named["organisation_id"]) is None:
        faults.append(rules.Unfit("/organisation_id", "No organisation is registered under this id."))
    if faults:
        raise invalid(Fault(one.pointer, one.words) for one in faults)
    return writes.open_decision(
        session,
        actor,
        said={name: given[name] for name in ("name", "reason") if name in given},
        person_id=person.id,
        probation_id=person.holder_id,
        change_id=None,
        recipient=given["recipient"],
        contact_id=named.get("contact_id"),
        organisation_id=named.get("organisation_id"),
        urgency="urgent" if given["urgent"] else "routine",
    )


def open_for_change(
    session: Session,
    actor: Actor,
    person: Person,
    change_id: UUID,
    contacts: Iterable[Contact],
    *,
    calls: Calls,
    kind: str,
    danger: bool,
) -> None:
    """Open the decisions that a change of circumstance calls for, but none for whom one is open already.

    Of a danger, the open one becomes urgent; nothing else makes one so, whatever the change's own urgency.

    Args:
        contacts: whom the change is about. A child is not told anything: who looks after it is.
        calls: for each partner, or one for a partner whom nobody has named; or for everybody who is named.
        kind: of change.
        danger: whether it says that somebody is in danger now.
    """
    if person.died_on is not None:
        return  # nobody is in danger from him, or has to decide about him any more
    told = [
        one
        for one in contacts
        if _is_partner(one) or (calls == "named" and not one.is_child and not one.unborn)
    ]
    waiting = queries.not_ended(session, person.id, [one.id for one in told])
    for decision in waiting:
        if danger and decision.urgency != "urgent":
            moving.raise_urgency(session, actor, decision, kind)
    dealt_with = {decision.contact_id for decision in waiting}
    new = [
        (one.id, "partner" if _is_partner(one) else "possible_victim")
        for one in told
        if one.id not in dealt_with
    ]
    unnamed: list[tuple[UUID | None, str]] = [(None, "partner")] if calls == "partner" and not told else []
    for contact_id, recipient in [*new, *unnamed]:
        writes.open_decision(
            session,
            actor,
            said={},
            person_id=person.id,
            probation_id=person.holder_id,
            change_id=change_id,
            recipient=recipient,
            contact_id=contact_id,
            organisation_id=None,
            urgency="urgent" if danger else "routine",
        )


def _is_partner(contact: Contact) -> bool:
    return contact.relationship in PARTNERS or contact.has_been_partner

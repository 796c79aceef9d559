"""What people make of an escalation: they acknowledge it, note something, hand it over, confirm a danger.

None of it stops a clock, but for the confirmation of a danger by a named person: only an answer does.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service import audit, events
from service.access.actor import Actor
from service.access.identifiers import known_as
from service.errors import Fault
from service.http.problems import Problem, conflict, forbidden, invalid
from service.organisations.contacts import contacts_of_staff
from service.organisations.register import not_there
from service.timers import policy_versions
from service.timers.addressees import Addressee, Standing, answerable
from service.timers.escalations import Escalation
from service.timers.model import Clock, EscalationNote
from service.timers.subjects import Subject
from service.timers.writes import clocks
from service.timers.writes import escalations as answers

CONFIRMED = "confirmed"
"""Why a danger clock stops when a person has seen to it."""


def acknowledge_escalation(
    session: Session, actor: Actor, escalation: Escalation, addressees: Sequence[Addressee], asked: Standing
) -> None:
    """Record that whoever holds the role of a step today, or one above it, has seen an escalation.

    A second acknowledgement of the same step changes nothing.

    Args:
        escalation: one that this actor may see.
        addressees: all of those on the actor's side.
        asked: what the actor is asked for today.

    Raises:
        Problem: 403 for anybody else, who may leave a note.
    """
    mine = _require_answerable(addressees, escalation.clock, asked)
    if _acknowledge(session, actor, escalation, mine):
        _audit(session, actor, escalation, "acknowledged")


def add_note(session: Session, actor: Actor, escalation: Escalation, text: str) -> EscalationNote:
    """Record what somebody who may see an escalation has to say of it; it acknowledges nothing."""
    firing, _ = escalation
    note = answers.add_note(session, actor, firing.id, text, "note")
    _event(session, actor, escalation, "clock.noted")
    _audit(session, actor, escalation, "notes")
    return note


def hand_over(
    session: Session,
    actor: Actor,
    escalation: Escalation,
    addressees: Sequence[Addressee],
    asked: Standing,
    *,
    to: str,
    reason: str,
) -> UUID:
    """Make a colleague an addressee of a step; its next steps stay as the policy says.

    Args:
        to: a member of staff of the actor's organisation.

    Returns:
        The id of the item by which the colleague is notified.

    Raises:
        Problem: 403 for whoever may not answer for the step; 409 when it is closed, or addressed to the
            colleague already; 422 when the colleague is not in the register, has left, is away, or may not
            know of the case.
    """
    mine = _require_answerable(addressees, escalation.clock, asked)
    if escalation.clock.state == "stopped":
        raise conflict("It has been answered.")
    colleague = known_as(to)
    _require_colleague(session, actor, escalation.clock, colleague)
    added = answers.add_addressee(session, actor, mine[0].item, colleague, reason)
    if added is None:
        raise conflict("This is already addressed to that member of staff.")
    _event(session, actor, escalation, "clock.handed_over")
    _audit(session, actor, escalation, "addressed_to")
    return added


def confirm_danger(
    session: Session,
    actor: Actor,
    escalation: Escalation,
    addressees: Sequence[Addressee],
    asked: Standing,
    *,
    done: str,
) -> None:
    """Record that a named person has seen to a danger, which stops its clock.

    Args:
        escalation: with its clock locked.
        done: what was done.

    Raises:
        Problem: 403 for whoever may not answer for the step; 409 for any other clock, or a stopped one.
    """
    mine = _require_answerable(addressees, escalation.clock, asked)
    row = escalation.clock
    if not is_danger(session, row):
        raise conflict("Only action on a danger can be confirmed. For this escalation, do what is overdue.")
    if row.state == "stopped":
        raise conflict("This deadline has already ended.")
    answers.add_note(session, actor, escalation.firing.id, done, "confirmation")
    _acknowledge(session, actor, escalation, mine)
    clocks.stop(session, Subject(row.subject_kind, row.subject_id), CONFIRMED, row.timer)
    _event(session, actor, escalation, "clock.confirmed")
    _audit(session, actor, escalation, "confirmation")


def is_danger(session: Session, row: Clock) -> bool:
    """Return whether a clock runs round the clock until a person has confirmed."""
    pinned = policy_versions.policy(session, row.policy_id)
    return pinned.timer(row.timer).round_the_clock and CONFIRMED in pinned.stop


def _require_answerable(addressees: Sequence[Addressee], row: Clock, asked: Standing) -> list[Addressee]:
    mine = answerable(asked, addressees, row)
    if not mine:
        raise _not_yours()
    return mine


def _not_yours() -> Problem:
    return forbidden(
        "role-required",
        "Not addressed to you",
        "Only whoever it is addressed to today, or somebody above, can do this. You may leave a note.",
    )


def _require_colleague(session: Session, actor: Actor, row: Clock, colleague: str) -> None:
    whose = actor.organisation_id
    if not contacts_of_staff(session, [(whose, colleague)]):
        raise invalid([Fault("/to", "Not in the staff register of your organisation.")])
    if not_there(session, whose, [colleague]):
        raise invalid([Fault("/to", "Has left or is away, by the staff register.")])
    known = func.may_know_of(row.person_id, whose, colleague)
    if actor.side == "probation" and not session.scalar(select(known)):
        raise invalid([Fault("/to", "May not know of this case: name them in it first, if they may.")])


def _acknowledge(session: Session, actor: Actor, escalation: Escalation, mine: Sequence[Addressee]) -> bool:
    items = [one.item.id for one in mine if one.acknowledged is None]
    if not answers.add_acknowledgements(session, actor, escalation.firing.id, items):
        return False
    _event(session, actor, escalation, "clock.acknowledged")
    return True


def _event(session: Session, actor: Actor, escalation: Escalation, name: str) -> None:
    firing, row = escalation
    events.append(
        session,
        actor,
        name,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        person_id=row.person_id,
        referral_id=row.referral_id,
        data={"clock": row.id, "timer": row.timer, "step": firing.step_key},
    )


def _audit(session: Session, actor: Actor, escalation: Escalation, field: str) -> None:
    audit.record(
        session,
        actor,
        "alteration",
        object_kind="escalation",
        object_id=escalation.firing.id,
        person_id=escalation.clock.person_id,
        fields=(field,),
    )

"""The clocks of what the departure gate waits for: the agreement of each destination, then probation's own.

What agencies are asked about the address has its own clocks. Probation owes nothing while anybody is asked.
"""

from dataclasses import replace
from typing import Final
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from service import settling, timers
from service.access import Actor
from service.access.row_visibility import bypasses_row_security
from service.checks import queries as checks
from service.destinations.policies import MOVE_ON_AGREEMENT, MOVE_ON_UNDECIDED
from service.destinations.states import WITH_DESTINATION
from service.gathering import is_key_made
from service.people import aliases
from service.people.model import Person
from service.referrals import deadlines
from service.referrals.actions.departure_gate import agreed, outstanding_for, parts_that_agree
from service.referrals.model import DestinationReferral, Placement
from service.referrals.placement_states import PlacementState
from service.referrals.queries import AGREEMENT, parts_of_person
from service.referrals.shared import has_ended
from service.timers import Subject
from service.timers.model import Clock
from service.timers.queries import STOPPED

_LEAVES: Final = frozenset({PlacementState.CONFIRMED, PlacementState.ARRIVED})


@bypasses_row_security
def follow_gate(session: Session, actor: Actor, person_id: UUID) -> None:
    """Start and stop the clocks of the agreements that somebody's moving on waits for.

    Args:
        actor: who changed what they depend on.
        person_id: whose.
    """
    if is_key_made(session, Person, (person_id,)):
        return
    # The last two who answer at once must see each other, or nobody would owe anything.
    key = func.hashtext(f"{settling.DEPARTURE_GATE}.{person_id}")
    session.execute(select(func.pg_advisory_xact_lock(key)))
    if not _is_concerned(session, person_id):
        return
    parts = parts_of_person(session, person_id)
    stays = [(part, stay) for part in parts if (stay := _shut_for(session, part)) is not None]
    addresses = {stay.move_on_address_id for _, stay in stays if stay.move_on_address_id}
    asked = {
        part.id: {one for one in addresses if agreed(session, part, one) is None}
        for part in parts_that_agree(session, person_id)
        if not part.rests
    }
    for part in parts:
        if AGREEMENT in part.destination.updates:
            _follow(session, actor, part, deadlines.subject_of(part), owed=bool(asked.get(part.id)))
    waits = set[UUID]().union(*asked.values())
    owed = {
        part.id
        for part, stay in stays
        if (address := stay.move_on_address_id) is not None
        and address not in waits
        and not checks.outstanding_for_address(session, address)
    }
    for part in parts:
        if part.destination.placement is not None:
            _follow(session, actor, part, Subject("placement", part.id), owed=part.id in owed)


def _is_concerned(session: Session, person_id: UUID) -> bool:
    """Return whether somebody is to move on to an address, or an agreement to one is still awaited."""
    about = aliases.same_person_as(person_id)
    proposed = (
        select(Placement.id)
        .join(DestinationReferral, DestinationReferral.id == Placement.id)
        .where(DestinationReferral.person_id.in_(about), Placement.move_on_address_id.is_not(None))
    )
    awaited = select(Clock.id).where(
        Clock.person_id.in_(about),
        Clock.state != STOPPED,
        Clock.timer == deadlines.GATE,
    )
    return bool(session.scalar(select(or_(proposed.exists(), awaited.exists()))))


def _shut_for(session: Session, part: DestinationReferral) -> Placement | None:
    """Return the stay that may not be left yet for the address that is proposed; None for none."""
    rules = part.destination.placement
    stay = session.get(Placement, part.id) if rules is not None and rules.departure_gate else None
    if stay is None or stay.move_on_address_id is None or stay.state not in _LEAVES:
        return None
    at_work = part.state in WITH_DESTINATION and not part.rests and not has_ended(part)
    if not at_work or not outstanding_for(session, part, stay):
        return None
    return stay


def _follow(
    session: Session, actor: Actor, part: DestinationReferral, subject: Subject, *, owed: bool
) -> None:
    last = timers.last_cycle(session, subject, deadlines.GATE)
    runs = last is not None and last.stopped is None
    if runs and not owed:
        timers.stop(session, subject, "settled", deadlines.GATE)
    elif owed and not runs:
        case, asks = deadlines.case_of(session, part), subject == deadlines.subject_of(part)
        deadlines.start_clock(
            session,
            actor,
            subject,
            deadlines.GATE,
            policy=MOVE_ON_AGREEMENT if asks else MOVE_ON_UNDECIDED,
            case=case if asks else replace(case, responder_id=None),
            urgency=deadlines.urgency_of(part),
        )

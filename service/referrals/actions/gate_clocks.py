"""The clocks of what the departure gate waits for: the agreement of each destination, then probation's own.

What agencies are asked about the address has its own clocks. Probation owes nothing while anybody is asked.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from service import settling, timers
from service.access import Actor
from service.access.row_visibility import bypasses_row_security
from service.checks import queries as checks
from service.destinations.policies import MOVE_ON_AGREEMENT, MOVE_ON_UNDECIDED
from service.destinations.states import WITH_DESTINATION
from service.gathering import is_key_made
from service.people import aliases
from service.people.model import Address, Person
from service.referrals import deadlines
from service.referrals.actions.departure_gate import PROPOSE, agreed, must_agree, outstanding_for
from service.referrals.model import DestinationMove, DestinationReferral, Placement
from service.referrals.placement_states import PlacementState
from service.referrals.queries import parts_of_person
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
    running = _running(session, person_id)
    parts = parts_of_person(session, person_id)
    shut = [(part, address) for part in parts if (address := _shut_for(session, part)) is not None]
    owed = _owed(session, parts, shut)
    since = _asked_since(session, shut) if owed else None
    for subject, anchor in running.items():
        if subject not in owed:
            timers.stop(session, subject, "settled", deadlines.GATE)
        elif since is None or anchor >= since:
            del owed[subject]
        else:
            timers.stop(session, subject, "superseded", deadlines.GATE)
    for subject, (part, policy) in owed.items():
        _start(session, actor, subject, part, policy, exposed_since=since)


def _owed(
    session: Session,
    parts: Sequence[DestinationReferral],
    shut: Sequence[tuple[DestinationReferral, UUID]],
) -> dict[Subject, tuple[DestinationReferral, str]]:
    """Return of what an agreement is owed, with the part and the policy.

    Args:
        shut: the stays that may not be left yet, each with the address that is proposed.
    """
    owed = dict[Subject, tuple[DestinationReferral, str]]()
    waits = set[UUID]()
    for part in parts:
        if must_agree(part) and not part.rests:
            unanswered = {one for _, one in shut if agreed(session, part, one) is None}
            waits |= unanswered
            if unanswered:
                owed[deadlines.subject_of(part)] = part, MOVE_ON_AGREEMENT
    for part, address in shut:
        if address not in waits and not checks.outstanding_for_address(session, address):
            owed[Subject("placement", part.id)] = part, MOVE_ON_UNDECIDED
    return owed


def _is_concerned(session: Session, person_id: UUID) -> bool:
    """Return whether somebody is to move on to an address, or an agreement to one is still awaited."""
    about = aliases.same_person_as(person_id)
    proposed = (
        select(Placement.id)
        .join(DestinationReferral, DestinationReferral.id == Placement.id)
        .where(DestinationReferral.person_id.in_(about), Placement.move_on_address_id.is_not(None))
    )
    awaited = _awaited(person_id).with_only_columns(Clock.id)
    return bool(session.scalar(select(or_(proposed.exists(), awaited.exists()))))


def _awaited(person_id: UUID) -> "Select[str, UUID, datetime]":
    return select(Clock.subject_kind, Clock.subject_id, Clock.anchor).where(
        Clock.person_id.in_(aliases.same_person_as(person_id)),
        Clock.state != STOPPED,
        Clock.timer == deadlines.GATE,
    )


def _running(session: Session, person_id: UUID) -> dict[Subject, datetime]:
    """Return of which agreements a clock runs, each with the moment from which it counts."""
    return {Subject(kind, of): anchor for kind, of, anchor in session.execute(_awaited(person_id))}


def _shut_for(session: Session, part: DestinationReferral) -> UUID | None:
    """Return the address that is proposed for a stay that may not be left for it yet; None for none."""
    rules = part.destination.placement
    stay = session.get(Placement, part.id) if rules is not None and rules.departure_gate else None
    if stay is None or stay.move_on_address_id is None or stay.state not in _LEAVES:
        return None
    at_work = part.state in WITH_DESTINATION and not part.rests and not has_ended(part)
    decided = stay.move_on_address_id in {stay.move_on_agreed_for, stay.gate_overridden_for}
    if not at_work or (decided and not outstanding_for(session, part, stay)):
        return None
    return stay.move_on_address_id


def _start(
    session: Session,
    actor: Actor,
    subject: Subject,
    part: DestinationReferral,
    policy: str,
    *,
    exposed_since: datetime | None,
) -> None:
    case, asks = deadlines.case_of(session, part), policy == MOVE_ON_AGREEMENT
    deadlines.start_clock(
        session,
        actor,
        subject,
        deadlines.GATE,
        policy=policy,
        case=case if asks else replace(case, responder_id=None),
        urgency=deadlines.urgency_of(part),
        exposed_since=exposed_since,
    )


def _asked_since(session: Session, shut: Sequence[tuple[DestinationReferral, UUID]]) -> datetime | None:
    """Return since when nobody has known whether somebody may go to an address, as it is.

    Args:
        shut: the stays that may not be left yet, each with the address that is proposed.
    """
    proposed = dict(
        session.execute(
            select(DestinationMove.destination_referral_id, func.max(DestinationMove.moved_at))
            .where(
                DestinationMove.destination_referral_id.in_([part.id for part, _ in shut]),
                DestinationMove.part == "placement",
                DestinationMove.action == PROPOSE,
            )
            .group_by(DestinationMove.destination_referral_id)
        ).all()
    )
    changed = {address: session.get_one(Address, address).changed_at for _, address in shut}
    asked = [max(proposed.get(part.id, changed[address]), changed[address]) for part, address in shut]
    return min(asked, default=None)

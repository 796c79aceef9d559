"""Who works on a person's case now. Reads only."""

import uuid
from typing import Final

from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from service import clock
from service.destinations.states import OPEN
from service.events.model import Event
from service.organisations import register
from service.people import colleagues, holding_queries
from service.people.actions.holding import FROM_ELSEWHERE
from service.people.actions.limiting import MANAGERS_OF_A_UNIT
from service.people.sight import Colleague
from service.referrals.model import DestinationReferral, Referral
from service.timers.model import Clock

NO_WORK: Final = (*FROM_ELSEWHERE, "person.emergency_access_taken")
"""What somebody did who does not work on the case by that."""

CARRIED_ON: Final = ("check_request.superseded", "check.superseded")
"""What happens to one case because another of the same person asks the same question."""


def at_work(session: Session, person_id: uuid.UUID) -> set[Colleague]:
    """Return who works on a person's case: everyone who submitted or acted, and the managers of its unit.

    The case is each referral of which something is still open or waited for, and the newest of each region,
    to which the next change belongs. Regions that worked with the person before a record had a holder count.
    So do those who answer for the case and their team, also where nothing has been referred.
    """
    found, units = _holding(session, person_id)
    cases = session.scalars(_live(person_id)).all()
    acted = select(Event.organisation_id, Event.practitioner_id).where(
        Event.organisation_id.in_({case.probation_id for case in cases}),
        Event.practitioner_id.is_not(None),
        or_(
            and_(Event.referral_id.in_([case.id for case in cases]), Event.name.not_in(CARRIED_ON)),
            # What is supplied about the household belongs to no single referral.
            and_(
                Event.person_id == person_id,
                Event.referral_id.is_(None),
                Event.occurred_at >= min((case.submitted_at for case in cases), default=clock.now()),
                Event.name.not_in(NO_WORK),
            ),
        ),
    )
    found |= {(case.probation_id, case.practitioner) for case in cases}
    found |= {(probation_id, who) for probation_id, who in session.execute(acted.distinct()) if probation_id}
    for probation_id, unit in units | {(case.probation_id, case.pdu) for case in cases}:
        for role in MANAGERS_OF_A_UNIT:
            found |= {
                (probation_id, holder) for holder in register.holders(session, probation_id, role, unit)
            }
    return found


def _holding(
    session: Session, person_id: uuid.UUID
) -> tuple[set[Colleague], set[tuple[uuid.UUID, str | None]]]:
    """Return who answers for a case or works on it beside them, and its unit."""
    held = holding_queries.holding_of(session, person_id)
    if held is None:
        return set(), set()
    answering = {held.practitioner_id} | ({held.caretaker_id} if held.caretaker_id else set())
    team = {member.practitioner_id for member in holding_queries.team_of(session, person_id)}
    return {(held.organisation_id, who) for who in answering | team}, {(held.organisation_id, held.pdu)}


def _live(person_id: uuid.UUID) -> Select[Referral]:
    newest = (
        select(Referral.id)
        .where(Referral.person_id == person_id)
        .ext(distinct_on(Referral.probation_id))
        .order_by(Referral.probation_id, Referral.submitted_at.desc(), Referral.id.desc())
    )
    return select(Referral).where(
        Referral.person_id == person_id,
        or_(
            Referral.id.in_(newest),
            exists().where(
                DestinationReferral.referral_id == Referral.id, DestinationReferral.state.in_(OPEN)
            ),
            # That nobody has said when sharing ends makes no work of what is over.
            exists().where(
                Clock.referral_id == Referral.id, Clock.state != "stopped", Clock.timer != "sharing_basis"
            ),
        ),
    )


colleagues.register_at_work(at_work)

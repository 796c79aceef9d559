"""Nobody home: a worker follows what the staff register says of accountable practitioners.

Who has left leaves cases without anybody, and decisions that were asked of them by name; who is away for
two working days or more needs cover where something is urgent. One case a transaction, so that one
that cannot be followed holds back no other.
"""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from service import agreements, db
from service.access.actor import Actor
from service.cases import leaving
from service.organisations.model import StaffAbsence
from service.organisations.writes import following
from service.people import visibility
from service.people.actions import covering, handing_over
from service.timers.policy_versions import calendar, calendar_for

LONG_ABSENCE_DAYS: Final = 2
"""Working days of an absence from which on somebody must cover for what is urgent."""
_LOOKED_AT_AGAIN: Final = timedelta(hours=1)
"""How long it takes at most to notice what has become urgent, or no longer is, while somebody is away."""
_LONGEST_LOOK: Final = timedelta(days=30)
"""Two working days always fall into as many days."""
_SOME_DAY: Final = datetime.max.replace(tzinfo=UTC)
"""When an absence without an end is over."""


def follow_register(now: datetime) -> None:
    """Follow everybody who has left or is away, as far as it is due; for a worker."""
    for follow in (_follow_departure, _follow_absence, agreements.follow_one):
        more = True
        while more:
            with db.transaction("worker") as session:
                more = follow(session, now)


def _follow_departure(session: Session, now: datetime) -> bool:
    """Follow one case, part in a team or caretaking of one who has left; return whether there is more."""
    member = following.departed(session, now)
    if member is None:
        return False
    left = leaving.left_behind(session, member.organisation_id, member.id)
    part = leaving.part_left_behind(session, member.organisation_id, member.id) if left is None else None
    if part is not None:
        actor = Actor.for_service("register", member.organisation_id)
        handing_over.end_parts(session, actor, visibility.lock_record(session, part.person_id), [part])
    elif left is None:
        caretaken = leaving.caretaken_by(session, member.organisation_id, member.id, now)
        if caretaken is None:
            following.note_departure_followed(member, now)
        else:
            actor = Actor.for_service("register", member.organisation_id)
            person = visibility.lock_record(session, caretaken.person_id)
            covering.ask_for_cover(session, actor, person, caretaken)
    else:
        actor = Actor.for_service("register", member.organisation_id)
        covering.say_ownerless(session, actor, visibility.lock_record(session, left.person_id), left)
    return True


def _follow_absence(session: Session, now: datetime) -> bool:
    """Follow one case of somebody who is away; return whether there may be another."""
    absence = following.absence_to_look_at(session, now)
    if absence is None:
        return False
    of, member = absence.organisation_id, absence.staff_id
    away = any(_is_long(session, of, one) for one in following.absences_now(session, of, member, now))
    for case in leaving.cases_of(session, of, member, now):
        if case.asked and not (away and case.wanting):
            covering.end_asking_for_cover(session, case.holding)
            return True
        if away and case.wanting and not case.asked:
            actor = Actor.for_service("register", of)
            person = visibility.lock_record(session, case.holding.person_id)
            covering.ask_for_cover(session, actor, person, case.holding)
            return True
    until = absence.until_at or _SOME_DAY
    next_look = min(now + _LOOKED_AT_AGAIN, until) if now < until else None
    following.look_again(absence, next_look)
    return True


def _is_long(session: Session, organisation_id: UUID, absence: StaffAbsence) -> bool:
    own = calendar(session, calendar_for(session, organisation_id)).assumed
    until = min(absence.until_at or _SOME_DAY, absence.from_at + _LONGEST_LOOK)
    return own.between(absence.from_at, until) >= LONG_ABSENCE_DAYS * own.working_day

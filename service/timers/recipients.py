"""Finds the recipients of a firing: those who hold its role on each side, or the next role above.

In probation, whoever may not know of the case is passed over, upward, and so is whoever is away or has left;
a region that no longer sees it is passed over for the one that holds it. Where nobody is left who may, the
service's own organisation is told, which is an alarm for its operator, and never the whole region.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from service.access.actor import THE_SERVICE
from service.access.identifiers import known_as
from service.clock import now
from service.organisations.register import holders, not_there
from service.timers import policy_versions
from service.timers.conditions import HANDED_BACK
from service.timers.confidants import OPEN, OPERATOR, Closure, closure
from service.timers.ladder import Firing
from service.timers.model import Clock
from service.timers.policy import Side
from service.timers.roles import FALLS_TO

STAYS_HOME: Final = frozenset(
    {("timer", "review"), ("label", "mappa"), ("label", "disclosure_decision"), ("label", "danger")}
)
"""What stays with the accountable practitioner while a caretaker acts, by the timer or the label of a clock.

That is reviews (of risk, of a recall, of an answer), who is told, what MAPPA must answer, and what another
region states that raises danger, such as a higher risk: a caretaker decides none of it. Everything
else, such as contact and missing details, goes to whoever acts.
"""
WITH_A_MANAGER: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("disclosure_decision", "decision"): "spo",
        ("check_request", "review"): "spo",
        ("review", "review"): "spo",
    }
)
"""The role whose move it is while such a clock is paused: the practitioner has proposed, and waits."""
_COVERS: Final = text("""
    SELECT DISTINCT practitioner_id FROM case_team
    WHERE person_id = :person AND organisation_id = :organisation AND part = 'cover'
      AND from_at <= :now AND (until_at IS NULL OR until_at > :now)
    ORDER BY practitioner_id
""")


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient; without a role, the organisation itself.

    Args:
        fell_from: the vacant role of the step.
        redirected: whether it is the region that holds the record, in place of the one the clock runs for.
    """

    side: Side
    organisation_id: UUID
    role: str | None = None
    holder: str | None = None
    fell_from: str | None = None
    redirected: bool = False


def recipients(session: Session, clock: Clock, firing: Firing) -> list[Recipient]:
    """Return the recipients of a firing; there is always at least one.

    A vacant role passes to the one above it, and at the top to the organisation itself. A firing for a
    responder where there is none goes to the practitioner. Where the office of a side is closed, its role out
    of hours is notified, if the step has one.
    """
    found: list[Recipient] = []
    if _is_with_a_manager(clock, firing):
        firing = replace(
            firing, to={**firing.to, "probation": WITH_A_MANAGER[clock.subject_kind, clock.timer]}
        )
    if "probation" in firing.to:
        found += _of_probation(session, clock, _role_now(session, "probation", clock.probation_id, firing))
    if "partner" in firing.to and clock.responder_id is not None and not _waits(clock, firing):
        role = _role_now(session, "partner", clock.responder_id, firing)
        found += _climb(session, "partner", clock.responder_id, role, unit=None)
    return found or list(_of_probation(session, clock, "practitioner"))


def _is_with_a_manager(clock: Clock, firing: Firing) -> bool:
    reminds = firing.to.get("probation") == "practitioner"
    return reminds and clock.state == "paused" and (clock.subject_kind, clock.timer) in WITH_A_MANAGER


def was_handed_back(row: Clock) -> bool:
    """Return whether the organisation that was asked has refused, so that the move is probation's."""
    return (row.subject_kind, row.timer) in HANDED_BACK and row.owner_role is not None


def _waits(clock: Clock, firing: Firing) -> bool:
    """Return whether whoever was asked waits for probation; a hard date is told to both sides."""
    return was_handed_back(clock) and firing.kind != "hard_date"


def _role_now(session: Session, side: Side, organisation_id: UUID, firing: Firing) -> str | None:
    if side not in firing.out_of_hours:
        return firing.to[side]
    calendar = policy_versions.calendar(session, policy_versions.calendar_for(session, organisation_id))
    return firing.to[side] if calendar.is_open(now()) else firing.out_of_hours[side]


def instead_of(session: Session, clock: Clock, role: str | None) -> list[Recipient]:
    """Return who is told in place of a holder of a role who may no longer know of the case."""
    return list(_of_probation(session, clock, role))


def _of_probation(session: Session, clock: Clock, role: str | None) -> Iterator[Recipient]:
    closed = closure(session, clock.person_id, clock.probation_id)
    if closed.holder_instead is not None:
        # What a region worked on and no longer sees is for the one that holds the record.
        holder = closed.holder_instead
        closed = closure(session, clock.person_id, holder)
        for each in _climb(session, "probation", holder, role, unit=None, closed=closed):
            yield replace(each, redirected=each.organisation_id == holder)
        return
    there = _at_work_on(session, clock, closed) if role == "practitioner" and clock.practitioner else []
    if there:
        yield from (Recipient("probation", clock.probation_id, role, who) for who in there)
    else:
        yield from _climb(session, "probation", clock.probation_id, role, unit=clock.pdu, closed=closed)


def _at_work_on(session: Session, clock: Clock, closed: Closure) -> list[str]:
    """Return who is there for a practitioner's step and may be told; nobody where that is for a manager.

    That is whoever acts; where they have left or are away, the accountable practitioner, or whoever covers
    in the team. Nobody covers for what stays at home.
    """
    stays = _stays_home(clock)
    named = list(dict.fromkeys([acting(clock), clock.practitioner]))
    gone = not_there(session, clock.probation_id, named)
    for who in named:
        if known_as(who) not in gone and closed.may_be_told(who):
            return [who]
    if stays or not gone or clock.person_id is None:
        return []
    asked = {"person": clock.person_id, "organisation": clock.probation_id, "now": now()}
    covers = session.scalars(_COVERS, asked).all()
    gone = not_there(session, clock.probation_id, covers)
    return [who for who in covers if known_as(who) not in gone and closed.may_be_told(who)]


def _stays_home(clock: Clock) -> bool:
    return not STAYS_HOME.isdisjoint({("timer", clock.timer), ("label", clock.label)})


def acting(clock: Clock) -> str:
    """Return the caretaker while there is one, unless it stays at home; else the accountable practitioner."""
    if _stays_home(clock):
        return clock.practitioner
    if clock.caretaker and clock.caretaker_until and now() < clock.caretaker_until:
        return clock.caretaker
    return clock.practitioner


def _climb(
    session: Session,
    side: Side,
    organisation_id: UUID,
    meant: str | None,
    *,
    unit: str | None,
    closed: Closure = OPEN,
) -> Iterator[Recipient]:
    # A case is a practitioner's by name: colleagues who are practitioners too are not asked about it.
    role = FALLS_TO[meant] if meant == "practitioner" else meant
    while role is not None:
        held_by = [one for one in holders(session, organisation_id, role, unit) if closed.may_be_told(one)]
        if held_by:
            fell_from = meant if role != meant else None
            yield from (Recipient(side, organisation_id, role, holder, fell_from) for holder in held_by)
            return
        role = FALLS_TO[role]
    if closed.limited:
        yield Recipient(side, THE_SERVICE, OPERATOR, fell_from=meant)
    else:
        yield Recipient(side, organisation_id, fell_from=meant)

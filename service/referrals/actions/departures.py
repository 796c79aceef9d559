"""Departures that nobody had agreed to: always recorded, and an alarm until a named person has seen to it.

The gate holds a planned departure, as far as its destination may know why. What has happened is a fact: the
destination records it, probation is alarmed at any hour, and the open checks of the address become urgent.
The destination reads the same either way.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from sqlalchemy.orm import Session

from service import clock, timers
from service.access import Actor
from service.checks import actions as checks
from service.destinations.policies import DEPARTED_WITHOUT_AGREEMENT
from service.referrals import deadlines, writes
from service.referrals.actions.closing import DIED, report_death
from service.referrals.actions.departure_gate import outstanding_for
from service.referrals.model import DestinationReferral, Placement

MOVE_ON_ADDRESS: Final = "move_on_address"
LEFT_FOR: Final[Mapping[str, str]] = MappingProxyType(
    {
        MOVE_ON_ADDRESS: "an address to live at",
        "other_placement": "another placement",
        "custody": "prison or police custody",
        "hospital": "a hospital",
        "whereabouts_unknown": "not known where",
        "died": "the person died",
    }
)
"""Where a departure may lead. Only the first is a home, and only that one waits at the gate."""

AGREED_BEFOREHAND: Final = frozenset({MOVE_ON_ADDRESS, "other_placement"})
NEVER_AGREED: Final = frozenset({"whereabouts_unknown"})
NOTHING_TO_AGREE: Final = LEFT_FOR.keys() - AGREED_BEFOREHAND - NEVER_AGREED
"""Where somebody is taken, or has died: nobody agrees to that beforehand."""

TIMER: Final = "danger"


def follow_departure(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    placement: Placement,
    *,
    left_for: str,
    stated: bool,
) -> None:
    """Alarm probation where somebody has left and nobody had agreed to it.

    Args:
        part: of a locked referral.
        left_for: one of `LEFT_FOR`.
        stated: whether the destination says that nobody agreed.
    """
    if left_for == DIED:
        report_death(session, actor, part, placement.departed_on or clock.today())
    if left_for in NOTHING_TO_AGREE:
        return
    # Also of who has just been let through the gate: it does not wait for what its destination may not know.
    outstanding = outstanding_for(session, part, placement)
    if not (stated or outstanding or left_for in NEVER_AGREED):
        return
    writes.record_departed_without_agreement(session, actor, part, [one["code"] for one in outstanding])
    subject = timers.Subject("placement", placement.id)
    last = timers.clocks_of(session, [subject])[subject]
    # An alarm of an earlier departure that nobody has confirmed goes on.
    if not any(one["timer"] == TIMER and one["state"] != "stopped" for one in last):
        timers.start(
            session,
            actor,
            subject,
            TIMER,
            policy=DEPARTED_WITHOUT_AGREEMENT,
            case=deadlines.case_of(session, part),
            urgency="urgent",
        )
    if placement.move_on_address_id is not None:
        checks.raise_urgency_of_address(session, actor, placement.move_on_address_id)

"""Finds the recipients of a firing: those who hold its role on each side, or the next role above."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from service.clock import now
from service.organisations.queries import holders
from service.timers.ladder import Firing
from service.timers.model import Clock
from service.timers.policy import FALLS_TO, Side

STAYS_HOME: Final = frozenset({("timer", "review"), ("label", "mappa")})
"""What stays with the accountable practitioner while a caretaker acts, by the timer or the label of a clock.

That is reviews (of risk, of a recall, of an answer) and what MAPPA must answer. Everything else, such as
contact and missing details, goes to whoever acts.
"""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient; without a role, the organisation itself. `fell_from`: the vacant role of the step."""

    side: Side
    organisation_id: UUID
    role: str | None = None
    holder: str | None = None
    fell_from: str | None = None


def recipients(session: Session, clock: Clock, firing: Firing) -> list[Recipient]:
    """Return the recipients of a firing; there is always at least one.

    A vacant role passes to the one above it, and at the top to the organisation itself. A firing for a
    responder where there is none goes to the practitioner.
    """
    found: list[Recipient] = []
    if "probation" in firing.to:
        found += _of_probation(session, clock, firing.to["probation"])
    if "partner" in firing.to and clock.responder_id is not None:
        found += _climb(session, "partner", clock.responder_id, firing.to["partner"], unit=None)
    return found or list(_of_probation(session, clock, "practitioner"))


def _of_probation(session: Session, clock: Clock, role: str | None) -> Iterator[Recipient]:
    if role == "practitioner" and clock.practitioner:
        yield Recipient("probation", clock.probation_id, role, _acting(clock))
    else:
        yield from _climb(session, "probation", clock.probation_id, role, unit=clock.pdu)


def _acting(clock: Clock) -> str:
    """Return the caretaker while there is one, unless it stays at home; else the accountable practitioner."""
    if not STAYS_HOME.isdisjoint({("timer", clock.timer), ("label", clock.label)}):
        return clock.practitioner
    if clock.caretaker and clock.caretaker_until and now() < clock.caretaker_until:
        return clock.caretaker
    return clock.practitioner


def _climb(
    session: Session, side: Side, organisation_id: UUID, meant: str | None, *, unit: str | None
) -> Iterator[Recipient]:
    role = meant
    while role is not None:
        held_by = holders(session, organisation_id, role, unit)
        if held_by:
            fell_from = meant if role != meant else None
            yield from (Recipient(side, organisation_id, role, holder, fell_from) for holder in held_by)
            return
        role = FALLS_TO[role]
    yield Recipient(side, organisation_id, fell_from=meant)

"""What every clock of a referral is given: its subject, its case, and for whom it waits in which state."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, Literal

from sqlalchemy.orm import Session

from service import timers
from service.access import Actor
from service.destinations.states import State
from service.people import holding_queries
from service.people.model import Person
from service.referrals.model import DestinationReferral
from service.timers import ClockCase, Subject
from service.timers.model import Clock

Urgency = Literal["routine", "urgent"]


class Awaited(StrEnum):
    """What a destination referral waits for from outside."""

    DECISION = "decision"
    INFORMATION = "information"
    SECOND_DECISION = "second_decision"
    CONFIRMATION = "confirmation"
    UPDATE = "update"


AWAITED: dict[str | None, Awaited] = {
    State.SENT: Awaited.DECISION,
    State.RECEIVED: Awaited.DECISION,
    State.INFORMATION_REQUESTED: Awaited.INFORMATION,
    State.CHALLENGED: Awaited.SECOND_DECISION,
    State.WITHDRAWAL_REQUESTED: Awaited.CONFIRMATION,
    State.WAITLISTED: Awaited.UPDATE,
    State.DEFERRED: Awaited.UPDATE,
    State.ACCEPTED: Awaited.UPDATE,
    State.IN_PROGRESS: Awaited.UPDATE,
    State.ON_HOLD: Awaited.UPDATE,
}
"""In a state without an entry, nothing is awaited from outside."""
DECISIONS = frozenset({Awaited.DECISION, Awaited.SECOND_DECISION})
PUT_OFF: Final[Mapping[str, str]] = MappingProxyType(
    {State.WAITLISTED: "expected_by", State.DEFERRED: "not_before"}
)
"""The states in which the decision stays owed beside the news, and the member that names a day for it."""
NEWS: Final = ("answer", "update")
"""The timers of what a destination says next about its work; what else it is asked has a day of its own."""
NOBODY_COMES = frozenset({"recalled", "died"})
"""The reasons to rest for which nobody comes to a bed meanwhile: whatever else rests, a danger never does."""


def owes_answer(part: DestinationReferral) -> bool:
    """Return whether a destination owes its decision."""
    return AWAITED.get(part.state) in DECISIONS or part.state in PUT_OFF


def subject_of(part: DestinationReferral) -> Subject:
    """Name a part as the subject of its clocks."""
    return Subject("destination_referral", part.id)


def case_of(session: Session, part: DestinationReferral) -> ClockCase:
    """Return what its clocks need to know of the case: whose it is, and who must answer."""
    referral = part.referral
    caretaker = holding_queries.caretaker_of(session, referral.person_id)
    return ClockCase(
        referral_id=referral.id,
        person_id=referral.person_id,
        probation_id=referral.probation_id,
        responder_id=part.organisation_id,
        practitioner=referral.practitioner,
        pdu=referral.pdu,
        label=part.key,
        caretaker=caretaker.id,
        caretaker_until=caretaker.until,
    )


def clocks_of(session: Session, part: DestinationReferral) -> list[dict[str, Any]]:
    """Return the views of a part's own clocks; see `timers.clocks_of`."""
    return timers.clocks_of(session, [subject_of(part)])[subject_of(part)]


def next_due(session: Session, part: DestinationReferral) -> datetime | None:
    return earliest_due(filter(is_news, clocks_of(session, part)))


def earliest_due(clocks: Iterable[Mapping[str, Any]]) -> datetime | None:
    """Return when the first of some clocks, as shown, is due; None when none is open."""
    return min((one["due_at"] for one in clocks if one["state"] != "stopped"), default=None)


def is_news(shown: Mapping[str, Any]) -> bool:
    """Return whether a clock, as shown, is open and of a destination's next news."""
    return shown["state"] != "stopped" and shown["timer"] in NEWS


def urgency_of(part: DestinationReferral) -> Urgency:
    return "urgent" if part.referral.urgency == "urgent" else "routine"


def start_clock(session: Session, actor: Actor, subject: Subject, timer: str, **given: Any) -> Clock | None:
    """Start a clock about a referral; nothing starts about somebody who has died, by whatever it is asked.

    Args:
        given: as of `timers.start`.
    """
    person = session.get(Person, given["case"].person_id)
    if person is not None and person.died_on is not None:
        return None
    return timers.start(session, actor, subject, timer, **given)

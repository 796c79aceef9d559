"""The subject of a clock and the case it belongs to: plain values that writes and queries share. Pure."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Subject:
    """The subject of a clock: its kind, as events name it, and its id."""

    kind: str
    id: UUID


@dataclass(frozen=True, slots=True)
class ClockCase:
    """The case a clock belongs to, and so who it notifies. `label` is a code, never a person's data.

    responder_id: who must answer; None for a timer that runs inside probation.
    practitioner: the case system's name for the accountable practitioner; pdu: their delivery unit.
    caretaker: who acts for the practitioner until `caretaker_until`, if anybody does.
    """

    referral_id: UUID | None
    person_id: UUID | None
    probation_id: UUID
    responder_id: UUID | None
    practitioner: str
    pdu: str | None
    label: str
    caretaker: str | None = None
    caretaker_until: datetime | None = None

"""What a clock is about, and whose case it belongs to. Plain values that actions and queries share. Pure."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Subject:
    """What a clock is about: the kind of thing, as events name it, and which one."""

    kind: str
    id: UUID


@dataclass(frozen=True, slots=True)
class ClockCase:
    """Whose case a clock belongs to, and so whom it tells. `label` is a code, never a person's data.

    responder_id: who must answer; None for a timer that runs inside probation.
    practitioner: the case system's name for the practitioner; pdu: their delivery unit.
    """

    referral_id: UUID | None
    person_id: UUID | None
    probation_id: UUID
    responder_id: UUID | None
    practitioner: str
    pdu: str | None
    label: str

"""The subject of a clock, the case it belongs to, what it is in words and where it is read. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final
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


DANGER: Final = "danger"
"""The timer of what may be a danger to somebody now."""

WORDS: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("check_request", "ask"): "A check has not been asked for yet: details are missing.",
        ("check_request", "answer"): "A check has not been answered.",
        ("check_request", "review"): "The answer to a check has not been reviewed.",
        ("check_request", "reply"): "A question of an agency has not been answered.",
        (
            "check_request",
            "redirect",
        ): "Agencies redirect a check to each other, and nobody has said which of them is asked.",
        (
            "check_request",
            "dispute",
        ): "An agency and another one redirect a check to each other: the heads of both are notified.",
        ("destination_referral", "answer"): "A referral has not been answered.",
        ("destination_referral", "update"): "There is no news of a referral that is being worked on.",
        ("referral", "sharing_end"): "The licence or order ends, and with it what destinations may read.",
        (
            "referral",
            "sharing_basis",
        ): "A referral has no end of sharing that is known, or its basis has ended.",
        ("placement", "placement_end"): "A stay ends, and what follows has not been settled.",
        ("placement", "move_on"): "A stay ends, and nobody has said where the person goes then.",
        ("referral", "curfew_end"): "A curfew ends.",
        (
            "check_request",
            "meeting",
        ): "A meeting about a child is near, of which children's services have told.",
        (
            "check_request",
            "meeting_after_end",
        ): "A meeting about a child comes after the licence or order has ended.",
        ("placement", "danger"): "Somebody has left a placement, and nobody had agreed to it.",
        ("change_notice", "acknowledge"): "A change has not been acknowledged.",
        (
            "wording",
            "wording",
        ): "A text gives away what its reader may not know, and has not been worded anew.",
        (
            "adjustment",
            "decision",
        ): "A destination cannot meet what somebody needs, and nobody has decided what follows.",
        ("agency_review", "review_day"): "A destination looks at the case again.",
        (
            "recall",
            "release_day",
        ): "The day of a release after a recall is near, or has come and no release is recorded.",
        ("completion", "completion"): "A referral has not been sent: something of it is missing.",
        ("probation_move", "block"): "A referral has not been sent: something else must be true first.",
        ("probation_move", "information"): "A question of a destination has not been answered.",
        ("probation_move", "decline"): "A destination has declined, and nobody has decided what follows.",
        (
            "probation_move",
            "change",
        ): "A destination cannot go on after a change, and nobody has decided what follows.",
        (
            "probation_move",
            "complexity",
        ): "A destination proposes another complexity, and nobody has decided about it.",
        (
            "probation_move",
            "outcomes",
        ): "A destination proposes other desired outcomes, and nobody has decided about them.",
        ("placement", "offer"): "A bed or room is offered, and nobody has confirmed it.",
        ("placement", "arrival"): "Somebody was to arrive, and nobody has said whether they did.",
        ("emergency", "danger"): "Somebody needs a bed within days, and has none yet.",
        ("change_of_circumstance", "danger"): "Somebody may be in danger now.",
        ("review", "review"): "A change of circumstance has not been reviewed.",
        ("disclosure_decision", "decision"): "Nobody has decided whether somebody is told.",
        ("disclosure_decision", "telling"): "Somebody has not been told what was agreed.",
        (
            "disclosure_decision",
            "chance",
        ): "The person was to tell somebody first, and nobody has said whether they did.",
        ("disclosure_decision", "police"): "The police have not answered a Right to Know referral.",
        (
            "subject_access",
            "copy",
        ): "A person has not been given the copy of their record that they asked for.",
        ("contact", "same"): "Nobody has said whether two contacts are the same.",
        ("contact", "birth"): "A child was due, and nobody has said whether it is born.",
        ("contact", "verification"): "Who somebody is and where they live has changed since it was verified.",
        ("address", "verification"): "An address has changed since it was verified.",
        ("right_to_know", "answer"): "The police have not answered a Right to Know referral.",
        ("person", "proposals"): "What another region states has not been decided.",
        (
            "person",
            "same_person",
        ): "Records share a number, and nobody has said whether they are one person's.",
        ("person", "handover"): "Somebody is released today, and not everything is ready.",
        ("person", "danger"): "Another region states that somebody may be in danger.",
        ("share_request", "answer"): "A request to read a record has not been answered.",
        ("sight", "review"): "A share of a record has not been reviewed.",
        ("case_holding", "caretaker"): "A caretaker's time has ended, and nobody has said who acts now.",
        ("case_holding", "cover"): "A caretaker has acted for more than 20 working days.",
        ("case_holding", "owner"): "The accountable practitioner has left, and nobody has followed.",
        ("case_holding", "away"): "The accountable practitioner is away, and something is urgent.",
        ("agreement", "decision"): "A manager was asked to agree, and has not decided.",
        ("transfer", "answer"): "A transfer between regions has not been answered.",
    }
)
"""What is late, by the kind of subject and the timer, in words without anybody's data."""

HANDED_BACK_WORDS: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        (
            "check_request",
            "answer",
        ): "An agency refuses to answer a check, and nobody has decided whether it is asked again.",
    }
)
"""The same of what an organisation was asked and has refused: the move is probation's."""
LABEL_WORDS: Final[Mapping[tuple[str, str, str], str]] = MappingProxyType(
    {
        (
            "sight",
            "review",
            "emergency",
        ): "Somebody has taken emergency access to a record, and nobody has reviewed it.",
    }
)
"""The same where one timer means two things: by the label besides."""


def about(subject_kind: str, timer: str, *, label: str, handed_back: bool) -> str:
    """Return in words what an open clock says is late.

    Args:
        handed_back: whether probation owes what another organisation was asked.
    """
    key = (subject_kind, timer)
    words = LABEL_WORDS.get((*key, label), WORDS.get(key, "Something is late."))
    return HANDED_BACK_WORDS.get(key, words) if handed_back else words


ONLY_NOTIFIED: Final = frozenset({("change_of_circumstance", "danger"), ("check_request", "dispute")})
"""What an organisation is notified of as well as probation, and nothing is wanted of it: a danger that a
destination reported, and that agencies redirect a check to each other.
"""

_PLACES: Mapping[str, str] = MappingProxyType(
    {
        "case_holding": "/v1/people/{person}/holding",
        "change_notice": "/v1/destination-referrals/{part}",
        "address": "/v1/people/{person}/addresses/{id}",
        "contact": "/v1/people/{person}/contacts/{id}",
        "person": "/v1/people/{person}/proposals",
        "share_request": "/v1/people/{person}/share-requests",
        "sight": "/v1/people/{person}/shares/{id}",
    }
)
"""Where the subjects are read that have no path of their own: as a part of something else."""


def place_of(kind: str, subject_id: UUID, *, person: UUID | None, part: UUID | None) -> str | None:
    """Return the address of a subject that is read as a part of something else.

    Args:
        person: whose record it belongs to.
        part: the destination referral that it belongs to.

    Returns:
        None for a kind that has a path of its own, and where what it belongs to is not known to the reader.
    """
    template = _PLACES.get(kind)
    if template is None or ("{part}" in template and part is None) or ("{person}" in template and not person):
        return None
    return template.format(id=subject_id, person=person, part=part)


OUTLIVE_THE_CASE: Final = frozenset({"share_request", "sight", "subject_access", "transfer"})
"""The subjects whose clocks go on when a case has ended, because they stay open.

That is what the law gives the person, and what regions ask of each other about the record: it is there still.
"""

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
        ("check_request", "ask"): (
            "Probation must supply the missing details before the agency can be asked for the check."
        ),
        ("check_request", "registration"): (
            "No agency is registered for the area of the check, and the region must have the "
            "administration register one."
        ),
        ("check_request", "answer"): "The agency must answer the check.",
        ("check_request", "review"): (
            "The agency has answered the check, and probation must review the answer."
        ),
        ("check_request", "reply"): (
            "The agency has asked a question about the check, and probation must answer it."
        ),
        ("check_request", "redirect"): (
            "Agencies have passed the check on to each other, and probation must decide which of "
            "them answers it."
        ),
        ("check_request", "dispute"): (
            "Agencies have passed the check on to each other, and the heads of both are notified so "
            "that it is settled which of them answers it."
        ),
        ("destination_referral", "answer"): "The destination must respond to the referral.",
        ("destination_referral", "update"): "The destination must report on its work with the person.",
        ("referral", "sharing_end"): (
            "The licence or order is about to end, and destinations lose access to the referral "
            "unless probation names another basis for sharing."
        ),
        ("referral", "sharing_basis"): (
            "Probation must name a basis for sharing the referral and the day it ends, because none "
            "is on record or it has ended."
        ),
        ("placement", "placement_end"): "The stay is due to end, and probation must settle what follows.",
        ("placement", "move_on"): (
            "The stay is due to end, and probation must propose an address for the person to move on to."
        ),
        ("destination_referral", "agreement"): (
            "The destination must state whether it agrees to the address that the person is to move on to."
        ),
        ("placement", "agreement"): (
            "Everybody has answered about the address that the person is to move on to, and probation "
            "must agree to it or propose another."
        ),
        ("referral", "curfew_end"): "The curfew is due to end, and probation must plan what follows.",
        ("check_request", "meeting"): (
            "Children's services are to hold a meeting about a child, and probation must prepare for it."
        ),
        ("check_request", "meeting_after_end"): (
            "A meeting about a child is planned for after the licence or order ends, and probation "
            "must decide what follows."
        ),
        ("placement", "danger"): (
            "The person left the placement before everybody had agreed, and probation must act now "
            "and confirm that it has."
        ),
        ("change_notice", "acknowledge"): (
            "The destination must acknowledge a change and state whether it can continue."
        ),
        ("wording", "wording"): (
            "Probation must reword a text that gives away what the destination may not know."
        ),
        ("adjustment", "decision"): (
            "The destination cannot make an adjustment that the person needs, and probation must "
            "decide what follows."
        ),
        ("agency_review", "review_day"): (
            "The destination is due to look at the case again, and probation must prepare for it."
        ),
        ("recall", "release_day"): (
            "The release after the recall is due, and probation must record whether it has happened."
        ),
        ("completion", "completion"): (
            "Probation must supply what is missing before the referral can be sent."
        ),
        ("completion", "registration"): (
            "No organisation is registered for the referral in its area, and the region must have the "
            "administration register one."
        ),
        ("probation_move", "block"): (
            "Probation must settle what the referral waits for before it can be sent."
        ),
        ("probation_move", "information"): (
            "The destination has asked a question, and probation must answer it."
        ),
        ("probation_move", "decline"): (
            "The destination has declined the referral, and probation must decide what follows."
        ),
        ("probation_move", "change"): (
            "The destination cannot continue after a change, and probation must decide what follows."
        ),
        ("probation_move", "complexity"): (
            "The destination proposes another complexity level, and probation must agree or keep its own."
        ),
        ("probation_move", "outcomes"): (
            "The destination proposes other desired outcomes, and probation must agree or keep its own."
        ),
        ("placement", "offer"): "A place has been offered, and probation must confirm or cancel it.",
        ("placement", "arrival"): (
            "The person was due to arrive, and the destination must record whether they did."
        ),
        ("emergency", "danger"): (
            "The person needs a bed within days and has none, and probation must find one now."
        ),
        ("change_of_circumstance", "danger"): (
            "Somebody may be in danger now, and probation must act and confirm that it has."
        ),
        ("review", "review"): "Probation must review the change of circumstance.",
        ("disclosure_decision", "decision"): "Probation must decide whether to make a disclosure.",
        ("disclosure_decision", "telling"): "Probation must make the disclosure that was agreed.",
        ("disclosure_decision", "chance"): (
            "The person was to make the disclosure first, and probation must record whether they did."
        ),
        ("disclosure_decision", "police"): (
            "The police have been asked for a decision under the Right to Know, and probation must "
            "record their answer."
        ),
        ("subject_access", "copy"): (
            "Probation must give the person the copy of their information that they asked for."
        ),
        ("contact", "same"): "Probation must decide whether two contacts are the same person.",
        ("contact", "birth"): "A child was due, and probation must record whether the child has been born.",
        ("contact", "verification"): (
            "Probation must verify the contact again, because who they are or where they live has changed."
        ),
        ("address", "verification"): "Probation must verify the address again, because it has changed.",
        ("right_to_know", "answer"): "The police must answer the Right to Know referral.",
        ("person", "proposals"): (
            "Another region has stated something about the person, and probation must accept or reject it."
        ),
        ("person", "same_person"): (
            "Two or more people on record share a number, and probation must decide whether they are "
            "the same person."
        ),
        ("person", "handover"): "Probation must settle what is not ready for the release.",
        ("person", "danger"): (
            "Another region states that somebody may be in danger, and probation must act and "
            "confirm that it has."
        ),
        ("share_request", "answer"): (
            "Another region has asked to see the case, and probation must allow or refuse it."
        ),
        ("sight", "review"): "Another region can see the case, and probation must confirm or end that.",
        ("case_holding", "caretaker"): (
            "The caretaker's time is ending, and probation must name who acts next."
        ),
        ("case_holding", "cover"): (
            "A caretaker has acted for more than 20 working days, and probation must decide who is "
            "accountable."
        ),
        ("case_holding", "owner"): "The accountable practitioner has left, and probation must name another.",
        ("case_holding", "away"): (
            "The accountable practitioner is away and something is urgent, so probation must name a "
            "caretaker."
        ),
        ("agreement", "decision"): (
            "Probation has asked a manager for a decision, and the manager must make it."
        ),
        ("transfer", "answer"): (
            "Probation must accept or decline the request to transfer the case between regions."
        ),
    }
)
"""Who must do what, and why, by the kind of subject and the timer: without anybody's data."""

HANDED_BACK_WORDS: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("check_request", "answer"): (
            "The agency has refused to answer the check, and probation must decide whether to ask again."
        ),
    }
)
"""The same of what an organisation was asked and has refused: the move is probation's."""
LABEL_WORDS: Final[Mapping[tuple[str, str, str], str]] = MappingProxyType(
    {
        ("sight", "review", "emergency"): (
            "A member of staff has taken emergency access to the case, and probation must review it."
        ),
    }
)
"""The same where one timer means two things: by the label besides."""


DATED_WORDS: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {("person", "handover"): "Probation must settle what is not ready for the release on {day}."}
)
"""The same where the day it is due is part of the sentence."""


def about(subject_kind: str, timer: str, *, label: str, handed_back: bool, day: str) -> str:
    """Return in words who must do what for an open clock to end.

    Args:
        handed_back: whether probation owes what another organisation was asked.
        day: the day by which it must be done, in words.
    """
    key = (subject_kind, timer)
    if key in DATED_WORDS:
        return DATED_WORDS[key].format(day=day)
    words = LABEL_WORDS.get((*key, label), WORDS.get(key, "Something is due."))
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

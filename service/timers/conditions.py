"""Whose move every clock is, and which: one row for each subject and timer, beside its words. Pure.

An obligation is a clock: it runs while somebody owes a move. A paused clock is nobody's move; what the pause
waits for has a clock of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from service.timers.policy import Timer

OwedBy = Literal["responder", "probation"]
PRACTITIONER: Final = "practitioner"
"""The role of whoever acts in the case: its accountable practitioner, or the caretaker."""


@dataclass(frozen=True, slots=True)
class Move:
    """The call by which something is done.

    Args:
        operation: of the published document.
        at: its address, where `{id}` is the subject, `{person}`, `{referral}`, `{part}` and `{check}` are
            what it belongs to and `{escalation}` its last step; None where what is read at the subject says
            which of several is meant.
        transitions: the codes of the actions, where the call takes one.
    """

    operation: str
    at: str | None
    transitions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """What an open clock says is to be done.

    Args:
        kind: a code, after the move.
        owed_by: the organisation that was asked; or probation, and there whoever the policy tells first.
        attention: the code in `needs_attention` of a referral that waits for it; None for a partner's.
        ahead: it only draws near, and calls for attention once its day has passed.
    """

    kind: str
    owed_by: OwedBy
    move: Move
    attention: str | None = None
    ahead: bool = False


def _theirs(kind: str, operation: str, at: str | None, *transitions: str) -> Condition:
    return Condition(kind, "responder", Move(operation, at, transitions))


def _ours(kind: str, operation: str, at: str | None, *transitions: str, code: str | None = None) -> Condition:
    return Condition(kind, "probation", Move(operation, at, transitions), code or kind)


def _ahead(kind: str, operation: str, at: str | None, *transitions: str) -> Condition:
    """Return a day that draws near: something is to be done by then, and nothing is wrong before."""
    return Condition(kind, "probation", Move(operation, at, transitions), kind, ahead=True)


_REQUEST: Final = "/v1/check-requests/{id}"
_PART: Final = "/v1/destination-referrals/{id}"
_PERSON: Final = "/v1/people/{person}"
_DECISION: Final = "/v1/disclosure-decisions/{id}/transitions"
_CONFIRM: Final = ("confirm_escalation", "/v1/escalations/{escalation}/confirmation")

CONDITIONS: Final[Mapping[tuple[str, str], Condition]] = MappingProxyType(
    {
        ("check_request", "ask"): _ours("complete_check", "supply_details", None),
        # The administration registers an agency: whoever owes it reads for which area, and has it done.
        ("check_request", "registration"): _ours("register_agency", "read_check_request", _REQUEST),
        ("check_request", "answer"): _theirs("answer_check", "return_check_result", f"{_REQUEST}/results"),
        ("check_request", "review"): _ours("review_answer", "review_check", "/v1/checks/{check}/reviews"),
        ("check_request", "reply"): _ours(
            "answer_agency", "move_check_request", f"{_REQUEST}/transitions", "answer_information"
        ),
        ("check_request", "redirect"): _ours(
            "settle_redirect", "move_check_request", f"{_REQUEST}/transitions", "settle_redirect"
        ),
        # It needs attention by the redirect itself: this is for the heads, one of each agency.
        ("check_request", "dispute"): Condition(
            "settle_dispute",
            "probation",
            Move("move_check_request", f"{_REQUEST}/transitions", ("settle_redirect",)),
        ),
        ("check_request", "meeting"): _ahead("prepare_meeting", "read_check_request", _REQUEST),
        ("check_request", "meeting_after_end"): _ours(
            "settle_meeting", "review_check", "/v1/checks/{check}/reviews"
        ),
        ("destination_referral", "answer"): _theirs(
            "decide_referral",
            "move_destination_referral",
            f"{_PART}/transitions",
            "receive",
            "accept",
            "decline",
            "waitlist",
            "defer",
            "request_information",
            "uphold",
            "confirm_withdrawal",
        ),
        ("destination_referral", "update"): _theirs("report_update", "report_update", f"{_PART}/updates"),
        ("destination_referral", "agreement"): _theirs(
            "agree_to_address", "report_update", f"{_PART}/updates"
        ),
        ("change_notice", "acknowledge"): _theirs(
            "acknowledge_change", "acknowledge_change", "/v1/destination-referrals/{part}/acknowledgements"
        ),
        ("referral", "sharing_end"): _ahead(
            "plan_end_of_sharing", "amend_referral", "/v1/referrals/{id}/versions"
        ),
        ("referral", "sharing_basis"): _ours("give_basis", "amend_referral", "/v1/referrals/{id}/versions"),
        ("referral", "curfew_end"): _ahead(
            "plan_end_of_curfew", "amend_referral", "/v1/referrals/{id}/versions"
        ),
        ("placement", "placement_end"): _ahead("settle_end_of_stay", "ask_for_agreement", "/v1/agreements"),
        ("placement", "move_on"): _ahead(
            "name_move_on", "move_placement", f"{_PART}/placement", "propose_move_on"
        ),
        ("placement", "agreement"): _ours(
            "settle_move_on",
            "move_placement",
            f"{_PART}/placement",
            "agree_move_on",
            "propose_move_on",
            "override_gate",
        ),
        ("placement", "danger"): _ours("confirm_departure", *_CONFIRM),
        ("emergency", "danger"): _ours("find_bed", *_CONFIRM),
        ("change_of_circumstance", "danger"): _ours("confirm_danger", *_CONFIRM),
        ("wording", "wording"): _ours(
            "word_text", "amend_referral", "/v1/referrals/{referral}/versions", code="wording"
        ),
        ("adjustment", "decision"): _ours(
            "decide_adjustment",
            "move_destination_referral",
            f"{_PART}/transitions",
            "go_on_without",
            "request_withdrawal",
            code="adjustment",
        ),
        ("agency_review", "review_day"): _ahead("prepare_review_day", "send_message", f"{_PART}/messages"),
        ("completion", "completion"): _ours(
            "complete_referral", "amend_referral", "/v1/referrals/{referral}/versions", code="incomplete"
        ),
        ("completion", "registration"): _ours("register_destination", "read_destination_referral", _PART),
        ("probation_move", "block"): _ours(
            "complete_blocked", "amend_referral", "/v1/referrals/{referral}/versions", code="blocked"
        ),
        ("probation_move", "information"): _ours(
            "answer_destination",
            "move_destination_referral",
            f"{_PART}/transitions",
            "answer_information",
            code="information_requested",
        ),
        ("probation_move", "decline"): _ours(
            "settle_decline",
            "move_destination_referral",
            f"{_PART}/transitions",
            "challenge",
            "send_again",
            "settle_decline",
            code="declined",
        ),
        ("probation_move", "change"): _ours(
            "settle_change",
            "move_destination_referral",
            f"{_PART}/transitions",
            "settle_change",
            "request_withdrawal",
        ),
        ("probation_move", "complexity"): _ours(
            "settle_complexity", "move_destination_referral", f"{_PART}/transitions", "settle_complexity"
        ),
        ("probation_move", "outcomes"): _ours(
            "settle_outcomes", "move_destination_referral", f"{_PART}/transitions", "settle_outcomes"
        ),
        ("placement", "offer"): _ours(
            "confirm_offer", "move_placement", f"{_PART}/placement", "confirm", "cancel"
        ),
        ("placement", "arrival"): _theirs(
            "record_arrival", "move_placement", f"{_PART}/placement", "record_arrival", "record_non_arrival"
        ),
        ("recall", "release_day"): _ahead(
            "record_release", "record_change", f"{_PERSON}/changes-of-circumstance"
        ),
        ("review", "review"): _ours("review_change", "complete_review", "/v1/reviews/{id}/completion"),
        ("agreement", "decision"): _ours(
            "decide_agreement", "decide_agreement", "/v1/agreements/{id}/decision"
        ),
        ("disclosure_decision", "decision"): _ours(
            "decide_disclosure", "move_disclosure_decision", _DECISION
        ),
        ("disclosure_decision", "telling"): _ours(
            "record_told", "move_disclosure_decision", _DECISION, "record_told"
        ),
        ("disclosure_decision", "chance"): _ours(
            "record_chance", "move_disclosure_decision", _DECISION, "record_chance_passed"
        ),
        ("disclosure_decision", "police"): _ours(
            "record_police_answer",
            "move_disclosure_decision",
            _DECISION,
            "record_police_told",
            "record_police_declined",
        ),
        ("right_to_know", "answer"): _theirs(
            "answer_right_to_know", "answer_right_to_know", "/v1/right-to-know/{id}/answer"
        ),
        ("subject_access", "copy"): _ours(
            "release_copy",
            "move_subject_access",
            "/v1/subject-access/{id}/transitions",
            "decide_texts",
            "release",
            "withdraw",
        ),
        ("contact", "same"): _ours(
            "decide_same_contact", "decide_same_person", f"{_PERSON}/contacts/{{id}}/same-person"
        ),
        ("contact", "birth"): _ahead("say_whether_born", "supply_details", f"{_PERSON}/contacts/{{id}}"),
        ("contact", "verification"): _ours("verify_contact", "supply_details", f"{_PERSON}/contacts/{{id}}"),
        ("address", "verification"): _ours("verify_address", "change_address", f"{_PERSON}/addresses/{{id}}"),
        ("person", "proposals"): _ours("decide_proposals", "decide_proposal", None),
        ("person", "handover"): _ahead("make_release_ready", "list_releases", "/v1/releases"),
        ("person", "danger"): _ours("confirm_stated_danger", *_CONFIRM),
        ("person", "same_person"): _ours("decide_same_person", "decide_same_as", f"{_PERSON}/same-as"),
        ("share_request", "answer"): _ours(
            "answer_share_request", "answer_share_request", "/v1/share-requests/{id}/answer"
        ),
        ("sight", "review"): _ours("review_share", "confirm_share", f"{_PERSON}/shares/{{id}}/confirmation"),
        ("case_holding", "caretaker"): _ahead(
            "replace_caretaker", "change_caretaker", f"{_PERSON}/caretaker"
        ),
        ("case_holding", "cover"): _ours("end_long_cover", "reassign_case", f"{_PERSON}/holding"),
        ("case_holding", "owner"): _ours("name_practitioner", "reassign_case", f"{_PERSON}/holding"),
        ("case_holding", "away"): _ours("find_cover", "change_caretaker", f"{_PERSON}/caretaker"),
        ("transfer", "answer"): _ours(
            "answer_transfer", "move_transfer", "/v1/transfers/{id}/transitions", "accept", "decline"
        ),
    }
)
"""By the kind of subject and the timer."""

WITH_THE_ASKED: Final = frozenset(
    {
        ("agency_review", "review_day"),
        ("check_request", "meeting"),
        ("check_request", "meeting_after_end"),
        ("placement", "placement_end"),
        ("placement", "move_on"),
    }
)
"""What is done when probation and the organisation that it asked both say so (`whose-move.md`).

Of a stay that ends, probation agrees to where the person goes, and the destination extends the stay or
records the departure. A meeting is held by whoever named its day, and probation takes part.
"""

HANDED_BACK: Final[Mapping[tuple[str, str], Condition]] = MappingProxyType(
    {
        ("check_request", "answer"): _ours(
            "settle_refusal", "move_check_request", f"{_REQUEST}/transitions", "ask_again", "cancel"
        ),
    }
)
"""What an organisation was asked and has refused: its clock goes on, and the move is probation's."""

EMERGENCY_SHARE: Final = _ours("review_emergency_access", "review_share", f"{_PERSON}/shares/{{id}}/review")
BY_LABEL: Final[Mapping[tuple[str, str, str], Condition]] = MappingProxyType(
    {("sight", "review", "emergency"): EMERGENCY_SHARE}
)
"""Where one timer means two things: by the label besides."""

KINDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {condition.kind: key for key, condition in (*CONDITIONS.items(), *HANDED_BACK.items())}
    | {condition.kind: key[:2] for key, condition in BY_LABEL.items()}
)
"""Every kind, with the subject and the timer that it is of."""

ATTENTION: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        condition.attention: key
        for key, condition in (*CONDITIONS.items(), *HANDED_BACK.items())
        if condition.attention is not None
    }
)
"""Every code that a referral may need attention by, with the subject and the timer that it is of."""


AHEAD: Final = frozenset(key for key, condition in CONDITIONS.items() if condition.ahead)
"""What calls for attention only once its day has passed, by the kind of subject and the timer."""


def condition_of(subject_kind: str, timer: str, *, label: str, handed_back: bool) -> Condition | None:
    """Return what an open clock says is to be done; None for one that no row knows.

    Args:
        handed_back: whether probation owes what another organisation was asked.
    """
    key = (subject_kind, timer)
    asked = CONDITIONS.get(key)
    if asked is None or (asked.owed_by == "responder" and handed_back):
        return HANDED_BACK.get(key)
    return BY_LABEL.get((*key, label), asked)


def owner_of(subject_kind: str, timer: str, part: Timer, *, asked: bool) -> str | None:
    """Return the role of probation that owes what a clock times; None where the organisation asked does.

    Args:
        part: the part of the policy that governs it: whoever it tells first is the one who owes.
        asked: whether an organisation is asked.

    Raises:
        KeyError: no row says whose move it is.
    """
    condition = CONDITIONS[subject_kind, timer]
    if asked and condition.owed_by == "responder":
        return None
    first = (step.to["probation"] for step in part.steps if "probation" in step.to)
    return part.owner or next(first, PRACTITIONER)

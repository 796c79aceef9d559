"""The kinds of decision that take four eyes, as data: what each decides, and which managers may. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from service.access.case_acts import Act
from service.access.permissions import MANAGERS, MAY_OVERRIDE_GATE


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of decision.

    Args:
        words: what agreeing means.
        subject_kind: the kind of what is decided about, as events name it.
        roles: the roles that may decide, the one that is asked first in front.
        asked_by: the call by which it comes to be asked, where that is not `POST /v1/agreements`.
        at_once: whether a manager may give it at `POST /v1/agreements` without being asked.
        proposes: whether whoever asks says what exactly should be done.
        asking: what it is to ask for it, and so whom that takes.
    """

    words: str
    subject_kind: str
    roles: tuple[str, ...] = MANAGERS
    asked_by: str | None = None
    at_once: bool = False
    proposes: bool = False
    asking: Act = Act.ASK_TO_SET_ASIDE


KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "check_not_required": Kind("no answer to a check is required", "check"),
        "check_request_cancelled": Kind("a check request ends without an answer", "check_request"),
        "wrong_person_stopped": Kind(
            "a question about the wrong person was rightly stopped",
            "check_request",
            asked_by="stopping it at `POST /v1/check-requests/{id}/transitions`",
        ),
        "review_countersigned": Kind(
            "what an answer changes, or that it changes nothing, is right",
            "check_review",
            asked_by="reviewing the answer at `POST /v1/checks/{id}/reviews`",
        ),
        "nil_return_drawn": Kind(
            "an answer that found nothing, drawn for a second look, changes nothing",
            "check_review",
            asked_by="reviewing the answer at `POST /v1/checks/{id}/reviews`",
        ),
        "check_review_endorsed": Kind(
            "a manager stands by a review of an answer; it changes nothing",
            "check_review",
            at_once=True,
            asking=Act.ASK,
        ),
        "rosh_lowered": Kind(
            "the risk of serious harm to a group is lowered from high or very high", "person", proposes=True
        ),
        "gate_override": Kind(
            "a person may leave a placement while a check or an agreement is outstanding",
            "destination_referral",
            roles=MAY_OVERRIDE_GATE,
        ),
        "restriction_lifted": Kind("a case is no longer a limited access case", "person"),
        "review_no_change": Kind(
            "nothing need change after a change of circumstance",
            "review",
            asked_by="completing the review at `POST /v1/reviews/{id}/completion`",
        ),
        "third_party_told": Kind(
            "a disclosure about the person is made to somebody outside the case, or is not",
            "disclosure_decision",
            asked_by="proposing it at `POST /v1/disclosure-decisions/{id}/transitions`",
        ),
        "review_endorsed": Kind(
            "a manager stands by a completed review; it changes nothing",
            "review",
            at_once=True,
            asking=Act.ASK,
        ),
    }
)
"""Every decision that takes four eyes (people-and-sight, "Staff and what they may decide")."""

KIND_WORDS: Final[Mapping[str, str]] = MappingProxyType({key: kind.words for key, kind in KINDS.items()})
"""What each kind decides, as the API explains it."""

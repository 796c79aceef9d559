"""Which act on a case takes whom: who is accountable, whoever acts for them, or anybody of the region. Pure.

Anybody of the region who sees a case may prepare, ask, chase, supply and record: a fact is always recorded,
and raising a risk needs nobody. To review, to decide and to lower stays with the accountable practitioner or
a manager of the region. A caretaker does what concerns contact and details, and nothing of risk, MAPPA,
reviews or who sees the case. While nobody is accountable, a manager does what the accountable practitioner
would. Four eyes come on top: see `service.access.four_eyes`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID

from service.access.actor import Actor
from service.access.four_eyes import OwnWork, is_manager


class Takes(StrEnum):
    """Whom an act takes, beside the managers of the region, who may do each."""

    ANYBODY = "anybody"
    ACTING = "acting"
    ACCOUNTABLE = "accountable"
    MANAGER = "manager"


TAKES: Final[Mapping[Takes, str]] = MappingProxyType(
    {
        Takes.ANYBODY: "anybody of the region who sees the case",
        Takes.ACTING: "the accountable practitioner, the caretaker, or a manager",
        Takes.ACCOUNTABLE: "the accountable practitioner, or a manager",
        Takes.MANAGER: "a manager, mostly one who is not on the case (four eyes)",
    }
)
"""What each means, in words."""


class Act(StrEnum):
    """What may be done about a case."""

    RECORD = "record"
    SUPPLY = "supply"
    ASK = "ask"
    CHASE = "chase"
    RENAME = "rename"
    DECIDE_PROPOSAL = "decide_proposal"
    STOP_WRONG_PERSON = "stop_wrong_person"
    END_REFERRAL = "end_referral"
    CONFIRM_STAY = "confirm_stay"
    CHANGE_TEAM = "change_team"
    AGREE_TO_ADDRESS = "agree_to_address"
    SHARE = "share"
    LIMIT = "limit"
    REVIEW_ANSWER = "review_answer"
    COMPLETE_REVIEW = "complete_review"
    GO_WITHOUT_ADJUSTMENT = "go_without_adjustment"
    DECIDE_DISCLOSURE = "decide_disclosure"
    LOWER_RISK = "lower_risk"
    DECIDE_RISK = "decide_risk"
    ASK_TO_SET_ASIDE = "ask_to_set_aside"
    END_MAPPA = "end_mappa"
    OFFER_TRANSFER = "offer_transfer"
    DECIDE_AS_MANAGER = "decide_as_manager"
    CHANGE_HOLDING = "change_holding"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table.

    Args:
        takes: whom the act takes.
        words: what it is.
        calls: the operations by which it is done, as the API names them.
    """

    takes: Takes
    words: str
    calls: tuple[str, ...]


_T, _A = Takes, Act
ACTS: Final[Mapping[Act, Row]] = MappingProxyType(
    {
        _A.RECORD: Row(
            _T.ANYBODY,
            "record a fact, a change of circumstance or a higher risk, and take what raises danger",
            (
                "submit_referral",
                "amend_referral",
                "patch_referral",
                "preview_referral",
                "open_case",
                "record_change",
                "record_release_arrangements",
                "propose_address",
                "decide_proposal",
                "open_disclosure_decision",
            ),
        ),
        _A.SUPPLY: Row(
            _T.ANYBODY,
            "supply missing details, answer a question, say where somebody moves on to",
            (
                "supply_person_details",
                "supply_details",
                "move_check_request",
                "move_destination_referral",
                "move_placement",
            ),
        ),
        _A.ASK: Row(
            _T.ANYBODY,
            "ask the holder of another record, ask a manager to stand by a review, take back what you asked",
            (
                "request_share",
                "ask_for_transfer",
                "move_transfer",
                "ask_for_agreement",
                "withdraw_agreement",
            ),
        ),
        _A.CHASE: Row(
            _T.ANYBODY,
            "ask again after a refusal, write to a destination",
            ("move_check_request", "send_message"),
        ),
        _A.RENAME: Row(
            _T.ACTING,
            "put right who the person is, from others a proposal; or who a contact is that is known by name,"
            " also whether two are one person, or who and where was entered in error",
            (
                "submit_referral",
                "amend_referral",
                "patch_referral",
                "supply_details",
                "change_address",
                "decide_same_person",
                "enter_contact_in_error",
                "enter_address_in_error",
            ),
        ),
        _A.DECIDE_PROPOSAL: Row(
            _T.ACTING, "take or leave what others state, but for the risk", ("decide_proposal",)
        ),
        _A.STOP_WRONG_PERSON: Row(
            _T.ACTING, "stop a question about the wrong person", ("move_check_request",)
        ),
        _A.END_REFERRAL: Row(
            _T.ACTING,
            "withdraw a destination referral, challenge a decline, enter it in error",
            ("move_destination_referral", "withdraw_referral", "enter_referral_in_error"),
        ),
        _A.CONFIRM_STAY: Row(
            _T.ACTING,
            "confirm the offer of a stay, cancel it, take back the agreement to an address",
            ("move_placement",),
        ),
        _A.CHANGE_TEAM: Row(_T.ACTING, "change the team of the case", ("change_team",)),
        _A.AGREE_TO_ADDRESS: Row(
            _T.ACCOUNTABLE, "agree to the address that somebody moves on to", ("move_placement",)
        ),
        _A.SHARE: Row(
            _T.ACCOUNTABLE,
            "share the record, confirm or end a share, answer a request for one",
            ("share_person", "confirm_share", "end_share", "answer_share_request"),
        ),
        _A.LIMIT: Row(
            _T.ACCOUNTABLE,
            "limit the case, name or exclude a member of staff; in a submission it is a proposal from others",
            ("limit_case", "name_staff", "exclude_staff", "submit_referral", "amend_referral"),
        ),
        _A.REVIEW_ANSWER: Row(_T.ACCOUNTABLE, "review an agency's answer", ("review_check",)),
        _A.COMPLETE_REVIEW: Row(
            _T.ACCOUNTABLE, "complete a review of risk, or of who is told", ("complete_review",)
        ),
        _A.GO_WITHOUT_ADJUSTMENT: Row(
            _T.ACCOUNTABLE,
            "go on without an adjustment that a destination cannot meet",
            ("move_destination_referral",),
        ),
        _A.DECIDE_DISCLOSURE: Row(
            _T.ACCOUNTABLE,
            "propose who is told something about the person, ask the police to, record who was told",
            ("move_disclosure_decision",),
        ),
        _A.LOWER_RISK: Row(
            _T.ACCOUNTABLE,
            "lower a risk below high; from high it is a manager's own call",
            ("record_change", "decide_proposal"),
        ),
        _A.DECIDE_RISK: Row(
            _T.ACCOUNTABLE,
            "leave what raises danger, take or leave another's change of circumstance or wording of a risk",
            ("decide_proposal",),
        ),
        _A.ASK_TO_SET_ASIDE: Row(
            _T.ACCOUNTABLE,
            "ask a manager that a check is not required, a request ends, a risk is lowered, the departure "
            "gate opens or a limit is lifted",
            ("ask_for_agreement",),
        ),
        _A.END_MAPPA: Row(
            _T.ACCOUNTABLE,
            "withdraw a referral to MAPPA, challenge a decline, enter it in error",
            ("move_destination_referral", "withdraw_referral", "enter_referral_in_error"),
        ),
        _A.OFFER_TRANSFER: Row(_T.ACCOUNTABLE, "offer the case to another region", ("ask_for_transfer",)),
        _A.DECIDE_AS_MANAGER: Row(
            _T.MANAGER,
            "decide what takes four eyes, answer a transfer, review emergency access",
            (
                "decide_check",
                "countersign_check_review",
                "move_check_request",
                "move_placement",
                "record_change",
                "decide_proposal",
                "agree_to_review",
                "decide_agreement",
                "lift_limit",
                "end_exclusion",
                "review_share",
                "move_transfer",
            ),
        ),
        _A.CHANGE_HOLDING: Row(
            _T.MANAGER,
            "say who answers for the case, and whether two records are one person's",
            ("reassign_case", "change_caretaker", "decide_same_as"),
        ),
    }
)
"""Every act on a case that probation may call (people-and-sight, "The case holder")."""

NOT_ON_A_CASE: Final = frozenset(
    {
        "issue_token",
        "search_check_requests",
        "search_people",
        "take_emergency_access",
        "acknowledge_escalation",
        "note_escalation",
        "hand_over_escalation",
        "confirm_escalation",
        "replay_delivery",
        "publish_policy_version",
        "preview_policy_version",
        "apply_policy_version",
        "record_staff",
        "keep_staff",
        "open_subject_access",
        "move_subject_access",
    }
)
"""What probation may call besides: no act on a case, or one that goes by whom an escalation addresses, or by
the role of whoever answers a person.
"""


def may_act(actor: Actor, act: Act, person_id: UUID, own: OwnWork) -> bool:
    """Return whether a caller of the region that holds a record may do something about its case.

    Args:
        own: how the caller stands to the cases in question.
    """
    takes = ACTS[act].takes
    if takes is Takes.ANYBODY or is_manager(actor):
        return True
    if takes is Takes.ACTING and person_id in own.caretaking:
        return True
    return takes is not Takes.MANAGER and person_id in own.accountable

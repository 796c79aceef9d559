"""What one agency is asked: the request as it is listed, moved and shown."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final

from marshmallow import ValidationError, fields, validates_schema

from service.checks.kinds import QUESTIONS
from service.checks.schemas.documents import SUBJECT_KINDS
from service.checks.schemas.questions import AskedNowView
from service.checks.schemas.results import CheckResultView
from service.checks.schemas.reviews import CheckReviewView
from service.checks.states import ACTIONS, STATES
from service.fields import (
    Choice,
    Count,
    Flag,
    Identifier,
    List,
    LongText,
    Moment,
    Patterned,
    Schema,
    Text,
    View,
    member_faults,
)
from service.http import CountedPageQuery, list_schema
from service.people.schemas.ringing import DangerAdvice
from service.person_numbers import PoliceNumber, PrisonNumber
from service.timers.policy import URGENCIES


class Area(Patterned):
    """A police force's code or a local authority's ONS code."""

    longest = 60
    pattern = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{1,59}")
    message = "Must be the code of a police force or a local authority, such as west-yorkshire or E08000035."


class SoughtName(Schema):
    """A name to look for."""

    given = Text(max=100, metadata={"description": "First name; without it, everybody of the surname."})
    family = Text(max=100, required=True, metadata={"description": "Surname."})


class CheckRequestsQuery(CountedPageQuery):
    """Which check requests to list."""

    state = Choice(STATES, metadata={"description": "Only requests in this state."})
    open = Choice(
        {"yes": "not answered in full"}, metadata={"description": "Only requests that want an answer."}
    )
    urgent = Choice({"yes": "urgent"}, metadata={"description": "Only urgent requests."})
    overdue = Choice(
        {"yes": "past a target"}, metadata={"description": "Only requests with a clock that is overdue."}
    )
    referral_id = Identifier(metadata={"description": "For probation: only those of one referral."})


class CheckRequestSearch(Schema):
    """Whom to look for, as the newest version of a question names them."""

    name = fields.Nested(
        SoughtName, metadata={"description": "The person on probation by name, in any case."}
    )
    pnc_number = PoliceNumber(metadata={"description": "The number on the Police National Computer."})
    noms_number = PrisonNumber(metadata={"description": "The prison number."})

    @validates_schema(skip_on_field_errors=True)
    def _one_way(self, given: Mapping[str, Any], **_: Any) -> None:
        if len(given) != 1:
            raise ValidationError("Search by a name, or by one number: pnc_number or noms_number.")


NEEDS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = MappingProxyType(
    {
        "acknowledge": ((), ()),
        "return_for_information": (("question",), ("about",)),
        "answer_information": (("answer",), ()),
        "misdirect": (("to_area", "reason"), ()),
        "settle_redirect": (("area", "reason"), ()),
        "refuse": (("reason_code", "reason"), ()),
        "supply_details": ((), ("area",)),
        "ask_again": (("reason",), ("area",)),
        "cancel": (("reason",), ()),
        "stop_wrong_person": (("reason",), ("about",)),
    }
)
"""For each action what must and what may come with it."""

_ASKED_FOR: Final[Mapping[str, str]] = MappingProxyType({action: ACTIONS[action] for action in NEEDS})


class CheckRequestTransition(Schema):
    """One action on a check request; the other members depend on the action."""

    action = Choice(
        _ASKED_FOR,
        required=True,
        metadata={"description": "What you do about the request."},
    )
    question = LongText(metadata={"description": "return_for_information: what the agency needs to know."})
    about = List(
        Identifier(),
        min=1,
        max=200,
        metadata={
            "description": "return_for_information: the people and addresses of the request that the "
            "question is about, by `id`; your clock goes on for the others. Left out: it is about all of it. "
            "stop_wrong_person: those who are somebody else, by `id`; the others go on being asked about, in "
            "a new request. Left out, it is the person who is, and all of it ends."
        },
    )
    answer = LongText(metadata={"description": "answer_information: the answer to the question."})
    to_area = Area(metadata={"description": "misdirect: the area that should have been asked."})
    area = Area(metadata={"description": "supply_details, ask_again, settle_redirect: the area to ask."})
    reason_code = Choice(
        {
            "no_lawful_basis": "the agency sees no lawful basis to share",
            "not_proportionate": "sharing would not be proportionate",
            "cannot_identify": "the people or addresses cannot be identified",
            "duplicate": "the same question has been asked already",
            "other": "another reason, which `reason` explains",
        },
        metadata={"description": "refuse: the coded reason."},
    )
    reason = LongText(
        metadata={
            "description": "misdirect, settle_redirect, refuse, ask_again, stop_wrong_person, cancel: why."
        }
    )

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def _members_belong_to_the_action(self, data: dict[str, Any], sent: dict[str, Any], **_: Any) -> None:
        if data.get("action") not in NEEDS:
            return
        found = member_faults(sent, *NEEDS[data["action"]])
        if found:
            raise ValidationError(found)


class MissingDetail(View):
    """A detail without which a request cannot be sent, and the person or address it belongs to."""

    kind = Choice(SUBJECT_KINDS, metadata={"description": "What the detail belongs to."})
    id = Identifier(
        allow_none=True,
        metadata={
            "description": "The id of the person, contact or address; null in a preview, which stores none."
        },
    )
    detail = Text(metadata={"description": "The code of the missing detail, such as `date_of_birth`."})


class CheckClockView(View):
    """One clock of a request. Overdue is a flag with a date, never a state."""

    timer = Choice(
        {
            "ask": "probation must complete the request so that it can be sent",
            "registration": "the region must have an agency registered for the area",
            "answer": "the agency must answer",
            "review": "probation must review the answer, or a part of it",
            "reply": "probation must answer the agency's question",
            "redirect": "probation must say which agency is asked",
            "dispute": "the head of the agency is notified that it and another redirect to each other",
        },
        metadata={"description": "What the clock times."},
    )
    state = Choice(
        {"running": "counting", "paused": "stopped for a reason, for a limited time", "stopped": "done"},
        metadata={"description": "Whether the clock counts."},
    )
    due_at = Moment(
        allow_none=True,
        metadata={"description": "The target. Null while paused, unless it had passed: the pause moves it."},
    )
    overdue = Flag(metadata={"description": "Whether the target has passed and the clock is not stopped."})
    step = Text(
        allow_none=True,
        metadata={
            "description": "The last step of the escalation policy that was reached; null before the first."
        },
    )


class CheckMessageView(View):
    """A message between probation and the agency."""

    about = Text(metadata={"description": "The action that it came with, such as `return_for_information`."})
    code = Text(
        allow_none=True,
        metadata={
            "description": "Of a refusal the coded reason, of a redirect the area it names; otherwise null."
        },
    )
    body = LongText(metadata={"description": "The text."})
    from_ = Identifier(
        data_key="from", attribute="from", metadata={"description": "The organisation that sent it."}
    )
    sent_at = Moment(metadata={"description": "When it was sent."})


class CheckSubjectView(View):
    """One person or address that needs an answer of its own."""

    kind = Choice(SUBJECT_KINDS, metadata={"description": "What it is."})
    id = Identifier(metadata={"description": "The id, as in the document; use it in your answer."})
    question_version = Count(
        metadata={"description": "Since which version of the question it is asked about; 0 while it is not."}
    )
    asked_since = Moment(
        allow_none=True, metadata={"description": "Since when it is asked about; null while it is not."}
    )
    exposed_since = Moment(
        metadata={"description": "Since when the answer has not been known; it never pauses."}
    )
    urgency = Choice(URGENCIES, metadata={"description": "How urgent the answer about it is."})
    due_at = Moment(
        allow_none=True,
        metadata={"description": "When the answer is due; null once answered, or while nothing runs."},
    )
    answered = Flag(metadata={"description": "Whether it has an answer, as it is asked about now."})
    waits_for_reply = Flag(
        metadata={
            "description": "Whether it waits for probation, because the agency has asked back about it. A "
            "third question about the same pauses nothing: the answer stays due."
        }
    )


class CheckRequestSummary(View):
    """A check request in a list, without personal details."""

    sometimes: ClassVar[tuple[str, ...]] = (
        "check_id",
        "referral_id",
        "missing",
        "succeeded_by",
        "return_results_at",
        "review_at",
        "redirect_disputed",
    )

    id = Identifier(metadata={"description": "The id of the request."})
    href = Text(metadata={"description": "The address of the request."})
    check_id = Identifier(metadata={"description": "For probation: the check it belongs to."})
    referral_id = Identifier(
        allow_none=True,
        metadata={"description": "For probation: the referral it belongs to; null while the case has none."},
    )
    kind = Choice(QUESTIONS, metadata={"description": "The kind of check, and what it asks."})
    state = Choice(STATES, metadata={"description": "How far the request is."})
    urgency = Choice(
        URGENCIES,
        metadata={
            "description": "Decides the target; only what a passed day has made urgent is lowered again."
        },
    )
    needed_by = Moment(
        allow_none=True,
        metadata={"description": "The hard date for the answer, such as the release; null without one."},
    )
    needed_by_had_passed = Flag(
        metadata={
            "description": "Whether that day had come when it was asked: it is urgent then, and on the very "
            "day wanted that day. If the day is wrong, `release_date_changed` with the right one and "
            "`may_wait` says that it may wait."
        }
    )
    area = Text(
        allow_none=True,
        metadata={"description": "The police force or local authority asked; null until it is known."},
    )
    agency_id = Identifier(
        allow_none=True, metadata={"description": "The organisation asked; null until it is known."}
    )
    missing = fields.List(
        fields.Nested(MissingDetail),
        metadata={"description": "For probation: the details without which it cannot be sent."},
    )
    required_at = Moment(metadata={"description": "When the need for it arose."})
    exposed_since = Moment(
        metadata={"description": "Since when the answer has not been known; it never pauses."}
    )
    sent_at = Moment(allow_none=True, metadata={"description": "When it was sent; null until then."})
    answered_at = Moment(
        allow_none=True, metadata={"description": "When it was answered in full; null until then."}
    )
    succeeded_by = Identifier(
        allow_none=True,
        metadata={
            "description": "For probation: the request that carries the question on; null without one."
        },
    )
    asks_about = fields.List(
        Identifier(),
        allow_none=True,
        metadata={
            "description": "The people and addresses that the agency's open question is about, by id; empty "
            "when it is about all of the request, null while no question is open."
        },
    )
    redirect_disputed = Flag(
        metadata={
            "description": "For probation: whether agencies redirect the question to each other, so that you "
            "say which is asked (`settle_redirect`)."
        }
    )
    clocks = fields.List(fields.Nested(CheckClockView), metadata={"description": "The clocks you may see."})
    question_version = Count(
        metadata={"description": "The newest version of what the agency is asked; 0 while it is not sent."}
    )
    acknowledged_version = Count(
        metadata={"description": "The newest version that the agency has acknowledged; 0 while it has none."}
    )
    version = Count(metadata={"description": "Rises by one with every change of the request."})
    allowed_transitions = fields.List(
        Choice(_ASKED_FOR),
        metadata={"description": "The actions that `POST .../transitions` takes from you now."},
    )
    return_results_at = Text(
        allow_none=True,
        metadata={
            "description": "For the agency: where to return results now, also late and supplementary ones; "
            "null when none may be."
        },
    )
    review_at = Text(
        allow_none=True,
        metadata={
            "description": "For probation: where to review the answer, or a part of it; null when none waits."
        },
    )


class CheckRequestView(CheckRequestSummary):
    """A check request as its agency or probation reads it; the document is for the agency."""

    sometimes = ("document", "reviews", "advice")

    question = Text(metadata={"description": "What the agency is asked."})
    purpose = Text(metadata={"description": "What it is asked for."})
    gateway = Text(metadata={"description": "The law that lets probation share what is asked, by nation."})
    regime = Text(metadata={"description": "The data protection regime under which probation shares it."})
    condition = Text(metadata={"description": "The conditions of that regime that are met."})
    receiver_regime = Text(
        metadata={"description": "The data protection regime under which the agency holds what it reads."}
    )
    document = fields.Nested(
        AskedNowView,
        metadata={"description": "For the agency, while it is asked: the people and addresses asked about."},
    )
    advice = fields.Nested(
        DangerAdvice,
        metadata={
            "description": "In the answer to an agency's action alone: what to do about danger, and whom to "
            "ring."
        },
    )
    subjects = fields.List(
        fields.Nested(CheckSubjectView),
        metadata={"description": "Whom and what it is about: each needs an answer of its own."},
    )
    messages = fields.List(
        fields.Nested(CheckMessageView), metadata={"description": "The messages of the two sides, in order."}
    )
    results = fields.List(
        fields.Nested(CheckResultView), metadata={"description": "The answers that the agency returned."}
    )
    reviews = fields.List(
        fields.Nested(CheckReviewView), metadata={"description": "For probation: the reviews of the answers."}
    )


CheckRequestList = list_schema(
    "CheckRequestList",
    CheckRequestSummary,
    "Check requests, in the order you asked for.",
    counted=STATES,
    by="state",
)


class CheckRequestSearchResult(View):
    """The requests that a search found."""

    found = fields.List(
        fields.Nested(CheckRequestSummary),
        metadata={"description": "Those found, the last sent first; at most 50."},
    )

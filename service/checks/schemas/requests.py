"""What one agency is asked: the request as it is listed, moved and shown."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final

from marshmallow import ValidationError, fields, validates_schema

from service.checks.kinds import QUESTIONS
from service.checks.reasons import BECAUSE
from service.checks.schemas.questions import (
    SUBJECTS,
    AskedByView,
    ChildsParentView,
    QuestionChangesView,
    WhyView,
)
from service.checks.schemas.results import CheckResultView
from service.checks.schemas.reviews import CheckReviewView
from service.checks.states import ACTIONS, STATES
from service.fields import (
    Choice,
    Count,
    Day,
    Flag,
    Identifier,
    LongText,
    Moment,
    Patterned,
    Schema,
    Text,
    View,
    member_faults,
)
from service.http import CountedPageQuery, list_schema
from service.timers.policy import URGENCIES


class Area(Patterned):
    """A police force's code or a local authority's ONS code."""

    longest = 60
    pattern = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{1,59}")
    message = "Must be the code of a police force or a local authority, such as west-yorkshire or E08000035."


class CheckRequestsQuery(CountedPageQuery):
    """Which check requests to list."""

    state = Choice(STATES, metadata={"description": "Only requests in this state."})
    referral_id = Identifier(metadata={"description": "For probation: only those of one referral."})


NEEDS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = MappingProxyType(
    {
        "acknowledge": ((), ()),
        "return_for_information": (("question",), ()),
        "answer_information": (("answer",), ()),
        "misdirect": (("to_area", "reason"), ()),
        "refuse": (("reason_code", "reason"), ()),
        "supply_details": ((), ("area",)),
        "ask_again": (("reason",), ("area",)),
        "cancel": (("reason",), ()),
        "stop_wrong_person": (("reason",), ()),
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
    answer = LongText(metadata={"description": "answer_information: the answer to the question."})
    to_area = Area(metadata={"description": "misdirect: the area that should have been asked."})
    area = Area(metadata={"description": "supply_details, ask_again: the area to ask."})
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
    reason = LongText(metadata={"description": "misdirect, refuse, ask_again, cancel: why."})

    @validates_schema(skip_on_field_errors=False)
    def _members_belong_to_the_action(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("action") not in NEEDS:
            return
        found = member_faults(data, *NEEDS[data["action"]])
        if found:
            raise ValidationError(found)


class MissingDetail(View):
    """A detail without which a request cannot be sent, and the person or address it belongs to."""

    kind = Choice(SUBJECTS, metadata={"description": "What the detail belongs to."})
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
            "answer": "the agency must answer",
            "review": "probation must review the answer",
        },
        metadata={"description": "What the clock times."},
    )
    state = Choice(
        {"running": "counting", "paused": "stopped for a reason, for a limited time", "stopped": "done"},
        metadata={"description": "Whether the clock counts."},
    )
    due_at = Moment(
        allow_none=True,
        metadata={
            "description": "The target. While paused: the target if the pause lasts as long as it may."
        },
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
    code = Text(allow_none=True, metadata={"description": "The coded reason, of a refusal; otherwise null."})
    body = LongText(metadata={"description": "The text."})
    from_ = Identifier(
        data_key="from", attribute="from", metadata={"description": "The organisation that sent it."}
    )
    sent_at = Moment(metadata={"description": "When it was sent."})


class CheckSubjectPerson(View):
    """The person on probation that a request is about."""

    sometimes = ("pnc_number", "noms_number", "aliases", "sex")

    given_name = Text(metadata={"description": "First name."})
    family_name = Text(metadata={"description": "Surname."})
    aliases = fields.List(
        Text(), metadata={"description": "Other names; absent from a question of before they were sent."}
    )
    date_of_birth = Day(allow_none=True, metadata={"description": "Date of birth; null if not known."})
    sex = Text(
        allow_none=True,
        metadata={
            "description": "Null if not known; absent from a question of before it was sent.",
        },
    )
    pnc_number = Text(
        allow_none=True,
        metadata={"description": "Police National Computer number; absent for children's services."},
    )
    noms_number = Text(
        allow_none=True, metadata={"description": "Prison number; absent for children's services."}
    )


class CheckSubjectContact(View):
    """Another person that a request is about: a partner for the police, a child for children's services."""

    sometimes = (
        "due_date", "estimated_age", "description", "identified_by", "parents", "lives_at", "mother_id"
    )  # fmt: skip

    id = Identifier(metadata={"description": "The id of the contact; use it in findings."})
    relationship = Text(metadata={"description": "To the person on probation."})
    given_name = Text(allow_none=True, metadata={"description": "First name; null if not known."})
    family_name = Text(allow_none=True, metadata={"description": "Surname; null if not known."})
    date_of_birth = Day(allow_none=True, metadata={"description": "Date of birth; null if not known."})
    due_date = Day(
        allow_none=True, metadata={"description": "When an unborn child is due; absent for the police."}
    )
    estimated_age = Count(
        allow_none=True,
        metadata={"description": "How old the contact looks, in years; absent for the police."},
    )
    description = Text(
        allow_none=True,
        metadata={"description": "What the contact can be recognised by; absent for the police."},
    )
    identified_by = fields.List(
        Text(),
        metadata={
            "description": "For children's services: in words, by what you can find somebody whose name or "
            "date of birth is not known; empty when both are given."
        },
    )
    parents = fields.List(
        fields.Nested(ChildsParentView),
        metadata={"description": "For children's services: who of the request is known to be a parent."},
    )
    lives_at = Identifier(
        allow_none=True, metadata={"description": "The address of the request where the contact lives."}
    )
    mother_id = Identifier(
        allow_none=True, metadata={"description": "The contact of the request who is the mother of a child."}
    )


class CheckSubjectAddress(View):
    """An address that a request is about."""

    sometimes = ("kind", "police_force", "local_authority")

    id = Identifier(metadata={"description": "The id of the address; use it in findings."})
    kind = Text(metadata={"description": "What the address is to the person; for the police."})
    lines = fields.List(
        Text(), allow_none=True, metadata={"description": "The lines of the address, without the postcode."}
    )
    postcode = Text(allow_none=True, metadata={"description": "The postcode; null if not known."})
    police_force = Text(
        allow_none=True, metadata={"description": "The police force of the area; for the police."}
    )
    local_authority = Text(
        allow_none=True,
        metadata={"description": "The local authority, by ONS code; for children's services."},
    )


class CheckQuestionView(View):
    """A version of a question as it was sent: the least that an agency must know to answer."""

    version = Count(metadata={"description": "Rises by one each time that what is asked changes."})
    asked_at = Moment(metadata={"description": "When this version was sent."})
    because = Choice(BECAUSE, metadata={"description": "Why there is this version."})
    rebuilt = Flag(
        metadata={
            "description": "True for one that was sent by a release which kept no questions: it was put "
            "together afterwards from the record as it was then."
        }
    )
    asked_by = fields.Nested(
        AskedByView,
        allow_none=True,
        metadata={"description": "Who asks; null in a version that was rebuilt."},
    )
    why = fields.Nested(
        WhyView, allow_none=True, metadata={"description": "Why; null in a version that was rebuilt."}
    )
    person = fields.Nested(CheckSubjectPerson, metadata={"description": "The person on probation."})
    contacts = fields.List(
        fields.Nested(CheckSubjectContact), metadata={"description": "The other people asked about."}
    )
    addresses = fields.List(
        fields.Nested(CheckSubjectAddress), metadata={"description": "The addresses asked about."}
    )


class CheckDocument(CheckQuestionView):
    """What an agency is asked now, and what changed since it was last asked."""

    changed = fields.Nested(
        QuestionChangesView,
        allow_none=True,
        metadata={"description": "What changed since the version before; null in the first."},
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
    urgency = Choice(URGENCIES, metadata={"description": "Decides the target; it can only be raised."})
    needed_by = Moment(
        allow_none=True,
        metadata={"description": "The hard date for the answer, such as the release; null without one."},
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
    clocks = fields.List(fields.Nested(CheckClockView), metadata={"description": "The clocks you may see."})
    version = Count(metadata={"description": "Rises by one with every change of the request."})
    allowed_transitions = fields.List(
        Choice(_ASKED_FOR),
        metadata={"description": "The actions that `POST .../transitions` takes from you now."},
    )
    return_results_at = Text(
        allow_none=True,
        metadata={"description": "For the agency: where to return results now; null when none may be."},
    )
    review_at = Text(
        allow_none=True,
        metadata={"description": "For probation: where to review the answer; null when none waits for it."},
    )


class CheckRequestView(CheckRequestSummary):
    """A check request as its agency or probation reads it; the document is for the agency."""

    sometimes = ("document", "reviews")

    question = Text(metadata={"description": "What the agency is asked."})
    purpose = Text(metadata={"description": "What it is asked for."})
    gateway = Text(metadata={"description": "The law that lets probation share what is asked."})
    document = fields.Nested(
        CheckDocument,
        metadata={"description": "For the agency, while it is asked: the people and addresses asked about."},
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

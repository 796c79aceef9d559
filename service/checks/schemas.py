"""What may be said about checks over HTTP, and what is answered."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final

from marshmallow import ValidationError, fields, validates_schema

from service.checks.kinds import KINDS
from service.checks.states import CheckState, State
from service.fields import (
    Choice,
    Count,
    Day,
    Flag,
    FreeObject,
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
from service.http import PageQuery, list_schema

CHANGES: Final = (
    "risk",
    "risk_management_plan",
    "sentence_plan",
    "licence_conditions",
    "placement",
    "nothing",
)


class Area(Patterned):
    """A police force's code or a local authority's ONS code."""

    longest = 60
    pattern = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{1,59}")
    message = "Must be the code of a police force or a local authority, such as west-yorkshire or E08000035."


class ChecksQuery(PageQuery):
    """Which checks to list."""

    referral_id = Identifier(required=True)


class CheckRequestsQuery(PageQuery):
    """Which check requests to list."""

    state = Choice(*State)
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
    }
)
"""For each action what must and what may come with it."""


class CheckRequestTransition(Schema):
    """One move of a request. Which other members it takes depends on the action."""

    action = Choice(*NEEDS, required=True)
    question = LongText(metadata={"description": "return_for_information: what the agency needs to know."})
    answer = LongText(metadata={"description": "answer_information: the answer to it."})
    to_area = Area(metadata={"description": "misdirect: who should have been asked."})
    area = Area(metadata={"description": "supply_details, ask_again: whom to ask."})
    reason_code = Choice(
        "no_lawful_basis",
        "not_proportionate",
        "cannot_identify",
        "duplicate",
        "other",
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


class FindingsField(FreeObject):
    """What an agency found; its members depend on the kind of check, and the kind's own schema reads them."""

    @staticmethod
    def alternatives() -> tuple[type[Schema], ...]:
        """Return the schemas it may follow, for the document of the API."""
        return tuple(kind.findings for kind in KINDS.values())


class SearchedFor(Schema):
    """How far an answer reaches."""

    from_ = Day(required=True, data_key="from", attribute="from")
    until = Day(required=True)
    sources = List(Text(max=120), min=1, max=50, required=True)

    @validates_schema
    def _forward(self, data: dict[str, Any], **_: Any) -> None:
        if data["from"] > data["until"]:
            raise ValidationError("Must not be before `from`.", "until")


class CheckDocumentReference(Schema):
    """A document that the agency holds; the document itself is not sent here."""

    reference = Text(max=120, required=True)
    title = Text(required=True)
    dated = Day()


class CheckResultBody(Schema):
    """An agency's answer, in whole or in part; what `findings` holds depends on the kind of check.

    "No convictions" and "no further action" are findings, not a nil return: `nothing_found` says that none of
    the sources searched for the period holds anything.
    """

    complete = Flag(required=True)
    nothing_found = Flag(required=True)
    valid_as_at = Day(required=True)
    searched = fields.Nested(SearchedFor, required=True)
    findings = FindingsField(required=True)
    remaining = LongText(metadata={"description": "A part says what is still to come."})
    documents = List(fields.Nested(CheckDocumentReference), max=100)

    @validates_schema
    def _a_part_says_what_remains(self, data: dict[str, Any], **_: Any) -> None:
        if data["complete"] == ("remaining" in data):
            raise ValidationError("Say what remains of a partial answer, and only of one.", "remaining")


class CheckDecision(Schema):
    """A manager's decision that nobody need answer."""

    decision = Choice("not_required", required=True)
    reason = LongText(required=True)


class CheckReviewBody(Schema):
    """What an answer changes, and why; also why nothing."""

    check_request_id = Identifier(required=True)
    changes = List(Choice(*CHANGES), min=1, max=len(CHANGES), required=True)
    reason = LongText(required=True)

    @validates_schema
    def _nothing_stands_alone(self, data: dict[str, Any], **_: Any) -> None:
        if len(set(data["changes"])) != len(data["changes"]):
            raise ValidationError("Each once.", "changes")
        if "nothing" in data["changes"] and len(data["changes"]) > 1:
            raise ValidationError("Either something changes or nothing does.", "changes")


class CheckCountersignatureBody(Schema):
    """A manager's word on a review."""

    agreed = Flag(required=True)
    reason = LongText(required=True)


class MissingDetail(View):
    """A detail without which a request cannot be sent, and whose."""

    kind = Choice("person", "contact", "address")
    id = Identifier(
        allow_none=True, metadata={"description": "Null in a preview, which puts nobody on record."}
    )
    detail = Text()


class CheckClockView(View):
    """One clock of a request. Overdue is a flag with a date, never a state."""

    timer = Choice("ask", "answer", "review")
    state = Choice("running", "paused", "stopped")
    due_at = Moment(
        allow_none=True, metadata={"description": "While paused: as if the pause lasted as long as it may."}
    )
    overdue = Flag()
    step = Text(allow_none=True)


class CheckMessageView(View):
    """Words between the two sides."""

    about = Text()
    code = Text(allow_none=True)
    body = LongText()
    from_ = Identifier(data_key="from", attribute="from")
    sent_at = Moment()


class CheckResultView(View):
    """An answer as it was given; a later one stands beside it and never replaces it."""

    id = Identifier()
    check_request_id = Identifier()
    number = Count()
    complete = Flag()
    nothing_found = Flag()
    valid_as_at = Day()
    searched = fields.Nested(SearchedFor)
    findings = FindingsField()
    remaining = LongText(allow_none=True)
    documents = fields.List(fields.Dict())
    returned_at = Moment()


class CheckCountersignatureView(View):
    """What a manager said to a review."""

    agreed = Flag()
    reason = LongText()
    manager = Text()
    signed_at = Moment()


class CheckReviewView(View):
    """What a practitioner said an answer changes."""

    id = Identifier()
    check_request_id = Identifier()
    number = Count()
    changes = fields.List(Choice(*CHANGES))
    reason = LongText()
    practitioner = Text()
    reviewed_at = Moment()
    countersignature_needed = Flag()
    countersignature = fields.Nested(CheckCountersignatureView, allow_none=True)


class CheckSubjectPerson(View):
    """The person a request is about."""

    sometimes = ("pnc_number",)

    given_name = Text()
    family_name = Text()
    date_of_birth = Day(allow_none=True)
    pnc_number = Text(allow_none=True)


class CheckSubjectContact(View):
    """Somebody else a request is about: a partner for the police, a child for children's services."""

    sometimes = ("due_date", "lives_at")

    id = Identifier()
    relationship = Text()
    given_name = Text(allow_none=True)
    family_name = Text(allow_none=True)
    date_of_birth = Day(allow_none=True)
    due_date = Day(allow_none=True)
    lives_at = Identifier(allow_none=True)


class CheckSubjectAddress(View):
    """Somewhere a request is about."""

    sometimes = ("kind", "police_force", "local_authority")

    id = Identifier()
    kind = Text()
    lines = fields.List(Text(), allow_none=True)
    postcode = Text(allow_none=True)
    police_force = Text(allow_none=True)
    local_authority = Text(allow_none=True)


class CheckDocument(View):
    """The least that an agency must know to answer."""

    person = fields.Nested(CheckSubjectPerson)
    contacts = fields.List(fields.Nested(CheckSubjectContact))
    addresses = fields.List(fields.Nested(CheckSubjectAddress))


class CheckRequestSummary(View):
    """A request in a list: nothing of anybody's details."""

    sometimes: ClassVar[tuple[str, ...]] = (
        "check_id",
        "referral_id",
        "missing",
        "succeeded_by",
        "return_results_at",
        "review_at",
    )

    id = Identifier()
    href = Text()
    check_id = Identifier(metadata={"description": "For probation."})
    referral_id = Identifier(metadata={"description": "For probation."})
    kind = Choice(*KINDS)
    state = Choice(*State)
    urgency = Choice("routine", "urgent")
    needed_by = Moment(allow_none=True)
    area = Text(allow_none=True)
    agency_id = Identifier(allow_none=True)
    missing = fields.List(fields.Nested(MissingDetail), metadata={"description": "For probation."})
    required_at = Moment()
    exposed_since = Moment()
    sent_at = Moment(allow_none=True)
    answered_at = Moment(allow_none=True)
    succeeded_by = Identifier(allow_none=True, metadata={"description": "For probation."})
    clocks = fields.List(fields.Nested(CheckClockView))
    version = Count()
    allowed_transitions = fields.List(
        Choice(*NEEDS),
        metadata={"description": "The actions that `POST .../transitions` takes from you now."},
    )
    return_results_at = Text(
        allow_none=True,
        metadata={"description": "For the agency: where results may be returned now; null when none may."},
    )
    review_at = Text(
        allow_none=True,
        metadata={"description": "For probation: where the answer waits for a review; null when none does."},
    )


class CheckRequestView(CheckRequestSummary):
    """A request as its agency or probation reads it; the document is for the agency."""

    sometimes = ("document", "reviews")

    question = Text()
    document = fields.Nested(CheckDocument)
    messages = fields.List(fields.Nested(CheckMessageView))
    results = fields.List(fields.Nested(CheckResultView))
    reviews = fields.List(fields.Nested(CheckReviewView), metadata={"description": "For probation."})


CheckRequestList = list_schema(
    "CheckRequestList", CheckRequestSummary, "Check requests, the longest waiting first."
)


class NotRequiredView(View):
    """Who decided that nobody need answer, and why."""

    by = Text()
    reason = LongText()
    at = Moment()


class CheckSummary(View):
    """A check in a list."""

    id = Identifier()
    href = Text()
    referral_id = Identifier()
    kind = Choice(*KINDS)
    cycle = Count()
    previous_id = Identifier(allow_none=True)
    trigger_event = Text()
    state = Choice(*CheckState)
    urgency = Choice("routine", "urgent")
    raised_at = Moment()
    not_required = fields.Nested(NotRequiredView, allow_none=True)
    version = Count()
    requests = fields.List(fields.Nested(CheckRequestSummary))
    allowed_transitions = fields.List(
        Choice("not_required", "review", "countersign"),
        metadata={
            "description": "`not_required` is done at `POST .../decisions`, `review` at `POST .../reviews`, "
            "`countersign` at `POST .../reviews/{id}/countersignature`."
        },
    )


class CheckView(CheckSummary):
    """A check with everything that came back and what was made of it."""

    results = fields.List(fields.Nested(CheckResultView))
    reviews = fields.List(fields.Nested(CheckReviewView))


CheckList = list_schema("CheckList", CheckSummary, "The checks of a referral, by kind and cycle.")

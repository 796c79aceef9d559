"""A check as a whole, with its requests, answers and reviews: for probation."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from marshmallow import fields

from service.checks.kinds import QUESTIONS
from service.checks.schemas.requests import CheckRequestSummary
from service.checks.schemas.results import CheckResultView
from service.checks.schemas.reviews import CheckReviewView
from service.checks.states import CHECK_STATES
from service.fields import Choice, Count, Identifier, LongText, Moment, Schema, Text, View
from service.http import CountedPageQuery, list_schema
from service.timers.policy import URGENCIES

DECISIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "not_required": "decide at `POST .../decisions` that no answer is required",
        "review": "review an answer at `POST .../reviews`",
        "countersign": "agree with a review, or send it back, at `POST .../reviews/{id}/countersignature`",
    }
)
"""What probation can do about a check, and where."""


class ChecksQuery(CountedPageQuery):
    """Which checks to list."""

    referral_id = Identifier(required=True, metadata={"description": "The referral whose checks you want."})


class CheckDecision(Schema):
    """A manager's decision that no answer is required."""

    decision = Choice(
        {"not_required": "what is still unanswered need not be answered"},
        required=True,
        metadata={"description": "The decision."},
    )
    reason = LongText(required=True, metadata={"description": "Why no answer is required."})


class NotRequiredView(View):
    """The manager's decision that no answer is required."""

    by = Text(metadata={"description": "The manager, by the case system's id."})
    reason = LongText(metadata={"description": "Why no answer is required."})
    at = Moment(metadata={"description": "When the manager decided."})


class CheckSummary(View):
    """A check in a list, with its requests."""

    id = Identifier(metadata={"description": "The id of the check."})
    href = Text(metadata={"description": "The address of the check."})
    referral_id = Identifier(
        allow_none=True,
        metadata={"description": "The referral that the check belongs to; null while the case has none."},
    )
    kind = Choice(QUESTIONS, metadata={"description": "The kind of check, and what it asks."})
    cycle = Count(metadata={"description": "Which time this kind of check is made for the case, from 1."})
    previous_id = Identifier(
        allow_none=True, metadata={"description": "The check of the cycle before; null for the first."}
    )
    trigger_event = Text(
        metadata={
            "description": "What raised it: an event such as `referral.submitted`, or `change:` and an id."
        }
    )
    state = Choice(CHECK_STATES, metadata={"description": "Counted from the states of its requests."})
    urgency = Choice(
        URGENCIES,
        metadata={
            "description": "Decides the target; only what a passed day has made urgent is lowered again."
        },
    )
    raised_at = Moment(metadata={"description": "When it was raised."})
    not_required = fields.Nested(
        NotRequiredView,
        allow_none=True,
        metadata={"description": "The manager's decision that no answer is required; null without one."},
    )
    version = Count(metadata={"description": "Rises by one with every change of the check."})
    requests = fields.List(
        fields.Nested(CheckRequestSummary), metadata={"description": "One request for each agency asked."}
    )
    allowed_transitions = fields.List(
        Choice(DECISIONS), metadata={"description": "What you can do about the check now."}
    )


class CheckView(CheckSummary):
    """A check with every answer and every review."""

    results = fields.List(fields.Nested(CheckResultView), metadata={"description": "The agencies' answers."})
    reviews = fields.List(
        fields.Nested(CheckReviewView), metadata={"description": "The practitioners' reviews of the answers."}
    )


CheckList = list_schema(
    "CheckList",
    CheckSummary,
    "The checks of a referral, by kind and cycle, or of a person, by age; in the order asked for.",
    counted=CHECK_STATES,
    by="state",
)

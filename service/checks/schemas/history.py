"""The history of a check, as it is asked for and shown."""

from typing import Final

from marshmallow import fields

from service import tenses
from service.agreements.schemas import EndorsementView
from service.checks.schemas.checks import NotRequiredView
from service.checks.schemas.questions import CheckQuestionView
from service.checks.schemas.requests import CheckMessageView
from service.checks.schemas.results import CheckResultView
from service.checks.schemas.reviews import CheckCountersignatureView, CheckReviewView
from service.fields import Choice, Identifier, Moment, Text, View
from service.http import PageQuery, list_schema

WHAT: Final = {
    "required": "it became known that an agency must be asked",
    "asked": "an agency was asked, or told what it is asked now",
    "said": "one side wrote to the other",
    "answered": "an agency answered, in whole or in part",
    "reviewed": "a practitioner recorded what an answer changes",
    "countersigned": "a manager decided about a review",
    "endorsed": "a manager said something to a review that needed no decision",
    "not_required": "a manager decided that no answer is required",
    "replaced": "an agency is asked no longer: another request carries the question on",
    "ended": "an agency is asked no longer: nobody is left to ask about",
}


class HistoryQuery(PageQuery):
    """Which page of a check's history, and as of when."""

    at = Moment(tense=tenses.ANY, metadata={"description": "Only what had happened by this moment."})


class CheckHistoryEntry(View):
    """One thing that happened to a check."""

    at = Moment(metadata={"description": "When it happened."})
    what = Choice(WHAT, metadata={"description": "What happened."})
    check_request_id = Identifier(
        allow_none=True,
        metadata={"description": "The request; null for what was decided of the check as a whole."},
    )
    agency_id = Identifier(
        allow_none=True, metadata={"description": "The agency asked; null where nobody had been asked."}
    )
    area = Text(
        allow_none=True,
        metadata={"description": "The police force or local authority asked; null as `agency_id`."},
    )
    question = fields.Nested(
        CheckQuestionView,
        allow_none=True,
        metadata={
            "description": "`asked`: this version as it was sent. `answered`: the version that was answered, "
            "with the identities it was about. Otherwise null. Who does not see the household of the record "
            "is shown the person alone."
        },
    )
    message = fields.Nested(
        CheckMessageView, allow_none=True, metadata={"description": "`said`: the message; otherwise null."}
    )
    result = fields.Nested(
        CheckResultView, allow_none=True, metadata={"description": "`answered`: the answer; otherwise null."}
    )
    review = fields.Nested(
        CheckReviewView,
        allow_none=True,
        metadata={"description": "`reviewed`: the review as it was then; otherwise null."},
    )
    countersignature = fields.Nested(
        CheckCountersignatureView,
        allow_none=True,
        metadata={"description": "`countersigned`: the manager's decision; otherwise null."},
    )
    endorsement = fields.Nested(
        EndorsementView,
        allow_none=True,
        metadata={"description": "`endorsed`: what the manager said; otherwise null."},
    )
    not_required = fields.Nested(
        NotRequiredView,
        allow_none=True,
        metadata={"description": "`not_required`: the manager's decision; otherwise null."},
    )


CheckHistoryList = list_schema(
    "CheckHistoryList", CheckHistoryEntry, "What happened to the check, the oldest first."
)

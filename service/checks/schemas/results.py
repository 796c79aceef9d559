"""An agency's answer to a check request, as it is sent and as it is shown."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from service import tenses
from service.checks.kinds import KINDS
from service.checks.kinds.contract import OUTCOMES
from service.checks.schemas.documents import SUBJECT_KINDS, CheckDocument
from service.corrections.schemas import CorrectableView
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
    Schema,
    Text,
    View,
)
from service.people.schemas.ringing import DangerAdvice


class FindingsField(FreeObject):
    """What an agency found; its members depend on the kind of check, and the kind's own schema reads them."""

    @staticmethod
    def alternatives() -> tuple[type[Schema], ...]:
        """Return the schemas it may follow, for the document of the API."""
        return tuple(kind.findings for kind in KINDS.values())


class SearchedFor(Schema):
    """The period and the sources that an answer covers."""

    from_ = Day(
        tense=tenses.BEEN,
        required=True,
        data_key="from",
        attribute="from",
        metadata={"description": "The first day of the period that was searched."},
    )
    until = Day(
        tense=tenses.BEEN,
        required=True,
        metadata={"description": "The last day of the period that was searched."},
    )
    sources = List(
        Text(max=120),
        min=1,
        max=50,
        required=True,
        metadata={"description": "The systems and records that were searched."},
    )

    @validates_schema
    def _forward(self, data: dict[str, Any], **_: Any) -> None:
        if data["from"] > data["until"]:
            raise ValidationError("Must not be before `from`.", "until")


class CheckDocumentReference(Schema):
    """A document that the agency holds; the document itself is not sent here."""

    reference = Text(
        max=120, required=True, metadata={"description": "The agency's own reference for the document."}
    )
    title = Text(required=True, metadata={"description": "The title of the document."})
    dated = Day(tense=tenses.BEEN, metadata={"description": "The date of the document."})


class SubjectOutcome(Schema):
    """What an agency says of one person or address that it was asked about."""

    id = Identifier(required=True, metadata={"description": "The id in the request, as in its `subjects`."})
    outcome = Choice(
        OUTCOMES, required=True, metadata={"description": "Whether the agency holds anything about it."}
    )


class CheckResultBody(Schema):
    """An agency's answer, in whole or in part; what `findings` holds depends on the kind of check.

    "No convictions" and "no further action" are findings, not a nil return: `nothing_found` says that none of
    the sources searched for the period holds anything.
    """

    complete = Flag(
        required=True,
        metadata={
            "description": "True: the whole answer, with something said of every subject. False: part of it; "
            "more follows."
        },
    )
    nothing_found = Flag(
        required=True,
        metadata={"description": "A nil return: none of the sources holds anything for the period."},
    )
    valid_as_at = Day(
        tense=tenses.REPORTED,
        required=True,
        metadata={"description": "The day on which the agency's records said this."},
    )
    searched = fields.Nested(
        SearchedFor, required=True, metadata={"description": "How far the search reached."}
    )
    findings = FindingsField(
        required=True, metadata={"description": "What was found, in the form of the kind of check."}
    )
    subjects = List(
        fields.Nested(SubjectOutcome),
        max=500,
        metadata={
            "description": "For the police: whether information is held about each of the `subjects` of the "
            "request, or nothing was found. A whole answer names every one that no earlier part has named. "
            "Children's services say it in `findings.children`."
        },
    )
    question_version = Count(
        min=1,
        metadata={
            "description": "The `question_version` of the request that you answer: the one that you have "
            "acknowledged when you leave this out."
        },
    )
    remaining = LongText(
        metadata={"description": "What is still to come. Required for part of an answer, and only then."}
    )
    documents = List(
        fields.Nested(CheckDocumentReference),
        max=100,
        metadata={"description": "Documents that the agency holds and can be asked for."},
    )

    @validates_schema
    def _a_part_says_what_remains(self, data: dict[str, Any], **_: Any) -> None:
        if data["complete"] == ("remaining" in data):
            raise ValidationError("Say what remains of a partial answer, and only of one.", "remaining")


class SubjectOutcomeView(View):
    """What an answer says of one person or address."""

    kind = Choice(SUBJECT_KINDS, metadata={"description": "What it is about."})
    id = Identifier(metadata={"description": "The id in the request."})
    outcome = Choice(OUTCOMES, metadata={"description": "Whether the agency holds anything about it."})


class CheckResultView(CorrectableView):
    """An answer as the agency returned it; a later answer is kept with it and never replaces it."""

    sometimes = ("about", "advice", "findings")

    id = Identifier(metadata={"description": "The id of the answer."})
    check_request_id = Identifier(metadata={"description": "The check request that it answers."})
    number = Count(metadata={"description": "Which answer to the request this is, from 1."})
    question_version = Count(
        metadata={"description": "The version of the question that it answers, and whose people it is about."}
    )
    complete = Flag(
        metadata={
            "description": "True for the whole answer, false for part of it. A whole answer to an older "
            "version is a part while something that was asked since has no answer."
        }
    )
    subjects = fields.List(
        fields.Nested(SubjectOutcomeView), metadata={"description": "What it says of each subject it names."}
    )
    about = fields.Nested(
        CheckDocument,
        metadata={
            "description": "Whom and what it is about, as told in that version of the question, without what "
            "is kept apart of victims and former partners; absent where you only read along, or are asked no "
            "longer."
        },
    )
    nothing_found = Flag(
        metadata={"description": "A nil return: none of the sources holds anything for the period."}
    )
    valid_as_at = Day(metadata={"description": "The day on which the agency's records said this."})
    searched = fields.Nested(SearchedFor, metadata={"description": "How far the search reached."})
    findings = FindingsField(
        metadata={
            "description": "What was found, in the form of the kind of check; absent where it only withdraws "
            "an answer."
        }
    )
    remaining = LongText(
        allow_none=True,
        metadata={"description": "What is still to come; null where it was meant as the whole answer."},
    )
    supplement = Flag(
        metadata={
            "description": "Whether no answer was awaited: it came after a whole one, or the request had "
            "been redirected, cancelled or replaced."
        }
    )
    documents = fields.List(
        fields.Dict(),
        metadata={"description": "Documents that the agency holds: `reference`, `title` and `dated`."},
    )
    returned_at = Moment(metadata={"description": "When the agency returned it."})
    advice = fields.Nested(
        DangerAdvice,
        metadata={
            "description": "In the answer to the agency alone: what to do about danger, and whom to ring."
        },
    )

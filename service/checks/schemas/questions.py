"""What an agency is told beside the people and addresses: who asks, why, and what has changed."""

from marshmallow import fields

from service.checks.reasons import BECAUSE
from service.checks.schemas.documents import SUBJECT_KINDS, CheckDocument
from service.fields import Choice, Count, Day, Flag, Identifier, LongText, Moment, Text, View


class AskedByView(View):
    """Who asks: whoever answered for the case when the question was sent."""

    name = Text(metadata={"description": "The practitioner, by the staff register of the region."})
    unit = Text(allow_none=True, metadata={"description": "The probation delivery unit; null if not known."})
    organisation = Text(metadata={"description": "The probation region."})
    phone = Text(
        allow_none=True,
        metadata={
            "description": "The practitioner's work phone, or the region's where the register has none; null "
            "without either."
        },
    )


class HappenedView(View):
    """The change of circumstance because of which an agency is asked."""

    kind = Text(
        metadata={
            "description": "The code of the kind of change, such as `new_relationship`; `possible_danger` "
            "and `case_changed` each stand for several kinds, which not every agency is told apart."
        }
    )
    occurred_on = Day(metadata={"description": "The day on which it happened, or is said to have happened."})
    standing = Text(
        metadata={
            "description": "How far it is known: `alleged` or `established`, and later `refuted`; "
            "`put_right` or `withdrawn` once whoever reported it has said so: what is said instead stands "
            "beside it."
        }
    )


class ReasonView(View):
    """What called for a question, and what was written about it."""

    raised_because = Text(metadata={"description": "What called for the check, in words."})
    happened = fields.Nested(
        HappenedView,
        allow_none=True,
        metadata={"description": "The change of circumstance that called for it; null without one."},
    )
    words = LongText(
        allow_none=True,
        metadata={
            "description": "What the practitioner wrote for you; null if nothing. `[withheld]` stands for "
            "what you may not know."
        },
    )


class WhyView(ReasonView):
    """Why an agency is asked."""

    earlier = fields.List(
        fields.Nested(ReasonView),
        metadata={
            "description": "What else has happened since you were asked, each change as you were told of it, "
            "the newest last; of more than ten, the newest ten."
        },
    )


class QuestionSubjectView(View):
    """Somebody or somewhere that a question is about."""

    kind = Choice(SUBJECT_KINDS, metadata={"description": "What it is."})
    id = Identifier(metadata={"description": "Its id, as in the rest of the question."})


class WithdrawnSubjectView(QuestionSubjectView):
    """Somebody or somewhere that you are asked about no longer."""

    was = fields.Dict(metadata={"description": "What you were told of it in the version before."})


class CorrectedView(QuestionSubjectView):
    """A detail that you were told otherwise in the version before."""

    member = Text(metadata={"description": "Which detail, such as `date_of_birth`."})
    before = fields.Raw(allow_none=True, metadata={"description": "What you were told."})
    after = fields.Raw(allow_none=True, metadata={"description": "What is so."})


class QuestionChangesView(View):
    """What changed since the version that you had read before, from what you were told in the two."""

    added = fields.List(
        fields.Nested(QuestionSubjectView),
        metadata={"description": "Who and where you are asked about in addition."},
    )
    withdrawn = fields.List(
        fields.Nested(WithdrawnSubjectView),
        metadata={"description": "Who and where you are asked about no longer."},
    )
    corrected = fields.List(
        fields.Nested(CorrectedView), metadata={"description": "What you had been told otherwise."}
    )


class CheckQuestionView(CheckDocument):
    """A version of a question as it was sent: who asked, why, and about whom."""

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


class AskedNowView(CheckQuestionView):
    """What an agency is asked now, and what changed since it last read what it is asked."""

    changed = fields.Nested(
        QuestionChangesView,
        allow_none=True,
        metadata={
            "description": "What changed since the version that you had read before; null where you had read "
            "none."
        },
    )

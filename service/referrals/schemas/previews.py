"""What a submission would do, as a preview shows it."""

from marshmallow import fields as plain

from service import fields
from service.checks.schemas.requests import CheckRequestSummary, MissingDetail
from service.destinations.states import STATES
from service.referrals.schemas.readiness import (
    KINDS,
    BlockView,
    GapView,
    NotRepresentableView,
    OrganisationView,
    WithheldView,
)


class AdviceView(fields.View):
    """Something a practitioner should know; it stops nothing."""

    sometimes = ("href",)

    code = fields.Text(metadata={"description": "The code of the advice."})
    words = fields.Text(metadata={"description": "The advice in words."})
    pointer = fields.Text(
        metadata={"description": "A JSON pointer to the place in the submission that it is about."}
    )
    href = fields.Text(
        metadata={"description": "With `already_open`: the destination referral that is open already."}
    )


class AdviceOnPeopleView(AdviceView):
    """Something to know about the person or the people around them before the referral goes."""

    sometimes = ("href",)

    href = fields.Text(
        metadata={
            "description": "The other record, the entry in error, or the other referral that it is about; "
            "absent for a contact that counts."
        }
    )


class DraftView(fields.View):
    """What one destination would be sent, and what stops it."""

    kind = fields.Choice(KINDS, metadata={"description": "The kind of destination."})
    service_category = fields.Text(
        allow_none=True, metadata={"description": "The service category, for CRS; otherwise null."}
    )
    organisation = plain.Nested(
        OrganisationView,
        allow_none=True,
        metadata={"description": "The organisation that would receive it; null if none can be assigned."},
    )
    state = fields.Choice(STATES, metadata={"description": "The state it would begin in."})
    document = plain.Dict(metadata={"description": "The document, in the destination's own words."})
    missing = plain.List(
        plain.Nested(GapView), metadata={"description": "Required answers that are missing."}
    )
    not_representable = plain.List(
        plain.Nested(NotRepresentableView),
        metadata={"description": "Values that the destination has no code for."},
    )
    withheld = plain.List(
        plain.Nested(WithheldView), metadata={"description": "What the destination would not be sent."}
    )
    held_until = fields.Day(
        allow_none=True,
        metadata={"description": "The day on which it would be sent; null if it would not be held."},
    )
    blocked_by = plain.List(
        plain.Nested(BlockView), metadata={"description": "What must be true before it would be sent."}
    )
    advice = plain.List(
        plain.Nested(AdviceView), metadata={"description": "What a practitioner should know."}
    )
    answer_due = fields.Moment(
        allow_none=True,
        metadata={"description": "When the destination would have to answer; null if no clock would run."},
    )


class DraftCheckView(fields.View):
    """A question that one agency would be asked."""

    kind = fields.Text(metadata={"description": "The kind of check."})
    area = fields.Text(
        allow_none=True, metadata={"description": "The police force or local authority; null if not known."}
    )
    organisation = plain.Nested(
        OrganisationView,
        allow_none=True,
        metadata={"description": "The agency that would be asked; null if not known."},
    )
    state = fields.Text(metadata={"description": "The state the request would begin in."})
    urgency = CheckRequestSummary().fields["urgency"]
    needed_by_had_passed = CheckRequestSummary().fields["needed_by_had_passed"]
    missing = plain.List(
        plain.Nested(MissingDetail), metadata={"description": "Details without which it could not be sent."}
    )
    due_at = fields.Moment(
        allow_none=True, metadata={"description": "The first target; null if no clock would run."}
    )


class PreviewView(fields.View):
    """What a submission would do."""

    destinations = plain.List(
        plain.Nested(DraftView), metadata={"description": "One entry for each destination asked for."}
    )
    checks = plain.List(
        plain.Nested(DraftCheckView),
        metadata={"description": "One entry for each agency that would be asked."},
    )
    advice = plain.List(
        plain.Nested(AdviceOnPeopleView),
        metadata={
            "description": "What to know about the people in it: who may be the same as somebody on record "
            "(`likely_twin`), whose reference named somebody else before (`identity_changed`), whose "
            "number stands on another record that you see (`same_number`), that both are others than those "
            "of the record that stands for the CRN (`other_numbers`), who or which place was entered in "
            "error before and would count again (`entered_in_error`), where the record would stay as it "
            "is although the document says otherwise (`kept`), and which answers of an urgent referral "
            "could not be understood and are not taken (`not_understood`)."
        },
    )

"""The reviews that changes open, as they are completed and shown."""

from typing import Final

from marshmallow import fields as plain

from service import fields
from service.access.permissions import MANAGER_ROLES
from service.agreements.schemas import EndorsementView
from service.circumstances.consequences import CONSIDERATIONS
from service.circumstances.rules import CONSIDERED, DECISIONS_TO_TELL, REVIEW_CHANGES
from service.circumstances.states import CALLS, STATES
from service.http import list_schema
from service.timers.policy import URGENCIES

_MOST: Final = 20


class AgreedBy(fields.View):
    """The manager who agreed that nothing need change."""

    id = fields.Text(metadata={"description": "The manager, by the case system's id."})
    role = fields.Choice(MANAGER_ROLES, metadata={"description": "The role of the manager."})


class Considered(fields.Schema):
    """The outcome of considering MAPPA or MARAC."""

    what = fields.Choice(CONSIDERATIONS, required=True, metadata={"description": "What was considered."})
    outcome = fields.Choice(CONSIDERED, required=True, metadata={"description": "What was decided."})
    reason = fields.LongText(required=True, metadata={"description": "Why it was decided."})


class Completion(fields.Schema):
    """What a review changes, or why nothing; or the decision whether a person is told."""

    changes = fields.List(
        fields.Choice(REVIEW_CHANGES),
        max=_MOST,
        metadata={"description": "What must change. Give this or `no_change_reason` for a review of risk."},
    )
    no_change_reason = fields.LongText(
        metadata={"description": "Why nothing need change. A manager who is not on the case must agree."}
    )
    considered = fields.List(
        plain.Nested(Considered),
        max=_MOST,
        load_default=list,
        metadata={
            "description": "The outcome for each of MAPPA and MARAC that the review names in `consider`."
        },
    )
    disclosure = fields.Choice(
        DECISIONS_TO_TELL,
        metadata={
            "description": "Whether the person who may be in danger is told; for a `disclosure` review."
        },
    )
    withheld = fields.List(
        fields.Text(),
        max=_MOST,
        load_default=list,
        metadata={"description": "What is not disclosed; required for `partly_told`."},
    )
    reason = fields.LongText(
        metadata={"description": "Why it was decided; required for a `disclosure` review."}
    )
    also = fields.List(
        fields.Identifier(),
        max=_MOST,
        load_default=list,
        metadata={
            "description": "Other reviews of the same person, of the same kind, that this completes too, by "
            "id: all or none. Each has a record of its own, with what it names in `consider`."
        },
    )


class ReviewAgreementBody(fields.Schema):
    """A manager's decision on a proposal that nothing need change."""

    agreed = fields.Flag(
        required=True,
        metadata={"description": "True completes the review; false sends it back to be done again."},
    )
    reason = fields.LongText(required=True, metadata={"description": "Why the manager agrees or does not."})


class ReviewAgreementView(fields.View):
    """A manager's decision on a proposal that nothing need change."""

    agreed = fields.Flag(metadata={"description": "False: the review was sent back to be done again."})
    reason = fields.Text(metadata={"description": "Why the manager agreed or did not."})
    manager = fields.Text(metadata={"description": "The manager, by the case system's id."})
    role = fields.Choice(MANAGER_ROLES, metadata={"description": "The role of the manager."})
    decided_at = fields.Moment(metadata={"description": "When the manager decided."})


class ReviewProposalView(fields.View):
    """A proposal that nothing need change."""

    number = fields.Count(metadata={"description": "Which proposal of the review this is, from 1."})
    no_change_reason = fields.Text(metadata={"description": "Why nothing need change."})
    considered = plain.List(
        plain.Nested(Considered), metadata={"description": "The outcome of considering MAPPA and MARAC."}
    )
    withheld = plain.List(fields.Text(), metadata={"description": "What was not disclosed."})
    reason = fields.Text(
        allow_none=True, metadata={"description": "More about the decision; null if nothing was given."}
    )
    practitioner = fields.Text(metadata={"description": "The practitioner, by the case system's id."})
    proposed_at = fields.Moment(metadata={"description": "When it was proposed."})
    agreement = plain.Nested(
        ReviewAgreementView,
        allow_none=True,
        metadata={"description": "The manager's decision; null until there is one."},
    )


class OutcomeView(fields.View):
    """The outcome of a completed review."""

    changes = plain.List(
        fields.Choice(REVIEW_CHANGES), metadata={"description": "What must change; empty if nothing."}
    )
    no_change_reason = fields.Text(
        allow_none=True, metadata={"description": "Why nothing need change; null if something does."}
    )
    agreed_by = plain.Nested(
        AgreedBy,
        allow_none=True,
        metadata={"description": "The manager who agreed that nothing need change; null if something does."},
    )
    considered = plain.List(
        plain.Nested(Considered), metadata={"description": "The outcome of considering MAPPA and MARAC."}
    )
    disclosure = fields.Choice(
        DECISIONS_TO_TELL,
        allow_none=True,
        metadata={"description": "The decision whether a person is told; null for a review of risk."},
    )
    withheld = plain.List(fields.Text(), metadata={"description": "What was not disclosed."})
    reason = fields.Text(allow_none=True, metadata={"description": "Why it was decided; null if not given."})
    practitioner = fields.Text(
        metadata={"description": "The practitioner who completed it, by the case system's id."}
    )
    completed_at = fields.Moment(metadata={"description": "When it was completed."})


class ReviewView(fields.View):
    """A review that a change opened."""

    id = fields.Identifier(metadata={"description": "The id of the review."})
    href = fields.Text(metadata={"description": "The address of the review."})
    crn = fields.Crn(metadata={"description": "The person's case reference number in probation."})
    change_id = fields.Identifier(metadata={"description": "The change that opened it."})
    kind = fields.Choice(
        {
            "risk": "whether the change alters the assessment of risk or the plan",
            "disclosure": "whether a person who may be in danger is told; opened by earlier releases alone",
        },
        metadata={"description": "What must be decided."},
    )
    owner = fields.Text(metadata={"description": "The role that must complete it."})
    urgency = fields.Choice(URGENCIES, metadata={"description": "Decides the target."})
    consider = plain.List(
        fields.Choice(CONSIDERATIONS), metadata={"description": "What the review must consider by name."}
    )
    state = fields.Choice(STATES, metadata={"description": "How far the review is."})
    version = fields.Count(metadata={"description": "Rises by one with every change of the review."})
    opened_at = fields.Moment(metadata={"description": "When it was opened."})
    due_at = fields.Moment(allow_none=True, metadata={"description": "The target; null if no clock runs."})
    overdue = fields.Flag(metadata={"description": "Whether the target has passed and it is not complete."})
    waits_for = fields.Choice(
        {
            "practitioner": "the practitioner on the case must complete it",
            "spo": "the senior probation officer must complete it",
            "manager": "a manager who is not on the case must agree or send it back",
        },
        allow_none=True,
        metadata={"description": "Who must act; null when it is completed."},
    )
    allowed_transitions = plain.List(
        fields.Choice(CALLS),
        metadata={"description": "What you can do about it now."},
    )
    proposals = plain.List(
        plain.Nested(ReviewProposalView),
        metadata={"description": "The proposals that nothing need change, in order."},
    )
    outcome = plain.Nested(
        OutcomeView, allow_none=True, metadata={"description": "The outcome; null until it is completed."}
    )
    endorsements = plain.List(
        plain.Nested(EndorsementView),
        metadata={
            "description": "What managers said to the completed review: see `POST /v1/agreements`. Shown to "
            "the region that holds the record."
        },
    )


ReviewList = list_schema(
    "ReviewList",
    ReviewView,
    "The reviews of a person, completed ones last, each in the order asked for.",
    counted=STATES,
    by="state",
)

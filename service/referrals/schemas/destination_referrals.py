"""One destination's part of a referral, as it is listed and shown."""

from typing import ClassVar

from marshmallow import fields as plain

from service import fields
from service.destinations.states import ACTIONS, DECLINE_DECISIONS, STATES, UNDECIDED_ABOUT
from service.http import CountedPageQuery, list_schema
from service.people.schemas.ringing import DangerAdvice
from service.referrals.schemas.history import ChangeNoticeView, DestinationMoveView
from service.referrals.schemas.placements import AgreementView
from service.referrals.schemas.readiness import (
    KINDS,
    BlockView,
    GapView,
    NotRepresentableView,
    OrganisationView,
    WithheldView,
)


class DestinationReferralsQuery(CountedPageQuery):
    """Which destination referrals to list."""

    state = fields.Choice(STATES, metadata={"description": "Only destination referrals in this state."})


class DestinationDeadlineView(fields.View):
    """A running or paused clock of a destination referral."""

    timer = fields.Text(
        metadata={"example": "answer", "description": "What the clock times, such as `answer`."}
    )
    state = fields.Choice(
        {"running": "counting", "paused": "stopped for a reason, for a limited time", "stopped": "done"},
        metadata={"description": "Whether the clock counts."},
    )
    due_at = fields.Moment(
        allow_none=True,
        metadata={
            "description": "The target; null while it is paused, for that depends on how long it waits."
        },
    )


class DestinationReferralSummary(fields.View):
    """One destination's part of a referral; the destination sees what concerns it."""

    sometimes: ClassVar[tuple[str, ...]] = (
        "overdue",
        "referral_id",
        "shared_until",
        "duplicate_of",
        "decline_settled",
        "missing",
        "not_representable",
        "held_until",
        "blocked_by",
    )

    id = fields.Identifier(metadata={"description": "The id of the destination referral."})
    href = fields.Text(metadata={"description": "The address of the destination referral."})
    kind = fields.Choice(KINDS, metadata={"description": "The kind of destination."})
    service_category = fields.Text(
        allow_none=True, metadata={"description": "The service category, for CRS; otherwise null."}
    )
    organisation = plain.Nested(
        OrganisationView,
        allow_none=True,
        metadata={"description": "The organisation that receives it; null until one is assigned."},
    )
    state = fields.Choice(STATES, metadata={"description": "Who must act, and what is possible."})
    version = fields.Count(
        metadata={
            "description": "1 until it is sent; then it rises by one with every change its destination reads."
        }
    )
    sent_version = fields.Count(
        allow_none=True,
        metadata={
            "description": "The version that was last sent; null until one is. A destination counts "
            "what it was sent, probation the versions of the referral."
        },
    )
    acknowledged_version = fields.Count(
        allow_none=True,
        metadata={
            "description": "The version up to which changes are acknowledged, counted in the same way; "
            "null until then."
        },
    )
    sent_at = fields.Moment(
        allow_none=True, metadata={"description": "When it was first sent; null until then."}
    )
    next_update_due = fields.Moment(
        allow_none=True,
        metadata={
            "description": "The first `due_at` of `deadlines`; null if nothing is awaited, or probation must "
            "act first."
        },
    )
    overdue = fields.Flag(metadata={"description": "In lists only: whether `next_update_due` has passed."})
    allowed_transitions = plain.List(
        fields.Choice(ACTIONS),
        metadata={"description": "The actions that `POST .../transitions` takes from you now."},
    )
    adjustments_to_answer = plain.List(
        fields.Text(),
        metadata={
            "description": "Adjustments that the destination must say it can or cannot meet: `language` also "
            "when an interpreter is needed."
        },
    )
    adjustments_to_decide = plain.List(
        fields.Text(),
        metadata={
            "description": "Adjustments that the destination cannot meet, and about which probation has not "
            "decided: until it has, the referral is not accepted."
        },
    )
    to_decide = plain.List(
        fields.Choice(UNDECIDED_ABOUT),
        metadata={
            "description": "What the destination has said and probation has not decided about: see "
            "`settle_change`, `settle_complexity` and `settle_outcomes`."
        },
    )
    sharing_ended = fields.Flag(
        metadata={
            "description": "Whether sharing has ended with the licence or order: "
            "the destination reads that there was a referral, and nothing else."
        }
    )
    shared_until = fields.Day(
        allow_none=True,
        metadata={"description": "For probation: the last day of sharing; null if no end is known."},
    )
    duplicate_of = fields.Text(
        allow_none=True,
        metadata={
            "description": "For probation: the address of another one, of the same person to the same "
            "destination, that was open before and is still; null if none is, or its own work has begun."
        },
    )
    decline_settled = fields.Choice(
        DECLINE_DECISIONS,
        allow_none=True,
        metadata={"description": "For probation: what it decided about a decline; null until then."},
    )
    referral_id = fields.Identifier(metadata={"description": "For probation: the referral it belongs to."})
    missing = plain.List(
        plain.Nested(GapView), metadata={"description": "For probation: required answers that are missing."}
    )
    not_representable = plain.List(
        plain.Nested(NotRepresentableView),
        metadata={"description": "For probation: values that the destination has no code for."},
    )
    held_until = fields.Day(
        allow_none=True,
        metadata={"description": "For probation: the day on which it is sent; null if it is not held."},
    )
    blocked_by = plain.List(
        plain.Nested(BlockView),
        metadata={"description": "For probation: what must be true before it is sent."},
    )


class DestinationReferralView(DestinationReferralSummary):
    """One destination's part of a referral, with its history."""

    sometimes = ("withheld", "advice")

    deadlines = plain.List(
        plain.Nested(DestinationDeadlineView), metadata={"description": "The clocks that run or are paused."}
    )
    notices = plain.List(
        plain.Nested(ChangeNoticeView),
        metadata={"description": "The changes made since it was sent, oldest first."},
    )
    moves = plain.List(
        plain.Nested(DestinationMoveView), metadata={"description": "The actions taken so far, oldest first."}
    )
    agreements_to_give = plain.List(
        plain.Nested(AgreementView),
        metadata={"description": "For a destination that must agree to a move: the addresses."},
    )
    advice = plain.Nested(
        DangerAdvice,
        metadata={
            "description": "In the answer to a destination's action alone: what to do about danger, and "
            "whom to ring."
        },
    )
    withheld = plain.List(
        plain.Nested(WithheldView),
        metadata={"description": "For probation: what the destination was not sent."},
    )


DestinationReferralList = list_schema(
    "DestinationReferralList",
    DestinationReferralSummary,
    "Destination referrals, in the order asked for.",
    counted=STATES,
    by="state",
)

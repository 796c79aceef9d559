"""How referrals and their parts look on the wire: each view documents one answer."""

from typing import ClassVar, get_args

from marshmallow import fields as plain

from service import fields
from service.checks.schemas import MissingDetail
from service.destinations import DESTINATIONS
from service.destinations.states import Action, State
from service.events.schemas import TimelineEntryView
from service.http import PageQuery, list_schema
from service.referrals.overall import NEEDS_ATTENTION, Status
from service.referrals.placement_states import NOT_OFFERED, PlacementState
from service.referrals.schemas.placing import ACTIONS


class ReferralsQuery(PageQuery):
    """Which referrals."""

    status = fields.Choice(*get_args(Status), metadata={"description": "Only those that stand like this."})
    needs_attention = fields.Choice(
        "yes", "no", metadata={"description": "Only those that do, or do not, call for probation to act."}
    )
    mine = fields.Choice(
        "yes",
        "no",
        metadata={"description": "Only those that this practitioner submitted, or only those of others."},
    )
    pdu = fields.Text(max=100, metadata={"description": "Only this delivery unit's."})
    submission_reference = fields.Text(
        max=100, metadata={"description": "Only what was submitted under this reference."}
    )


class DestinationReferralsQuery(PageQuery):
    """Which destination referrals."""

    state = fields.Choice(*State, metadata={"description": "Only those in this state."})


class OrganisationView(fields.View):
    """An organisation, as others see it."""

    id = fields.Identifier()
    kind = fields.Text()
    code = fields.Text()
    name = fields.Text()


class GapView(fields.View):
    """An answer that is missing: where, as a JSON pointer into the submission, and why it is needed."""

    pointer = fields.Text()
    why = fields.Text()


class BlockView(GapView):
    """What must be true first."""

    code = fields.Text()


class AdviceView(fields.View):
    """Something a practitioner should know; it stops nothing."""

    code = fields.Text()
    words = fields.Text()
    pointer = fields.Text()


class NotRepresentableView(fields.View):
    """A value for which the destination has no word."""

    path = fields.Text()
    value = fields.Text()


class WithheldView(fields.View):
    """Something that the destination was not sent, and why."""

    path = fields.Text()
    reason = fields.Text()


class DestinationDeadlineView(fields.View):
    """A clock that runs."""

    timer = fields.Text(metadata={"example": "answer"})
    state = fields.Choice("running", "paused", "stopped")
    due_at = fields.Moment(
        allow_none=True,
        metadata={"description": "While paused: as if the pause lasted as long as it may."},
    )


class ChangeNoticeView(fields.View):
    """What changed in a version of what a destination was sent."""

    version = fields.Count()
    sections = plain.List(fields.Text())
    reconfirm = fields.Flag()
    made_at = fields.Moment()
    acknowledged_at = fields.Moment(allow_none=True)
    can_continue = fields.Flag(allow_none=True)


class DestinationMoveView(fields.View):
    """One move, with the reasons given."""

    action = fields.Text()
    from_state = fields.Text(allow_none=True)
    to_state = fields.Text()
    side = fields.Choice("probation", "destination", "service")
    practitioner = fields.Text(allow_none=True)
    detail = plain.Dict()
    moved_at = fields.Moment()


class DestinationMessageView(fields.View):
    """Words of one side to the other."""

    id = fields.Identifier()
    kind = fields.Text()
    side = fields.Choice("probation", "destination")
    author = fields.Text(allow_none=True)
    body = fields.LongText()
    sent_at = fields.Moment()


DestinationMessageList = list_schema(
    "DestinationMessageList", DestinationMessageView, "The messages of a destination referral, oldest first."
)


class DestinationUpdateView(fields.View):
    """One report of a destination."""

    id = fields.Identifier()
    kind = fields.Text()
    content = plain.Dict()
    side = fields.Choice("probation", "destination")
    author = fields.Text(allow_none=True)
    recorded_at = fields.Moment()


DestinationUpdateList = list_schema(
    "DestinationUpdateList", DestinationUpdateView, "The updates that a destination reported, oldest first."
)


class MoveOnView(fields.View):
    """The address that somebody is to move on to."""

    address_id = fields.Identifier()
    lines = plain.List(fields.Text(), allow_none=True)
    postcode = fields.Text(allow_none=True)


class AgreementView(MoveOnView):
    """An address that the destination is asked to agree to, and what it last said."""

    agreed = fields.Flag(allow_none=True)


class DestinationReferralSummary(fields.View):
    """One destination's part of a referral; probation sees all of it, the destination what concerns it."""

    sometimes: ClassVar[tuple[str, ...]] = (
        "overdue",
        "referral_id",
        "missing",
        "not_representable",
        "held_until",
        "blocked_by",
    )

    id = fields.Identifier()
    href = fields.Text()
    kind = fields.Choice(*DESTINATIONS)
    service_category = fields.Text(allow_none=True)
    organisation = plain.Nested(OrganisationView, allow_none=True)
    state = fields.Choice(*State)
    version = fields.Count()
    sent_version = fields.Count(allow_none=True)
    acknowledged_version = fields.Count(allow_none=True)
    sent_at = fields.Moment(allow_none=True)
    next_update_due = fields.Moment(
        allow_none=True,
        metadata={"description": "The first `due_at` of `deadlines`; null: nothing is awaited."},
    )
    overdue = fields.Flag(
        metadata={"description": "In lists: in a single answer, compare `next_update_due`."}
    )
    allowed_transitions = plain.List(fields.Choice(*Action))
    adjustments_to_answer = plain.List(fields.Text())
    referral_id = fields.Identifier(metadata={"description": "For probation."})
    missing = plain.List(plain.Nested(GapView), metadata={"description": "For probation."})
    not_representable = plain.List(
        plain.Nested(NotRepresentableView), metadata={"description": "For probation."}
    )
    held_until = fields.Day(allow_none=True, metadata={"description": "For probation."})
    blocked_by = plain.List(plain.Nested(BlockView), metadata={"description": "For probation."})


class DestinationReferralView(DestinationReferralSummary):
    """One destination's part of a referral, with its history."""

    sometimes = ("withheld",)

    deadlines = plain.List(plain.Nested(DestinationDeadlineView))
    notices = plain.List(plain.Nested(ChangeNoticeView))
    moves = plain.List(plain.Nested(DestinationMoveView))
    agreements_to_give = plain.List(
        plain.Nested(AgreementView), metadata={"description": "For a destination that must agree to a move."}
    )
    withheld = plain.List(plain.Nested(WithheldView), metadata={"description": "For probation."})


DestinationReferralList = list_schema(
    "DestinationReferralList", DestinationReferralSummary, "Destination referrals, oldest first."
)


class OverallView(fields.View):
    """Where a referral stands as a whole: worked out from its parts, which it never hides."""

    status = fields.Choice(*get_args(Status))
    counts = plain.Dict(keys=plain.String(), values=fields.Count())
    needs_attention = plain.List(
        fields.Choice(*NEEDS_ATTENTION),
        metadata={"description": "States that call for probation to act, most pressing first."},
    )


class ReferralSummaryView(fields.View):
    """A referral in a list."""

    id = fields.Identifier()
    href = fields.Text()
    submission_reference = fields.Text()
    crn = fields.Text()
    practitioner = fields.Text()
    pdu = fields.Text(allow_none=True)
    urgency = fields.Choice("routine", "urgent")
    current_version = fields.Count()
    submitted_at = fields.Moment()
    overall = plain.Nested(OverallView)


class ReferralView(ReferralSummaryView):
    """A referral with its destinations."""

    destinations = plain.List(plain.Nested(DestinationReferralSummary))


ReferralList = list_schema("ReferralList", ReferralSummaryView, "Referrals, oldest first.")


class ReferralVersionSummary(fields.View):
    """One version of a referral."""

    number = fields.Count()
    href = fields.Text()
    sections = plain.List(fields.Text(), metadata={"description": "Which sections changed in it."})
    practitioner = fields.Text(allow_none=True)
    made_at = fields.Moment()


ReferralVersionList = list_schema(
    "ReferralVersionList", ReferralVersionSummary, "The versions of a referral, oldest first."
)


class ReferralVersionView(ReferralVersionSummary):
    """One version of a referral with its document."""

    document = plain.Dict(metadata={"description": "The canonical referral as it was submitted."})


class DestinationDocumentView(fields.View):
    """What a destination was sent."""

    version = fields.Count()
    document = plain.Dict(metadata={"description": "In the destination's own words."})
    purpose = fields.Text()
    legal_basis = fields.Text()
    person_told = fields.Flag(allow_none=True)
    made_at = fields.Moment()


TimelineEntryList = list_schema(
    "TimelineEntryList", TimelineEntryView, "The events of a referral, oldest first."
)


class DraftView(fields.View):
    """What one destination would be sent, and what stands in the way."""

    kind = fields.Choice(*DESTINATIONS)
    service_category = fields.Text(allow_none=True)
    organisation = plain.Nested(OrganisationView, allow_none=True)
    state = fields.Choice(*State, metadata={"description": "The state it would begin in."})
    document = plain.Dict()
    missing = plain.List(plain.Nested(GapView))
    not_representable = plain.List(plain.Nested(NotRepresentableView))
    withheld = plain.List(plain.Nested(WithheldView))
    held_until = fields.Day(allow_none=True)
    blocked_by = plain.List(plain.Nested(BlockView))
    advice = plain.List(plain.Nested(AdviceView))
    answer_due = fields.Moment(allow_none=True)


class DraftCheckView(fields.View):
    """A question that would be asked of one agency."""

    kind = fields.Text()
    area = fields.Text(allow_none=True)
    organisation = plain.Nested(OrganisationView, allow_none=True)
    state = fields.Text()
    missing = plain.List(plain.Nested(MissingDetail))
    due_at = fields.Moment(allow_none=True)


class PreviewView(fields.View):
    """What a submission would do."""

    destinations = plain.List(plain.Nested(DraftView))
    checks = plain.List(plain.Nested(DraftCheckView))


class OutstandingView(fields.View):
    """What a departure to the move-on address still waits for."""

    sometimes = ("id", "kind", "state", "destination_referral_id")

    code = fields.Text(metadata={"example": "check_request"})
    id = fields.Identifier(metadata={"description": "Of the check request."})
    kind = fields.Text(metadata={"description": "Of check or destination."})
    state = fields.Text(metadata={"description": "For probation: of the check request."})
    destination_referral_id = fields.Identifier(metadata={"description": "For probation."})


class PlacementView(fields.View):
    """A stay: offered, taken up, left."""

    sometimes = ("starts_on", "ends_on", "arrived_on", "departed_on", "details", "move_on", "outstanding")

    state = fields.Choice(NOT_OFFERED, *PlacementState)
    starts_on = fields.Day(allow_none=True)
    ends_on = fields.Day(allow_none=True)
    arrived_on = fields.Day(allow_none=True)
    departed_on = fields.Day(allow_none=True)
    details = plain.Dict()
    move_on = plain.Nested(MoveOnView, allow_none=True)
    outstanding = plain.List(plain.Nested(OutstandingView))
    allowed_actions = plain.List(fields.Choice(*ACTIONS))
    moves = plain.List(plain.Nested(DestinationMoveView))

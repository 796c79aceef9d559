"""How referrals and their parts look on the wire: each view documents one answer."""

from marshmallow import fields as plain

from service import fields
from service.events.schemas import TimelineEntryView
from service.http import DEFAULT_PAGE, LARGEST_PAGE


class ReferralsQuery(fields.Schema):
    """Where to go on in a list, and how much."""

    after = fields.Text(max=300, metadata={"description": "The `next` of the last page."})
    limit = fields.QueryCount(min=1, max=LARGEST_PAGE, load_default=DEFAULT_PAGE)


class DestinationReferralsQuery(ReferralsQuery):
    """Which destination referrals."""

    state = fields.Text(max=60, metadata={"description": "Only those in this state."})


class OrganisationView(fields.Schema):
    """An organisation, as others see it."""

    id = fields.Identifier()
    kind = fields.Text()
    code = fields.Text()
    name = fields.Text()


class GapView(fields.Schema):
    """An answer that is missing: where, as a JSON pointer into the submission, and why it is needed."""

    pointer = fields.Text()
    why = fields.Text()


class BlockView(GapView):
    """What must be true first."""

    code = fields.Text()


class AdviceView(fields.Schema):
    """Something a practitioner should know; it stops nothing."""

    code = fields.Text()
    words = fields.Text()
    pointer = fields.Text()


class NotRepresentableView(fields.Schema):
    """A value for which the destination has no word."""

    path = fields.Text()
    value = fields.Text()


class WithheldView(fields.Schema):
    """Something that the destination was not sent, and why."""

    path = fields.Text()
    reason = fields.Text()


class DestinationDeadlineView(fields.Schema):
    """A clock that runs."""

    timer = fields.Text(metadata={"example": "answer"})
    state = fields.Text(metadata={"example": "running"})
    due_at = fields.Moment(allow_none=True)


class ChangeNoticeView(fields.Schema):
    """What changed in a version of what a destination was sent."""

    version = fields.Count()
    sections = plain.List(fields.Text())
    reconfirm = fields.Flag()
    made_at = fields.Moment()
    acknowledged_at = fields.Moment(allow_none=True)
    can_continue = fields.Flag(allow_none=True)


class DestinationMoveView(fields.Schema):
    """One move, with the reasons given."""

    action = fields.Text()
    from_state = fields.Text(allow_none=True)
    to_state = fields.Text()
    side = fields.Text()
    practitioner = fields.Text(allow_none=True)
    detail = plain.Dict()
    moved_at = fields.Moment()


class DestinationMessageView(fields.Schema):
    """Words of one side to the other."""

    id = fields.Identifier()
    kind = fields.Text()
    side = fields.Text()
    author = fields.Text(allow_none=True)
    body = fields.LongText()
    sent_at = fields.Moment()


class DestinationMessagesView(fields.Schema):
    """All messages about one destination referral, oldest first."""

    messages = plain.List(plain.Nested(DestinationMessageView))


class DestinationUpdateView(fields.Schema):
    """One report of a destination."""

    id = fields.Identifier()
    kind = fields.Text()
    content = plain.Dict()
    side = fields.Text()
    author = fields.Text(allow_none=True)
    recorded_at = fields.Moment()


class DestinationUpdatesView(fields.Schema):
    """All reports of a destination, oldest first."""

    updates = plain.List(plain.Nested(DestinationUpdateView))


class MoveOnView(fields.Schema):
    """The address that somebody is to move on to."""

    address_id = fields.Identifier()
    lines = plain.List(fields.Text(), allow_none=True)
    postcode = fields.Text(allow_none=True)


class AgreementView(MoveOnView):
    """An address that the destination is asked to agree to, and what it last said."""

    agreed = fields.Flag(allow_none=True)


class DestinationReferralSummary(fields.Schema):
    """One destination's part of a referral; probation sees all of it, the destination what concerns it."""

    id = fields.Identifier()
    href = fields.Text()
    kind = fields.Text(metadata={"example": "crs"})
    service_category = fields.Text(allow_none=True)
    organisation = plain.Nested(OrganisationView, allow_none=True)
    state = fields.Text(metadata={"example": "received"})
    version = fields.Count()
    sent_version = fields.Count(allow_none=True)
    acknowledged_version = fields.Count(allow_none=True)
    sent_at = fields.Moment(allow_none=True)
    next_update_due = fields.Moment(allow_none=True)
    overdue = fields.Flag()
    allowed_transitions = plain.List(fields.Text())
    adjustments_to_answer = plain.List(fields.Text())
    referral = fields.Identifier(metadata={"description": "For probation."})
    missing = plain.List(plain.Nested(GapView), metadata={"description": "For probation."})
    not_representable = plain.List(
        plain.Nested(NotRepresentableView), metadata={"description": "For probation."}
    )
    held_until = fields.Day(allow_none=True, metadata={"description": "For probation."})
    blocked_by = plain.List(plain.Nested(BlockView), metadata={"description": "For probation."})


class DestinationReferralView(DestinationReferralSummary):
    """One destination's part of a referral, with its history."""

    deadlines = plain.List(plain.Nested(DestinationDeadlineView))
    notices = plain.List(plain.Nested(ChangeNoticeView))
    moves = plain.List(plain.Nested(DestinationMoveView))
    agreements_to_give = plain.List(
        plain.Nested(AgreementView), metadata={"description": "For a destination that must agree to a move."}
    )
    withheld = plain.List(plain.Nested(WithheldView), metadata={"description": "For probation."})


class DestinationReferralsView(fields.Schema):
    """A page of destination referrals."""

    destination_referrals = plain.List(plain.Nested(DestinationReferralSummary))
    next = fields.Text(allow_none=True)


class OverallView(fields.Schema):
    """Where a referral stands as a whole: worked out from its parts, which it never hides."""

    status = fields.Text()
    counts = plain.Dict(keys=plain.String(), values=fields.Count())
    needs_attention = plain.List(
        fields.Text(), metadata={"description": "States that call for probation to act, most pressing first."}
    )


class ReferralSummaryView(fields.Schema):
    """A referral in a list."""

    id = fields.Identifier()
    href = fields.Text()
    submission_reference = fields.Text()
    crn = fields.Text()
    practitioner = fields.Text()
    pdu = fields.Text(allow_none=True)
    urgency = fields.Text()
    current_version = fields.Count()
    submitted_at = fields.Moment()
    overall = plain.Nested(OverallView)


class ReferralView(ReferralSummaryView):
    """A referral with its destinations."""

    destinations = plain.List(plain.Nested(DestinationReferralSummary))


class ReferralsView(fields.Schema):
    """A page of referrals."""

    referrals = plain.List(plain.Nested(ReferralSummaryView))
    next = fields.Text(allow_none=True)


class ReferralVersionSummary(fields.Schema):
    """One version of a referral."""

    number = fields.Count()
    sections = plain.List(fields.Text(), metadata={"description": "Which sections changed in it."})
    practitioner = fields.Text(allow_none=True)
    made_at = fields.Moment()


class ReferralVersionsView(fields.Schema):
    """All versions of a referral, oldest first."""

    versions = plain.List(plain.Nested(ReferralVersionSummary))


class ReferralVersionView(ReferralVersionSummary):
    """One version of a referral with its document."""

    document = plain.Dict(metadata={"description": "The canonical referral as it was submitted."})


class DestinationDocumentView(fields.Schema):
    """What a destination was sent."""

    version = fields.Count()
    document = plain.Dict(metadata={"description": "In the destination's own words."})
    purpose = fields.Text()
    legal_basis = fields.Text()
    person_told = fields.Flag(allow_none=True)
    made_at = fields.Moment()


class ReferralTimelineView(fields.Schema):
    """A referral's whole story, oldest first."""

    events = plain.List(plain.Nested(TimelineEntryView))
    next = fields.Text(allow_none=True)


class DraftView(fields.Schema):
    """What one destination would be sent, and what stands in the way."""

    kind = fields.Text()
    service_category = fields.Text(allow_none=True)
    organisation = plain.Nested(OrganisationView, allow_none=True)
    state = fields.Text(metadata={"description": "The state it would begin in."})
    document = plain.Dict()
    missing = plain.List(plain.Nested(GapView))
    not_representable = plain.List(plain.Nested(NotRepresentableView))
    withheld = plain.List(plain.Nested(WithheldView))
    held_until = fields.Day(allow_none=True)
    blocked_by = plain.List(plain.Nested(BlockView))
    advice = plain.List(plain.Nested(AdviceView))
    answer_due = fields.Moment(allow_none=True)


class DraftCheckView(fields.Schema):
    """A question that would be asked of one agency."""

    kind = fields.Text()
    area = fields.Text(allow_none=True)
    organisation = plain.Nested(OrganisationView, allow_none=True)
    state = fields.Text()
    missing = plain.List(plain.Dict())
    due_at = fields.Moment(allow_none=True)


class PreviewView(fields.Schema):
    """What a submission would do."""

    destinations = plain.List(plain.Nested(DraftView))
    checks = plain.List(plain.Nested(DraftCheckView))


class PlacementView(fields.Schema):
    """A stay: offered, taken up, left."""

    state = fields.Text()
    starts_on = fields.Day(allow_none=True)
    ends_on = fields.Day(allow_none=True)
    arrived_on = fields.Day(allow_none=True)
    departed_on = fields.Day(allow_none=True)
    details = plain.Dict()
    move_on = plain.Nested(MoveOnView, allow_none=True)
    outstanding = plain.List(
        plain.Dict(), metadata={"description": "What a departure to the move-on address still waits for."}
    )
    allowed_actions = plain.List(fields.Text())
    moves = plain.List(plain.Nested(DestinationMoveView))

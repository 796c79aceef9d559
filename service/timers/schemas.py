"""How overdue clocks and escalations look on the wire."""

from marshmallow import fields as plain

from service.fields import Choice, Flag, Identifier, Moment, Text, View
from service.http import PageQuery, list_schema


class OverdueQuery(PageQuery):
    """What of the overdue to list."""

    pdu = Text(max=100, metadata={"description": "For probation: only this delivery unit's."})


class EscalationQuery(PageQuery):
    """Which escalations to list."""

    notice = Identifier(metadata={"description": "Only what this notice of the feed told of."})
    acknowledged = Choice(
        "yes", "no", metadata={"description": "Only what has, or has not, been acknowledged."}
    )


class ClockSubjectView(View):
    """What a clock is about."""

    kind = Text(metadata={"example": "check_request"})
    id = Identifier()
    href = Text(allow_none=True)


class OverdueView(View):
    """Something that is wanted and late. What belongs to probation alone is shown to probation alone."""

    sometimes = ("step", "next_fires_at", "referral_id", "practitioner", "pdu")

    id = Identifier(metadata={"description": "Of the clock."})
    subject = plain.Nested(ClockSubjectView)
    timer = Text(metadata={"example": "answer"})
    label = Text(metadata={"example": "police_da"})
    state = Choice("running", "paused")
    urgency = Choice("routine", "urgent")
    due_at = Moment()
    exposed_since = Moment(metadata={"description": "Since when nobody has known. It never pauses."})
    waiting_for = Identifier(
        allow_none=True, metadata={"description": "The organisation; null inside probation."}
    )
    step = Text(allow_none=True, metadata={"description": "The last step reached (probation)."})
    next_fires_at = Moment(metadata={"description": "When it climbs next (probation)."})
    referral_id = Identifier(allow_none=True)
    practitioner = Text()
    pdu = Text(allow_none=True)
    allowed_transitions = plain.List(
        Text(), metadata={"description": "What is to be done is done at the subject."}
    )


OverdueClockList = list_schema("OverdueClockList", OverdueView, "Overdue clocks, the longest overdue first.")


class EscalationAddresseeView(View):
    """Somebody who was told; without a role, the organisation itself."""

    side = Choice("probation", "partner")
    role = Text(allow_none=True)
    holder = Text(allow_none=True)
    fell_from = Text(
        allow_none=True, metadata={"description": "The role that was meant and that nobody held."}
    )
    sent_at = Moment(
        allow_none=True, metadata={"description": "When a notice told them; null: not, or not yet."}
    )


class EscalationAcknowledgementView(View):
    """Who has seen an escalation."""

    practitioner = Text()
    role = Text()
    at = Moment()


class EscalationView(View):
    """A step that was reached: which, of what, who was told."""

    sometimes = ("referral_id", "practitioner", "pdu", "acknowledged")

    id = Identifier()
    clock_id = Identifier()
    subject = plain.Nested(ClockSubjectView)
    timer = Text()
    label = Text()
    kind = Choice("chaser", "owner", "step", "repeat", "pause_review", "pause_ended")
    step = Text(metadata={"example": "pdu_head"})
    due_at = Moment()
    fired_at = Moment()
    late = Flag(metadata={"description": "Recorded long after it was due, because nothing was sweeping."})
    urgency = Choice("routine", "urgent")
    wanted_by = Moment(metadata={"description": "When the answer was due."})
    exposed_since = Moment()
    open = Flag(metadata={"description": "Whether it is still unanswered."})
    addressed_to = plain.List(plain.Nested(EscalationAddresseeView))
    referral_id = Identifier(allow_none=True)
    practitioner = Text()
    pdu = Text(allow_none=True)
    acknowledged = plain.Nested(EscalationAcknowledgementView, allow_none=True)
    allowed_transitions = plain.List(
        Text(), metadata={"description": "`acknowledge` is done at `POST .../acknowledgement`."}
    )


EscalationList = list_schema(
    "EscalationList", EscalationView, "Escalations, in the order in which they were recorded."
)

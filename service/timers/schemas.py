"""How overdue clocks and escalations look on the wire."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from marshmallow import fields as plain

from service.fields import Choice, Flag, Identifier, Moment, Text, View
from service.http import PageQuery, list_schema
from service.timers.policy import URGENCIES

FIRINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "chaser": "a reminder before the target",
        "owner": "the target has passed: the owner is notified",
        "step": "a level above is notified",
        "repeat": "the last step, again, until there is an answer",
        "pause_review": "a reminder that the clock is paused",
        "pause_ended": "the pause used up its allowance: the clock counts again",
    }
)
"""The kinds of firing, as the API explains them."""


class OverdueQuery(PageQuery):
    """Which overdue clocks to list."""

    pdu = Text(max=100, metadata={"description": "For probation: only those of this delivery unit."})


class EscalationQuery(PageQuery):
    """Which escalations to list."""

    notice = Identifier(metadata={"description": "Only those that this notice of the feed reported."})
    acknowledged = Choice(
        {"yes": "acknowledged", "no": "not acknowledged"},
        metadata={"description": "Only those that have, or have not, been acknowledged."},
    )


class ClockSubjectView(View):
    """The thing that a clock is about."""

    kind = Text(
        metadata={"example": "check_request", "description": "The kind of thing, such as `check_request`."}
    )
    id = Identifier(metadata={"description": "Its id."})
    href = Text(
        allow_none=True,
        metadata={"description": "Its address; null if it is read only as part of something else."},
    )


class OverdueView(View):
    """A clock whose target has passed; what belongs to probation alone is shown to probation alone."""

    sometimes = ("step", "next_fires_at", "referral_id", "practitioner", "pdu")

    id = Identifier(metadata={"description": "The id of the clock."})
    subject = plain.Nested(
        ClockSubjectView, metadata={"description": "The thing that must be answered or done."}
    )
    timer = Text(
        metadata={
            "example": "answer",
            "description": "What the clock times: `ask`, `answer`, `review`, `update` or `acknowledge`.",
        }
    )
    label = Text(
        metadata={
            "example": "police_da",
            "description": "What the clock is about: a kind of check, destination or review.",
        }
    )
    state = Choice(
        {"running": "counting", "paused": "stopped for a reason, for a limited time"},
        metadata={"description": "Whether the clock counts."},
    )
    urgency = Choice(URGENCIES, metadata={"description": "Decides the target; it can only be raised."})
    due_at = Moment(metadata={"description": "The target."})
    exposed_since = Moment(
        metadata={"description": "Since when the answer has not been known; it never pauses."}
    )
    waiting_for = Identifier(
        allow_none=True,
        metadata={"description": "The organisation that must answer; null when probation must act."},
    )
    step = Text(
        allow_none=True,
        metadata={
            "description": "For probation: the last step reached of the policy; null before the first."
        },
    )
    next_fires_at = Moment(metadata={"description": "For probation: when the next step is due."})
    referral_id = Identifier(
        allow_none=True, metadata={"description": "For probation: the referral; null if there is none."}
    )
    practitioner = Text(
        metadata={"description": "For probation: the practitioner on the case, by the case system's id."}
    )
    pdu = Text(
        allow_none=True,
        metadata={"description": "For probation: the delivery unit of the case; null if not recorded."},
    )
    allowed_transitions = plain.List(
        Text(), metadata={"description": "Always empty: act on the subject itself."}
    )


OverdueClockList = list_schema("OverdueClockList", OverdueView, "Overdue clocks, the longest overdue first.")


class EscalationAddresseeView(View):
    """A role that an escalation is addressed to; without a role, the organisation itself."""

    side = Choice(
        {"probation": "probation", "partner": "the destination or agency"},
        metadata={"description": "The side of the addressee."},
    )
    role = Text(
        allow_none=True,
        metadata={"description": "The role, such as `pdu_head`; null for the organisation itself."},
    )
    holder = Text(allow_none=True, metadata={"description": "Who holds the role; null if not known."})
    fell_from = Text(
        allow_none=True,
        metadata={"description": "The role that was meant, when no one holds it; otherwise null."},
    )
    sent_at = Moment(
        allow_none=True, metadata={"description": "When a notice was sent; null if none was, or not yet."}
    )


class EscalationAcknowledgementView(View):
    """The practitioner who acknowledged an escalation."""

    practitioner = Text(metadata={"description": "The practitioner, by the case system's id."})
    role = Text(metadata={"description": "The role of the practitioner."})
    at = Moment(metadata={"description": "When it was acknowledged."})


class EscalationView(View):
    """A step of an escalation policy that was reached, and who was notified."""

    sometimes = ("referral_id", "practitioner", "pdu", "acknowledged")

    id = Identifier(metadata={"description": "The id of the escalation."})
    clock_id = Identifier(metadata={"description": "The clock."})
    subject = plain.Nested(
        ClockSubjectView, metadata={"description": "The thing that must be answered or done."}
    )
    timer = Text(
        metadata={
            "description": "What the clock times: `ask`, `answer`, `review`, `update` or `acknowledge`."
        }
    )
    label = Text(metadata={"description": "What the clock is about: a kind of check, destination or review."})
    kind = Choice(FIRINGS, metadata={"description": "The kind of escalation."})
    step = Text(metadata={"example": "pdu_head", "description": "The step of the escalation policy."})
    due_at = Moment(metadata={"description": "When the step was due."})
    fired_at = Moment(metadata={"description": "When it was recorded."})
    late = Flag(metadata={"description": "Recorded long after it was due, because no worker was sweeping."})
    urgency = Choice(URGENCIES, metadata={"description": "Decides the target; it can only be raised."})
    wanted_by = Moment(metadata={"description": "The target of the answer."})
    exposed_since = Moment(
        metadata={"description": "Since when the answer has not been known; it never pauses."}
    )
    open = Flag(metadata={"description": "Whether the answer is still outstanding."})
    addressed_to = plain.List(
        plain.Nested(EscalationAddresseeView),
        metadata={"description": "The roles notified; a partner sees its own only."},
    )
    referral_id = Identifier(
        allow_none=True, metadata={"description": "For probation: the referral; null if there is none."}
    )
    practitioner = Text(
        metadata={"description": "For probation: the practitioner on the case, by the case system's id."}
    )
    pdu = Text(
        allow_none=True,
        metadata={"description": "For probation: the delivery unit of the case; null if not recorded."},
    )
    acknowledged = plain.Nested(
        EscalationAcknowledgementView,
        allow_none=True,
        metadata={"description": "For probation: who acknowledged it first; null if no one has."},
    )
    allowed_transitions = plain.List(
        Text(), metadata={"description": "`acknowledge`, at `POST .../acknowledgement`, or empty."}
    )


EscalationList = list_schema(
    "EscalationList", EscalationView, "Escalations, in the order in which they were recorded."
)

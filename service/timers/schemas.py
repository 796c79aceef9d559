"""How overdue clocks and escalations look on the wire."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from marshmallow import fields as plain

from service.fields import Choice, Count, Flag, Identifier, LongText, Moment, Schema, Text, View
from service.http import CountedPageQuery, OrderedPageQuery
from service.timers.policy import URGENCIES
from service.timers.roles import FALLS_TO

FIRINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "chaser": "a reminder before the target",
        "owner": "the target has passed: the owner is notified",
        "step": "a level above is notified",
        "repeat": "the last step, again, until there is an answer",
        "hard_date": "the day by which the answer was needed has come, and there is none",
        "pause_review": "a reminder that the clock is paused",
        "pause_ended": "the pause used up its allowance: the clock counts again",
    }
)
"""The kinds of firing, as the API explains them."""

OPEN_STATES: Final[Mapping[str, str]] = MappingProxyType(
    {"running": "counting", "paused": "stopped for a reason, for a limited time"}
)
"""The states of a clock that has not stopped."""


class OverdueQuery(CountedPageQuery):
    """Which overdue clocks to list."""

    pdu = Text(max=100, metadata={"description": "For probation: only those of this delivery unit."})
    mine = Choice(
        {"yes": "yours"},
        metadata={
            "description": "For a named practitioner: only those of cases that you answer for, or of units "
            "in which you hold a manager's role today. For a named member of a destination's or agency's "
            "staff: those, if you hold a manager's role, and what was escalated or handed over to you."
        },
    )


class EscalationQuery(OrderedPageQuery):
    """Which escalations to list."""

    notice = Identifier(metadata={"description": "Only those that this notice of the feed reported."})
    acknowledged = Choice(
        {"yes": "acknowledged", "no": "not acknowledged"},
        metadata={
            "description": "Only those of which every step on your side has been acknowledged, or not every "
            "one. With `mine` or `role`, only those steps count."
        },
    )
    mine = Choice(
        {"yes": "yours"},
        metadata={"description": "Only those addressed to you, or to a role that you hold today."},
    )
    role = Choice(
        dict.fromkeys(FALLS_TO, "a role of an escalation policy"),
        metadata={"description": "Only those addressed to this role on your side."},
    )
    pdu = Text(max=100, metadata={"description": "For probation: only those of this delivery unit."})
    open = Choice(
        {"yes": "the answer is outstanding", "no": "there is an answer"},
        metadata={"description": "Only those that are still open, or no longer."},
    )


class NoteSubmission(Schema):
    """A note on an escalation."""

    text = LongText(
        max=2000, required=True, metadata={"description": "What you want your colleagues to know."}
    )


class HandoverSubmission(Schema):
    """Handing an escalation over to a colleague."""

    to = Text(
        required=True,
        metadata={
            "example": "t.brook", "description": "The colleague, by the id in your staff register."
        },
    )  # fmt: skip
    reason = LongText(max=2000, required=True, metadata={"description": "Why; your colleague reads it."})


class ConfirmationSubmission(Schema):
    """What a named person did about a danger."""

    done = LongText(max=2000, required=True, metadata={"description": "What was done."})


class PersonNamedView(View):
    """The person an item is about, as far as the caller may know."""

    id = Identifier(allow_none=True, metadata={"description": "For probation: the record; otherwise null."})
    name = Text(allow_none=True, metadata={"description": "The name; null where you were not sent it."})
    crn = Text(
        allow_none=True,
        metadata={"description": "The case reference number; null where you were not sent it."},
    )
    age = Count(
        allow_none=True,
        metadata={"description": "The age in years today; null where the date of birth is not known to you."},
    )


class WaitsForView(View):
    """The organisation that must answer."""

    id = Identifier(metadata={"description": "Its id."})
    kind = Text(metadata={"example": "police_force", "description": "The kind of organisation."})
    name = Text(metadata={"example": "West Yorkshire Police", "description": "Its name."})


class WorkContactView(View):
    """A member of staff by name and work phone."""

    name = Text(metadata={"description": "The name, as the staff register has it."})
    phone = Text(allow_none=True, metadata={"description": "The work phone; null if not registered."})


class WorkOwnerView(View):
    """Whose move it is."""

    side = Choice(
        {"probation": "probation", "partner": "the destination or agency that was asked"},
        metadata={"description": "Of which side."},
    )
    role = Text(
        allow_none=True,
        metadata={
            "example": "practitioner",
            "description": "The role in probation; null where a destination or agency owes it.",
        },
    )


class ReadableView(View):
    """What a clock is about, so that a person can read it without another call."""

    about = Text(
        metadata={
            "example": "The agency must answer the check.", "description": "Who must do what, and why."
        }
    )  # fmt: skip
    person = plain.Nested(
        PersonNamedView,
        allow_none=True,
        metadata={"description": "Whom it is about; null when you may not know, or it is about nobody."},
    )
    waits_for = plain.Nested(
        WaitsForView,
        allow_none=True,
        metadata={"description": "The organisation that must answer; null when probation must act."},
    )
    practitioner_contact = plain.Nested(
        WorkContactView,
        allow_none=True,
        metadata={"description": "The practitioner who acts in the case; null if not in the staff register."},
    )
    owner = plain.Nested(WorkOwnerView, metadata={"description": "Whose move it is."})


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


class OverdueView(ReadableView):
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
        OPEN_STATES,
        metadata={"description": "Whether the clock counts."},
    )
    urgency = Choice(
        URGENCIES,
        metadata={
            "description": "Decides the target; only what a passed day has made urgent is lowered again."
        },
    )
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
        metadata={
            "description": "For probation: the practitioner who acts in the case, by the case system's id."
        }
    )
    pdu = Text(
        allow_none=True,
        metadata={"description": "For probation: the delivery unit of the case; null if not recorded."},
    )
    allowed_transitions = plain.List(
        Text(), metadata={"description": "Always empty: act on the subject itself."}
    )


class EscalationAcknowledgementView(View):
    """Who acknowledged a step of an escalation."""

    practitioner = Text(
        allow_none=True,
        metadata={"description": "The id in the staff register; null for a system that names no officer."},
    )
    name = Text(metadata={"description": "The name; that of the organisation for such a system."})
    role = Text(metadata={"description": "The role; `system` for such a system."})
    at = Moment(metadata={"description": "When it was acknowledged."})


class EscalationHandoverView(View):
    """Who handed a step of an escalation over to this addressee."""

    by = Text(metadata={"description": "The name of whoever handed it over."})
    role = Text(metadata={"description": "Their role."})
    reason = LongText(metadata={"description": "Why."})
    at = Moment(metadata={"description": "When."})


class EscalationNoteView(View):
    """What somebody of your organisation said of an escalation; it acknowledges nothing."""

    id = Identifier(metadata={"description": "The id of the note."})
    kind = Choice(
        {"note": "a note", "confirmation": "what was done about a danger, which ended its clock"},
        metadata={"description": "What it is."},
    )
    by = Text(metadata={"description": "The name of whoever wrote it."})
    role = Text(metadata={"description": "Their role; `system` for a system that names no officer."})
    text = LongText(metadata={"description": "The text."})
    at = Moment(metadata={"description": "When it was written."})


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
    name = Text(
        allow_none=True,
        metadata={"description": "The holder's name; null if not in the staff register."},
    )
    phone = Text(
        allow_none=True, metadata={"description": "The holder's work phone; null if not registered."}
    )
    fell_from = Text(
        allow_none=True,
        metadata={"description": "The role that was meant, when no one holds it; otherwise null."},
    )
    sent_at = Moment(
        allow_none=True, metadata={"description": "When a notice was sent; null if none was, or not yet."}
    )
    acknowledged = plain.Nested(
        EscalationAcknowledgementView,
        allow_none=True,
        metadata={"description": "Who acknowledged this step; null if no one has."},
    )
    handed_over = plain.Nested(
        EscalationHandoverView,
        allow_none=True,
        metadata={"description": "Who handed it over to this addressee; null if it came by the policy."},
    )


class EscalationView(ReadableView):
    """A step of an escalation policy that was reached, and who was notified."""

    sometimes = ("referral_id", "practitioner", "pdu")

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
    urgency = Choice(
        URGENCIES,
        metadata={
            "description": "Decides the target; only what a passed day has made urgent is lowered again."
        },
    )
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
        metadata={
            "description": "For probation: the practitioner who acts in the case, by the case system's id."
        }
    )
    pdu = Text(
        allow_none=True,
        metadata={"description": "For probation: the delivery unit of the case; null if not recorded."},
    )
    acknowledged = plain.Nested(
        EscalationAcknowledgementView,
        allow_none=True,
        metadata={"description": "Who on your side acknowledged it first; null if no one has."},
    )
    notes = plain.List(
        plain.Nested(EscalationNoteView),
        metadata={"description": "What your organisation noted of it, oldest first."},
    )
    allowed_transitions = plain.List(
        Choice(
            {
                "acknowledge": "at `POST .../acknowledgement`",
                "note": "at `POST .../notes`",
                "hand_over": "at `POST .../handover`",
                "confirm": "at `POST .../confirmation`: a danger has been seen to",
            }
        ),
        metadata={"description": "What you may do with it now."},
    )

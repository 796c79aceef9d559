"""How a list of work looks on the wire."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from marshmallow import fields as plain

from service import tenses
from service.fields import Choice, Flag, Identifier, Moment, Text, View
from service.http import CountedPageQuery, list_schema
from service.timers.conditions import BY_LABEL, HANDED_BACK, KINDS
from service.timers.policy import URGENCIES
from service.timers.roles import FALLS_TO
from service.timers.schemas import (
    OPEN_STATES,
    ClockSubjectView,
    EscalationView,
    OverdueView,
    ReadableView,
)
from service.timers.subjects import HANDED_BACK_WORDS, LABEL_WORDS, WORDS

_OTHERWISE: Final = {one.kind: HANDED_BACK_WORDS[key] for key, one in HANDED_BACK.items()} | {
    one.kind: LABEL_WORDS[key] for key, one in BY_LABEL.items()
}
MEANINGS: Final[Mapping[str, str]] = MappingProxyType(
    {kind: _OTHERWISE.get(kind, WORDS[key]) for kind, key in sorted(KINDS.items())}
)
"""Every kind of work, as the API explains it."""
_ROLES: Final = dict.fromkeys(FALLS_TO, "a role of an escalation policy")


class WorkQuery(CountedPageQuery):
    """Which of what is owed to list."""

    kind = Choice(MEANINGS, metadata={"description": "Only this kind of work."})
    urgency = Choice(URGENCIES, metadata={"description": "Only what is as urgent as this."})
    due_before = Moment(tense=tenses.ANY, metadata={"description": "Only what is due before this moment."})
    overdue = Choice({"yes": "past its target"}, metadata={"description": "Only what is overdue."})
    person = Identifier(
        metadata={"description": "For probation: only what is about this person, by the id of the record."}
    )
    pdu = Text(max=100, metadata={"description": "For probation: only that of this delivery unit."})
    role = Choice(
        _ROLES,
        metadata={
            "description": "Only what this role owes, or was told of and has not acknowledged. With `mine`, "
            "only where you hold it today."
        },
    )
    mine = Choice(
        {"yes": "yours"},
        metadata={
            "description": "For a named member of staff: only what you owe yourself, by the cases in which "
            "you act and the roles that you hold today, and what was escalated to you or to one of those "
            "roles and nobody has acknowledged."
        },
    )


class OtherPartyView(View):
    """Whom to ring about it."""

    id = Identifier(metadata={"description": "The id of the organisation."})
    kind = Text(metadata={"example": "police_force", "description": "The kind of organisation."})
    organisation = Text(
        metadata={"example": "West Yorkshire Police", "description": "The name of the organisation."}
    )
    name = Text(
        allow_none=True,
        metadata={
            "description": "The practitioner who acts in the case; for probation whoever answers today in "
            "the organisation. Null where the staff register has nobody there."
        },
    )
    phone = Text(
        allow_none=True,
        metadata={
            "description": "The work phone, or that of the organisation; null where none is registered."
        },
    )


class MoveView(View):
    """The call by which it is done."""

    operation = Text(
        metadata={"example": "review_check", "description": "The operation, by its id in this document."}
    )
    href = Text(
        allow_none=True,
        metadata={
            "description": "Its address; null where the subject, when you read it, says which is meant."
        },
    )
    transitions = plain.List(
        Text(),
        metadata={
            "description": "The actions that may settle it, where the call takes an `action`; which of them "
            "you may take now, `allowed_transitions` says where its subject is read."
        },
    )


class WorkStepView(View):
    """A step of an escalation that you may acknowledge, and nobody has."""

    id = Identifier(metadata={"description": "The id of the escalation."})
    href = Text(metadata={"description": "Where it is acknowledged."})


class MoveableView(ReadableView):
    """How what is owed is done, and with whom."""

    carried_over = Flag(
        metadata={
            "description": "Whether it waited before the service had a clock for it: the target counts from "
            "the upgrade, and `exposed_since` says since when it has really waited."
        }
    )
    overdue = Flag(metadata={"description": "Whether the target has passed."})
    with_ = plain.Nested(
        OtherPartyView,
        data_key="with",
        attribute="with",
        allow_none=True,
        metadata={
            "description": "Who must say so too, where it is done when both do: for a transfer, the region "
            "that asked for it; for the end of a stay, its destination; for a meeting, the agency that holds "
            "it; for the day on which a destination looks at the case again, that destination. Null "
            "elsewhere."
        },
    )
    other_party = plain.Nested(
        OtherPartyView,
        allow_none=True,
        metadata={"description": "Whom to ring about it; null where no other organisation is asked."},
    )
    move = plain.Nested(
        MoveView,
        allow_none=True,
        metadata={"description": "The call by which it is done; null where it is not your side's to make."},
    )
    to_acknowledge = plain.List(
        plain.Nested(WorkStepView),
        metadata={"description": "Steps of its escalation that you may acknowledge, and nobody has."},
    )


class OwedView(MoveableView):
    """Something that is owed, and how it is done."""

    kind = Choice(MEANINGS, metadata={"description": "What is to be done."})


class WorkItemView(OwedView):
    """Something that is owed: what, about whom, by when, and the call by which it is done."""

    sometimes = ("referral_id", "practitioner", "pdu")

    id = Identifier(metadata={"description": "The id of the clock."})
    subject = plain.Nested(
        ClockSubjectView, metadata={"description": "The thing that must be answered or done."}
    )
    timer = Text(metadata={"example": "answer", "description": "What the clock times."})
    label = Text(
        metadata={
            "example": "police_da",
            "description": "What the clock is about: a kind of check, destination or review.",
        }
    )
    exposed_since = Moment(
        metadata={"description": "Since when the answer has not been known; it never pauses."}
    )
    due_at = Moment(metadata={"description": "The target."})
    urgency = Choice(
        URGENCIES,
        metadata={
            "description": "Decides the target; only what a passed day has made urgent is lowered again."
        },
    )
    step = Text(
        allow_none=True,
        metadata={"description": "The last step reached of the policy; null before the first."},
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


WorkList = list_schema(
    "WorkList",
    WorkItemView,
    "What is owed, the first due first unless the order says otherwise.",
    counted=MEANINGS,
    by="kind",
)


class OverdueWorkView(OwedView, OverdueView):
    """Something whose target has passed, and how it is done."""


OverdueClockList = list_schema(
    "OverdueClockList",
    OverdueWorkView,
    "Overdue clocks, in the order asked for.",
    counted=OPEN_STATES,
    by="state",
)


class EscalatedWorkView(MoveableView, EscalationView):
    """A step of an escalation policy that was reached, who was notified, and how it is ended."""


EscalationList = list_schema(
    "EscalationList", EscalatedWorkView, "Escalations, in the order in which they were recorded."
)

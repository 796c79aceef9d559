"""Transfers of a case between regions: what is asked, how it stands, and what is not finished."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, validates_schema
from marshmallow import fields as plain

from service import fields
from service.cases.queries import OUTSTANDING
from service.cases.schemas.holdings import StaffId
from service.document.forms import Region
from service.http import CountedPageQuery, list_schema
from service.people.states import TRANSFER_STATES, TransferAction

ACTIONS: Mapping[str, str] = {
    TransferAction.ACCEPT: "hold the case, with `practitioner` and perhaps `pdu`; or let the region that "
    "asked hold it",
    TransferAction.DECLINE: "say no, with a `reason`",
    TransferAction.WITHDRAW: "take back what you asked",
}
"""What each action does, as the API explains it."""
_MAY = {
    TransferAction.ACCEPT: ("practitioner", "pdu"),
    TransferAction.DECLINE: ("reason",),
    TransferAction.WITHDRAW: ("reason",),
}


class TransferRequest(fields.Schema):
    """That another region should hold a case: offered by its holder, or asked for by the other."""

    person_id = fields.Identifier(
        required=True,
        metadata={"description": "The person's record; a side record of your own when you ask for a case."},
    )
    reason = fields.LongText(required=True, metadata={"description": "Why the case should move."})
    to_region = Region(
        metadata={"description": "The region that should take the case; needed when you hold it."}
    )
    named = fields.List(
        StaffId(),
        max=20,
        metadata={
            "description": "Staff of that region who may know of the case; needed for a limited access case."
        },
    )
    practitioner = StaffId(
        metadata={"description": "When you ask for the case: who would be accountable; you when left out."}
    )
    pdu = fields.Text(
        max=100, metadata={"description": "When you ask for the case: the delivery unit; yours if left out."}
    )


class TransferTransition(fields.Schema):
    """What to do about a transfer."""

    action = fields.Choice(ACTIONS, required=True, metadata={"description": "What to do."})
    practitioner = StaffId(
        metadata={"description": "Who is accountable from now on; needed when you take a case offered."}
    )
    pdu = fields.Text(max=100, metadata={"description": "The delivery unit of that practitioner."})
    reason = fields.LongText(metadata={"description": "Why; needed to decline."})

    @validates_schema
    def _members(self, data: Mapping[str, Any], **kwargs: Any) -> None:
        del kwargs
        action = data["action"]
        needed = ("reason",) if action == TransferAction.DECLINE else ()
        found = fields.member_faults(data, needed, _MAY[action])
        if found:
            raise ValidationError(found)


class TransfersQuery(CountedPageQuery):
    """Which transfers to list."""

    state = fields.Choice(TRANSFER_STATES, metadata={"description": "Only those in this state."})


class UnfinishedView(fields.View):
    """One thing in a case that is not finished."""

    kind = fields.Choice(OUTSTANDING, metadata={"description": "What is not finished."})
    subject_kind = fields.Text(metadata={"description": "What it is about, such as `check_request`."})
    subject_id = fields.Text(metadata={"description": "Its id."})
    href = fields.Text(allow_none=True, metadata={"description": "Its address; null if it has none."})
    label = fields.Text(metadata={"description": "The kind of check, review or destination."})
    since = fields.Text(metadata={"description": "Since when."})


class TransferView(fields.View):
    """A transfer as one of its regions may see it."""

    id = fields.Identifier(metadata={"description": "The id of the transfer."})
    href = fields.Text(metadata={"description": "The address of the transfer."})
    person_id = fields.Identifier(
        allow_none=True,
        metadata={"description": "The record of the person; null while you cannot see the record."},
    )
    state = fields.Choice(TRANSFER_STATES, metadata={"description": "Its state."})
    from_region = fields.Text(
        allow_none=True,
        metadata={"description": "The region that held the case; null while you cannot see the record."},
    )
    to_region = fields.Text(metadata={"description": "The region that would take it."})
    asked_by = fields.Text(metadata={"description": "Who asked, by the case system's id."})
    asked_by_region = fields.Text(metadata={"description": "The region that asked."})
    asked_at = fields.Moment(metadata={"description": "When."})
    reason = fields.LongText(metadata={"description": "Why the case should move."})
    practitioner = fields.Text(
        allow_none=True, metadata={"description": "Who would be accountable; null until it is said."}
    )
    pdu = fields.Text(
        allow_none=True, metadata={"description": "The delivery unit of that practitioner; null if not said."}
    )
    outstanding = plain.List(
        plain.Nested(UnfinishedView),
        allow_none=True,
        metadata={
            "description": "What was not finished when it was asked, and once accepted when it was handed "
            "over, in the sections that you see; null while you have no sight of the record."
        },
    )
    answered_by = fields.Text(allow_none=True, metadata={"description": "Who answered; null before."})
    answered_at = fields.Moment(allow_none=True, metadata={"description": "When; null before."})
    answer_reason = fields.LongText(allow_none=True, metadata={"description": "Why; null if not said."})
    version = fields.Count(metadata={"description": "Rises by one with every change."})
    allowed_transitions = plain.List(
        fields.Choice(ACTIONS), metadata={"description": "What you can do about it now."}
    )


TransferList = list_schema(
    "TransferList",
    TransferView,
    "Transfers of your region, in the order asked for.",
    counted=TRANSFER_STATES,
    by="state",
)

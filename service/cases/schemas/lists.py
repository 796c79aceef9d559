"""The list of the cases of a region: which to list, and what it shows of each."""

from marshmallow import fields as plain

from service import fields
from service.cases.lists import COUNTED
from service.cases.schemas.holdings import CaretakerView
from service.http import list_schema
from service.http.pages import CountedPageQuery
from service.people.schemas.records import NameView


class CasesQuery(CountedPageQuery):
    """Which cases to list."""

    mine = fields.Choice(
        {
            "yes": "you are accountable for the case, or its caretaker now",
            "no": "the cases of others",
        },
        metadata={"description": "Only your own cases, or only those of others."},
    )
    pdu = fields.Text(max=100, metadata={"description": "Only cases of this delivery unit."})
    ownerless = fields.Choice(
        {
            "yes": "the accountable practitioner has left, and the case must be reassigned",
            "no": "somebody is accountable",
        },
        metadata={"description": "Only cases that must be reassigned, or only the others."},
    )
    no_referral = fields.Choice(
        {"yes": "there is no referral about the person yet", "no": "there is one"},
        metadata={"description": "Only cases with no referral, or only those with one."},
    )


class CaseView(fields.View):
    """A case in a list."""

    id = fields.Identifier(metadata={"description": "The id of the person's record."})
    href = fields.Text(metadata={"description": "The address of the record."})
    crn = fields.Crn(metadata={"description": "The case reference number in probation."})
    name = plain.Nested(NameView, metadata={"description": "The person's names."})
    held = fields.Flag(
        metadata={"description": "The held record of the CRN; false for a side record of your own."}
    )
    practitioner = fields.Text(
        metadata={"description": "The accountable practitioner, by the case system's id."}
    )
    pdu = fields.Text(allow_none=True, metadata={"description": "The delivery unit; null if not recorded."})
    caretaker = plain.Nested(
        CaretakerView, allow_none=True, metadata={"description": "The caretaker; null when there is none."}
    )
    ownerless = fields.Flag(
        metadata={"description": "The accountable practitioner has left; the case must be reassigned."}
    )
    has_referral = fields.Flag(metadata={"description": "There is a referral about the person."})
    since = fields.Moment(metadata={"description": "Since when the case is held so."})


CaseList = list_schema(
    "CaseList", CaseView, "Cases of your region, in the order you asked for.", counted=COUNTED
)

"""Opening a case, and who answers for it: the accountable practitioner, a caretaker, the team."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from marshmallow import ValidationError, validates_schema
from marshmallow import fields as plain

from service import fields, tenses
from service.access.identifiers import is_person_identifier
from service.checks.schemas.checks import CheckSummary
from service.document.coherence import faults
from service.document.forms import some
from service.document.household import AddressSchema, HouseholdSchema
from service.document.person import PersonNameSchema
from service.people.actions.handing_over import PARTS
from service.people.schemas.one_person import MayBeView
from service.people.schemas.ringing import ring_member
from service.person_numbers import PoliceNumber, PrisonNumber
from service.referrals.schemas.submission import nested_messages
from service.timers.policy import URGENCIES

OPENED_BECAUSE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "pre_sentence_report": "a court asked for a report before it sentences",
        "allocation": "the case was allocated to a practitioner",
        "transfer_in": "the person comes from another region",
        "curfew": "a court set a curfew, and where the person stays must be safe",
    }
)
"""Why a case is opened with no destination."""
HELD_BECAUSE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "submitted": "a referral was the first that anybody recorded of the person",
        "opened": "the case was opened with no destination",
        "reassigned": "a manager made another practitioner accountable",
        "caretaker": "a caretaker's time began, changed or ended",
        "transferred": "another region handed the case over",
        "carried_over": "it was so before a record had one holder",
        "merged": "another record of the same person stands for it, and is held so",
    }
)
"""Why a case is held as it is."""


class StaffId(fields.Text):
    """The id of a member of staff, as their case system sends it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        found: str = super()._deserialize(value, attr, data, **kwargs)
        if not is_person_identifier(found):
            raise ValidationError("Must be the id of a member of staff, as their case system sends it.")
        return found


class OpeningPerson(fields.Schema):
    """Who the person is."""

    crn = fields.Crn(required=True, metadata={"description": "The case reference number in probation."})
    noms_number = PrisonNumber(metadata={"description": "The prison number."})
    pnc_number = PoliceNumber(metadata={"description": "The number on the Police National Computer."})
    name = plain.Nested(PersonNameSchema, required=True, metadata={"description": "The person's name."})
    date_of_birth = fields.Day(tense=tenses.BEEN, metadata={"description": "Date of birth."})
    sex = fields.Choice({"male": "male", "female": "female"}, metadata={"description": "Recorded sex."})
    restricted_record = fields.Flag(
        metadata={"description": "A limited access case, which only named staff may see."}
    )


class CaseOpening(fields.Schema):
    """A case with no destination yet."""

    because = fields.Choice(
        OPENED_BECAUSE, required=True, metadata={"description": "Why the case is opened."}
    )
    person = plain.Nested(OpeningPerson, required=True, metadata={"description": "The person on probation."})
    pdu = fields.Text(max=100, metadata={"description": "The delivery unit; yours when left out."})
    urgency = fields.Choice(
        URGENCIES, load_default="routine", metadata={"description": "How soon the checks must be answered."}
    )
    hearing_date = fields.Day(
        tense=tenses.HEARING, metadata={"description": "The day of the hearing for which answers are needed."}
    )
    release_date = fields.Day(
        tense=tenses.TERM,
        metadata={
            "description": "The day of release, if it is known; on a long licence it may be years ago."
        },
    )
    household = plain.Nested(
        HouseholdSchema,
        load_default=lambda: HouseholdSchema().load({}),
        metadata={"description": "Children and other people around the person."},
    )
    addresses = some(
        plain.Nested(AddressSchema),
        60,
        load_default=list,
        metadata={"description": "Addresses that matter, at most 60."},
    )

    @validates_schema(skip_on_field_errors=False)
    def _coherent(self, data: Mapping[str, Any], **kwargs: Any) -> None:
        del kwargs
        found = list(faults(data))
        if found:
            raise ValidationError(nested_messages(found))


_WRITER: Final = CaseOpening()


def canonical(loaded: Mapping[str, Any]) -> dict[str, Any]:
    """Turn a loaded opening into plain JSON."""
    stored: dict[str, Any] = _WRITER.dump(loaded)
    return stored


class Reassignment(fields.Schema):
    """Who is accountable for the case from now on."""

    practitioner = StaffId(
        required=True, metadata={"description": "The practitioner, by the case system's id."}
    )
    pdu = fields.Text(max=100, metadata={"description": "The delivery unit; yours when left out."})


class CaretakerChange(fields.Schema):
    """That a colleague acts for the accountable practitioner, or no longer does."""

    action = fields.Choice(
        {
            "name": "let a colleague act, with `practitioner` and `until`; any other caretaker ends",
            "end": "let the accountable practitioner act again",
        },
        required=True,
        metadata={"description": "What to do."},
    )
    practitioner = StaffId(metadata={"description": "The caretaker, by the case system's id."})
    until = fields.Moment(tense=tenses.AHEAD, metadata={"description": "When the caretaker's time ends."})

    @validates_schema
    def _members(self, data: Mapping[str, Any], **kwargs: Any) -> None:
        del kwargs
        needed = ("practitioner", "until") if data["action"] == "name" else ()
        found = fields.member_faults(data, needed)
        if found:
            raise ValidationError(found)


class TeamChange(fields.Schema):
    """That a colleague has a part in the team of a case, or no longer has it."""

    action = fields.Choice(
        {"add": "add a colleague to the team", "end": "end a colleague's part"},
        required=True,
        metadata={"description": "What to do."},
    )
    practitioner = StaffId(required=True, metadata={"description": "The colleague, by the case system's id."})
    part = fields.Choice(PARTS, required=True, metadata={"description": "What the colleague does."})


class CaretakerView(fields.View):
    """Who acts for the accountable practitioner."""

    practitioner = fields.Text(metadata={"description": "The caretaker, by the case system's id."})
    until = fields.Moment(metadata={"description": "When the caretaker's time ends."})
    acting = fields.Flag(metadata={"description": "Whether that is still to come."})


class HoldingView(fields.View):
    """How a case was held for a time."""

    region = fields.Text(metadata={"description": "The code of the region."})
    pdu = fields.Text(allow_none=True, metadata={"description": "The delivery unit; null if not recorded."})
    practitioner = fields.Text(
        metadata={"description": "The accountable practitioner, by the case system's id."}
    )
    caretaker = plain.Nested(
        CaretakerView, allow_none=True, metadata={"description": "The caretaker; null when there is none."}
    )
    because = fields.Choice(HELD_BECAUSE, metadata={"description": "Why it is held so."})
    since = fields.Moment(metadata={"description": "Since when."})
    ended_at = fields.Moment(allow_none=True, metadata={"description": "Until when; null for the present."})


class TeamMemberView(fields.View):
    """A colleague in the team of a case."""

    practitioner = fields.Text(metadata={"description": "The colleague, by the case system's id."})
    part = fields.Choice(PARTS, metadata={"description": "What the colleague does."})
    since = fields.Moment(metadata={"description": "Since when."})


class CaseHoldingView(fields.View):
    """Who answers for a case now, who did before, and who works on it."""

    person_id = fields.Identifier(metadata={"description": "The person."})
    href = fields.Text(metadata={"description": "The address of this view."})
    held = plain.Nested(
        HoldingView,
        allow_none=True,
        metadata={"description": "How the case is held now; null when nobody is accountable yet."},
    )
    acting = fields.Text(
        allow_none=True,
        metadata={"description": "Who acts now: the caretaker for as long as there is one."},
    )
    ownerless = fields.Flag(
        metadata={"description": "The accountable practitioner has left; the case must be reassigned."}
    )
    history = plain.List(
        plain.Nested(HoldingView), metadata={"description": "How it was held before, oldest first."}
    )
    team = plain.List(plain.Nested(TeamMemberView), metadata={"description": "Who works on the case."})


class OpenedCaseView(fields.View):
    """A case that has been opened, and the checks that arose."""

    person_id = fields.Identifier(metadata={"description": "The id of the person's record."})
    href = fields.Text(metadata={"description": "The address of the record."})
    crn = fields.Crn(metadata={"description": "The case reference number in probation."})
    held_elsewhere = fields.Flag(
        metadata={
            "description": "Another record of the CRN is held that you do not see: this is a side record of "
            "your own."
        }
    )
    staff_safety = fields.Flag(
        metadata={
            "description": "Whether the record that is held elsewhere says that the risk to staff is high or "
            "very high: ring that region before you see the person."
        }
    )
    ring = ring_member()
    held = plain.Nested(HoldingView, metadata={"description": "How the case is held."})
    checks = plain.List(plain.Nested(CheckSummary), metadata={"description": "The checks that arose."})
    may_be = plain.List(
        plain.Nested(MayBeView),
        metadata={"description": "Other records of your region that may be this person's, by a number."},
    )

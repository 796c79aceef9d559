"""How shares and emergency access look on the wire."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from marshmallow import ValidationError, validates_schema
from marshmallow import fields as plain

from service import fields, tenses
from service.http import list_schema
from service.people.sight import BASES, SECTIONS
from service.person_numbers import PoliceNumber, PrisonNumber
from service.staff.schemas import StaffId

GIVEN: Final[Mapping[str, str]] = MappingProxyType({one: BASES[one] for one in ("host_area", "joint")})
"""The bases on which a holder gives a share; the others arise by themselves."""

OUTCOMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "justified": "somebody had to know at once",
        "not_justified": "nobody had to; access that is still in force ends with the review",
    }
)
"""What a review of emergency access found."""

_MOST_NAMED: Final = 20


def _sections(**more: Any) -> fields.List:
    return fields.List(
        fields.Choice(SECTIONS),
        min=1,
        max=len(SECTIONS),
        metadata={"description": "The sections they may see; the whole record if you leave it out."},
        **more,
    )


def _until() -> fields.Moment:
    return fields.Moment(
        tense=tenses.AHEAD,
        required=True,
        metadata={"description": "When the share ends by itself, within a year."},
    )


def _named() -> fields.List:
    about = "Of a limited access case: staff of that region who may know of it, by the case system's id."
    return fields.List(StaffId(), max=_MOST_NAMED, load_default=list, metadata={"description": about})


class ShareConfirmation(fields.Schema):
    """On what basis, and how long, what was carried over goes on."""

    basis = fields.Choice(GIVEN, required=True, metadata={"description": "Why the region sees the record."})
    sections = _sections()
    until = _until()
    reason = fields.LongText(required=True, metadata={"description": "Why it is shared."})
    named = _named()


class ShareSubmission(ShareConfirmation):
    """What another region may see of a record, and how long."""

    organisation = fields.Text(max=20, required=True, metadata={"description": "The region, by its code."})
    practitioner = StaffId(
        metadata={"description": "The only member of its staff who may see it, by the case system's id."}
    )
    from_at = fields.Moment(
        tense=tenses.PLAN,
        data_key="from",
        metadata={"description": "From when; now if you leave it out, or if it has passed."},
    )


class EndOfShare(fields.Schema):
    """Why a share ends before its time."""

    reason = fields.LongText(required=True, metadata={"description": "Why it ends."})


class ShareReviewBody(fields.Schema):
    """What a manager of the holding region found of emergency access."""

    outcome = fields.Choice(OUTCOMES, required=True, metadata={"description": "What the review found."})
    reason = fields.LongText(required=True, metadata={"description": "Why."})


class EmergencyAccess(fields.Schema):
    """Whose record must be seen at once, by one number, and why."""

    crn = fields.Crn(metadata={"description": "The person's case reference number in probation."})
    noms_number = PrisonNumber(metadata={"description": "The prison number."})
    pnc_number = PoliceNumber(metadata={"description": "The number on the Police National Computer."})
    reason = fields.LongText(
        required=True,
        metadata={"description": "Why you must know at once. The holder of the record reads it."},
    )

    @validates_schema(skip_on_field_errors=True)
    def _one_number(self, given: Mapping[str, str], **_: Any) -> None:
        if len(given) != 2:  # noqa: PLR2004 - a number and the reason
            raise ValidationError("Give one number: crn, noms_number or pnc_number.")


class EmergencyAccessView(fields.View):
    """Emergency access to a record."""

    id = fields.Identifier(metadata={"description": "The id of the access, among the shares of the record."})
    person = fields.Text(metadata={"description": "The address of the person."})
    sections = plain.List(fields.Choice(SECTIONS), metadata={"description": "The sections you see."})
    until = fields.Moment(metadata={"description": "When it ends."})


class ShareReviewView(fields.View):
    """What a manager found of emergency access."""

    outcome = fields.Choice(OUTCOMES, metadata={"description": "What the review found."})
    reason = fields.LongText(metadata={"description": "Why."})
    by = fields.Text(metadata={"description": "The manager, by the case system's id."})
    at = fields.Moment(metadata={"description": "When."})


class ShareView(fields.View):
    """Sight of a record, or of sections of it, that somebody has beside its holder."""

    id = fields.Identifier(metadata={"description": "The id of the share."})
    href = fields.Text(metadata={"description": "The address of the share."})
    etag = fields.Text(metadata={"description": "Send it as `If-Match` when you end, confirm or review it."})
    organisation = fields.Text(metadata={"description": "The region that sees the record, by its code."})
    practitioner = fields.Text(
        allow_none=True,
        metadata={"description": "The only member of its staff who does; null for all of them."},
    )
    basis = fields.Choice(BASES, metadata={"description": "Why the region sees the record."})
    sections = plain.List(fields.Choice(SECTIONS), metadata={"description": "The sections it sees."})
    from_at = fields.Moment(data_key="from", metadata={"description": "From when."})
    until = fields.Moment(metadata={"description": "When it ends by itself."})
    reason = fields.LongText(metadata={"description": "Why."})
    given_by = fields.Text(
        metadata={"description": "Who gave it, or took it in an emergency, by the case system's id."}
    )
    in_force = fields.Flag(metadata={"description": "Whether it has begun and has not ended."})
    seen = fields.Flag(
        metadata={
            "description": "Whether anybody there sees the record by it now: in a limited access case only "
            "staff who are named do, and nobody who is excluded."
        }
    )
    ended_at = fields.Moment(
        allow_none=True, metadata={"description": "When it was ended before its time; null if it was not."}
    )
    ended_by = fields.Text(
        allow_none=True,
        metadata={"description": "Who ended it, by the case system's id; null if nobody did."},
    )
    end_reason = fields.LongText(
        allow_none=True, metadata={"description": "Why it was ended; null if it was not."}
    )
    review = plain.Nested(
        ShareReviewView,
        allow_none=True,
        metadata={"description": "The review of emergency access; null before it, and for other shares."},
    )


ShareList = list_schema("ShareList", ShareView, "The shares of a record, in the order asked for.")

"""Organisations, what they answer for, and what can be answered for, on the wire."""

import re
from collections.abc import Mapping
from typing import Any, Final

from marshmallow import ValidationError, validates_schema
from marshmallow import fields as plain

from service import fields, tenses
from service.http import PageQuery, list_schema
from service.registration.areas import AREAS
from service.registration.permitted import ORGANISATION_KINDS
from service.timers.calendars import DIVISIONS
from service.timers.working_time import WEEKDAYS

KINDS: Final[Mapping[str, str]] = {
    "administration": "whoever runs the service and registers those that take part",
    "approved_premises": "an approved premises",
    "cas3_team": "a CAS3 team",
    "crs_provider": "a provider of commissioned rehabilitative services",
    "local_authority": "a local authority's children's services",
    "mappa_area": "a MAPPA area",
    "oversight": "a data protection office or an inspectorate",
    "police_force": "a police force",
    "prison": "a prison",
    "probation_region": "a probation region",
}
assert tuple(KINDS) == ORGANISATION_KINDS  # noqa: S101 - a kind that is added is described here too
_NAMES: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAYS: Final = dict(zip(WEEKDAYS, _NAMES, strict=True))
_DIVISIONS: Final = {one: f"the bank holidays of {one.replace('-', ' ')}" for one in DIVISIONS}
_MAPPA: Final = "Whether it may know that a case is managed under MAPPA."
_VICTIMS: Final = "Whether it may know of victims."
_CLOSURES: Final = "Further days on which it is shut."
_BANK_HOLIDAYS: Final = "Whether it works through bank holidays."
_ANSWERING: Final = "Where there is none, referrals and checks for it wait."


class Time(fields.Patterned):
    """A time of day, such as 09:00; 24:00 is the end of the day."""

    longest = 5
    pattern = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00", re.ASCII)
    message = "Must be a time such as 09:00."


class OpeningHours(fields.Schema):
    """When an organisation is open on one day of the week."""

    day = fields.Choice(_DAYS, required=True, metadata={"description": "The day of the week."})
    opens = Time(required=True, metadata={"description": "When it opens."})
    closes = Time(required=True, metadata={"description": "When it shuts."})


class OrganisationRegistration(fields.Schema):
    """What is registered of an organisation. What you leave out stays as it is."""

    name = fields.Text(metadata={"description": "Its display name. Required the first time."})
    division = fields.Choice(
        _DIVISIONS,
        metadata={"description": "The nation whose bank holidays it keeps; England and Wales at first."},
    )
    office_hours = fields.List(
        plain.Nested(OpeningHours),
        min=1,
        max=len(WEEKDAYS),
        allow_none=True,
        metadata={
            "description": "When it is open; on other days it is shut. Null for Monday to Friday, 9 to 5."
        },
    )
    closures = fields.List(fields.Day(tense=tenses.PLAN), max=400, metadata={"description": _CLOSURES})
    open_on_bank_holidays = fields.Flag(metadata={"description": _BANK_HOLIDAYS})
    may_know_of_mappa = fields.Flag(metadata={"description": f"{_MAPPA} A commissioned provider never may."})
    may_know_of_victims = fields.Flag(metadata={"description": _VICTIMS})

    @validates_schema
    def _each_day_once(self, given: Mapping[str, Any], **_: object) -> None:
        days = [one["day"] for one in given.get("office_hours") or ()]
        if len(days) != len(set(days)):
            raise ValidationError({"office_hours": ["Each day once."]})


class DutyRegistration(fields.Schema):
    """Who is to answer for a duty in an area."""

    take_over = fields.Text(
        metadata={
            "description": "Why the duty passes to this organisation, when another holds it. Recorded on the "
            "audit trail: leave out personal data."
        }
    )


class OrganisationQuery(PageQuery):
    """Which organisations to list."""

    kind = fields.Choice(KINDS, metadata={"description": "Only those of this kind."})
    duty = fields.Text(max=100, metadata={"description": "Only those that answer for this duty."})
    area = fields.Text(max=60, metadata={"description": "Only those that answer for this area."})


class OpeningHoursView(fields.View):
    """When an organisation is open on one day of the week."""

    day = fields.Choice(_DAYS, metadata={"description": "The day of the week."})
    opens = fields.Text(metadata={"description": "When it opens."})
    closes = fields.Text(metadata={"description": "When it shuts."})


class RegisteredDutyView(fields.View):
    """A duty that an organisation answers for."""

    duty = fields.Text(metadata={"description": "The duty, such as `crs:accommodation`.", "example": "cas3"})
    area = fields.Text(metadata={"description": "The area, or `national`.", "example": "N55"})


class RegisteredOrganisationView(fields.View):
    """A registered organisation."""

    id = fields.Identifier(metadata={"description": "Its id."})
    href = fields.Text(metadata={"description": "Its address in this API."})
    kind = fields.Choice(KINDS, metadata={"description": "What kind of organisation it is."})
    code = fields.Text(metadata={"description": "Its code: unique among those of its kind."})
    name = fields.Text(metadata={"description": "Its display name."})
    division = fields.Choice(_DIVISIONS, metadata={"description": "The nation whose bank holidays it keeps."})
    office_hours = plain.List(
        plain.Nested(OpeningHoursView), metadata={"description": "When it is open; on other days it is shut."}
    )
    closures = plain.List(fields.Text(), metadata={"description": _CLOSURES})
    open_on_bank_holidays = fields.Flag(metadata={"description": _BANK_HOLIDAYS})
    may_know_of_mappa = fields.Flag(metadata={"description": _MAPPA})
    may_know_of_victims = fields.Flag(metadata={"description": _VICTIMS})
    duties = plain.List(
        plain.Nested(RegisteredDutyView), metadata={"description": "What it answers for, and where."}
    )
    registered_at = fields.Moment(metadata={"description": "When it was registered."})
    ended_at = fields.Moment(allow_none=True, metadata={"description": "When it was removed; null if not."})


RegisteredOrganisationList = list_schema(
    "RegisteredOrganisationList",
    RegisteredOrganisationView,
    "The registered organisations, by kind and code.",
)


class AreaView(fields.View):
    """An area."""

    code = fields.Text(metadata={"description": "Its code.", "example": "N55"})
    name = fields.Text(metadata={"description": "Its name.", "example": "Yorkshire and the Humber"})


_AREA_KINDS: Final = {kind: areas.words for kind, areas in AREAS.items()}


class AreaQuery(PageQuery):
    """Which areas to list."""

    kind = fields.Choice(_AREA_KINDS, metadata={"description": "Only those of this kind."})


class ListedAreaView(AreaView):
    """An area, with what kind of area it is."""

    kind = fields.Choice(_AREA_KINDS, metadata={"description": "What kind of area it is."})
    delivery_units = plain.List(
        fields.Text(),
        allow_none=True,
        metadata={
            "description": "The names of a region's delivery units, the `unit` of its roles. Null for other "
            "areas, and for a region without a list, where any name is taken."
        },
    )


AreaList = list_schema("AreaList", ListedAreaView, "The areas there are, by kind and code.")


class DutyView(fields.View):
    """Something that an organisation can answer for, and the areas in which it can."""

    duty = fields.Text(metadata={"description": "The duty.", "example": "cas3"})
    organisation_kind = fields.Choice(KINDS, metadata={"description": "Which kind of organisation answers."})
    area_kind = fields.Choice(_AREA_KINDS, metadata={"description": "What its areas are."})
    areas = plain.List(plain.Nested(AreaView), metadata={"description": "Every area."})
    national = fields.Flag(
        metadata={"description": f"Whether one organisation may answer for the whole country. {_ANSWERING}"}
    )


DutyList = list_schema("DutyList", DutyView, "What organisations can answer for, by duty.")

"""The staff register on the wire. A time is a date, which is the whole day, or a moment."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from marshmallow import ValidationError, validates_schema
from marshmallow import fields as plain

from service import fields, tenses
from service.access.identifiers import known_as
from service.clock import LONDON
from service.http import PageQuery, list_schema
from service.organisations.writes.staff import AbsenceEntry, RoleEntry, StaffEntry
from service.timers.roles import FALLS_TO

MOST_ENTRIES: Final = 100
"""The most members of staff of one bulk call."""
_DATE_LENGTH: Final = len("2026-03-02")
_YES: Final = {"yes": "only those"}


class StaffId(fields.Patterned):
    """The id of a member of staff, as their case system sends it."""

    longest = 200
    pattern = re.compile(r"[A-Za-z0-9._~@:/+='-]{1,200}")
    message = "Must be the id of a member of staff, as their case system sends it."


def moment_of(text: str, *, last: bool = False) -> datetime:
    """Return the moment of a date, which is the whole day in London, or of a moment with its offset.

    Args:
        last: whether it is the end of something: a date then counts to its last instant.

    Raises:
        ValidationError: it is neither.
    """
    if len(text) != _DATE_LENGTH:
        moment: datetime = fields.Moment().deserialize(text)
        return moment
    day = fields.Day().deserialize(text)
    return datetime.combine(day + timedelta(days=last), time(), LONDON).astimezone(UTC)


class DayOrMoment(fields.Tensed, plain.String):
    """A date, which is the whole day in London, or a moment with its offset; read as a moment.

    Args:
        last: whether it is the end of something: a date then counts to its last instant.
    """

    longest, too_long = 32, "Must be a date such as 2026-03-02, or a moment with its offset."
    present = "today"

    def __init__(self, *, last: bool = False, **kwargs: Any) -> None:
        super().__init__(tense=tenses.TERM, **kwargs)
        self.last = last

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        del attr, data, kwargs
        if not isinstance(value, str):
            raise ValidationError(self.too_long)
        return self.within_tense(moment_of(value, last=self.last))


def _from(about: str, **kwargs: Any) -> DayOrMoment:
    return DayOrMoment(data_key="from", metadata={"description": about, "example": "2026-03-02"}, **kwargs)


def _until(about: str, **kwargs: Any) -> DayOrMoment:
    example = {"description": about, "example": "2026-03-06"}
    return DayOrMoment(data_key="until", last=True, metadata=example, **kwargs)


class _Period(fields.Schema):
    @validates_schema
    def _in_order(self, data: Mapping[str, Any], **kwargs: Any) -> None:
        del kwargs
        begins, ends = data.get("from_at"), data.get("until_at")
        if begins and ends and ends <= begins:
            raise ValidationError("Must be after `from`.", "until")


class RoleForm(_Period):
    """A role of a member of staff: as its holder, or as a deputy, who stands in while no holder is there."""

    role = fields.Text(
        max=40,
        required=True,
        metadata={"description": "A role of your kind of organisation.", "example": "spo"},
    )
    unit = fields.Text(
        max=100,
        allow_none=True,
        load_default=None,
        metadata={"description": "The delivery unit; the whole organisation when left out."},
    )
    deputy = fields.Flag(load_default=False, metadata={"description": "Whether they are only a deputy."})
    from_at = _from(
        "Since when; a role that has begun keeps its beginning.", allow_none=True, load_default=None
    )
    until_at = _until("Until when, a date included; null without an end.", allow_none=True, load_default=None)


class AbsenceForm(_Period):
    """When a member of staff is away. Nobody is asked why, and no reason is stored."""

    from_at = _from("From when.", required=True)
    until_at = _until(
        "Until when, a date included; null until you say that they are back.",
        allow_none=True,
        load_default=None,
    )


class StaffForm(fields.Schema):
    """A member of staff as the register is to have them. What is left out is removed, or ends now."""

    name = fields.Text(required=True, metadata={"description": "The name.", "example": "Samuel Okafor"})
    phone = fields.Text(
        max=40,
        allow_none=True,
        load_default=None,
        metadata={"description": "The work phone.", "example": "0113 496 0000"},
    )
    email = fields.Text(
        max=254, allow_none=True, load_default=None, metadata={"description": "The work email address."}
    )
    ended = DayOrMoment(
        last=True,
        allow_none=True,
        load_default=None,
        metadata={"description": "When they leave: their last day, or the moment.", "example": "2026-03-31"},
    )
    roles = fields.List(
        plain.Nested(RoleForm),
        max=20,
        load_default=list,
        metadata={"description": "The roles. A practitioner needs none."},
    )
    absences = fields.List(
        plain.Nested(AbsenceForm),
        max=20,
        load_default=list,
        metadata={"description": "When they are away."},
    )


class StaffLine(StaffForm):
    """A member of staff, with their id."""

    id = StaffId(
        required=True, metadata={"description": "The id, as your system sends it.", "example": "s.okafor"}
    )


class StaffBulk(fields.Schema):
    """Members of staff to be entered or brought up to date together."""

    entries = fields.List(
        plain.Nested(StaffLine),
        min=1,
        max=MOST_ENTRIES,
        required=True,
        metadata={"description": f"At most {MOST_ENTRIES}, each once."},
    )

    @validates_schema
    def _each_once(self, data: Mapping[str, Any], **kwargs: Any) -> None:
        del kwargs
        seen: set[str] = set()
        twice = {}
        for place, line in enumerate(data["entries"]):
            if known_as(line["id"]) in seen:
                twice[place] = {"id": ["Is in the list already: case does not count."]}
            seen.add(known_as(line["id"]))
        if twice:
            raise ValidationError({"entries": twice})


def entry_of(member_id: str, given: Mapping[str, Any]) -> StaffEntry:
    """Return an entry of the register from a loaded `StaffForm`."""
    return StaffEntry(
        id=member_id,
        name=given["name"],
        phone=given["phone"],
        email=given["email"],
        ended_at=given["ended"],
        roles=[RoleEntry(**role) for role in given["roles"]],
        absences=[AbsenceEntry(**absence) for absence in given["absences"]],
    )


class StaffQuery(PageQuery):
    """Which members of staff are listed."""

    role = fields.Choice(
        dict.fromkeys(FALLS_TO, "a role, as its holder or a deputy"),
        metadata={"description": "Only those who have this role now or will have it."},
    )
    unit = fields.Text(max=100, metadata={"description": "Only those with a role in this delivery unit."})
    away = fields.Choice(_YES, metadata={"description": "Only those who are away now."})
    holding_today = fields.Choice(
        _YES,
        metadata={
            "description": "Only those who are asked for in the `role` now, in the `unit` if one is given: "
            "its holders who are there, or their deputies."
        },
    )

    @validates_schema
    def _of_a_role(self, data: Mapping[str, Any], **kwargs: Any) -> None:
        del kwargs
        if "holding_today" in data and "role" not in data:
            raise ValidationError("Say of which role.", "role")


class RoleView(fields.View):
    """A role of a member of staff, now, in the past or to come."""

    role = fields.Text(metadata={"description": "The role."})
    unit = fields.Text(
        allow_none=True, metadata={"description": "The delivery unit; null for the whole organisation."}
    )
    deputy = fields.Flag(metadata={"description": "Whether they are only a deputy."})
    from_at = fields.Moment(data_key="from", metadata={"description": "Since when."})
    until_at = fields.Moment(
        data_key="until",
        allow_none=True,
        metadata={"description": "The moment from which it no longer counts; null without an end."},
    )


class AbsenceView(fields.View):
    """When a member of staff is or was away."""

    from_at = fields.Moment(data_key="from", metadata={"description": "From when."})
    until_at = fields.Moment(
        data_key="until",
        allow_none=True,
        metadata={"description": "The moment they are back; null while nobody knows."},
    )


ENTERED_BY: Final = {
    "register": "the system that keeps the register",
    "operator": "an operator of the service",
    "assertion": "their own first call as a practitioner",
    "carried_over": "the upgrade that made the register",
}
"""Who entered a member of staff, or last changed the entry."""


class StaffView(fields.View):
    """A member of staff."""

    id = fields.Text(metadata={"description": "The id, in lower case.", "example": "s.okafor"})
    href = fields.Text(metadata={"description": "The address of the entry."})
    etag = fields.Text(metadata={"description": "Its ETag: the `If-Match` of a replacement."})
    name = fields.Text(metadata={"description": "The name."})
    phone = fields.Text(allow_none=True, metadata={"description": "The work phone."})
    email = fields.Text(allow_none=True, metadata={"description": "The work email address."})
    ended = fields.Moment(allow_none=True, metadata={"description": "The moment they left or will leave."})
    roles = plain.List(plain.Nested(RoleView), metadata={"description": "Their roles, oldest first."})
    absences = plain.List(
        plain.Nested(AbsenceView), metadata={"description": "Their absences, oldest first."}
    )
    entered_by = fields.Choice(ENTERED_BY, metadata={"description": "Who entered or last changed them."})
    changed_at = fields.Moment(metadata={"description": "When the entry last changed."})


StaffList = list_schema("StaffList", StaffView, "Members of staff who work here, by id.")


class StaffBulkView(fields.View):
    """What came of a bulk call."""

    entered = fields.Count(metadata={"description": "How many were entered."})
    changed = fields.Count(metadata={"description": "How many were in the register and have changed."})
    unchanged = fields.Count(metadata={"description": "How many were in the register as they were sent."})

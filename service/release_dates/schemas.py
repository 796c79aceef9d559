"""Release dates of prisons on the wire."""

import re
from collections.abc import Mapping
from typing import Any, Final

from marshmallow import ValidationError, validates_schema
from marshmallow import fields as plain

from service import fields, tenses
from service.release_dates.rules import KINDS

MOST_LINES: Final = 500
"""The most lines of one call."""
_IDENTIFIERS: Final = ("noms_number", "crn")


class NomsNumber(fields.Spelled):
    """A prison number, such as A1234BC."""

    longest = 20
    pattern = re.compile(r"[A-Z][0-9]{4}[A-Z]{2}")
    message = "Must be a prison number, such as A1234BC."
    written = re.compile(r" *[A-Za-z] *[0-9]{4} *[A-Za-z]{2} *")


class ReleaseDateForm(fields.Schema):
    """The release date of one person. Give the prison number, the CRN, or both; names match nobody."""

    noms_number = NomsNumber(metadata={"description": "The prison number.", "example": "A1234BC"})
    crn = fields.Crn(metadata={"description": "The probation number, if you have it.", "example": "X320741"})
    release_date = fields.Day(
        required=True,
        tense=tenses.RELEASE,
        metadata={"description": "The day of release.", "example": "2026-05-06"},
    )
    kind = fields.Choice(KINDS, required=True, metadata={"description": "What the day is."})
    as_of = fields.Moment(
        required=True,
        tense=tenses.SAID,
        metadata={
            "description": "When this was so in your own record. What is on record from later stays.",
            "example": "2026-03-02T08:30:00Z",
        },
    )

    @validates_schema
    def _names_somebody(self, data: Mapping[str, Any], **kwargs: Any) -> None:
        del kwargs
        if not any(name in data for name in _IDENTIFIERS):
            raise ValidationError("Give the prison number, the CRN, or both.", "noms_number")


class ReleaseDatesForm(fields.Schema):
    """The release dates of up to 500 people."""

    lines = fields.List(
        plain.Nested(ReleaseDateForm),
        min=1,
        max=MOST_LINES,
        required=True,
        metadata={"description": f"At most {MOST_LINES}, one for each person."},
    )

    @validates_schema(skip_on_field_errors=True)
    def _names_each_once(self, data: Mapping[str, Any], **kwargs: Any) -> None:
        del kwargs
        seen: set[tuple[str, str]] = set()
        faults: dict[int, dict[str, list[str]]] = {}
        for place, line in enumerate(data["lines"]):
            for name in _IDENTIFIERS:
                number = (name, line.get(name))
                if number[1] is None:
                    continue
                if number in seen:
                    faults.setdefault(place, {})[name] = ["Is in another line too: send one for each person."]
                seen.add(number)
        if faults:
            raise ValidationError({"lines": faults})


class ReleaseDatesView(fields.View):
    """What was taken. You are not told whether anybody is known here, or where."""

    lines = fields.Count(required=True, metadata={"description": "How many lines were taken.", "example": 3})

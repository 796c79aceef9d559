"""Fields of the canonical referral that are more than one answer or have a form of their own.

Lists are bounded everywhere, so that a submission has a largest size.
"""

import re
from typing import Any

from marshmallow import ValidationError, fields, pre_load, validate

from service.document.regions import (
    REGIONS,
    UNKNOWN_AUTHORITY,
    UNKNOWN_FORCE,
    force_code,
    is_authority,
    region_code,
)
from service.fields import List, Measured, Patterned, Spelled, Text, Withdrawing
from service.mentions import GIVES_AWAY, Matcher, Protected

REF_LENGTH = 40
_WORDS = Matcher(Protected())
"""Finds the words that are the same in every case."""


class Section(Withdrawing):
    """A part of the canonical referral. A member that is null is one without an answer.

    What null withdraws from the record is read from the body as it was sent (`document.statements`).
    """

    @pre_load
    def _without_nulls(self, data: Any, **_: Any) -> Any:
        if not isinstance(data, dict):
            return data
        optional = {
            one.data_key or name for name, one in self.fields.items() if one.allow_none and not one.required
        }
        return {name: value for name, value in data.items() if value is not None or name not in optional}


class Reference(Patterned):
    """A short name that a submission gives to one of its own entries, so that others can point at it."""

    longest = REF_LENGTH
    pattern = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_-]{{0,{REF_LENGTH - 1}}}")
    message = "Must be letters, digits, - and _, at most 40."


class TimeOfDay(Patterned):
    """A time of day on a 24-hour clock."""

    longest = 5
    pattern = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
    message = "Must be a time such as 19:00."


class PostcodeArea(Spelled):
    """The first half of a postcode."""

    pattern = re.compile(r"[A-Z]{1,2}\d[A-Z\d]?")
    written = re.compile(r" *[A-Za-z]{1,2}[0-9][A-Za-z0-9]? *")
    message = "Must be the first half of a postcode, such as LS9."


class AuthorityCode(Spelled):
    """A local authority by its ONS code; one on no list is kept, and `coherence` says what follows."""

    pattern = re.compile(r"[ENSW]\d{8}")
    written = re.compile(r" *[ENSWensw][0-9]{8} *")
    message = "Must be an ONS code, such as E08000035."


class Code(Patterned):
    """A code that another part of the service gives out, such as an organisation or a MAPPA area."""

    longest = 60
    pattern = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}")
    message = "Must be a code: letters, digits, - _ and ., at most 60."


class Email(Text):
    """A work or personal email address."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max=254, **kwargs)
        self.validators = [*self.validators, validate.Email()]


class AddressLine(Text):
    """A line of an address, which agencies are sent: no word of MAPPA, intelligence or victim contact."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max=100, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        line: str = super()._deserialize(value, attr, data, **kwargs)
        if kinds := _WORDS.kinds(line):
            raise ValidationError(f"{GIVES_AWAY}{', '.join(sorted(kinds))}.")
        return line


class Region(Measured, fields.String):
    """A probation region by nDelius code, letter or name; kept as the code."""

    longest = 60
    too_long = "Must be a probation region, by its code or name: " + ", ".join(
        f"{code} ({name})" for code, name in REGIONS.items()
    ) + "."  # fmt: skip

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(max=self.longest), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        name: str = super()._deserialize(value, attr, data, **kwargs)
        code = region_code(name)
        if code is None:
            raise ValidationError(self.too_long)
        return code


class Force(Code):
    """A police force by its code or name; one on no list is kept, and `coherence` says what follows."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        known = force_code(value) if isinstance(value, str) and len(value) <= self.longest else None
        return known or super()._deserialize(value, attr, data, **kwargs)


class ListedForce(Force):
    """A police force by its code or name, of those there are."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        code = super()._deserialize(value, attr, data, **kwargs)
        if force_code(code) is None:
            raise ValidationError(UNKNOWN_FORCE)
        return code


class ListedAuthority(AuthorityCode):
    """A local authority by its ONS code, of those there are."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        code = super()._deserialize(value, attr, data, **kwargs)
        if not is_authority(code):
            raise ValidationError(UNKNOWN_AUTHORITY)
        return code


def some(inner: fields.Field[Any], most: int, **kwargs: Any) -> List:
    """Declare a bounded list.

    Args:
        most: entries at most.
    """
    return List(inner, max=most, **kwargs)

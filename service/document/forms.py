"""Fields of the canonical referral that are more than one answer or have a form of their own.

Lists are bounded everywhere, so that a submission has a largest size.
"""

import re
from typing import Any

from marshmallow import ValidationError, fields, validate

from service.document.regions import region_code
from service.fields import List, Measured, Patterned, Text
from service.mentions import GIVES_AWAY, Matcher, Protected

REF_LENGTH = 40
_WORDS = Matcher(Protected())
"""Finds the words that are the same in every case."""


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


class PostcodeArea(Patterned):
    """The first half of a postcode."""

    longest = 4
    pattern = re.compile(r"[A-Z]{1,2}\d[A-Z\d]?")
    message = "Must be the first half of a postcode in capitals, such as LS9."


class AuthorityCode(Patterned):
    """A local authority by its ONS code."""

    longest = 9
    pattern = re.compile(r"[ENSW]\d{8}")
    message = "Must be an ONS code, such as E08000035."


class Code(Patterned):
    """A code that another part of the service gives out, such as a police force or an organisation."""

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

    longest, too_long = 60, "Must be a probation region: its code, such as N55, or its name."

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(max=self.longest), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        name: str = super()._deserialize(value, attr, data, **kwargs)
        code = region_code(name)
        if code is None:
            raise ValidationError(self.too_long)
        return code


def some(inner: fields.Field[Any], most: int, **kwargs: Any) -> List:
    """Declare a bounded list.

    Args:
        most: entries at most.
    """
    return List(inner, max=most, **kwargs)

"""The numbers by which a person is known, kept in one spelling, so that they are found whoever writes them.

What can be read in only one way is read; any other number is kept as it was sent. Source: truth-over-time.md,
"Dates and words".
"""

import re
from typing import Any, Final

from service.fields import Patterned, Text

_PRISON: Final = re.compile(r" *([A-Za-z]) *([0-9]{4}) *([A-Za-z]{2}) *")
_POLICE: Final = re.compile(r" *([0-9]{4}|[0-9]{2}) *[/ -] *([0-9]{1,7}) *([A-Za-z]) *")
_POLICE_UNPARTED: Final = re.compile(r" *((?:19|20)[0-9]{2})([0-9]{7})([A-Za-z]) *")

_SINCE: Final = "50"


def prison_number(value: str) -> str:
    """Write a prison number as `A1234BC`."""
    found = _PRISON.fullmatch(value)
    return "".join(found.groups()).upper() if found else value


def police_number(value: str) -> str:
    """Write a number on the Police National Computer with its whole year and seven digits: `2009/0187342Q`.

    A year of two digits is one of those since 1950: of earlier ones no record is left.
    """
    found = _POLICE.fullmatch(value) or _POLICE_UNPARTED.fullmatch(value)
    if found is None:
        return value
    year, digits, letter = found.groups()
    if len(year) == len("09"):
        year = f"{'19' if year >= _SINCE else '20'}{year}"
    return f"{year}/{digits:0>7}{letter.upper()}"


class PrisonNumber(Patterned):
    """A prison number, such as A1234BC; another one is a code as it was sent."""

    longest = 60
    pattern = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}")
    message = "Must be a prison number, such as A1234BC."

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        said = prison_number(value) if isinstance(value, str) else value
        return super()._deserialize(said, attr, data, **kwargs)


class PoliceNumber(Text):
    """A number on the Police National Computer, such as 2009/0187342Q; another one is kept as it was sent."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max=20, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        said = police_number(value) if isinstance(value, str) else value
        return super()._deserialize(said, attr, data, **kwargs)

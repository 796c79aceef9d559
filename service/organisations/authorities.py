"""The local authorities of England and Wales, by ONS code, and which of them have children's services. Pure.

They are in `authorities.csv`: the codes of the Office for National Statistics as of 2025, compared with the
list that mySociety keeps of them. A new authority is a new line there. One that has ended stays while anybody
is registered for it.
"""

import csv
from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType
from typing import Final

_FILE: Final = resources.files("service.organisations").joinpath("authorities.csv")
AUTHORITIES: Final[Mapping[str, str]] = MappingProxyType(
    {row["code"]: row["name"] for row in csv.DictReader(_FILE.read_text(encoding="utf-8").splitlines())}
)
"""The name of each authority by its code."""

_DISTRICT: Final = "E07"
"""How the code of a district council begins: children there are its county's."""
CHILDRENS_SERVICES: Final = frozenset(code for code in AUTHORITIES if not code.startswith(_DISTRICT))
"""The authorities with children's services: unitary ones, counties, metropolitan districts, London boroughs.

Children Act 2004, section 65, which names the children's services authorities.
"""

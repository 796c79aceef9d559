"""The roles that clocks notify on each side, and which role is above which. Pure."""

from collections.abc import Mapping
from types import MappingProxyType

# The role above each role, which is notified when it is vacant; None is the organisation itself.
FALLS_TO: Mapping[str, str | None] = MappingProxyType(
    {
        "practitioner": "spo",
        "spo": "pdu_head",
        "pdu_head": "region",
        "region": "regional_director",
        "head_of_public_protection": "regional_director",
        "on_call_manager": "region",
        "court_duty_officer": "spo",
        "ap_duty_officer": "spo",
        "regional_director": None,
        "records_manager": "region",
        "duty_manager": "unit_manager",
        "on_call_officer": "head_of_service",
        "unit_manager": "head_of_service",
        "head_of_service": "partnership_board",
        "partnership_board": None,
    }
)
PROBATION_ROLES = frozenset(list(FALLS_TO)[:10])
PARTNER_ROLES = frozenset(list(FALLS_TO)[10:])


BESIDE: Mapping[str, str] = MappingProxyType({"head_of_public_protection": "region"})
"""The roles to which nothing falls, and the one of the same rank: they are above what that one is above."""


def is_above(role: str, other: str) -> bool:
    """Return whether a role is one that another falls to, by one step or several."""
    above = FALLS_TO.get(other)
    while above is not None:
        if above in {role, BESIDE.get(role)}:
            return True
        above = FALLS_TO[above]
    return False

"""Which roles the register of an organisation may have. Pure."""

from collections.abc import Iterator
from typing import Final

from service.access.actor import ADMINISTRATION_ROLES, SIDE_OF
from service.organisations.delivery_units import fault_in_unit
from service.timers.roles import FALLS_TO, PARTNER_ROLES, PROBATION_ROLES

OF_THE_REGION: Final = frozenset({"head_of_public_protection", "region", "regional_director"})
"""The roles that are held for a whole region: one for a unit would stand before it there."""


def roles_of(kind: str) -> tuple[str, ...]:
    """Return the roles that can be held in an organisation of a kind.

    They are those that its escalations notify; an administration, which nothing is late for, has its own.
    """
    if SIDE_OF[kind] == "administration":
        return ADMINISTRATION_ROLES
    roles = {"probation": PROBATION_ROLES, "destination": PARTNER_ROLES, "agency": PARTNER_ROLES}
    return tuple(role for role in FALLS_TO if role in roles.get(SIDE_OF[kind], frozenset()))


def faults_in_role(kind: str, code: str, role: str, unit: str | None) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a role of an organisation of a kind: the member, and what is said of it.

    Args:
        code: of the organisation; a region whose delivery units are listed has no others.
    """
    known = roles_of(kind)
    if role not in known:
        yield "role", f"not a role in a {kind}: {', '.join(known) or 'it has none'}"
    if unit is not None and role in OF_THE_REGION:
        yield "unit", f"{role} is held for the whole region"
    if unit is not None and SIDE_OF[kind] != "probation":
        yield "unit", "only a probation region has units: other organisations are notified as a whole"
        return
    if (fault := fault_in_unit(code, unit)) is not None:
        yield "unit", fault

"""The named people a system may act for: its own staff, in the roles of its kind of organisation."""

from collections.abc import Mapping
from typing import Any, Final

from service import texts
from service.access.actor import (
    ADMINISTRATION_ROLES,
    OFFICER_ROLES,
    OVERSIGHT_ROLES,
    PRACTITIONER_ROLES,
    SIDE_OF,
    Practitioner,
)
from service.access.identifiers import is_person_identifier, known_as
from service.oauth.jwts import TokenRefused
from service.organisations.delivery_units import unit_called

ROLES_OF_KIND: Final[dict[str, tuple[str, ...]]] = {
    "probation_region": PRACTITIONER_ROLES,
    "oversight": OVERSIGHT_ROLES,
    "administration": ADMINISTRATION_ROLES,
    **{kind: OFFICER_ROLES for kind, side in SIDE_OF.items() if side in {"destination", "agency"}},
}
"""The roles of the people for whom a client of each kind of organisation may act."""

_LONGEST_NAME = 200


def practitioner_of(claims: Mapping[str, Any]) -> Practitioner:
    """Return the practitioner described by claims, with the id spelled as by `known_as`.

    Args:
        claims: id, name, role, region and optionally pdu.

    Raises:
        TokenRefused: a claim is missing or not valid.
    """
    if not is_person_identifier(claims.get("id")):
        raise TokenRefused("The subject must be a short identifier.")
    if not isinstance(claims.get("role"), str) or not isinstance(claims.get("region"), str):
        raise TokenRefused("The role and the region must be texts.")
    pdu = claims.get("pdu")
    if not _is_name(claims.get("name")) or not (pdu is None or _is_name(pdu)):
        raise TokenRefused("The name, and the pdu if given, must be short texts.")
    region = claims["region"]
    return Practitioner(
        known_as(claims["id"]), claims["name"], claims["role"], region, unit_called(region, pdu)
    )


def require_own(practitioner: Practitioner, *, kind: str, code: str) -> None:
    """Require that a client of this organisation may act for a practitioner.

    A region may act for its own staff only: the region in a claim gives no further access.

    Args:
        practitioner: the practitioner in the claims.
        kind, code: the organisation the client is registered for.

    Raises:
        TokenRefused: it may not.
    """
    roles = ROLES_OF_KIND.get(kind, ())
    if practitioner.role not in roles:
        raise TokenRefused("The role must be one of: " + (", ".join(roles) or "none") + ".")
    if practitioner.region != code:
        raise TokenRefused("The region must be the code of the client's own organisation.")


def _is_name(value: object) -> bool:
    return (
        isinstance(value, str)
        and 0 < len(value) <= _LONGEST_NAME
        and texts.fault_in(value, several_lines=False) is None
    )

"""Requires that whoever works on a case or may know of it is registered, and the unit that they work in."""

import uuid
from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy.orm import Session

from service.errors import Fault
from service.http.problems import invalid
from service.organisations import queries as organisations
from service.organisations import register
from service.organisations.delivery_units import fault_in_unit, unit_called
from service.people.sight import Colleague


def require_in_register(session: Session, colleagues: Iterable[tuple[str, Colleague]]) -> None:
    """Require that the staff register of their region has every colleague, and that none has left.

    Args:
        colleagues: each with the JSON pointer of where the body names them.

    Raises:
        Problem: 422 with a fault for each who is not.
    """
    named = list(colleagues)
    of_region: defaultdict[uuid.UUID, list[str]] = defaultdict(list)
    for _, (organisation_id, member) in named:
        if member is not None:
            of_region[organisation_id].append(member)
    strangers = {
        (organisation_id, member)
        for organisation_id, members in of_region.items()
        for member in register.strangers(session, organisation_id, members)
    }
    faults = [
        Fault(at, "The staff register of the region does not have them, or they have left.")
        for at, colleague in named
        if colleague in strangers
    ]
    if faults:
        raise invalid(faults)


def require_unit(session: Session, region_id: uuid.UUID, unit: str | None, at: str) -> str | None:
    """Return a delivery unit of a region as it is listed, and require that the region has it.

    The managers of another are nobody, and are not notified.

    Args:
        unit: as the body names it; None for none.
        at: the JSON pointer of where.

    Raises:
        Problem: 422 with the units of the region.
    """
    code = organisations.organisation(session, region_id).code
    found = unit_called(code, unit)
    if (fault := fault_in_unit(code, found)) is not None:
        raise invalid([Fault(at, f"{fault[0].upper()}{fault[1:]}.")])
    return found

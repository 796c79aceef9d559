"""Queries about registered organisations and the duties they answer for."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.cache_invalidation import Cached
from service.organisations.confidences import MayKnow
from service.organisations.model import NATIONAL, Organisation, Responsibility

REGISTRATIONS: Final = "registrations"
"""The name under which registrations of organisations, clients and keys are invalidated."""


@dataclass(frozen=True)
class Registered:
    """A registered organisation, as it is kept in memory."""

    id: UUID
    kind: str
    code: str
    name: str
    division: str
    may_know: MayKnow


@dataclass(frozen=True)
class _Registry:
    organisations: dict[UUID, Registered]
    responsible: dict[tuple[str, str], Registered]
    """By duty and area."""


_registry: Final = Cached[_Registry](REGISTRATIONS)


def _read_registry(session: Session) -> _Registry:
    # The duties first: an organisation is registered with them, and is never deleted.
    duties = session.execute(
        select(Responsibility.duty, Responsibility.area, Responsibility.organisation_id)
    ).all()
    found = select(
        Organisation.id,
        Organisation.kind,
        Organisation.code,
        Organisation.name,
        Organisation.division,
        Organisation.may_know_of_mappa,
        Organisation.may_know_of_victims,
    )
    every = {row.id: Registered(*row[:5], MayKnow(*row[5:])) for row in session.execute(found)}
    return _Registry(every, {(duty, area): every[whose] for duty, area, whose in duties})


def organisation(session: Session, organisation_id: UUID) -> Registered:
    """Return a registered organisation.

    Raises:
        LookupError: no organisation has this id.
    """
    found = organisations_by_id(session, [organisation_id])
    if organisation_id not in found:
        raise LookupError(f"no organisation {organisation_id}")
    return found[organisation_id]


def organisations_by_id(session: Session, ids: Collection[UUID]) -> dict[UUID, Registered]:
    """Return registered organisations by their ids."""
    known = _registry.find(session, _read_registry).organisations
    if any(one not in known for one in ids):
        # It may have been registered a moment ago.
        known = _registry.find_anew(session, _read_registry).organisations
    return {one: known[one] for one in ids if one in known}


def organisation_by_code(session: Session, kind: str, code: str) -> Organisation | None:
    """Return the organisation of a kind with this code, or None."""
    return session.scalar(select(Organisation).where(Organisation.kind == kind, Organisation.code == code))


def organisations(session: Session, kind: str) -> list[Organisation]:
    """Return all organisations of a kind, by code."""
    return list(
        session.scalars(select(Organisation).where(Organisation.kind == kind).order_by(Organisation.code))
    )


class Sought(NamedTuple):
    """A duty in an area, for which the responsible organisation is sought.

    Args:
        duty: such as `cas3`, `crs:accommodation` or `police_da`.
        area: the code of a region, MAPPA area, police force or local authority; None when not known.
        national: whether an organisation may answer for this duty in the whole country.
        named: the code of the only organisation that is sought.
    """

    duty: str
    area: str | None
    national: bool = False
    named: str | None = None

    def accepts(self, organisation: Registered) -> bool:
        """Return whether an organisation that answers for the duty is one that is sought."""
        return self.named in {None, organisation.code}


def responsible_for_each(
    session: Session, sought: Collection[Sought]
) -> dict[Sought, tuple[Registered, ...]]:
    """Return the organisations that answer for each of several duties.

    There is no fallback: if no organisation is registered for an area, none answers for it, unless the duty
    allows a national organisation and there is one.

    Returns:
        For each duty, the organisation of the area and then the national one, where they exist.
    """
    known = _registry.find(session, _read_registry).responsible
    found = {each: _answering(each, known) for each in sought}
    if all(any(map(each.accepts, answering)) for each, answering in found.items()):
        return found
    # One may have been registered a moment ago, and a referral must not wait for nothing.
    known = _registry.find_anew(session, _read_registry).responsible
    return {each: _answering(each, known) for each in sought}


def _answering(sought: Sought, known: Mapping[tuple[str, str], Registered]) -> tuple[Registered, ...]:
    return tuple(known[sought.duty, area] for area in _areas(sought) if (sought.duty, area) in known)


def _areas(sought: Sought) -> Iterator[str]:
    # A case must not select the national organisation by giving "national" as its area.
    if sought.area and sought.area != NATIONAL:
        yield sought.area
    if sought.national:
        yield NATIONAL

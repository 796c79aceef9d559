"""A hook for what an agency may know of one person: a decision to tell it is kept in a package above."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from service.organisations.confidences import MayKnow
from service.organisations.queries import Registered

Knows = Callable[[Session, Registered, UUID], MayKnow]
"""Returns what an organisation may know of a person, by the person's id."""

_registered: Final[list[Knows]] = []


def register_knowing(knows: Knows) -> None:
    """Find what an agency may know of a person in this way from now on."""
    _registered[:] = [knows]


def may_know(session: Session, agency: Registered, person_id: UUID) -> MayKnow:
    """Return what an agency may know of a person; without a hook, what it may know of anybody."""
    return _registered[0](session, agency, person_id) if _registered else agency.may_know

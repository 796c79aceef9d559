"""A hook for what an organisation may know from now on: the packages above look at its texts again."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from service.access.actor import Actor

LookAgain = Callable[[Session, Actor, UUID, UUID], None]
"""Looks again at what an organisation is sent of a person, by their ids."""

_registered: Final[list[LookAgain]] = []


def register_look_again(look: LookAgain) -> None:
    """Look again in this way from now on."""
    _registered[:] = [look]


def look_again(session: Session, actor: Actor, person_id: UUID, organisation_id: UUID) -> None:
    """Look again at what an organisation is sent of a person, because it may know something else now."""
    for look in _registered:
        look(session, actor, person_id, organisation_id)

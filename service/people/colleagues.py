"""A hook for who works on a case: the packages above own the cases, and register what finds their staff."""

import uuid
from collections.abc import Callable, Collection
from typing import Final

from sqlalchemy.orm import Session

from service.people.sight import Colleague

AtWork = Callable[[Session, uuid.UUID], Collection[Colleague]]
"""Returns those who work on a person's case."""

_registered: Final[list[AtWork]] = []


def register_at_work(found_by: AtWork) -> None:
    """Find those who work on a case in this way from now on."""
    _registered[:] = [found_by]


def at_work(session: Session, person_id: uuid.UUID) -> Collection[Colleague]:
    """Return those who work on a person's case.

    Raises:
        RuntimeError: nothing that finds them is registered, because `service.referrals` was not imported.
    """
    if not _registered:
        raise RuntimeError("nobody knows who works on a case: import service.referrals.at_work")
    return _registered[0](session, person_id)

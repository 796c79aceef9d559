"""Hooks for why a destination that is asked, or goes on, now owes nothing yet: the packages above know it."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from service.access.row_visibility import bypasses_row_security
from service.gathering import is_key_made
from service.people.model import Person
from service.referrals.model import DestinationReferral

Resting = Callable[[Session, UUID], list[str]]
"""Returns the codes of what puts all work with a person to rest now, by their id."""

_registered: Final[list[Resting]] = []

RestAsNow = Callable[[Session, DestinationReferral], None]
"""Puts to rest what goes on after it had ended, by what happened meanwhile."""

_registered_as_now: Final[list[RestAsNow]] = []


def register_resting(resting: Resting) -> None:
    """Find in this way from now on why work with somebody rests."""
    _registered[:] = [resting]


def register_rest_as_now(rest: RestAsNow) -> None:
    """Put to rest in this way from now on what goes on after it had ended."""
    _registered_as_now[:] = [rest]


def rest_as_now(session: Session, part: DestinationReferral) -> None:
    """Put to rest what goes on after it had ended, as all other work with the person rests.

    Args:
        part: of a locked referral, in its new state.
    """
    for rest in _registered_as_now:
        rest(session, part)


@bypasses_row_security
def rests_of(session: Session, person_id: UUID) -> list[str]:
    """Return why work with a person rests; nothing has happened yet to whom this transaction records."""
    if is_key_made(session, Person, (person_id,)):
        return []
    return [reason for resting in _registered for reason in resting(session, person_id)]

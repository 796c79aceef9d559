"""Hooks for the packages above.

What an organisation may know from now on has them look at its texts again, and they know which decisions
nothing calls for any more.
"""

from collections.abc import Callable, Iterable
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.third_parties.model import DisclosureDecision

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


CalledForNoMore = Callable[[Session, UUID, Iterable[DisclosureDecision]], list[DisclosureDecision]]
"""Returns the decisions about a person, by the id, where all that called for them was refuted."""

_called_for_no_more: Final[list[CalledForNoMore]] = []


def register_called_for_no_more(called_for_no_more: CalledForNoMore) -> None:
    """Find out in this way from now on which decisions nothing calls for any more."""
    _called_for_no_more[:] = [called_for_no_more]


def is_called_for_no_more(session: Session, decision: DisclosureDecision) -> bool:
    """Return whether all that called for a decision was refuted."""
    return any(each(session, decision.person_id, [decision]) for each in _called_for_no_more)

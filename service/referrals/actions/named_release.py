"""Lets whoever awaits somebody's next release follow a day that a referral names."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from service.access import Actor

ReleaseNamed = Callable[[Session, Actor, UUID], None]
"""Follows a day of release that a referral names, for a locked person by their id."""

_registered: Final[list[ReleaseNamed]] = []


def register_release(follow: ReleaseNamed) -> None:
    """Follow in this way from now on a day of release that a new referral, or a new version, names."""
    _registered[:] = [follow]


def follow_release(session: Session, actor: Actor, person_id: UUID) -> None:
    """Follow the day of release of a person who is locked, once every referral has it."""
    for follow in _registered:
        follow(session, actor, person_id)

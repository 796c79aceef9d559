"""Hooks for what rests on an answer: the packages above know what was decided upon it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.checks.model import Check


@dataclass(frozen=True, slots=True)
class TakenBack:
    """An answer that its agency has put right or withdrawn.

    Args:
        check: that it answered, locked.
        request_id: of the agency's request.
        answered_at: when the answer came.
        addresses: the ids of those that it answered.
        because: why, in the agency's words.
        review: whether probation had reviewed it, or its case has ended, and nothing is left of it to be
            reviewed again.
    """

    check: Check
    request_id: UUID
    answered_at: datetime
    addresses: Collection[UUID]
    because: str
    review: bool


Lock = Callable[[Session, Actor, Check], None]
"""Locks what rests on the answers to a check; before the checks themselves, as everywhere."""
Follow = Callable[[Session, Actor, TakenBack], None]
"""Has decided again what rested on an answer."""

_locks: Final[list[Lock]] = []
_registered: Final[dict[str, Follow]] = {}


def register_lock(lock: Lock) -> None:
    """Lock in this way from now on what rests on answers."""
    _locks[:] = [lock]


def register_taken_back(package: str, follow: Follow) -> None:
    """Have a package look again at what rested on an answer from now on."""
    _registered[package] = follow


def lock_what_rests_on(session: Session, actor: Actor, check: Check) -> None:
    """Lock whatever may have been decided upon the answers to a check.

    Args:
        check: not yet locked.
    """
    for lock in _locks:
        lock(session, actor, check)


def follow_taken_back(session: Session, actor: Actor, answer: TakenBack) -> None:
    """Have every package decide again what rested on an answer.

    Args:
        answer: of a check whose case is locked: see `lock_what_rests_on`.
    """
    for follow in _registered.values():
        follow(session, actor, answer)

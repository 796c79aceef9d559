"""Whom a version of a policy is for, and which of several governs a clock. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID


class Scope(NamedTuple):
    """Whom a version is for: one responder, the clocks of one region, one responder in those; or everybody.

    Args:
        responder_id: the organisation that must answer; None for all.
        area: the code of the region whose clocks they are; None for all.
    """

    responder_id: UUID | None = None
    area: str | None = None

    @property
    def narrowness(self) -> int:
        """Return how specific it is: of two that fit a clock, the higher one governs it."""
        return 2 * (self.responder_id is not None) + (self.area is not None)


EVERYBODY = Scope()


def scopes_of(responder_id: UUID | None, area: str | None) -> tuple[Scope, ...]:
    """Return the scopes that fit a clock, the most specific first.

    Args:
        responder_id: who must answer; None inside probation.
        area: the code of the region whose case it is; None where only what is for all regions is asked for.
    """
    fitting = {Scope(responder_id, area), Scope(responder_id), Scope(None, area), EVERYBODY}
    return tuple(sorted(fitting, key=lambda scope: scope.narrowness, reverse=True))


class Validity(NamedTuple):
    """A version of one scope, and when it is valid."""

    id: UUID
    valid_from: datetime
    valid_until: datetime | None = None


def governing(newest_first: Iterable[Validity], at: datetime) -> UUID | None:
    """Return the version of a scope that is in force at a moment; None when there is none.

    A version replaces all before it from the moment at which it is valid. When the last of them has ended,
    the scope has none.

    Args:
        newest_first: the versions of one scope, the last published first.
    """
    for version in newest_first:
        if version.valid_from <= at:
            return version.id if version.valid_until is None or at < version.valid_until else None
    return None

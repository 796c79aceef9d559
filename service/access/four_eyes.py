"""Four eyes: what sets a safeguard aside is a manager's own call, never about the manager's own case. Pure.

One rule for every such decision. A practitioner is known by id alone: the role in today's token does not undo
what the same person did yesterday in another one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from service.access.actor import Actor
from service.access.permissions import MANAGERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What is to be decided.

    Args:
        person_id: whose case it belongs to.
        practitioners: who is accountable for the case, and who recorded or proposed what is decided; ids of
            one region's staff, None where nobody is named.
        subjects: what is decided: checks, requests, placements. Whoever asked for one does not decide it.
    """

    person_id: UUID
    practitioners: frozenset[str | None] = frozenset()
    subjects: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class OwnWork:
    """What one manager did in people's cases, in any role.

    Args:
        people: those of whom this manager submitted or amended a referral.
        asked_for: what this manager asked for or proposed, of the things that wait for a decision.
    """

    people: frozenset[UUID] = frozenset()
    asked_for: frozenset[UUID] = frozenset()


def is_manager(actor: Actor, roles: Iterable[str] = MANAGERS) -> bool:
    """Return whether a named person in one of the roles is behind the call."""
    return actor.practitioner is not None and actor.practitioner.role in roles


def is_own_case(actor: Actor, matter: Matter, own: OwnWork) -> bool:
    """Return whether a matter is of the caller's own case, or the caller's own asking."""
    return (
        actor.practitioner is None
        or actor.practitioner.id in matter.practitioners
        or matter.person_id in own.people
        or not matter.subjects.isdisjoint(own.asked_for)
    )


def may_decide(actor: Actor, matter: Matter, own: OwnWork, roles: Iterable[str] = MANAGERS) -> bool:
    """Return whether the caller may decide a matter.

    Args:
        own: what this caller did in the case.
        roles: that decide it.
    """
    return is_manager(actor, roles) and not is_own_case(actor, matter, own)

"""Four eyes: only a manager who is not on the case may set a safeguard aside. Pure.

One rule for every such decision. A practitioner is identified by id alone: a new role in today's token does
not undo what the same person did yesterday in another role.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from service.access.actor import Actor
from service.access.permissions import MANAGERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """A decision to be made.

    Args:
        person_id: the person whose case it belongs to.
        practitioners: the staff accountable for the case, and those who recorded or proposed the subject of
            the decision; ids of one region's staff, None where no one is named.
        subjects: the checks, requests or placements to be decided. Those who asked for one may not decide it.
        kinds: the kinds of agreement that it may be. Those who asked for one of them may not decide it.
    """

    person_id: UUID
    practitioners: frozenset[str | None] = frozenset()
    subjects: frozenset[UUID] = frozenset()
    kinds: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class OwnWork:
    """What one manager has done in people's cases, in any role; of anybody else, how they stand to them now.

    Args:
        people: the people for whom this manager submitted or amended a referral, or whose case the manager
            has answered for, also as a caretaker.
        asked_for: the pending subjects that this manager asked for or proposed.
        agreements: the kind and the subject of each agreement that this manager has asked for.
        accountable: the people for whom a caller who is no manager is accountable now.
        caretaking: the people for whom such a caller acts now as a caretaker.
    """

    people: frozenset[UUID] = frozenset()
    asked_for: frozenset[UUID] = frozenset()
    agreements: frozenset[tuple[str, UUID]] = frozenset()
    accountable: frozenset[UUID] = frozenset()
    caretaking: frozenset[UUID] = frozenset()


def is_manager(actor: Actor, roles: Iterable[str] = MANAGERS) -> bool:
    """Return whether a named person in one of the roles is behind the call."""
    return actor.practitioner is not None and actor.practitioner.role in roles


def is_own_case(actor: Actor, matter: Matter, own: OwnWork) -> bool:
    """Return whether a matter is the caller's own case or was requested by the caller."""
    return (
        actor.practitioner is None
        or actor.practitioner.id in matter.practitioners
        or matter.person_id in own.people
        or not matter.subjects.isdisjoint(own.asked_for)
        or (
            bool(own.agreements)
            and any(kind in matter.kinds and subject in matter.subjects for kind, subject in own.agreements)
        )
    )


def may_decide(actor: Actor, matter: Matter, own: OwnWork, roles: Iterable[str] = MANAGERS) -> bool:
    """Return whether the caller may decide a matter.

    Args:
        own: what this caller has done in the case.
        roles: the roles that may decide it.
    """
    return is_manager(actor, roles) and not is_own_case(actor, matter, own)

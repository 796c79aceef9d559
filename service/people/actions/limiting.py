"""Who may know of a limited access case, and who must know nothing of a record.

The region that holds the record limits it and lifts that, names colleagues and excludes them. Who works on a
case is named with it, so that limiting a case shuts nobody out of their own work.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from sqlalchemy.orm import Session

from service import agreements
from service.access.actor import Actor
from service.access.case_acts import Act
from service.access.four_eyes import Matter, is_manager
from service.access.identifiers import known_as
from service.access.permissions import MANAGERS
from service.access.row_visibility import bypasses_row_security
from service.errors import Fault
from service.http.problems import conflict, forbidden, invalid
from service.organisations import queries as organisations
from service.organisations import register
from service.people import access_queries, colleagues, holding_queries, queries, visibility
from service.people.actions.deciding import own_work, require_act, require_independent_manager
from service.people.actions.in_register import require_in_register
from service.people.colleagues import AtWork
from service.people.model import CaseHolding, Person, Restriction
from service.people.sight import Colleague
from service.people.writes import access

__all__ = [
    "MANAGERS_OF_A_UNIT",
    "AtWork",
    "Colleague",
    "end_exclusion",
    "exclude",
    "lift",
    "limit",
    "limit_case",
    "name_staff",
    "own",
]

MANAGERS_OF_A_UNIT: Final = ("spo", "pdu_head")
"""The roles whose holders in the unit of a case work on it, whether or not they have acted yet."""

REGION = "probation_region"
LIFTED: Final = "restriction_lifted"


def limit(
    session: Session,
    actor: Actor,
    person: Person,
    at_work: Collection[Colleague],
    *,
    excluded: Collection[Colleague],
    chosen: Collection[Colleague] = (),
    reason: str | None = None,
) -> None:
    """Limit a case to the practitioner who limits it, those they name and those who already work on it.

    Args:
        person: held by this transaction; marked as restricted by the caller.
        at_work: who works on the case.
        excluded: who must not know of the case.
        chosen: whom the practitioner names beside.
        reason: why it is limited.
    """
    named = {own(actor), *chosen}
    others = set(at_work) - named - set(excluded)
    access.limit(session, actor, person, named, others, reason=reason)


@bypasses_row_security
def limit_case(
    session: Session, actor: Actor, person: Person, *, named: Iterable[Mapping[str, Any]], reason: str
) -> None:
    """Make a case a limited access case.

    Args:
        person: held by this transaction, and not limited.
        named: members of staff who may know of it, each with `practitioner` and perhaps `region`.

    Raises:
        Problem: 403 to who does not act for the case; 422 for a region that does not see it, somebody who
            must not know of it, or whom its staff register does not have.
    """
    require_act(session, actor, Act.LIMIT, person)
    places = [(f"/named/{place}", one) for place, one in enumerate(named)]
    excluded = queries.excluded_from(session, person.id)
    chosen = _colleagues(session, actor, person, places, excluded)
    at_work = colleagues.at_work(session, person.id)
    access.restrict(session, actor, person, restricted=True)
    limit(session, actor, person, at_work, excluded=excluded, chosen=chosen, reason=reason)


@bypasses_row_security
def lift(session: Session, actor: Actor, person: Person, *, reason: str) -> None:
    """Lift a limit, as a manager who is named in the case, does not answer for it and did not limit it.

    Raises:
        Problem: 403 when it is another manager's decision.
    """
    require_independent_manager(
        actor, matter_of_lifting(session, person), own_work(session, actor, [person.id])
    )
    named = [row for row in access_queries.restrictions_of(session, person.id) if not row.excluded]
    access.lift(session, actor, person, named, reason)
    agreements.record_decision(
        session,
        actor,
        LIFTED,
        subject_id=person.id,
        person_id=person.id,
        organisation_id=person.holder_id,
        agreed=True,
        reason=reason,
    )


@bypasses_row_security
def matter_of_lifting(session: Session, person: Person) -> Matter:
    """Return whose decision it is not to lift a limit: whoever limited the case, or answers for it."""
    held = holding_queries.holding_of(session, person.id)
    answers = {held.practitioner_id, held.caretaker_id} if held else set()
    return Matter(
        person_id=person.id,
        practitioners=frozenset({access_queries.limited_by(session, person.id), *answers}),
        subjects=frozenset({person.id}),
        kinds=frozenset({LIFTED}),
    )


@bypasses_row_security
def name_staff(session: Session, actor: Actor, person: Person, colleague: Mapping[str, Any]) -> None:
    """Name a colleague who may know of a limited access case.

    Args:
        colleague: `practitioner` and `reason`, and perhaps `region`.

    Raises:
        Problem: 403 to who does not act for the case; 422 for a region that does not see it, somebody who
            must not know of it, or whom its staff register does not have.
    """
    require_act(session, actor, Act.LIMIT, person)
    excluded = queries.excluded_from(session, person.id)
    named = _colleagues(session, actor, person, [("", colleague)], excluded)
    # Who works on the case is named for as long as that lasts; who is chosen, until the limit is lifted.
    working = [
        row
        for row in access_queries.restrictions_of(session, person.id)
        if not row.excluded
        and row.because != "chosen"
        and (row.organisation_id, row.practitioner_id) in named
    ]
    access.end_names(session, actor, person, working, "chosen")
    session.flush()  # the index allows one that has not ended
    access.name_staff(session, actor, person, named, "chosen", reason=colleague["reason"])


@bypasses_row_security
def exclude(session: Session, actor: Actor, person: Person, colleague: Mapping[str, Any]) -> Restriction:
    """Exclude a member of staff from a record, such as a relative of the person.

    An exclusion wins over everything else, whether or not the case is limited.

    Args:
        colleague: `practitioner` and `reason`, and perhaps `region`.

    Raises:
        Problem: 409 when they answer for the case, or are excluded already; 403 to who does not act for the
            case, and to who is no manager when it is a manager of its unit or above; 422 for an unknown
            region.
    """
    require_held(person)
    require_act(session, actor, Act.LIMIT, person)
    excluded = _member(session, actor, colleague, "")
    held = holding_queries.holding_of(session, person.id)
    if held and not is_manager(actor) and excluded in _managers(session, held):
        raise forbidden(
            "role-required",
            "Not for this role",
            "They manage this case or the region: only another manager excludes them.",
        )
    answering = {held.practitioner_id, held.caretaker_id} if held else set()
    if held and excluded[0] == held.organisation_id and excluded[1] in answering:
        raise conflict("This member of staff acts in this case. Name somebody else to act first.")
    if any(_is(row, excluded) for row in access_queries.restrictions_of(session, person.id) if row.excluded):
        raise conflict("This member of staff is already excluded.")
    made = access.add_exclusion(session, actor, person, excluded, colleague["reason"])
    # What was asked of them is asked of somebody else.
    session.flush()
    agreements.pass_over(session, person.id, *excluded)
    return made


@bypasses_row_security
def end_exclusion(
    session: Session, actor: Actor, person: Person, exclusion: Restriction, *, reason: str
) -> None:
    """End an exclusion, as a manager who is not on the case, did not make it, and whom it does not concern.

    Args:
        exclusion: in force.

    Raises:
        Problem: 403 when it is another manager's decision; 409 for what is no held record, or an alias.
    """
    require_held(person)
    concerned = frozenset({exclusion.named_by, exclusion.practitioner_id})
    own = own_work(session, actor, [person.id])
    require_independent_manager(actor, Matter(person_id=person.id, practitioners=concerned), own)
    access.end_exclusion(session, actor, person, exclusion, reason)


def _managers(session: Session, held: CaseHolding) -> set[Colleague]:
    """Return the managers of the unit that has a case and those above, who are there to decide about it."""
    posts = register.posts_now(session, held.organisation_id, MANAGERS)
    holding = {
        post.member
        for of_role in posts.values()
        for post in of_role
        if not post.deputy and post.unit in {held.pdu, None}
    }
    standing_in = {who for of_role in posts.values() for who in register.holding_today(of_role, held.pdu)}
    return {(held.organisation_id, who) for who in holding | standing_in}


def require_unlimited(person: Person) -> None:
    """Require that a record can be limited: it is the held one, and not limited yet.

    Raises:
        Problem: 409.
    """
    require_held(person)
    if person.restricted:
        raise conflict("This is already a limited access case. Name colleagues or lift the limit.")


def require_limited(person: Person) -> None:
    """Require that a case is limited, by the record that stands for its CRN.

    Raises:
        Problem: 409.
    """
    visibility.require_standing(person)
    if not person.restricted:
        raise conflict("This is not a limited access case.")


def require_in_force(exclusion: Restriction) -> None:
    """Require that an exclusion has not ended.

    Raises:
        Problem: 409.
    """
    if exclusion.ended_at is not None:
        raise conflict("This exclusion has ended.")


def require_held(person: Person) -> None:
    """Require that this is the record that stands for its CRN: a side record is its own region's alone.

    Raises:
        Problem: 409.
    """
    if not person.held:
        raise conflict("This is what your region stated about the person, not the case itself.")
    visibility.require_standing(person)


def own(actor: Actor) -> Colleague:
    """Return the caller's own practitioner."""
    return actor.organisation_id, actor.practitioner.id if actor.practitioner else None


def _is(row: Restriction, colleague: Colleague) -> bool:
    return (row.organisation_id, row.practitioner_id) == colleague


def _colleagues(
    session: Session,
    actor: Actor,
    person: Person,
    given: Iterable[tuple[str, Mapping[str, Any]]],
    excluded: Collection[Colleague],
) -> set[Colleague]:
    """Return members of staff of the caller's region, or of one that sees the record.

    Args:
        given: each with its place in the body.
        excluded: who must not know of the case.

    Raises:
        Problem: 422, also for one who is excluded: naming them would change nothing.
    """
    shares = access_queries.shares_in_force(session, person.id)
    seeing = {person.holder_id, *(share.organisation_id for share in shares)}
    found: set[Colleague] = set()
    placed, faults = [], []
    for at, one in given:
        member = _member(session, actor, one, at)
        if member[0] not in seeing:
            faults.append(Fault(f"{at}/region", "Share the record with this region first."))
        elif member in excluded:
            faults.append(Fault(f"{at}/practitioner", "Must not know of this case."))
        found.add(member)
        placed.append((at, member))
    if faults:
        raise invalid(faults)
    require_in_register(session, ((f"{at}/practitioner", member) for at, member in placed))
    return found


def _member(session: Session, actor: Actor, given: Mapping[str, Any], at: str) -> tuple[uuid.UUID, str]:
    practitioner_id = known_as(given["practitioner"])
    if "region" not in given:
        return actor.organisation_id, practitioner_id
    region = organisations.organisation_by_code(session, REGION, given["region"])
    if region is None:
        raise invalid([Fault(f"{at}/region", "No region is registered under this code.")])
    return region.id, practitioner_id

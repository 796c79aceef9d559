"""Lets another region see a record, ends that, and answers for emergency access.

A share is given by the region that holds the record, for sections and a time, and ends by itself. Emergency
access is taken: by a manager, with a reason, for 24 hours. The holder is told of it at once and reviews it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.access.case_acts import Act
from service.access.four_eyes import Matter
from service.access.identifiers import known_as
from service.access.permissions import HEADS
from service.access.row_visibility import bypasses_row_security
from service.errors import Fault
from service.http.problems import conflict, invalid, not_found
from service.organisations import queries as organisations
from service.people import access_queries, queries, visibility
from service.people.actions.deciding import own_work, require_act, require_independent_manager
from service.people.actions.in_register import require_in_register
from service.people.actions.limiting import REGION, require_held
from service.people.model import Person, Sight
from service.people.sight import EMERGENCY, ON_CALL_SECTIONS, SECTIONS
from service.people.writes import access

LONGEST: Final = timedelta(days=366)
"""A share ends within a year. Our own default."""

EMERGENCY_LASTS: Final = timedelta(hours=24)

CARRIED_OVER: Final = "carried_over"


@bypasses_row_security
def share(session: Session, actor: Actor, person: Person, given: Mapping[str, Any]) -> Sight:
    """Let another region, or one of its staff, see a record or sections of it.

    Args:
        person: held by this transaction.
        given: `organisation`, `basis`, `until` and `reason`, perhaps `practitioner`, `sections`, `from_at`
            and `named`: those of that region's staff who may know of a limited access case.

    Raises:
        Problem: 409 when it is no held record; 403 to who does not act for the case; 422 for a region or a
            time that is not possible, for somebody who must not know of the case, or when nobody is named in
            a limited access case.
    """
    require_held(person)
    require_act(session, actor, Act.SHARE, person)
    region = organisations.organisation_by_code(session, REGION, given["organisation"])
    if region is None:
        raise invalid([Fault("/organisation", "No region is registered under this code.")])
    if region.id == person.holder_id:
        raise invalid([Fault("/organisation", "This region holds the record: name another.")])
    from_at, until_at = _term(given)
    practitioner = known_as(given["practitioner"]) if "practitioner" in given else None
    named = [known_as(one) for one in given.get("named", ())]
    _refuse_excluded(session, person, region.id, named, practitioner)
    require_in_register(
        session,
        [
            *((f"/named/{place}", (region.id, one)) for place, one in enumerate(named)),
            ("/practitioner", (region.id, practitioner)),
        ],
    )
    if person.restricted:
        chosen = {*named, *([practitioner] if practitioner else ())}
        if not chosen:
            raise invalid([Fault("/named", "Name who may know of this case in the other region.")])
        known = {
            row.practitioner_id
            for row in access_queries.restrictions_of(session, person.id)
            if row.organisation_id == region.id
        }
        if chosen - known:
            colleagues = [(region.id, one) for one in chosen - known]
            access.name_staff(session, actor, person, colleagues, "chosen", reason=given["reason"])
    return access.add_sight(
        session,
        actor,
        person,
        organisation_id=region.id,
        practitioner_id=practitioner,
        basis=given["basis"],
        sections=given.get("sections", SECTIONS),
        from_at=from_at,
        until_at=until_at,
        reason=given["reason"],
    )


@bypasses_row_security
def confirm_share(
    session: Session, actor: Actor, person: Person, carried_over: Sight, given: Mapping[str, Any]
) -> Sight:
    """Replace a share that was carried over by one that the holder gives.

    Args:
        carried_over: in force.
        given: `basis`, `until` and `reason`, perhaps `sections` and `named`.

    Raises:
        Problem: as `share`; 409 for any other share.
    """
    require_in_force(carried_over)
    if carried_over.basis != CARRIED_OVER:
        raise conflict("Only access that was carried over can be confirmed.")
    region = organisations.organisation(session, carried_over.organisation_id)
    confirmed = share(session, actor, person, {**given, "organisation": region.code})
    access.end_sight(session, actor, person, carried_over, given["reason"])
    return confirmed


@bypasses_row_security
def end_share(session: Session, actor: Actor, person: Person, given: Sight, *, reason: str) -> None:
    """End a share before its time, and with it what was given for it on the other record of the person.

    Raises:
        Problem: 409 when it has ended; 403 to who does not act for the case.
    """
    require_in_force(given)
    require_act(session, actor, Act.SHARE, person)
    access.end_sight(session, actor, person, given, reason)
    for twin in access_queries.twins_of(session, given):
        access.end_sight(session, actor, session.get_one(Person, twin.person_id), twin, reason)


@bypasses_row_security
def review_share(
    session: Session,
    actor: Actor,
    person: Person,
    taken: Sight,
    *,
    outcome: access.Outcome,
    reason: str,
) -> None:
    """Review emergency access, as a manager of the holder who is not on the case and did not take it.

    Access that was not justified ends with the review.

    Raises:
        Problem: 409 for any other share, or when it has been reviewed; 403 for whoever took it, and for who
            answers for the case or submitted it.
    """
    if taken.basis != EMERGENCY:
        raise conflict("Only emergency access can be reviewed.")
    if taken.reviewed_at is not None:
        raise conflict("It has been reviewed.")
    by_colleague = taken.practitioner_id if taken.organisation_id == actor.organisation_id else None
    takers = frozenset({by_colleague} if by_colleague else ())
    own = own_work(session, actor, [person.id])
    require_independent_manager(actor, Matter(person_id=person.id, practitioners=takers), own)
    access.review_sight(session, actor, person, taken, outcome=outcome, reason=reason)
    if outcome == "not_justified" and is_in_force(taken):
        access.end_sight(session, actor, person, taken, reason)


@bypasses_row_security
def take_emergency_access(session: Session, actor: Actor, *, number: str, value: str, reason: str) -> Sight:
    """Let the manager behind a call see a record for 24 hours because somebody must know at once.

    It looks past a limit and never past an exclusion.

    Args:
        number: one of `queries.IDENTIFIERS`.

    Raises:
        Problem: 404 when there is no such record, or the caller is excluded from it; 409 when the caller sees
            it already, or several records have this number.
    """
    found = access_queries.held_records(session, number, value)
    if not found or actor.practitioner is None:
        raise not_found()
    if any(access_queries.excludes(session, actor, person.id) for person in found):
        raise not_found()
    if len(found) > 1:
        raise conflict("Several people on record have this number. Give the CRN.")
    (person,) = found
    own = (actor.organisation_id, actor.practitioner.id)
    if access_queries.was_not_justified(session, person.id, *own):
        raise conflict(
            "Your last emergency access to this case was judged not justified. Ask another manager."
        )
    sections = tuple(SECTIONS) if actor.practitioner.role in HEADS else ON_CALL_SECTIONS
    if visibility.sees_all(session, actor, person.id, sections):
        raise conflict("You can already see this case.")
    now = clock.now()
    return access.add_sight(
        session,
        actor,
        person,
        organisation_id=actor.organisation_id,
        practitioner_id=actor.practitioner.id,
        basis=EMERGENCY,
        sections=sections,
        from_at=now,
        until_at=now + EMERGENCY_LASTS,
        reason=reason,
    )


def _refuse_excluded(
    session: Session, person: Person, region_id: UUID, named: Sequence[str], practitioner: str | None
) -> None:
    excluded = queries.excluded_from(session, person.id)
    faults = [
        Fault(at, "Must not know of this case.")
        for at, one in (
            ("/practitioner", practitioner),
            *((f"/named/{place}", one) for place, one in enumerate(named)),
        )
        if one is not None and (region_id, one) in excluded
    ]
    if faults:
        raise invalid(faults)


def is_in_force(share: Sight) -> bool:
    """Return whether a share has neither been ended nor passed."""
    return share.ended_at is None and clock.now() < share.until_at


def require_in_force(share: Sight) -> None:
    """Require that a share has not ended.

    Raises:
        Problem: 409.
    """
    if not is_in_force(share):
        raise conflict("This access has ended.")


def _term(given: Mapping[str, Any]) -> tuple[datetime, datetime]:
    now = clock.now()
    from_at, until_at = max(given.get("from_at", now), now), given["until"]
    if until_at <= from_at:
        raise invalid([Fault("/until", "Must lie ahead, and after the share begins.")])
    if until_at > now + LONGEST:
        raise invalid([Fault("/until", "Must be within a year.")])
    return from_at, until_at

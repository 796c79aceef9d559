"""Writes who may see a record beside its holder, who may know of a limited case, and who must not.

Each change has its event and audit entry, and starts or stops the clock of what somebody must look at again.
Who may know of a case, and who must not, is the same for every record of one person that was merged.
It does not decide who may do it. The caller has locked the person's row.
"""

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import select
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from service import audit, clock, timers
from service.access.actor import Actor
from service.access.identifiers import known_as
from service.db import new_id
from service.organisations import queries as organisations
from service.people import aliases, holding_queries, queries, visibility
from service.people.model import Person, Restriction, Sight
from service.people.policies import CONFIRMATION, EMERGENCY_REVIEW
from service.people.sight import EMERGENCY, SECTIONS, Colleague
from service.people.writes.records import record, record_event, write_person
from service.timers import Subject

Because = Literal["chosen", "works_on_it", "escalated"]
"""Why somebody may know of a limited access case."""

Outcome = Literal["justified", "not_justified"]
"""What a review of emergency access found."""

REVIEW: Final = "review"
"""The timer of what must be reviewed or confirmed."""


def subject_of(share: Sight) -> Subject:
    """Return a share as the subject of its clock."""
    return Subject("sight", share.id)


def add_sight(
    session: Session,
    actor: Actor,
    person: Person,
    *,
    organisation_id: uuid.UUID,
    practitioner_id: str | None,
    basis: str,
    sections: Iterable[str],
    from_at: datetime,
    until_at: datetime,
    reason: str,
    carried_from: Sight | None = None,
) -> Sight:
    """Let a region, or one of its staff, see sections of a record, and tell both sides.

    Emergency access is told to the holder alone, whose manager has to review it.

    Args:
        carried_from: the share of a merged record for which this one is given.
    """
    shown = [section for section in SECTIONS if section in set(sections)]
    share_id = new_id()
    emergency = basis == EMERGENCY
    data: dict[str, Any] = {
        "share": share_id,
        "region": organisations.organisation(session, organisation_id).code,
        "sections": shown,
        "until": until_at,
    }
    event_id = record_event(
        session,
        actor,
        "person.emergency_access_taken" if emergency else "person.shared",
        "person",
        person,
        audience={person.holder_id} if emergency else {person.holder_id, organisation_id},
        data=data | ({"for": ["spo"]} if emergency else {"basis": basis}),
    )
    share = Sight(
        id=share_id,
        person_id=person.id,
        organisation_id=organisation_id,
        practitioner_id=practitioner_id,
        basis=basis,
        sections=shown,
        from_at=from_at,
        until_at=until_at,
        reason=reason,
        given_by=_who(actor),
        event_id=event_id,
        carried_from_id=carried_from.id if carried_from else None,
        ended_at=None,
        ended_by=None,
        end_reason=None,
        reviewed_at=None,
        reviewed_by=None,
        review_outcome=None,
        review_reason=None,
    )
    session.add(share)
    if emergency:
        audit.record(
            session,
            actor,
            "override",
            object_kind="person",
            object_id=person.id,
            person_id=person.id,
            fields=shown,
            reason="emergency_access",
        )
        start_clock(session, actor, person, share, EMERGENCY_REVIEW)
    else:
        record(session, actor, person, "alteration", ["sight"])
    return share


def end_sight(session: Session, actor: Actor, person: Person, share: Sight, reason: str) -> None:
    """End a share before its time, and tell both sides."""
    share.ended_at, share.ended_by, share.end_reason = clock.now(), _who(actor), reason
    _tell(session, actor, person, share, "person.share_ended", basis=share.basis)
    record(session, actor, person, "alteration", ["sight"])
    if share.basis != EMERGENCY:
        timers.stop(session, subject_of(share), reason="ended")


def review_sight(
    session: Session, actor: Actor, person: Person, share: Sight, *, outcome: Outcome, reason: str
) -> None:
    """Record what a review of emergency access found, and stop its clock."""
    share.reviewed_at, share.reviewed_by = clock.now(), _who(actor)
    share.review_outcome, share.review_reason = outcome, reason
    _tell(session, actor, person, share, "person.share_reviewed", outcome=outcome)
    record(session, actor, person, "alteration", ["sight"])
    timers.stop(session, subject_of(share), reason="reviewed")


def ask_to_confirm(session: Session, actor: Actor, person: Person, share: Sight) -> None:
    """Ask the holder whether a share that it did not give itself is to go on, with a clock."""
    share.event_id = _tell(
        session, actor, person, share, "person.share_confirmation_needed", told_holder=True
    )
    start_clock(session, actor, person, share, CONFIRMATION)


def let_lapse(session: Session, share: Sight) -> None:
    """Note that a share which was never confirmed has ended, and stop its clock."""
    share.ended_at, share.ended_by = share.until_at, "service"
    timers.stop(session, subject_of(share), reason="ended")


def start_clock(session: Session, actor: Actor, person: Person, share: Sight, policy: str) -> None:
    """Start the clock of a share that somebody of the holding region must look at."""
    timers.start(
        session,
        actor,
        subject_of(share),
        REVIEW,
        policy=policy,
        case=holding_queries.clock_case(session, person, share.basis),
        fresh=True,
    )


def limit(
    session: Session,
    actor: Actor,
    person: Person,
    chosen: Collection[Colleague],
    at_work: Collection[Colleague],
    *,
    reason: str | None = None,
) -> None:
    """Name those who may know of a case that is limited from now on, and tell the regions that see it.

    Args:
        chosen: whom the practitioner who limits it names.
        at_work: the others who work on it.
        reason: why it is limited; None where a document says so without one.
    """
    add_restrictions(session, actor, person, sorted(chosen, key=str), "chosen", reason=reason)
    add_restrictions(session, actor, person, sorted(at_work, key=str), "works_on_it")
    for other in aliases.others_of(session, person):
        _restrict(session, actor, other, restricted=True)
    record_event(
        session,
        actor,
        "person.limited",
        "person",
        person,
        audience=visibility.sharing_organisations(session, person.id, "risk"),
        data={"named": {"chosen": len(chosen), "works_on_it": len(at_work)}},
    )


def restrict(session: Session, actor: Actor, person: Person, *, restricted: bool) -> None:
    """Mark a case as a limited access case, or as one no more; what it was before is kept."""
    for one in (person, *aliases.others_of(session, person)):
        _restrict(session, actor, one, restricted=restricted)


def _restrict(session: Session, actor: Actor, person: Person, *, restricted: bool) -> None:
    if write_person(session, actor, person, {"restricted": restricted}, submitted=person.submitted):
        record(session, actor, person, "alteration", ["restricted"])


def lift(session: Session, actor: Actor, person: Person, named: Collection[Restriction], reason: str) -> None:
    """Lift a limit; who was named is named no more."""
    restrict(session, actor, person, restricted=False)
    _end_each(session, actor, person, named, reason)
    record_event(
        session,
        actor,
        "person.limit_lifted",
        "person",
        person,
        audience=visibility.sharing_organisations(session, person.id, "risk"),
    )


def name_staff(
    session: Session,
    actor: Actor,
    person: Person,
    colleagues: Collection[Colleague],
    because: Because,
    *,
    reason: str | None = None,
) -> None:
    """Name members of staff who may know of a limited case, and tell their regions and the holder."""
    add_restrictions(session, actor, person, sorted(colleagues, key=str), because, reason=reason)
    for organisation_id in sorted({organisation_id for organisation_id, _ in colleagues}):
        record_event(
            session,
            actor,
            "person.staff_named",
            "person",
            person,
            audience={person.holder_id, organisation_id},
            data={
                "because": because,
                "region": organisations.organisation(session, organisation_id).code,
            },
        )


def add_restrictions(
    session: Session,
    actor: Actor,
    person: Person,
    colleagues: Iterable[Colleague],
    because: Because,
    *,
    reason: str | None = None,
) -> None:
    """Add those who may know of a person; those who are already named are left as they are.

    Args:
        reason: why they are named, where one was given.
    """
    named_by = actor.practitioner.id if actor.practitioner else actor.client_id
    colleagues = list(colleagues)
    records = [person, *(aliases.others_of(session, person) if colleagues else ())]
    rows = [
        {
            "id": new_id(),
            "person_id": one.id,
            "organisation_id": organisation_id,
            "practitioner_id": practitioner_id and known_as(practitioner_id),
            "because": because,
            "excluded": False,
            "reason": reason,
            "named_by": named_by,
            "named_at": clock.now(),
        }
        for one in records
        for organisation_id, practitioner_id in colleagues
    ]
    if rows:
        session.execute(postgresql.insert(Restriction).values(rows).on_conflict_do_nothing())
        for one in records:
            record(session, actor, one, "alteration", ["restriction", f"restriction.{because}"])


def end_names(
    session: Session, actor: Actor, person: Person, named: Collection[Restriction], reason: str
) -> None:
    """End the naming of members of staff who have no part in a limited case any more.

    Args:
        reason: a code of why.
    """
    _end_each(session, actor, person, named, reason)
    if named:
        record(session, actor, person, "alteration", ["restriction", "restriction.works_on_it"])


def add_exclusion(
    session: Session, actor: Actor, person: Person, colleague: tuple[uuid.UUID, str], reason: str
) -> Restriction:
    """Exclude a member of staff, who sees nothing of the record from now on."""
    made, *_ = [
        _exclude(session, actor, one, colleague, reason)
        for one in (person, *aliases.others_of(session, person))
    ]
    return made


def _exclude(
    session: Session, actor: Actor, person: Person, colleague: tuple[uuid.UUID, str], reason: str
) -> Restriction:
    organisation_id, practitioner_id = colleague
    row = Restriction(
        id=new_id(),
        person_id=person.id,
        organisation_id=organisation_id,
        practitioner_id=practitioner_id,
        because="chosen",
        excluded=True,
        reason=reason,
        named_by=_who(actor),
        named_at=clock.now(),
        ended_at=None,
        ended_by=None,
        end_reason=None,
    )
    session.add(row)
    _tell_exclusion(session, actor, person, row, "person.staff_excluded")
    return row


def end_exclusion(session: Session, actor: Actor, person: Person, row: Restriction, reason: str) -> None:
    """End an exclusion; whoever it was sees what others in the same position see."""
    _end_each(session, actor, person, [row], reason)
    _tell_exclusion(session, actor, person, row, "person.exclusion_ended")


def unite_exclusions(session: Session, actor: Actor, one: Person, other: Person, reason: str) -> None:
    """Exclude from each of two records, before they are merged, whoever must not know of the other.

    Args:
        reason: why they are excluded from both from now on.
    """
    excluded = {each.id: queries.excluded_from(session, each.id) for each in (one, other)}
    for each, elsewhere in ((one, excluded[other.id]), (other, excluded[one.id])):
        for organisation_id, practitioner_id in sorted(elsewhere - excluded[each.id], key=str):
            if practitioner_id is not None:
                _exclude(session, actor, each, (organisation_id, practitioner_id), reason)


def _tell(
    session: Session,
    actor: Actor,
    person: Person,
    share: Sight,
    happened: str,
    *,
    told_holder: bool = False,
    **data: Any,
) -> uuid.UUID:
    return record_event(
        session,
        actor,
        happened,
        "person",
        person,
        audience={person.holder_id} if told_holder else {person.holder_id, share.organisation_id},
        data={
            "share": share.id,
            "region": organisations.organisation(session, share.organisation_id).code,
            **data,
        },
    )


def _tell_exclusion(session: Session, actor: Actor, person: Person, row: Restriction, happened: str) -> None:
    record_event(
        session,
        actor,
        happened,
        "person",
        person,
        audience={person.holder_id},
        data={
            "exclusion": row.id,
            "region": organisations.organisation(session, row.organisation_id).code,
        },
    )
    record(session, actor, person, "alteration", ["restriction", "restriction.excluded"])


def _end_each(
    session: Session, actor: Actor, person: Person, rows: Collection[Restriction], reason: str
) -> None:
    """End rows of a record, and the same of those that were merged with it."""
    ending = list(rows)
    others = [one.id for one in aliases.others_of(session, person)] if ending else []
    if others:
        who = {(row.organisation_id, row.practitioner_id, row.excluded) for row in ending}
        found = session.scalars(
            select(Restriction).where(Restriction.person_id.in_(others), Restriction.ended_at.is_(None))
        )
        ending += [one for one in found if (one.organisation_id, one.practitioner_id, one.excluded) in who]
    for row in ending:
        _end(actor, row, reason)


def _end(actor: Actor, row: Restriction, reason: str) -> None:
    row.ended_at, row.ended_by, row.end_reason = clock.now(), _who(actor), reason


def _who(actor: Actor) -> str:
    return actor.practitioner.id if actor.practitioner else actor.client_id

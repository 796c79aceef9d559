"""Writes that two records may be one person's, that they were merged, and that this was undone.

No row of either is moved. The caller has locked both records, and decides who may do it.
"""

import uuid
from collections.abc import Collection, Iterable
from typing import Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import clock, timers
from service.access.actor import Actor
from service.db import new_id
from service.gathering import forget_read
from service.people import access_queries, holding_queries, one_person_queries
from service.people.corrected import note_identity
from service.people.model import Person, SameAsDecision, SharedNumber, Sight
from service.people.one_person import digest_of
from service.people.one_person_queries import Match
from service.people.policies import SAME_PERSON, SAME_PERSON_TIMER
from service.people.sight import EMERGENCY
from service.people.writes import access
from service.people.writes.records import record, record_event, supersede
from service.timers import Subject

UNDONE: Final = "The records are two people's again."
"""Why a share ends that was given because two records were merged."""


def ask(
    session: Session,
    actor: Actor,
    person: Person,
    found: Collection[Match],
    known: Collection[SharedNumber],
) -> None:
    """Ask whether a record and others are one person, where that is not asked already, and time the answer.

    What was withdrawn and is said again is asked again.

    Args:
        found: the numbers of the record that stand on others.
        known: what has been asked of the record and others, also what has ended.
    """
    numbers = {name: digest_of(value) for name, value in one_person_queries.numbers_of(person).items()}
    asked = {
        (one.person_id, one.other_id, one.number, one.value_digest): one
        for one in known
        if one.answered is not True
    }
    new = []
    for one in found:
        about = (one.number, numbers[one.number])
        theirs = asked.get((one.person_id, person.id, *about))
        ours = asked.get((person.id, one.person_id, *about))
        if not any(each is not None and each.ended_at is None for each in (theirs, ours)):
            new.append((one, ours))
    if not new:
        return
    event_id = record_event(
        session,
        actor,
        "person.may_be_the_same",
        "person",
        person,
        data={"numbers": sorted({one.number for one, _ in new})},
    )
    for one, before in new:
        if before is not None:
            before.ended_at = before.answered = None
            continue
        session.add(
            SharedNumber(
                id=new_id(),
                person_id=person.id,
                other_id=one.person_id,
                number=one.number,
                value_digest=numbers[one.number],
                since=clock.now(),
                event_id=event_id,
                ended_at=None,
                answered=None,
            )
        )
    timers.start(
        session,
        actor,
        Subject("person", person.id),
        SAME_PERSON_TIMER,
        policy=SAME_PERSON,
        case=holding_queries.clock_case(session, person, SAME_PERSON_TIMER),
    )


def withdraw(session: Session, person: Person, known: Iterable[SharedNumber]) -> None:
    """Ask no more because of numbers that a record has no longer.

    Args:
        known: what has been asked of the record and others.
    """
    now = {name: digest_of(value) for name, value in one_person_queries.numbers_of(person).items()}
    gone = [
        one
        for one in known
        if one.ended_at is None and one.person_id == person.id and now.get(one.number) != one.value_digest
    ]
    _end(session, gone, answered=False)


def _end(session: Session, questions: Iterable[SharedNumber], *, answered: bool) -> None:
    """End questions, and the clock of each record of which nothing more is asked."""
    ending = list(questions)
    for one in ending:
        one.ended_at, one.answered = clock.now(), answered
    if not ending:
        return
    session.flush()
    for person_id in sorted({one.person_id for one in ending}, key=str):
        asked = one_person_queries.questions_about(session, person_id)
        if not any(one.person_id == person_id and one.ended_at is None for one in asked):
            timers.stop(session, Subject("person", person_id), "decided", SAME_PERSON_TIMER)


def tell_apart(session: Session, actor: Actor, one: Person, other: Person, reason: str) -> None:
    """Record that two records are two people's; it is asked again only because of another number."""
    event_id, _ = (_told(session, actor, each, "person.told_apart") for each in (one, other))
    _decided(session, actor, one, other, same=False, reason=reason, event_id=event_id)


def merge(session: Session, actor: Actor, kept: Person, merged: Person, reason: str) -> uuid.UUID:
    """Let one record stand for another of the same person; return the id of the event of the other.

    Whoever must not know of one must not know of the other from now on, and whoever was given sight of the
    other is given sight of the one that stands for it.
    """
    access.unite_exclusions(session, actor, kept, merged, reason)
    supersede(session, actor, "person", merged, {})
    # Who read of the other under its own CRN reads by now who that is, also whose work has ended.
    note_identity(session, merged.id)
    _let_stand(session, merged, kept.id)
    shares = [one for one in access_queries.shares_in_force(session, merged.id) if one.basis != EMERGENCY]
    told = _regions_of(merged, shares)
    event_id = _told(session, actor, merged, "person.merged", part="alias", bump=False, told=told)
    _told(session, actor, kept, "person.merged", part="stands", told=told)
    _decided(session, actor, merged, kept, same=True, reason=reason, event_id=event_id)
    for share in shares:
        access.add_sight(
            session,
            actor,
            kept,
            organisation_id=share.organisation_id,
            practitioner_id=share.practitioner_id,
            basis=share.basis,
            sections=share.sections,
            from_at=clock.now(),
            until_at=share.until_at,
            reason=share.reason,
            carried_from=share,
        )
    return event_id


def undo(session: Session, actor: Actor, kept: Person, merged: Person, reason: str) -> None:
    """Let a record stand for itself again; the sight of one that came with the other ends."""
    supersede(session, actor, "person", merged, {})
    _let_stand(session, merged, None)
    told = _regions_of(merged, access_queries.shares_in_force(session, merged.id))
    event_id = _told(session, actor, merged, "person.merge_undone", part="alias", bump=False, told=told)
    _told(session, actor, kept, "person.merge_undone", part="stands", told=told)
    _decided(session, actor, merged, kept, same=False, reason=reason, event_id=event_id)
    records = {one.id: one for one in (kept, merged)}
    carried = select(Sight.id).where(Sight.person_id.in_(records))
    for share in session.scalars(
        select(Sight)
        .where(Sight.person_id.in_(records), Sight.carried_from_id.in_(carried), Sight.ended_at.is_(None))
        .order_by(Sight.id)
    ):
        access.end_sight(session, actor, records[share.person_id], share, UNDONE)


def _let_stand(session: Session, record: Person, by: uuid.UUID | None) -> None:
    """Let another record stand for one, or itself again; whose records are one is read anew."""
    record.same_as_id = by
    forget_read(session, Person.__table__)


def _regions_of(merged: Person, shares: Iterable[Sight]) -> set[uuid.UUID]:
    """Return the regions that read a merged record, and so both; none where the case is limited."""
    if merged.restricted:
        return set()
    return {one.organisation_id for one in shares if one.basis != EMERGENCY and one.practitioner_id is None}


def _told(
    session: Session,
    actor: Actor,
    person: Person,
    happened: str,
    *,
    part: Literal["stands", "alias"] | None = None,
    bump: bool = True,
    told: Collection[uuid.UUID] = (),
) -> uuid.UUID:
    """Record an event, with a new version of the record; `bump` unless it has had one.

    Args:
        told: regions that read both records, besides the one that holds them.
    """
    if bump:
        person.version += 1
        person.changed_at = clock.now()
    record(session, actor, person, "alteration", ["same_as"])
    return record_event(
        session,
        actor,
        happened,
        "person",
        person,
        audience={person.holder_id, *told} if part else (),
        data={"part": part} if part else {},
    )


def _decided(
    session: Session,
    actor: Actor,
    one: Person,
    other: Person,
    *,
    same: bool,
    reason: str,
    event_id: uuid.UUID,
) -> None:
    session.add(
        SameAsDecision(
            id=new_id(),
            person_id=one.id,
            other_id=other.id,
            same=same,
            reason=reason,
            decided_by=actor.practitioner.id if actor.practitioner else actor.client_id,
            decided_at=clock.now(),
            event_id=event_id,
        )
    )
    between = one_person_queries.questions_between(session, one.id, other.id)
    _end(session, [each for each in between if each.ended_at is None], answered=True)

"""Decides whose record a region writes on: the one that is held, or a side record of its own.

A submission for a person whose record the caller does not see is taken, and gives no sight of that record. A
record that another region holds and a limited case of the caller's own region are treated alike, so that the
answer does not reveal which it is.
"""

from typing import Any, Literal, NamedTuple

from sqlalchemy import Text, and_, literal, select
from sqlalchemy.orm import Session

from service import events
from service.access.actor import Actor
from service.organisations import queries as organisations
from service.people import aliases, queries, visibility, writes
from service.people.facts import Said
from service.people.model import Person
from service.people.rules import MANAGED_LEVELS

Asked = Literal["submission", "preview", "amendment", "opening", "change"]
"""What a region asked for."""

SUBMITTED_ELSEWHERE = "person.submitted_elsewhere"
DANGER_ELSEWHERE = "person.danger_reported_elsewhere"
SHARE_REQUESTED = "person.share_requested"
FROM_ELSEWHERE = (SUBMITTED_ELSEWHERE, DANGER_ELSEWHERE, SHARE_REQUESTED)
"""The events on a held record whose actor works on a side record, and not on the case."""


class Taken(NamedTuple):
    """The record a caller writes on, whether it is new, and the held one that the caller does not see."""

    record: Person
    first: bool
    elsewhere: Person | None = None


def take(session: Session, actor: Actor, crn: str, said: Said, *, restricted: bool) -> Taken:
    """Return the record on which a caller's statements about a person are recorded, locked.

    It is the held record of the CRN, if the caller holds and sees it, or if there is none yet, which the
    caller then holds; otherwise a side record of the caller's own. What is said under an alias stays on the
    record that was merged, and is proposed to the one that stands for it: they may be two people's again.

    Args:
        said: who the person is, for a record that is new.
        restricted: whether the caller says that it is a limited access case.
    """
    # Two regions at the same time: the second waits for the first to commit, and then finds its record.
    added = _add(session, actor, crn, said, restricted, held=True)
    if added is not None:
        return Taken(added, first=True)
    held, own = _lock_standing(session, actor, crn)
    if own and held.crn != crn:
        return Taken(_lock_merged(session, crn), first=False, elsewhere=held)
    if own:
        return Taken(held, first=False)
    return _take_aside(session, actor, crn, said, restricted, elsewhere=held)


def take_beside(session: Session, actor: Actor, held: Person, said: Said, *, restricted: bool) -> Taken:
    """Return the caller's own side record beside a held record that the caller sees, locked.

    On it stands what a colleague who does not answer for the case says of the person, for who does to decide.

    Args:
        held: a record of the caller's region, locked.
    """
    return _take_aside(session, actor, held.crn, said, restricted, elsewhere=held)


def take_for_preview(session: Session, actor: Actor, crn: str, said: Said, *, restricted: bool) -> Taken:
    """Return the record with which a caller's submission is previewed, locked.

    It is a record of the CRN that the caller's region holds and the caller sees; otherwise a new one of the
    caller's own, whether or not there is another. Nothing is asked of what the caller does not see and
    nothing waits for it, so that the work does not show whether it is there.
    """
    who = actor.practitioner.id if actor.practitioner else None
    own = (Person.holder_id == actor.organisation_id, visibility.open_to(actor, in_an_emergency=False))
    known = (
        select(Person.id)
        .where(Person.crn == crn, *own)
        .order_by(Person.held.desc(), Person.limited_to.nulls_first())
        .limit(1)
        .correlate(None)
    )
    seen = session.scalars(
        select(Person)
        .where(Person.id == known.scalar_subquery(), *own)
        .with_for_update(of=Person, key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if seen is not None:
        return Taken(seen, first=False)
    added = _add(session, actor, crn, said, restricted, held=False, limited_to=who)
    if added is None:
        # The same practitioner has submitted for the same CRN meanwhile.
        return take_for_preview(session, actor, crn, said, restricted=restricted)
    return Taken(added, first=True)


def _take_aside(
    session: Session, actor: Actor, crn: str, said: Said, restricted: bool, *, elsewhere: Person
) -> Taken:
    who = actor.practitioner.id if actor.practitioner else None
    # A side record beside a limited case of the same region is its practitioner's alone: colleagues who are
    # named see the case, and would see from a second record that somebody was not.
    for limited_to in (who if elsewhere.holder_id == actor.organisation_id else None, who):
        added = _add(session, actor, crn, said, restricted, held=False, limited_to=limited_to)
        if added is not None:
            return Taken(added, first=True, elsewhere=elsewhere)
        found = session.execute(
            _locked(actor).where(
                Person.crn == crn,
                Person.held.is_(False),
                Person.holder_id == actor.organisation_id,
                # One statement whether or not it is limited.
                Person.limited_to.is_not_distinct_from(literal(limited_to, Text)),
            )
        ).one()
        if found.own:
            return Taken(found.Person, first=False, elsewhere=elsewhere)
    raise LookupError("a caller sees a side record that is limited to that caller")


def _lock_standing(session: Session, actor: Actor, crn: str) -> tuple[Person, bool]:
    """Lock the record that stands for a CRN; return it, and whether the caller holds and sees it."""
    while True:
        stands = aliases.of_crn(crn).scalar_subquery()
        held, own = session.execute(_locked(actor).where(Person.id == stands)).one()
        if held.same_as_id is None and (held.crn == crn or session.scalar(aliases.of_crn(crn)) == held.id):
            return held, own
        # It was merged, or that was undone, while this waited: another record stands for the CRN now.


def _lock_merged(session: Session, crn: str) -> Person:
    """Lock the record of a CRN for which another stands, which is locked."""
    merged = select(Person.id).where(Person.held, Person.crn == crn).scalar_subquery()
    return session.scalars(
        select(Person)
        .where(Person.id == merged)
        .with_for_update(of=Person, key_share=True)
        .execution_options(populate_existing=True)
    ).one()


def _locked(actor: Actor) -> Any:
    own = and_(Person.holder_id == actor.organisation_id, visibility.open_to(actor, in_an_emergency=False))
    return (
        select(Person, own.label("own"))
        .with_for_update(of=Person, key_share=True)
        .execution_options(populate_existing=True)
    )


def _add(
    session: Session, actor: Actor, crn: str, said: Said, restricted: bool, **kind: Any
) -> Person | None:
    return writes.add_person(
        session, actor, crn, said.facts, restricted=restricted, submitted=said.digest, **kind
    )


def tell_holder(session: Session, actor: Actor, side: Person, elsewhere: Person, asked: Asked) -> None:
    """Tell the region that holds a record that another region has stated something about the person.

    The region that stated it gets an entry in its own feed too. Otherwise it would get one only where the
    record is a limited case of its own, and so learn which it was.

    Args:
        side: the record on which it was stated.
        elsewhere: the held record.
    """
    events.append(
        session,
        actor,
        SUBMITTED_ELSEWHERE,
        subject_kind="person",
        subject_id=elsewhere.id,
        audience={side.holder_id, elsewhere.holder_id},
        person_id=elsewhere.id,
        data={
            "region": organisations.organisation(session, side.holder_id).code,
            "asked": asked,
            "side_record": side.id,
        },
    )


def endangers_staff(session: Session, crn: str) -> bool:
    """Return whether the held record of a CRN, or one merged with it, says that staff are at high risk.

    Whoever works with the person is told this much of a record that they do not see.
    """
    held = visibility.held_record(session, crn)
    judged = [
        queries.current_rosh(session, one.id).get("staff")
        for one in (held, *aliases.others_of(session, held))
    ]
    return any(one is not None and one.level in MANAGED_LEVELS for one in judged)

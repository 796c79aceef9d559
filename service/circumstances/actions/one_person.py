"""Brings what is open on each record in line, once two are one person's, or two people's again.

What happened is then asked of more records, or of fewer, than when it was followed.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from service import clock
from service.access import Actor
from service.access.row_visibility import bypasses_row_security
from service.checks import actions as checks
from service.checks import queries as check_queries
from service.circumstances import queries
from service.circumstances.actions import ending
from service.circumstances.actions.planned_release import follow_planned_release
from service.circumstances.actions.recording import case_of, given_by_the_service, record_change
from service.circumstances.consequences import Reliability, Standing
from service.circumstances.endings import DEATH_IN_ERROR, HAPPENS, RECALLED
from service.circumstances.model import Change
from service.circumstances.rules import CORRECTED, OF_HEARING
from service.people import aliases
from service.people.model import Person
from service.people.rules import Source


@dataclass(frozen=True)
class Before:
    """What was one person's before it was decided, by the id of each record.

    Args:
        records: the records that were one with it, itself among them.
        danger: whether danger stood.
    """

    records: Mapping[UUID, Collection[UUID]]
    danger: Mapping[UUID, bool]


@bypasses_row_security
def known_before(session: Session, *records: Person) -> Before:
    """Return what is one person's until it is decided otherwise of some records."""
    one = {id_: group for record in records for group in [_one_with(session, record.id)] for id_ in group}
    in_danger = {id_: queries.danger_stands(session, id_) for id_ in (record.id for record in records)}
    danger = {id_: any(in_danger.get(other) for other in group) for id_, group in one.items()}
    return Before(dict(sorted(one.items())), danger)


@bypasses_row_security
def follow(session: Session, actor: Actor, before: Before) -> None:
    """Let work rest, or go on, as somebody stands by each record now; and nobody be dead by another's death.

    Danger that is alleged by one of them waits for no name by the other.

    Args:
        before: of records that are locked, with their referrals.
    """
    now = {id_: _one_with(session, id_) for id_ in before.records}
    if now == before.records:
        return
    said = queries.happened_by(session, before.records.keys(), HAPPENS | OF_HEARING)
    happened = [one for one in said if one.kind in HAPPENS]
    hearings = [one for one in said if one.kind in OF_HEARING]
    openings = check_queries.hearings_of_openings(session, before.records.keys())
    for record_id, records in now.items():
        person = session.get_one(Person, record_id)
        by_then, by_now = (
            [one for one in happened if one.person_id in group]
            for group in (before.records[record_id], records)
        )
        if person.died_on is not None and not ending.deaths_of(session, record_id):
            _withdraw_death(session, actor, person, person.died_on)
        ending.bring_in_line(session, actor, person, by_then, by_now)
        if any(one.kind == RECALLED for one in happened):
            follow_planned_release(session, actor, person)
        if len(records) > 1:
            checks.follow_hearings(session, actor, record_id)
        elif len(before.records[record_id]) > 1:
            _keep_own_hearing(session, actor, record_id, hearings, openings)
        if not before.danger[record_id] and any(before.danger[one] for one in records):
            checks.ask_by_description(session, actor, record_id)


def _keep_own_hearing(
    session: Session,
    actor: Actor,
    record_id: UUID,
    hearings: Sequence[Change],
    openings: Mapping[UUID, datetime],
) -> None:
    """Leave a record that is one person's alone again with the hearing that was said of it.

    Args:
        hearings: what was said of hearings on each of the records that were one, since they were known.
        openings: the hearings for which they were opened, by the record.
    """
    if not hearings and not openings:
        return
    own = max(
        (one for one in hearings if one.person_id == record_id), key=lambda one: one.recorded_at, default=None
    )
    if own is None:
        hearing_at = openings.get(record_id)
    else:
        hearing_at = clock.at(own.hearing_date) if own.hearing_date else None
    checks.follow_hearing(session, actor, record_id, hearing_at, put_back=True)


@bypasses_row_security
def review_whose(session: Session, actor: Actor, *records: Person) -> None:
    """Have whoever answers for each of two records decide what of it is the other's, now that they are two.

    Facts, judgements of risk and questions that came under either CRN meanwhile stay where they were written:
    nobody but a practitioner knows about whom they were.

    Args:
        records: locked, no longer one person's.
    """
    for person in records:
        given = given_by_the_service(
            CORRECTED,
            occurred_on=clock.today(),
            source=Source.PRACTITIONER.value,
            reliability=Reliability.RELIABLE.value,
            standing=Standing.ESTABLISHED.value,
        )
        given["details"] = _TWO_AGAIN
        case = case_of(session, actor, person.holder_id, person)
        record_change(session, Actor.for_service("circumstances"), case, given)


_TWO_AGAIN: Final = (
    "Two CRNs are two people's again. Look through what was recorded under either of them while they were "
    "one: name, numbers, people, places and risk. What is the other's is put right or entered in error, and "
    "recorded under the other CRN."
)


def _one_with(session: Session, record_id: UUID) -> frozenset[UUID]:
    return frozenset(aliases.ids_of(session, record_id))


def _withdraw_death(session: Session, actor: Actor, person: Person, day: date) -> None:
    in_error = given_by_the_service(
        DEATH_IN_ERROR,
        occurred_on=day,
        source=Source.PRACTITIONER.value,
        reliability=Reliability.RELIABLE.value,
        standing=Standing.ESTABLISHED.value,
    )
    record_change(session, actor, case_of(session, actor, person.holder_id, person), in_error)

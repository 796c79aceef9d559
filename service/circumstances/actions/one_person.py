"""Brings what is open on each record in line, once two are one person's, or two people's again.

What happened is then asked of more records, or of fewer, than when it was followed.
"""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy.orm import Session

from service.access import Actor
from service.access.row_visibility import bypasses_row_security
from service.checks import actions as checks
from service.circumstances import queries
from service.circumstances.actions import ending
from service.circumstances.actions.deaths import DEATH_IN_ERROR
from service.circumstances.actions.recording import case_of, given_by_the_service, record_change
from service.circumstances.consequences import Reliability, Standing
from service.circumstances.endings import Stands
from service.people import aliases
from service.people.model import Person
from service.people.rules import Source
from service.referrals.actions.closing import DIED

Stood = Mapping[UUID, Stands]
"""How somebody stood by each of some records, by their id."""


@bypasses_row_security
def stand_by(session: Session, *records: Person) -> Stood:
    """Return how somebody stands by each record that is one person's with one of some."""
    known = {id_ for record in records for id_ in aliases.ids_of(session, record.id)}
    return {id_: ending.stands_of(session, id_) for id_ in sorted(known, key=str)}


@bypasses_row_security
def follow(session: Session, actor: Actor, stood: Stood) -> None:
    """Let work rest, or go on, as somebody stands by each record now; and nobody be dead by another's death.

    Danger that is alleged by one of them waits for no name by the other.

    Args:
        stood: before it was decided whose the records are; they and their referrals are locked.
    """
    _withdraw_deaths_of_others(session, actor, stood)
    for record_id, before in stood.items():
        ending.bring_in_line(session, actor, session.get_one(Person, record_id), before)
        if queries.danger_stands(session, record_id):
            checks.ask_by_description(session, actor, record_id)


def _withdraw_deaths_of_others(session: Session, actor: Actor, record_ids: Iterable[UUID]) -> None:
    for record_id in record_ids:
        person = session.get_one(Person, record_id)
        if person.died_on is None or _died_by_its_own(session, record_id):
            continue
        in_error = given_by_the_service(
            DEATH_IN_ERROR,
            occurred_on=person.died_on,
            source=Source.PRACTITIONER.value,
            reliability=Reliability.RELIABLE.value,
            standing=Standing.ESTABLISHED.value,
        )
        record_change(session, actor, case_of(session, actor, person.holder_id, person), in_error)


def _died_by_its_own(session: Session, record_id: UUID) -> bool:
    """Return whether a death is what was said last, on a record and those that are one with it."""
    said = queries.happened(session, record_id, {DIED, DEATH_IN_ERROR})
    return bool(said) and max(said, key=lambda one: one.recorded_at).kind == DIED

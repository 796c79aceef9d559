"""Does to everything that is open what a change that ends, suspends or resumes supervision does to it."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.orm import Session

from service.access import Actor
from service.checks import actions as checks
from service.circumstances import queries, writes
from service.circumstances.consequences import Standing
from service.circumstances.endings import ENDINGS, UNDOES, Ending
from service.circumstances.model import Change
from service.destinations.states import LIVE, WAITING
from service.people import aliases
from service.people.actions.dying import record_death, withdraw_death
from service.people.model import Person
from service.referrals.actions import circumstances, closing
from service.referrals.actions.release_dates import end_supervision, release_on
from service.referrals.actions.starting_again import start_again
from service.referrals.model import Referral
from service.referrals.queries import parts_of
from service.referrals.resting import register_resting
from service.third_parties.actions import moving


def begin(session: Session, actor: Actor, person: Person, kind: str) -> None:
    """Let somebody who has not died be asked about again, before anything follows from a change.

    Args:
        person: locked.
        kind: of the change.
    """
    ending = ENDINGS.get(kind)
    if ending is not None and ending.undoes_death:
        for record in (person, *aliases.others_of(session, person)):
            withdraw_death(session, actor, record)
            moving.resume(session, record.id, closing.DIED)


def follow(
    session: Session, actor: Actor, person: Person, still_open: Collection[Referral], change: Change
) -> None:
    """Let a change end, suspend or resume what its row of the table says.

    Args:
        person: locked.
        still_open: the person's referrals, locked.
        change: recorded; an allegation ends nothing.
    """
    ending = ENDINGS.get(change.kind)
    # Of somebody who has died nothing is suspended or goes on any more, in whatever order it is recorded.
    if ending is None or change.standing != Standing.ESTABLISHED or person.died_on is not None:
        return
    if is_overtaken(session, change):
        return
    for referral in still_open:
        _follow_referral(session, actor, referral, change, ending)
        if ending.undoes_death:
            start_again(session, actor, referral)
    if ending.ends_life:
        for record in (person, *aliases.others_of(session, person)):
            record_death(session, actor, record, change.occurred_on)
            closing.close_case(session, record.id, closing.DIED)


def is_overtaken(session: Session, change: Change) -> bool:
    """Return whether what undoes a change is on record already, and happened on a later day."""
    others = UNDOES.get(change.kind)
    return others is not None and queries.has_happened_since(session, change, others)


def _follow_referral(
    session: Session, actor: Actor, referral: Referral, change: Change, ending: Ending
) -> None:
    if ending.not_sent == "stops" and change.release_date is None:
        circumstances.stop_waiting(session, actor, referral, change.kind)
    if ending.rests:
        for part in parts_of(session, referral):
            if part.state in LIVE | WAITING:
                circumstances.stop_clocks(session, part, change.kind)
    if ending.is_release:
        release_on(session, actor, referral, change.occurred_on)
    if ending.not_sent == "goes_on":
        circumstances.after_release(session, actor, referral, change.kind)
    if ending.wakes is not None:
        circumstances.wake(session, actor, referral, ending.wakes)
    if ending.ends_supervision:
        end_supervision(session, actor, referral, change.occurred_on, trigger=change.kind)
    if ending.hurries_checks:
        checks.raise_urgency(session, actor, referral.id)
        checks.hurry_reviews(session, referral.person_id)


def _close_reviews(session: Session, person_id: UUID, reason: str) -> None:
    for review, change in queries.open_reviews_of(session, person_id):
        writes.close(session, Actor.for_service("circumstances"), change, review, reason)


def _rests_of(session: Session, person_id: UUID) -> list[str]:
    """Return what puts work with a person to rest: the last that happened of those that undo each other."""
    return [
        kind
        for kind, ending in ENDINGS.items()
        if ending.rests and queries.last_that_happened(session, person_id, UNDOES[kind]) == kind
    ]


register_resting(_rests_of)
closing.register_closing(_close_reviews)

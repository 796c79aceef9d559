"""Merges two records of one person and undoes it; everything that says whose case it is follows."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from service import settling
from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.cases.actions.following import follow
from service.circumstances.actions import one_person as circumstances
from service.circumstances.actions.household import follow_error
from service.people import aliases, holding_queries
from service.people.actions import one_person
from service.people.model import Person
from service.people.newly_protected import look_through_records
from service.people.protected import protect_anybody
from service.referrals.actions import repeats
from service.referrals.actions.following import lock_referrals


@bypasses_row_security
def lock(session: Session, actor: Actor, person: Person, other: Person) -> None:
    """Lock two records and what hangs on them: the referrals first, as everywhere.

    Raises:
        Problem: 409 `held-elsewhere` to a region that may only read one.
    """
    lock_referrals(session, person.id, other.id)
    one_person.lock_both(session, actor, person, other)


@bypasses_row_security
def decide(session: Session, actor: Actor, person: Person, other: Person, given: Mapping[str, Any]) -> None:
    """Merge two records, undo that, or say that they are two people's.

    What is open on the one that becomes an alias goes on there, and answers to whoever is accountable for the
    one that stands for both; undone, that stays until somebody reassigns it.

    Args:
        person, other: locked.
        given: a valid `SameAs`.

    Raises:
        Problem: 409 with what comes first; 422 for a CRN that is neither's.
    """
    was_one = circumstances.known_before(session, person, other)
    if not given["same"]:
        were_one = other.same_as_id == person.id or person.same_as_id == other.id
        for row in one_person.part(session, actor, person, other, reason=given["reason"]):
            follow_error(session, row)
        circumstances.follow(session, actor, was_one)
        for one in (person, other):
            repeats.follow_person(session, one)
        if were_one:
            circumstances.review_whose(session, actor, person, other)
        settling.settle(session)
        return
    kept, merged = one_person.chosen(given["keep"], person, other)
    before = aliases.ids_of(session, kept.id)
    event_id = one_person.merge(session, actor, kept, merged, reason=given["reason"])
    holding = holding_queries.holding_of(session, kept.id)
    if holding is not None:
        follow(session, actor, kept.id, holding, merged_by=event_id)
    # What was sent by one did not know whom the other protects.
    for sent_by, others in ((before, [merged.id]), ([merged.id], before)):
        if protect_anybody(session, others):
            look_through_records(session, actor, sent_by)
    circumstances.follow(session, actor, was_one)
    repeats.follow_person(session, kept)
    for one in (kept, merged):
        settling.mark(session, actor, one.id)
    settling.mark(session, actor, kept.id, only=settling.DEPARTURE_GATE)
    settling.settle(session)

"""Does what follows from a registration: what waited for a duty is released, what was sent is looked through.

A registration only notes the duty, or who may know less, in its own transaction, so that its cost does not
depend on what waits or was sent. A command does the rest at once, a worker in its next pass; what is cut off
is done again.
"""

from datetime import datetime

from service import db
from service.access.actor import Actor
from service.checks import queries as checks
from service.checks.actions import send_for_duty
from service.organisations.writes import organisations as writes
from service.people.aliases import lock_records_of
from service.people.newly_protected import look_through, note_protected
from service.referrals import queries as parts
from service.referrals.actions.release import release_for_duty
from service.registration import queries


def release_taken_up(role: db.Role) -> int:
    """Release what waits for each duty that was taken up; return how many duties there were.

    Args:
        role: `worker`, or the `owner` in an operator's command.
    """
    with db.transaction(role) as session:
        noted = {one.id: one.duty for one in queries.duties_taken_up(session)}
    for duty in sorted(set(noted.values())):
        release_for_duty(duty, role)
        send_for_duty(duty, role)
    if noted:
        with db.transaction(role) as session:
            writes.delete_duties_taken_up(session, noted.keys())
    return len(set(noted.values()))


def release_for_new_duties(_now: datetime) -> None:
    """Release what waits for the duties that were taken up, as a chore of the worker."""
    release_taken_up("worker")


def look_through_what_was_sent(role: db.Role) -> int:
    """Look through what each organisation was sent that may know less now; return how many records had any.

    Args:
        role: as of `release_taken_up`.
    """
    with db.transaction(role) as session:
        noted = {one.id: one.organisation_id for one in queries.knowledge_ended(session)}
        whose = set(noted.values())
        records = parts.people_open_with(session, whose) | checks.people_open_with(session, whose)
    for person_id in sorted(records):
        with db.transaction(role) as session:
            lock_records_of(session, person_id)
            note_protected(session, person_id)
            look_through(session, Actor.for_service("registration"), person_id)
    if noted:
        with db.transaction(role) as session:
            writes.delete_knowledge_ended(session, noted.keys())
    return len(records)


def look_through_for_less_knowledge(_now: datetime) -> None:
    """Look through what organisations were sent that may know less now, as a chore of the worker."""
    look_through_what_was_sent("worker")

"""Releases what waited for an organisation to answer for a duty, after one has taken it up.

A registration only notes the duty, in its own transaction, so that its cost does not depend on
what waits. A command releases at once, a worker in its next pass; what is cut off is done again.
"""

from datetime import datetime

from service import db
from service.checks.actions import send_for_duty
from service.organisations.writes import organisations as writes
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

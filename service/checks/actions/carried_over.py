"""What waited for an agency to be registered before that was the region's to have done: switched once.

The upgrade itself starts nothing and sends nothing. A worker looks once, when it starts, and finds the same
whenever it looks again.
"""

from datetime import datetime

from sqlalchemy import select

from service import db
from service.access.actor import UPGRADE, Actor
from service.checks import queries, writes
from service.checks.model import AGENCY, CheckRequest
from service.checks.states import State


class WhatLacksAnAgency:
    """The chore of a worker that has the region owe what the practitioner owed before, once in its life."""

    def __init__(self) -> None:
        """Look at the first pass."""
        self.looked = False

    def __call__(self, now: datetime) -> None:
        """Switch the clocks of what waits, one person a transaction, where this worker has not looked yet."""
        del now  # each clock counts from its own moment
        if self.looked:
            return
        waits = (
            select(CheckRequest.person_id)
            .where(
                CheckRequest.state == State.AWAITING_DETAILS,
                CheckRequest.missing.contains([{"detail": AGENCY}]),
            )
            .distinct()
            .order_by(CheckRequest.person_id)
        )
        with db.transaction("worker") as session:
            people = session.scalars(waits).all()
        for person_id in people:
            with db.transaction("worker") as session:
                writes.lock_record(session, person_id)
                for request in queries.requests_about(session, person_id):
                    if request.state == State.AWAITING_DETAILS and AGENCY in request.lacking:
                        writes.follow_missing(session, Actor.for_service(UPGRADE), request)
        self.looked = True

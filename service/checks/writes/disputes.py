"""Ends a dispute between agencies that redirect a question to each other, for all who were asked."""

import uuid
from collections.abc import Iterable

from sqlalchemy.orm import Session

from service.checks.model import CheckRequest
from service.checks.writes import clocks
from service.gathering import rows_of


def note_redirects(request: CheckRequest, redirects: int) -> None:
    """Note how often a question has been redirected that an open request carries from now on, too."""
    request.redirects = max(request.redirects, redirects)


def note_part_in_dispute(request: CheckRequest, begun_by: uuid.UUID) -> None:
    """Note that a request is part of a dispute, which another one began."""
    request.disputed_by_id = begun_by


def end(session: Session, settled: Iterable[CheckRequest]) -> list[CheckRequest]:
    """End the disputes that some requests are part of, and stop their clocks.

    Args:
        settled: answered, set aside, or named by probation as the one to ask; their checks are locked.

    Returns:
        The other requests of those disputes, which have changed with it.
    """
    settled = [request for request in settled if request.disputed_by_id is not None]
    over: dict[uuid.UUID, list[CheckRequest]] = {}
    for request in settled:
        of_record: list[CheckRequest] = rows_of(session, CheckRequest.person_id, [request.person_id])
        dispute = request.disputed_by_id
        if dispute is not None:
            over[dispute] = [each for each in of_record if each.disputed_by_id == dispute]
            for party in over[dispute]:
                party.disputed_by_id = None
    for dispute, parties in over.items():
        clocks.end_dispute(session, dispute, parties)
    return [party for parties in over.values() for party in parties if party not in settled]

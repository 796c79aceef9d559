"""Looks through what agencies were told about a person when somebody around them becomes protected.

What is found is an obligation of the practitioner: a review, which says what to look at. What was sent cannot
be called back: the agency is spoken to, and the safety plan looked at again.
"""

from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from service import clock
from service.access import Actor
from service.access.row_visibility import bypasses_row_security
from service.checks.actions.comparing import Told, given_away
from service.checks.queries import checks_about
from service.circumstances import queries, writes
from service.circumstances.consequences import CONSEQUENCES, Reliability, Standing
from service.db import new_id
from service.gathering import is_made
from service.people import holding_queries
from service.people.model import Person
from service.people.newly_protected import register_look_through
from service.people.rules import Source

TOLD_OF_PROTECTED: Final = "told_of_protected"


@bypasses_row_security
def look_through_told(session: Session, _actor: Actor, person_id: UUID, _compared: UUID | None) -> None:
    """Compare every text about a person that an agency has read with whom the record protects now.

    What was found before is owed, or has been dealt with, and opens nothing again.

    Args:
        person_id: of a locked record.
    """
    checks = [] if is_made(session, session.get_one(Person, person_id)) else checks_about(session, person_id)
    found = [_said(one) for one in given_away(session, person_id)] if checks else []
    if not found:
        return
    known = {line for words in queries.words_of_kind(session, person_id, TOLD_OF_PROTECTED) for line in words}
    new = [line for line in found if line not in known]
    if not new:
        return
    by, row = Actor.for_service("circumstances"), CONSEQUENCES[TOLD_OF_PROTECTED]
    newest = max(checks, key=lambda check: check.raised_at)
    change = writes.record(
        session,
        by,
        words="\n".join(new),
        id=new_id(),
        person_id=person_id,
        probation_id=newest.probation_id,
        referral_id=newest.referral_id,
        kind=TOLD_OF_PROTECTED,
        occurred_on=clock.today(),
        source=Source.PRACTITIONER.value,
        reliability=Reliability.RELIABLE.value,
        standing=Standing.ESTABLISHED.value,
        follows_id=None,
        urgency="urgent",
        said_urgent=False,
        contacts=[],
        addresses=[],
        checks=[],
        rosh_assessment_id=None,
        destination_referral_id=None,
    )
    held = holding_queries.holding_of(session, person_id)
    accountable = (newest.practitioner, newest.pdu)
    if held is not None and held.organisation_id == newest.probation_id:
        accountable = (held.practitioner_id, held.pdu)
    assert row.review is not None  # noqa: S101 - a row of the table
    writes.open_review(
        session,
        by,
        change,
        writes.clock_case(session, change, *accountable),
        kind=writes.RISK_REVIEW,
        owner=row.review.owner,
        consider=[],
    )


def _said(told: Told) -> str:
    """Say where to look, and what kind of thing is given away: never the thing itself."""
    return f"/v1/check-requests/{told.request.id}{told.at}: {', '.join(told.gives_away)}"


register_look_through(look_through_told)

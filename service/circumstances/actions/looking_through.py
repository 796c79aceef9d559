"""Looks through what was told about a person when somebody becomes protected, or a reader may know less.

What is found is an obligation of the practitioner: a review, which says what to look at. What was sent cannot
be called back: whoever read it is spoken to, and the safety plan looked at again.
"""

from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from service import clock
from service.access import Actor
from service.access.row_visibility import bypasses_row_security
from service.checks.actions.comparing import Told, given_away
from service.checks.model import Check
from service.checks.queries import checks_about
from service.circumstances import queries, writes
from service.circumstances.consequences import CONSEQUENCES, Reliability, Standing
from service.db import new_id
from service.events.subjects import href
from service.gathering import is_made
from service.mentions import Kind
from service.people import holding_queries
from service.people.model import Person
from service.people.newly_protected import register_look_through
from service.people.rules import Source
from service.referrals.actions.comparing import told_of_mappa
from service.referrals.model import Referral
from service.third_parties.actions.fitting import given_away_if_told, given_away_to_forces
from service.third_parties.model import DisclosureDecision, RightToKnow

TOLD_OF_PROTECTED: Final = "told_of_protected"


@bypasses_row_security
def look_through_told(session: Session, _actor: Actor, person_id: UUID, _compared: UUID | None) -> None:
    """Compare what agencies and destinations have read about a person with what they may know now.

    Of agencies that is every text, and why forces were asked under the Right to Know; of destinations the
    answers, since a text of theirs has a gap of its own; and of third parties what they are to be told.
    What was found before is owed, or has been dealt with, and opens nothing again.

    Args:
        person_id: of a locked record.
    """
    if is_made(session, session.get_one(Person, person_id)):
        return
    checks = checks_about(session, person_id)
    told = told_of_mappa(session, person_id)
    found = [_said(one) for one in given_away(session, person_id)] if checks else []
    found += [f"{href('destination_referral', part.id)}/document: {Kind.MAPPA}" for part in told]
    asked = given_away_to_forces(session, person_id)
    found += [f"{href('right_to_know', one.id)}/reason: {', '.join(kinds)}" for one, kinds in asked]
    untold = given_away_if_told(session, person_id)
    found += [f"{href('disclosure_decision', one.id)}/words: {', '.join(kinds)}" for one, kinds in untold]
    if not found:
        return
    known = {line for words in queries.words_of_kind(session, person_id, TOLD_OF_PROTECTED) for line in words}
    new = [line for line in found if line not in known]
    if not new:
        return
    by, row = Actor.for_service("circumstances"), CONSEQUENCES[TOLD_OF_PROTECTED]
    rows: list[Referral | RightToKnow | DisclosureDecision] = [one for one, _ in untold]
    rows += [row for row, _ in asked]
    rows += [part.referral for part in told]
    whose: Check | Referral | RightToKnow | DisclosureDecision = (
        max(checks, key=lambda check: check.raised_at) if checks else rows[-1]
    )
    change = writes.record(
        session,
        by,
        words="\n".join(new),
        id=new_id(),
        person_id=person_id,
        probation_id=whose.probation_id,
        referral_id=_referral_of(whose),
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
    if held is not None and held.organisation_id == whose.probation_id:
        accountable = (held.practitioner_id, held.pdu)
    else:
        accountable = (
            ("", None)
            if isinstance(whose, RightToKnow | DisclosureDecision)
            else (whose.practitioner, whose.pdu)
        )
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


def _referral_of(whose: Check | Referral | RightToKnow | DisclosureDecision) -> UUID | None:
    if isinstance(whose, RightToKnow | DisclosureDecision):
        return None
    return whose.id if isinstance(whose, Referral) else whose.referral_id


def _said(told: Told) -> str:
    """Say where to look, and what kind of thing is given away: never the thing itself."""
    return f"/v1/check-requests/{told.request.id}{told.at}: {', '.join(told.gives_away)}"


register_look_through(look_through_told)

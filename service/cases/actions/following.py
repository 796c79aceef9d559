"""The one door by which everything that says whose a case is follows who holds it.

Referrals, checks, reviews and clocks keep a copy of the accountable practitioner, the unit and the region, so
that lists and notices need not look it up. Whoever changes a holding calls `follow` in the same transaction.
What records the past, such as who submitted a version, is not a copy and stays.
"""

import uuid
from typing import Any

from sqlalchemy.orm import Session

from service import agreements, timers
from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.checks import actions as checks
from service.circumstances.actions import following as circumstances
from service.people import aliases, visibility
from service.people.actions import handing_over
from service.people.actions import recording as people
from service.people.model import CaseHolding, Person
from service.referrals.actions import following as referrals
from service.subject_access import actions as subject_access
from service.third_parties.actions import moving as disclosures


def lock_case(session: Session, actor: Actor, person: Person) -> Person:
    """Lock a case: the referrals first, as everywhere, then the person.

    Raises:
        Problem: 409 `held-elsewhere` to a region that does not hold the record, or with the record that
            stands for this one.
    """
    referrals.lock_referrals(session, person.id)
    locked = people.lock_person(session, actor, person)
    visibility.require_standing(locked)
    return locked


@bypasses_row_security
def follow(
    session: Session,
    actor: Actor,
    person_id: uuid.UUID,
    holding: CaseHolding,
    *,
    region: str | None = None,
    merged_by: uuid.UUID | None = None,
) -> None:
    """Bring every copy in line with how a case is held now, and tell the agencies that are asked who asks.

    Whoever answers for a record answers for those that were merged into it.

    Args:
        holding: the current one.
        region: the code of the region that holds the case from now on, when it has been transferred.
        merged_by: the id of the event by which a record has just been merged into it.
    """
    _bring_in_line(session, actor, person_id, holding, region)
    for merged in aliases.merged_into(session, person_id):
        carried = handing_over.carry(session, actor, merged, holding, merged_by)
        _bring_in_line(session, actor, merged.id, carried, region)


def _bring_in_line(
    session: Session, actor: Actor, person_id: uuid.UUID, holding: CaseHolding, region: str | None
) -> None:
    whose: dict[str, Any] = {"practitioner": holding.practitioner_id, "pdu": holding.pdu}
    moved = {"probation_id": holding.organisation_id} if region else {}
    referrals.follow_case(session, person_id, whose | (moved | {"region": region} if region else {}))
    checks.follow_case(session, person_id, whose | moved)
    if region:
        circumstances.follow_transfer(session, person_id, holding.organisation_id)
        disclosures.follow_transfer(session, person_id, holding.organisation_id)
        subject_access.follow_transfer(session, person_id, holding.organisation_id)
        agreements.follow_case(session, person_id, holding.organisation_id)
    caretaker = {"caretaker": holding.caretaker_id, "caretaker_until": holding.caretaker_until}
    timers.follow_case(session, person_id, whose | moved | caretaker)
    checks.tell_who_asks(session, actor, person_id)

"""Brings a person's referrals in line with whose case it is now."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.people import aliases
from service.referrals import writes
from service.referrals.actions.release import release_waiting
from service.referrals.model import Referral


@bypasses_row_security
def lock_referrals(session: Session, *person_ids: UUID) -> None:
    """Lock every referral about some people, before the people, as everywhere; also on merged records.

    All in one order, however many records a person has: whoever else locks them waits, and nobody for both.
    """
    session.scalars(
        select(Referral.id)
        .where(Referral.person_id.in_(aliases.same_person_as(*person_ids)))
        .order_by(Referral.id)
        .with_for_update()
    ).all()


@bypasses_row_security
def follow_case(session: Session, person_id: UUID, case: Mapping[str, Any]) -> None:
    """Set who is accountable for a person's referrals, and on a transfer which region.

    Args:
        case: by column: `practitioner` and `pdu`, and on a transfer `probation_id` and `region`.
    """
    writes.follow_case(session, person_id, case)


@bypasses_row_security
def look_again(session: Session, actor: Actor, person_id: UUID, probation_id: UUID) -> None:
    """Send what waited in a person's referrals and can be sent now that another region holds the case.

    Args:
        probation_id: of that region.
    """
    found = select(Referral).where(Referral.person_id == person_id, Referral.probation_id == probation_id)
    # What was read before the transfer still says the region that gave the case away.
    fresh = found.order_by(Referral.id).execution_options(populate_existing=True)
    for referral in session.scalars(fresh).all():
        release_waiting(session, actor, referral, trigger="transferred")

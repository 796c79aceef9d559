"""Brings a person's referrals in line with whose case it is now."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.row_visibility import bypasses_row_security
from service.referrals import writes
from service.referrals.model import Referral


@bypasses_row_security
def lock_referrals(session: Session, person_id: UUID) -> None:
    """Lock every referral about a person, before the person, as everywhere."""
    session.scalars(
        select(Referral.id).where(Referral.person_id == person_id).order_by(Referral.id).with_for_update()
    ).all()


@bypasses_row_security
def follow_case(session: Session, person_id: UUID, case: Mapping[str, Any]) -> None:
    """Set who is accountable for a person's referrals, and on a transfer which region.

    Args:
        case: by column: `practitioner` and `pdu`, and on a transfer `probation_id` and `region`.
    """
    writes.follow_case(session, person_id, case)

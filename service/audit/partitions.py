"""Makes the months of the trail ahead of time, at every `referrals prepare`, by the owner of the tables."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

MONTHS_AHEAD: Final = 24


def make_partitions(session: Session, months_ahead: int = MONTHS_AHEAD) -> int:
    """Make the partitions of this month and those to come where missing; return how many were made.

    Args:
        session: of the role `owner`.
        months_ahead: how many months beyond this one.
    """
    made: int = session.scalars(text("SELECT make_audit_partitions(:months)"), {"months": months_ahead}).one()
    return made

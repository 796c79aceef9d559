"""Creates the monthly partitions of the trail in advance, as the owner, at every `referrals prepare`."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

MONTHS_AHEAD: Final = 24


def make_partitions(session: Session, months_ahead: int = MONTHS_AHEAD) -> int:
    """Create the missing partitions of this month and the next ones, and return how many were created.

    Args:
        session: a session of the role `owner`.
        months_ahead: how many months after this one.
    """
    made: int = session.scalars(text("SELECT make_audit_partitions(:months)"), {"months": months_ahead}).one()
    return made

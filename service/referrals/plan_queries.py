"""Reads what the latest versions of a person's open referrals say of the plan, and no more of them."""

from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from service.destinations.states import OPEN
from service.referrals.plan import Statement

# A function of the database, because its readers need not be allowed to read the documents.
_PLAN: Final = text(
    "SELECT referral_id, number, made_at, document FROM plan_of_record(:person, CAST(:states AS text[]))"
)


def statements_of(session: Session, person_id: UUID) -> list[Statement]:
    """Return what the latest version of each referral about a person says, if one part of it is still open.

    Nothing, for a caller who sees neither the plan of the record nor its documents.
    """
    found = session.execute(_PLAN, {"person": person_id, "states": sorted(OPEN)})
    return [Statement(*row) for row in found]

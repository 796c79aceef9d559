"""A hook for what a legal basis needs of a case: the packages above know what its referrals say."""

from collections.abc import Callable
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from service.checks.basis import has_basis
from service.third_parties.bases import CaseFacts


class OnRecord(NamedTuple):
    """What the newest referral of a case says; nothing where there is none."""

    mappa: bool = False
    child_sex_offence: bool = False


ReadRecord = Callable[[Session, UUID, UUID], OnRecord]
"""Returns what is on record of a person in a region, by their ids."""

_registered: Final[list[ReadRecord]] = []


def register_record(read: ReadRecord) -> None:
    """Read what is on record in this way from now on."""
    _registered[:] = [read]


def facts_of_case(session: Session, person_id: UUID, probation_id: UUID) -> CaseFacts:
    """Return what a legal basis may need of a region's case."""
    record = next((read(session, person_id, probation_id) for read in _registered), OnRecord())
    return CaseFacts(has_basis(session, person_id, probation_id), record.mappa, record.child_sex_offence)

"""A hook for whether a case still has a basis on which anything may be asked: the packages above know it.

When the licence or order has ended, no agency is asked anything new about the person, unless another basis
goes on. What was asked before, and every late answer, goes on as it was; the agency is sent nothing new
with it.
"""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from service.access.row_visibility import bypasses_row_security
from service.checks.model import Check
from service.checks.states import CheckState
from service.http.problems import conflict
from service.people.model import Person

BASIS: Final = "basis"
"""The missing detail of a question that is not asked because sharing has ended."""
HasBasis = Callable[[Session, UUID, UUID], bool]
"""Returns whether some basis is in force for the case of a person in a region, by their ids."""

_registered: Final[list[HasBasis]] = []


AskingEnds = Callable[[Session, UUID, UUID], date | None]
"""Returns the last day on which anything may be asked about a case; None while no end is known."""

_ends: Final[list[AskingEnds]] = []


def register_end(asking_ends: AskingEnds) -> None:
    """Find out in this way from now on until when anything may be asked about a case."""
    _ends[:] = [asking_ends]


@bypasses_row_security
def asking_ends(session: Session, person_id: UUID, probation_id: UUID) -> date | None:
    """Return the last day on which anything may be asked about a region's case; None while none is known."""
    return min(
        (end for each in _ends if (end := each(session, person_id, probation_id)) is not None), default=None
    )


IsInError = Callable[[Session, UUID], bool]
"""Returns whether the case of a person, by the id of the record, was entered in error as a whole."""

_in_error: Final[list[IsInError]] = []


def register_error(is_in_error: IsInError) -> None:
    """Find out in this way from now on whether a case was entered in error as a whole."""
    _in_error[:] = [is_in_error]


def is_over(session: Session, person: Person, checks: Iterable[Check]) -> bool:
    """Return whether nothing is asked about a person any more: they died, or were never meant.

    Args:
        checks: all about the person: one with a question open belongs to a case that goes on.
    """
    if person.died_on is not None:
        return True
    if any(check.state == CheckState.OPEN for check in checks):
        return False
    return is_in_error(session, person.id)


@bypasses_row_security
def is_in_error(session: Session, person_id: UUID) -> bool:
    """Return whether the case of a person was entered in error as a whole."""
    return any(each(session, person_id) for each in _in_error)


def register_basis(has_basis: HasBasis) -> None:
    """Decide in this way from now on whether a case has a basis."""
    _registered[:] = [has_basis]


@bypasses_row_security
def has_ended(session: Session, check: Check) -> bool:
    """Return whether the case of a check has ended, so that nobody need be accountable for it any more.

    Either no basis is left on which anything may be asked, or the person has died.
    """
    died_on = session.get_one(Person, check.person_id).died_on
    return died_on is not None or not has_basis(session, check.person_id, check.probation_id)


@bypasses_row_security
def require_basis(session: Session, check: Check) -> None:
    """Require that an agency may still be sent something about the case of a check.

    Raises:
        Problem: 409 that says where another basis is named.
    """
    if not has_basis(session, check.person_id, check.probation_id):
        raise conflict(
            "Sharing has ended with the licence or order, so nothing new is sent to an agency. Name in "
            "`sharing_basis.continues` of the referral on what basis it goes on, for `checks`.",
            missing=[BASIS],
        )


def has_basis(session: Session, person_id: UUID, probation_id: UUID) -> bool:
    """Return whether anything may still be asked about a region's case: while no end is known, it may."""
    return all(each(session, person_id, probation_id) for each in _registered)

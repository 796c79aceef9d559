"""A hook for whether a case still has a basis on which anything may be asked: the packages above know it.

When the licence or order has ended, no agency is asked anything new about the person, unless another basis
goes on. What was asked before, and every late answer, goes on as it was.
"""

from collections.abc import Callable
from typing import Final

from sqlalchemy.orm import Session

from service.checks.model import Check

BASIS: Final = "basis"
"""The missing detail of a question that is not asked because sharing has ended."""
HasBasis = Callable[[Session, Check], bool]
"""Returns whether some basis is in force for the case that a check belongs to."""

_registered: Final[list[HasBasis]] = []


def register_basis(has_basis: HasBasis) -> None:
    """Decide in this way from now on whether a case has a basis."""
    _registered[:] = [has_basis]


def has_basis(session: Session, check: Check) -> bool:
    """Return whether anything may still be asked for a check: while no end of its case is known, it may."""
    return all(each(session, check) for each in _registered)

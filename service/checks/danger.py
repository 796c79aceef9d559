"""A hook for whether danger stands in a case: the packages above know what has been alleged and reviewed.

While it does, a child who is put on record is asked about at once, by what identifies the child where there
is no name, as those are who were on record when the danger was alleged.
"""

from collections.abc import Callable, Iterable
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from service.access.row_visibility import bypasses_row_security
from service.checks.kinds.contract import CheckKind
from service.checks.rules import Question
from service.gathering import is_made
from service.people.model import Person

Stands = Callable[[Session, UUID], bool]
"""Returns whether it is alleged of a person, by the id, that somebody is in danger, and not yet reviewed."""

_registered: Final[list[Stands]] = []


def register_danger(stands: Stands) -> None:
    """Find in this way from now on whether danger stands."""
    _registered[:] = [stands]


@bypasses_row_security
def cannot_wait(session: Session, kind: CheckKind, person_id: UUID, questions: Iterable[Question]) -> bool:
    """Return whether new questions go out without a name, if any of them would wait for one.

    Nothing has been alleged yet of a person who is put on record in this transaction.
    """
    waits = kind.allowed.describes and any(
        question.missing != question.held_back_by(by_description=True, in_danger=True)
        for question in questions
    )
    return waits and danger_stands(session, person_id)


def danger_stands(session: Session, person_id: UUID) -> bool:
    """Return whether it is alleged that somebody is in danger, and not yet reviewed."""
    if is_made(session, session.get_one(Person, person_id)):
        return False
    return any(stands(session, person_id) for stands in _registered)

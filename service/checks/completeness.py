"""Which subjects of a question a result answers, and which a whole answer leaves out. Pure."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from service.checks.rules import SubjectRef


class Asked(NamedTuple):
    """A subject of a question that needs an answer of its own.

    Args:
        from_version: of the question, since which it is asked about.
        told_version: of the question, since which it is told of as the person, contact or address that it is.
        answered: by an earlier result, about that very identity.
    """

    subject: SubjectRef
    from_version: int
    told_version: int
    answered: bool = False

    def is_asked_in(self, version: int) -> bool:
        """Return whether an answer to a version of the question is about it as it is asked about now."""
        return max(self.from_version, self.told_version) <= version


def answered_now(
    asked: Iterable[Asked], named: Collection[SubjectRef], version: int
) -> frozenset[SubjectRef]:
    """Return the subjects that a result answers as they are asked about now.

    Args:
        named: those that it says something of, or that nothing was found about them.
        version: of the question that it answers.
    """
    return frozenset(one.subject for one in asked if one.subject in named and one.is_asked_in(version))


def left_out(asked: Iterable[Asked], named: Collection[SubjectRef], version: int) -> list[SubjectRef]:
    """Return the subjects of a version of the question that a whole answer to it would have to name."""
    return sorted(
        one.subject
        for one in asked
        if not one.answered and one.subject not in named and one.is_asked_in(version)
    )


def still_open(asked: Iterable[Asked], answered: Collection[SubjectRef]) -> bool:
    """Return whether a subject has no answer yet.

    Args:
        answered: those that have been answered just now.
    """
    return any(not one.answered and one.subject not in answered for one in asked)

"""What is read of a document for its destinations: asks, facts, and conditions on them. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from service.document.paths import Document, answered, day_at, is_empty, value_at
from service.document.protecting import protected_in
from service.document.restricted import split
from service.mentions import Matcher, Protected


@dataclass(frozen=True)
class Ask:
    """One entry of `destinations`.

    Args:
        index: its position in the submitted list, for pointers.
        organisation: a code, when probation names the organisation itself.
        not_understood: the answers of an urgent referral that were set aside, each with its pointer into this
            entry and what is wrong with it.
    """

    index: int
    kind: str
    service_category: str | None
    organisation: str | None
    annex: Mapping[str, Any]
    not_understood: Sequence[Mapping[str, str]] = ()

    @property
    def key(self) -> str:
        """Name the part of the referral: the kind, and the service category where there is one."""
        return f"{self.kind}:{self.service_category}" if self.service_category else self.kind


def asks(document: Document) -> tuple[Ask, ...]:
    """List what a document asks of its destinations, in its order."""
    return tuple(
        Ask(
            index,
            entry["kind"],
            entry.get("service_category"),
            entry.get("organisation"),
            entry.get("annex") or {},
            entry.get("not_understood") or (),
        )
        for index, entry in enumerate(document.get("destinations") or [])
    )


def asks_by_key(document: Document) -> dict[str, Ask]:
    """Index what a document asks by the key of each part."""
    return {ask.key: ask for ask in asks(document)}


@dataclass(frozen=True)
class Known:
    """What is worked out of a document once, for the readiness and the projection of all its parts.

    Args:
        document: the whole canonical document, restricted parts joined.
        protected: whom the record protects beside the document.
        standing: by part, what stands from an earlier comparison, as gaps are kept; for who cannot read whom
            the record protects.
        sent: by part, the document that its destination was last sent, where that is to be followed.
    """

    document: Document
    protected: Protected = field(default_factory=Protected)
    standing: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    sent: Mapping[str, Document] = field(default_factory=dict)

    @cached_property
    def asks(self) -> dict[str, Ask]:
        """What it asks of its destinations, by the key of each part."""
        return asks_by_key(self.document)

    @cached_property
    def shared(self) -> Document:
        """The document without its restricted parts."""
        return split(self.document)[0]

    @cached_property
    def matcher(self) -> Matcher:
        """What compares a text with everything that this case protects."""
        return Matcher(protected_in(self.document, self.protected))

    @cached_property
    def wordings(self) -> dict[tuple[str, str], tuple[int, Mapping[str, Any]]]:
        """What is said to one destination instead of a text, or why it is sent: by its key and pointer."""
        return {
            (one["destination"], one["path"]): (index, one)
            for index, one in enumerate(self.document.get("wordings") or [])
        }

    @cached_property
    def answered(self) -> set[str]:
        """The path of every answer, apart from what is asked of destinations."""
        beside = ("destinations", "not_understood")
        return answered({name: section for name, section in self.document.items() if name not in beside})


@dataclass(frozen=True)
class Case:
    """What a destination's rules read: the document, its own annex under its own name, and today."""

    facts: Document
    today: date

    def value(self, path: str) -> Any:
        """Read a value; None when it is missing."""
        return value_at(self.facts, path)

    def day(self, path: str) -> date | None:
        """Read a date; None when it is missing."""
        return day_at(self.facts, path)

    def has(self, path: str) -> bool:
        """Return whether there is an answer."""
        return not is_empty(self.value(path))

    def says(self, path: str, *values: Any) -> bool:
        """Return whether the answer is one of these values; without values, whether it is true."""
        return self.value(path) in (values or (True,))


@dataclass(frozen=True)
class When:
    """Paths that are required only in some cases.

    Args:
        words: the condition in a practitioner's words, shown with the gap.
    """

    words: str
    holds: Callable[[Case], bool]
    paths: tuple[str, ...]


def when(words: str, holds: Callable[[Case], bool], *required: str) -> When:
    """Write a conditional requirement in one line."""
    return When(words, holds, required)


def yes(path: str) -> Callable[[Case], bool]:
    """Build the condition that a question was answered yes."""
    return lambda case: case.says(path)


def no(path: str) -> Callable[[Case], bool]:
    """Build the condition that a question was answered no."""
    return lambda case: case.value(path) is False


def one_of(path: str, *values: Any) -> Callable[[Case], bool]:
    """Build the condition that an answer is one of some values."""
    return lambda case: case.says(path, *values)


def includes(path: str, value: Any) -> Callable[[Case], bool]:
    """Build the condition that a list holds a value."""
    return lambda case: value in (case.value(path) or [])

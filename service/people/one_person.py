"""When it is asked whether two records are one person's, and what keeps them from being merged.

What a transaction changes of the numbers is noted where it is written, and looked at once, at its end.
"""

import hashlib
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from sqlalchemy.orm import Session

from service.people.sight import Colleague

SAME_NUMBER: Final = "same_number"
"""The code of the advice that a number stands on another record."""
OTHER_NUMBERS: Final = "other_numbers"
"""The code of the advice that a CRN has other numbers than the record that stands for it."""
OTHER_NUMBERS_WORDS: Final = (
    "Both numbers are others than those of the record that stands for this CRN: they may be two people. If "
    "so, a manager undoes the merging."
)
NUMBERS: Final = frozenset({"noms_number", "pnc_number"})
"""The numbers that a person has once, whichever CRN they go by."""
CALLED: Final[Mapping[str, str]] = MappingProxyType(
    {"noms_number": "prison number", "pnc_number": "number on the Police National Computer"}
)
_NOTED: Final = "people.numbers"


def note_numbers(session: Session, person_id: uuid.UUID) -> None:
    """Note that a record has another number now."""
    session.info.setdefault(_NOTED, set()).add(person_id)


def take_note(session: Session, person_id: uuid.UUID) -> bool:
    """Return whether a record has had another number since this was last asked."""
    noted: set[uuid.UUID] = session.info.get(_NOTED, set())
    was = person_id in noted
    noted.discard(person_id)
    return was


def are_anothers(said: Mapping[str, str], known: Mapping[str, str]) -> bool:
    """Return whether each of the numbers is known of two records, and is another one.

    Args:
        said, known: by name.
    """
    return all(name in said and name in known and said[name] != known[name] for name in NUMBERS)


def digest_of(value: str) -> str:
    """Return what is kept of a number about which it is asked: whether it is the same one again."""
    return hashlib.sha256(value.encode()).hexdigest()


def words_of(number: str) -> str:
    """Return the advice about a number that stands, or stood, on another record."""
    return (
        f"This {CALLED[number]} stands, or stood, on another record that you hold. If it is one person, a "
        "manager merges the two; if not, a manager says so."
    )


@dataclass(frozen=True, slots=True)
class Mergeable:
    """What decides whether a record can be merged with another.

    Args:
        held: whether it is the held record of its CRN.
        merged: whether another record stands for it.
        waits: whether a transfer of it waits for an answer.
        named: who may know of it, where it is limited; None where it is not.
        excluded: who must not know of it.
        answering: who answers for it now.
        died_on: the day on which the person died, as far as it is on record.
    """

    region_id: uuid.UUID
    held: bool
    merged: bool
    waits: bool
    named: frozenset[Colleague] | None
    excluded: frozenset[Colleague]
    answering: frozenset[Colleague]
    died_on: date | None


def hindrance(kept: Mergeable, other: Mergeable, *, stands_for_others: bool) -> str | None:
    """Return why two records cannot be merged now, and what comes first; None when they can be.

    Args:
        kept: the one that would stand for both.
        stands_for_others: whether records were merged into the other one.
    """
    both = (kept, other)
    for found, why in (
        (kept.region_id != other.region_id, "Two regions hold these records: ask for a transfer first."),
        (
            not all(one.held for one in both),
            "One is only what your region said of the person: ask for a transfer first.",
        ),
        (
            any(one.merged for one in both),
            "One of them is an alias already: name the record that stands for it.",
        ),
        (stands_for_others, "Another CRN was merged into the one that would go: keep that one."),
        (any(one.waits for one in both), "A transfer of one of them waits for an answer: settle that first."),
        (
            (kept.named is None) != (other.named is None),
            "One of them is a limited access case and the other is not: limit it, or lift the limit, first.",
        ),
        (
            kept.named != other.named,
            "Other staff are named for each of these limited access cases: name the same for both first.",
        ),
        (
            _shuts_out(kept, other.excluded) or _shuts_out(other, kept.excluded),
            "Somebody who must not know of one answers for the other: let somebody else take it first.",
        ),
        (
            kept.died_on != other.died_on,
            "One says another thing of the person's death: record it on both, or its error, first.",
        ),
    ):
        if found:
            return why
    return None


def _shuts_out(one: Mergeable, excluded: Collection[Colleague]) -> bool:
    return not one.answering.isdisjoint(excluded)

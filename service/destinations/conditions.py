"""Conditions of no contact that whoever is to enforce them cannot: they do not say with whom. Pure."""

import re
from collections.abc import Iterator
from typing import Final

from service.destinations.contract import Destination
from service.document.paths import Document, Steps, value_at
from service.texts import says_something

CONDITION: Final = "licence.conditions[].detail"
NO_CONTACT: Final = frozenset({"non_contact", "non_association", "no_contact_with_children"})
_WITH_SOMEBODY: Final = frozenset({"non_contact", "non_association"})
"""Those that are about somebody who has a name."""
_WORD: Final = re.compile(r"[^\W\d_][^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_LONGEST_ABBREVIATION: Final = 3
_NO_NAMES: Final = frozenset({
    "all", "and", "any", "anyone", "applies", "approach", "as", "associate", "association", "at", "attempt",
    "avoid", "be", "by", "cannot", "communicate", "condition", "contact", "direct", "directly", "do",
    "during", "each", "either", "except", "for", "from", "have", "he", "her", "him", "his", "if", "in",
    "including", "indirect", "indirectly", "is", "it", "keep", "licence", "make", "may", "must", "neither",
    "never", "no", "nobody", "non", "nor", "not", "of", "on", "only", "or", "order", "otherwise", "persons",
    "phone", "remain", "seek", "shall", "she", "should", "so", "stay", "telephone", "the", "their", "them",
    "there", "these", "they", "this", "through", "to", "under", "unless", "until", "we", "will", "with",
    "without", "you", "your",
    "approved", "children's", "council", "court", "crown", "family", "justice", "liaison", "magistrates",
    "mappa", "manager", "offender", "officer", "police", "premises", "prison", "probation", "restraining",
    "safeguarding", "service", "services", "social", "supervising", "youth",
    "child", "children", "complainant", "daughter", "ex", "ex-partner", "ex-wife", "former", "miss", "mother",
    "mr", "mrs", "ms", "partner", "people", "person", "previous", "somebody", "someone", "son", "victim",
    "victim's", "victims", "wife", "witness", "witnesses", "woman", "women",
})  # fmt: skip
"""Words that are no names, also with a capital: how a condition begins, offices, and who somebody is."""


def nameless_conditions(destination: Destination, facts: Document) -> Iterator[Steps]:
    """Find conditions of no contact that say nothing, where a destination is to enforce them."""
    for steps, kind, detail in _conditions(destination, facts):
        if kind in NO_CONTACT and not says_something(detail):
            yield steps


def conditions_that_name_nobody(destination: Destination, facts: Document) -> Iterator[Steps]:
    """Find conditions about somebody that say something and no name, where a destination enforces them."""
    for steps, kind, detail in _conditions(destination, facts):
        if kind in _WITH_SOMEBODY and says_something(detail) and not _has_name(detail):
            yield steps


def _conditions(destination: Destination, facts: Document) -> Iterator[tuple[Steps, str | None, str]]:
    if CONDITION in destination.permitted:
        for index, condition in enumerate(value_at(facts, "licence.conditions") or []):
            at = ("licence", "conditions", index, "detail")
            yield at, condition.get("type"), condition.get("detail") or ""


def _has_name(text: str) -> bool:
    """Return whether a word with a capital may be a name; initials are none to whoever is at the door."""
    return any(map(_may_be_name, _WORD.findall(text)))


def _may_be_name(word: str) -> bool:
    abbreviated = word.isupper() and len(word) <= _LONGEST_ABBREVIATION
    return word[0].isupper() and not abbreviated and word.casefold().replace("\u2019", "'") not in _NO_NAMES

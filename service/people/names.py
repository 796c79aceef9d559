"""Rules on what is a name, and what systems and people enter in place of one that is not known. Pure."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final, NamedTuple

from service.texts import is_invisible

_NOT_KNOWN: Final = frozenset({
    "unknown", "unkown", "uknown", "unkn", "unk", "ukn", "known", "named", "unnamed", "nameless", "name",
    "names", "given", "said", "recorded", "unrecorded", "provided", "supplied", "stated", "asked", "told",
    "obtained", "shared", "established", "confirmed", "disclosed", "undisclosed", "unspecified",
    "unidentified", "unavailable", "unsure", "unclear", "sure", "declined", "declines", "declining",
    "refused", "refuses", "refusing", "refusal", "withheld", "withhold", "redacted", "removed", "hidden",
    "restricted", "protected", "confidential", "awaited", "awaiting", "pending", "outstanding", "missing",
    "blank", "none", "nothing", "null", "nil", "void", "anon", "anonymous", "anonymised", "tbc", "tbd",
    "tba", "tbn", "tbconfirmed", "nk", "na", "xx", "xxx", "xxxx", "zz", "zzz", "test", "testing", "dummy",
    "placeholder", "confirm", "follow", "advise", "check", "ask", "see", "oasys", "ndelius", "delius",
    "nomis", "niche", "record", "records", "notes", "file", "form", "above", "below", "later", "available",
    "applicable", "present", "current", "currently", "moment", "time", "detail", "details", "info",
    "information", "dont", "doesnt", "didnt", "wont", "know", "remember", "recall",
})  # fmt: skip
"""Words that say that no name is known, or where it might be."""
_WHO: Final = frozenset({
    "child", "children", "kid", "kids", "baby", "babies", "babe", "bub", "toddler", "infant", "newborn",
    "neonate", "unborn", "bump", "foetus", "fetus", "embryo", "pregnancy", "twin", "twins", "triplet",
    "triplets", "minor", "youngster", "junior", "son", "sons", "daughter", "daughters", "boy", "boys",
    "girl", "girls", "lad", "sibling", "siblings", "brother", "sister", "stepson", "stepdaughter",
    "stepchild", "stepchildren", "grandson", "granddaughter", "grandchild", "grandchildren", "nephew",
    "niece", "mother", "mum", "mummy", "mom", "father", "dad", "daddy", "parent", "parents", "partner",
    "girlfriend", "boyfriend", "wife", "husband", "fiancee", "spouse", "ex", "male", "female", "man",
    "woman", "lady", "person", "individual", "somebody", "someone", "subject", "contact", "master", "miss",
    "mr", "mrs", "ms", "mx", "young", "younger", "youngest", "old", "older", "oldest", "elder", "eldest",
    "middle", "small", "little", "first", "second", "third", "fourth", "one", "two", "three", "four",
    "five", "six", "seven", "eight", "nine", "ten", "yr", "yrs", "year", "years", "month", "months", "week",
    "weeks", "aged", "age",
})  # fmt: skip
"""Words for who somebody is, in place of what they are called."""
_BESIDE: Final = frozenset({
    "not", "no", "non", "never", "yet", "still", "to", "be", "been", "is", "are", "was", "were", "has",
    "have", "had", "can", "cannot", "cant", "does", "did", "do", "we", "i", "he", "she", "they", "it",
    "him", "her", "his", "their", "them", "the", "a", "an", "of", "in", "on", "at", "as", "for", "by",
    "from", "with", "per", "and", "or", "any", "this", "that", "who", "whose", "which", "if",
})  # fmt: skip
"""Words that stand beside those."""
_ALSO_NAMES: Final = frozenset({
    "an", "any", "are", "ask", "be", "blank", "can", "check", "child", "do", "elder", "given", "has", "he",
    "her", "in", "junior", "kid", "lad", "lady", "little", "male", "man", "master", "minor", "miss", "na",
    "nil", "no", "null", "old", "one", "or", "parent", "per", "person", "present", "said", "see", "seven",
    "small", "son", "test", "to", "young", "younger",
})  # fmt: skip
"""Of all these, what somebody may really be called, such as Son Nguyen, Said Ali or Jess Child."""
_FAMILY_NAMES: Final = _WHO | _BESIDE | frozenset({
    "above", "asked", "below", "confirm", "current", "delius", "file", "follow", "form", "hidden", "known",
    "later", "missing", "moment", "name", "names", "niche", "notes", "record", "shared", "sure", "time",
    "told", "void",
})  # fmt: skip
"""Of all these, what families are called: Emma Weeks, Toby Still. Words for who somebody is come first."""
MAY_BE_NO_NAME: Final = "name_in_doubt"
"""The code of the advice on such a name."""
IN_DOUBT: Final = (
    "This may stand in place of a name. Agencies are asked with it, and what else identifies the contact. "
    "If it is the name, leave it; if not, leave it out, or send the name."
)
"""What that advice says."""
_NO_NAMES: Final = _NOT_KNOWN | _WHO | _BESIDE
_NO_INITIALS: Final = frozenset("naknxyz")
"""Letters that stand for `not known`, `not applicable` or for nothing, and for no name."""
_WHOSE: Final = re.compile(rf"\b(?:{'|'.join(sorted(_WHO))}) of \w|\w'?s (?:{'|'.join(sorted(_WHO))})$")
"""Somebody who is described by another: `mother of Toby`, `Toby's mum`."""
_WORD: Final = re.compile(r"[^\W_]+")


class Names(NamedTuple):
    """The names of somebody; None for one that is not known."""

    given: str | None
    family: str | None


def is_known_name(text: str | None, *, family: bool = False) -> bool:
    """Return whether a text may be a name, and does not only stand in place of one.

    Numbers, one letter and words that say that it is not known, or who somebody is, make none. Characters
    that nobody sees, and wide or joined forms of letters, make no difference.

    Args:
        family: it is said to be the family name.
    """
    words = _words(text)
    if not words or _WHOSE.search(_seen(text or "")):
        return False
    if in_doubt(text, family=family):
        return True
    said = _said(words)
    if not said:
        return len(words) > 1 and all(map(str.isalpha, words)) and not _NO_INITIALS.issuperset(words)
    return not _NO_NAMES.issuperset(said)


def in_doubt(text: str | None, *, family: bool = False) -> bool:
    """Return whether a text is a name that is entered in place of one, too, such as `Son`.

    Args:
        family: it is said to be the family name: many more words are one, such as `Weeks`.
    """
    words = _words(text)
    return len(words) == 1 and (words[0] in _ALSO_NAMES or (family and words[0] in _FAMILY_NAMES))


def known_names(given: str | None, family: str | None) -> Names:
    """Return which of the two names of somebody are known.

    A name in doubt is one beside another name: `Son Nguyen`, but not `Son` alone, or `Son Son`. The family
    name makes no given name: `Baby Nguyen`. Whose mother somebody is makes no family name: `Toby's Mum`.
    """
    known = Names(
        given if is_known_name(given) else None, family if is_known_name(family, family=True) else None
    )
    of_family = set(_words(known.family))
    beside = [word for word in _said(_words(known.given)) if word not in of_family]
    if of_family and beside and len(_words(known.given)) > 1 and _NO_NAMES.issuperset(beside):
        known = Names(None, known.family)
    whose = _seen(given or "").rstrip().endswith("'s")
    if None in known or whose or _words(known.given) == _words(known.family):
        return Names(
            None if in_doubt(known.given) else known.given,
            None if in_doubt(known.family, family=True) else known.family,
        )
    return known


def words_in(text: str) -> list[str]:
    """Return the words of a text as a reader sees them, in small letters."""
    return _SPOKEN.findall(_seen(text))


_SPOKEN: Final = re.compile(r"\w+(?:'\w+)?")


def _said(words: Iterable[str]) -> list[str]:
    """Return the words without numbers, also those that are stuck to a word, and without single letters."""
    bare = ("".join(each for each in word if not each.isdigit()) for word in words)
    return [word for word in bare if len(word) > 1]


def _words(text: str | None) -> list[str]:
    return _WORD.findall(_seen(text or "").replace("'", ""))


def _seen(text: str) -> str:
    """Return the characters of a text that a reader sees, wide and joined forms as plain ones."""
    seen = "".join(one for one in unicodedata.normalize("NFKC", text) if not is_invisible(one))
    return seen.casefold().replace("\u2019", "'")

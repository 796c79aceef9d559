"""What the texts of a document say about somebody who is protected, for readers who must not learn it. Pure.

Names and whereabouts are looked for, with the sentence around them. What describes somebody without either is
not found.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from service.document.restricted import SHAPES, Giveaway, redact, whereabouts_of

_SHORTEST_NAME: Final = 3


def mentions(
    people: Iterable[Mapping[str, Any]], places: Iterable[Mapping[str, Any]], shared: Collection[str]
) -> tuple[Giveaway, ...]:
    """Return the patterns by which a text would mention somebody who is protected.

    Args:
        people: each with `given_name` and `family_name`, which may be None.
        places: each with `lines` and `postcode`, which may be None.
        shared: names that the reader sees anyway, such as the person's own: they give nobody away.
    """
    own = {word for name in shared for word in _words(name)}
    names = {
        word
        for one in people
        for name in (one.get("given_name"), one.get("family_name"))
        for word in _words(name or "")
        if len(word) >= _SHORTEST_NAME
    }
    return (
        *(_of_name(word) for word in sorted(names - own)),
        *(pattern for place in places for pattern in whereabouts_of(place)),
    )


def without(value: Any, against: tuple[Giveaway, ...], path: str = "") -> Any:
    """Return a document, or a part of one, without the sentences that mention somebody who is protected.

    Args:
        path: of the part within the document. What is a shape and not a home is left as it is.
    """
    if isinstance(value, str):
        return value if path in SHAPES else redact(value, against)[0]
    if isinstance(value, Mapping):
        return {
            name: without(member, against, f"{path}.{name}" if path else name)
            for name, member in value.items()
        }
    if isinstance(value, list):
        return [without(member, against, f"{path}[]") for member in value]
    return value


def _words(name: str) -> Iterator[str]:
    return (word.casefold() for word in re.split(r"[\s,]+", name) if word)


def _of_name(word: str) -> Giveaway:
    return Giveaway(re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE), "protected_contact")

"""Finds in a text what it must not give away, however it is spelled. Pure; linear in the text.

What describes somebody without a name or a place is not found, nor a nickname that is not on record, nor a
slip in the first letter of a name.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from service.mentions import phones
from service.mentions.fixed import fixed_words
from service.mentions.folding import words
from service.mentions.hits import Hit, without
from service.mentions.names import Names
from service.mentions.places import Places
from service.mentions.protected import OF_PEOPLE, Kind, Protected


class Matcher:
    """Compares texts with what is protected; what it has compared once it remembers.

    Args:
        protected: whom and what, and what gives nobody away.
    """

    def __init__(self, protected: Protected) -> None:
        """Index what is protected."""
        self._names, self._places = Names(protected), Places(protected)
        self._phones = {
            digits[-phones.SIGNIFICANT :]
            for one in protected.people
            for number in one.phones
            if len(digits := phones.digits_of(number)) >= phones.SIGNIFICANT
        }
        self._known: dict[str, tuple[Hit, ...]] = {}

    def find(self, text: str) -> tuple[Hit, ...]:
        """Return everything that a text gives away or may give away, in its order."""
        if text not in self._known:
            self._known[text] = tuple(sorted(set(self._search(text))))
        return self._known[text]

    def kinds(self, text: str, asked: Collection[str] = ()) -> frozenset[Kind]:
        """Return what a text gives away for certain, by kind.

        Args:
            asked: the paths of the answers that its reader is sent: what says no more gives nothing away.
        """
        return frozenset(hit.kind for hit in self.find(text) if hit.sure and hit.answers not in asked)

    def _search(self, text: str) -> Iterator[Hit]:
        found = list(words(text))
        yield from self._names.find(text, found)
        yield from self._places.find(text, found)
        yield from fixed_words(text)
        if self._phones:
            yield from phones.find(text, self._phones)

    def without(
        self, value: Any, kinds: Collection[Kind] = OF_PEOPLE, *, shapes: Collection[str] = ()
    ) -> Any:
        """Return a document, or a part of one, without the sentences that give one of these kinds away.

        Args:
            shapes: paths of what is drawn on a map and no home, which are left as they are.
        """

        def left(text: str, path: str) -> str:
            if path in shapes:
                return text
            return without(text, [hit for hit in self.find(text) if hit.sure and hit.kind in kinds])

        return _each_text(value, left)


def _each_text(value: Any, change: Callable[[str, str], str], path: str = "") -> Any:
    if isinstance(value, str):
        return change(value, path)
    if isinstance(value, Mapping):
        return {
            name: _each_text(member, change, f"{path}.{name}" if path else name)
            for name, member in value.items()
        }
    if isinstance(value, list):
        return [_each_text(member, change, f"{path}[]") for member in value]
    return value

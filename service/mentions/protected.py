"""What a text must not give away: whom a record protects, and what gives nobody away. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class Kind(StrEnum):
    """What a text may give away."""

    WHEREABOUTS = "whereabouts"
    NAME = "name"
    PHONE = "phone"
    MAPPA = "mappa"
    INTELLIGENCE = "intelligence"
    VICTIM_CONTACT = "victim_contact"
    VICTIMS = "victims"


KINDS: Final[Mapping[str, str]] = {
    Kind.WHEREABOUTS: "where a victim, an ex-partner or another protected contact is",
    Kind.NAME: "who a victim, an ex-partner or another protected contact is",
    Kind.PHONE: "a telephone number of a protected contact",
    Kind.MAPPA: "that the person is managed under MAPPA",
    Kind.INTELLIGENCE: "that there is intelligence about the person",
    Kind.VICTIM_CONTACT: "that a victim is in touch with probation, such as a victim liaison officer",
    Kind.VICTIMS: "what is done for victims: the question itself is about them",
}
"""Each kind by what it means, as the API explains it."""

OF_PEOPLE: Final = frozenset({Kind.WHEREABOUTS, Kind.NAME, Kind.PHONE})
"""The kinds that are about a protected contact."""


@dataclass(frozen=True)
class Somebody:
    """A person by name.

    Args:
        aliases: other names that somebody goes by.
        phones: numbers in any form.
    """

    given: str = ""
    family: str = ""
    aliases: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """An address: its lines from the house to the town, and its postcode."""

    lines: tuple[str, ...] = ()
    postcode: str = ""


@dataclass(frozen=True)
class Protected:
    """What texts are compared with.

    Args:
        people, places: who is protected and where they are.
        own: names of the person themself, and others that every reader has: they give nobody away alone.
        others: people who are not protected: their full names give nobody away.
        homes: addresses that are not protected: what they share with a protected one gives nobody away alone.
        contact_refs, address_refs: entries of a document that are protected, whatever it calls them now.
    """

    people: tuple[Somebody, ...] = ()
    places: tuple[Place, ...] = ()
    own: tuple[str, ...] = ()
    others: tuple[Somebody, ...] = ()
    homes: tuple[Place, ...] = ()
    contact_refs: frozenset[str] = frozenset()
    address_refs: frozenset[str] = frozenset()


def somebody(entry: Mapping[str, Any]) -> Somebody:
    """Return a contact as it is compared, from its names, `aliases` and `phone`."""
    phone = entry.get("phone")
    return Somebody(
        entry.get("given_name") or "",
        entry.get("family_name") or "",
        tuple(entry.get("aliases") or ()),
        (phone,) if phone else (),
    )


def place(entry: Mapping[str, Any]) -> Place:
    """Return an address as it is compared, from its `lines` and `postcode`."""
    return Place(tuple(entry.get("lines") or ()), entry.get("postcode") or "")


def together(*known: Iterable[Any]) -> tuple[Any, ...]:
    """Return what several sources say, each once, in order."""
    return tuple(dict.fromkeys(one for each in known for one in each))

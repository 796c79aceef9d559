"""Whether two statements about contacts are about one person, and who is asked about as whom. Pure.

Source: truth-over-time, "Questions": a reference whose name and date of birth both change, and likely twins.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from difflib import SequenceMatcher
from types import MappingProxyType
from typing import Any, Final, NamedTuple, Protocol
from uuid import UUID

from service.people.names import known_names
from service.people.rules import is_known_date

IDENTITY_CHANGED: Final = "identity_changed"
LIKELY_TWIN: Final = "likely_twin"
ALIKE_BECAUSE: Final[Mapping[str, str]] = MappingProxyType(
    {
        IDENTITY_CHANGED: "its reference named somebody with another name and date of birth before",
        LIKELY_TWIN: "the same name and date of birth stand under another reference",
    }
)
"""Why it is asked whether a contact is the same as another."""

AREAS: Final = frozenset({"police_force", "local_authority"})
"""Who is asked about a place, as it is said of an address, by column."""

_SPELLED_ALIKE: Final = 0.75
"""Above this share of letters in common, two first names are one: Kirsty and Kirstie, not Jane and Jade.

A figure of ours.
"""
_SHORTEST_SHORT_FORM: Final = 3
_NO_LETTERS: Final = re.compile(r"[\W\d_]+")


class Identity(NamedTuple):
    """Who somebody is said to be; a member that is not known is None."""

    given_name: str | None
    family_name: str | None
    date_of_birth: date | None


def identity_of(details: Mapping[str, Any]) -> Identity:
    """Return the identity in some details, without what stands in place of one that is not known.

    Args:
        details: by column.
    """
    born = details.get("date_of_birth")
    return Identity(
        *known_names(details.get("given_name"), details.get("family_name")),
        born if is_known_date(born) else None,
    )


def is_somebody_else(known: Identity, stated: Identity) -> bool:
    """Return whether a new statement under a reference is about another person than the one on record.

    Both the name and the date of birth must have been known, and be different. What was not known, another
    spelling and a new family name are corrections of the same contact.
    """
    if None in {known.given_name, stated.given_name, known.date_of_birth, stated.date_of_birth}:
        return False
    return known.date_of_birth != stated.date_of_birth and not _is_one_name(known, stated)


def names_another(wrong: Identity, stated: Identity) -> bool:
    """Return whether a statement under the reference of somebody entered in error means another person.

    Who was wrong is not put right by it: another first name or another date of birth is somebody else, and so
    is a name or a date where none was given. Who is left out is asked about by nobody, and so the doubt goes
    to recording. Another spelling or a new family name is still the one that was wrong.

    Args:
        stated: as the statement leaves it: what it only repeats is as on record.
    """
    if stated.date_of_birth not in (None, wrong.date_of_birth):
        return True
    if stated.given_name is not None:
        return wrong.given_name is None or not _is_one_name(wrong, stated)
    return _letters(stated.family_name) not in ("", _letters(wrong.family_name))


def is_again(wrong: Identity, stated: Identity) -> bool:
    """Return whether somebody, under whatever reference, may be who was entered in error.

    By name, and by whichever of both dates of birth is known; a family name may differ where both are.
    """
    if None in (wrong.given_name, stated.given_name) or not _is_one_name(wrong, stated):
        return False
    if None not in (wrong.date_of_birth, stated.date_of_birth):
        return wrong.date_of_birth == stated.date_of_birth
    return _letters(wrong.family_name) == _letters(stated.family_name)


def is_there_again(wrong: Mapping[str, Any], stated: Mapping[str, Any]) -> bool:
    """Return whether an address, under whatever reference, is a place that was entered in error.

    Args:
        wrong, stated: with `lines` and `postcode`, by column.
    """
    postcode = stated.get("postcode")
    return postcode is not None and postcode == wrong["postcode"] and not is_elsewhere(wrong, stated)


def is_elsewhere(known: Mapping[str, Any], stated: Mapping[str, Any]) -> bool:
    """Return whether an address as stated is another place than the one on record.

    Another spelling of it, the same place said more or less fully, or with another postcode, is not; another
    number is.

    Args:
        known, stated: with `lines`, by column.
    """
    one, other = _words(known.get("lines")), _words(stated.get("lines"))
    if one <= other or other <= one:
        return False
    numbers = [{word for word in words if not word.isalpha()} for words in (one, other)]
    alike = SequenceMatcher(None, "".join(sorted(one)), "".join(sorted(other)), autojunk=False).ratio()
    return numbers[0] != numbers[1] or alike <= _SPELLED_ALIKE


def areas_of_another_place(
    known: Mapping[str, Any], news: Mapping[str, Any], stated: Collection[str]
) -> dict[str, None]:
    """Return the areas to withdraw from an address that is put right: they were said of another place.

    Other lines with the same postcode are the same place, and so are the same lines with another postcode of
    the same district.

    Args:
        known: `lines` and `postcode` as on record, by column.
        news: what is put right, by column.
        stated: what is said of the place by whoever puts it right, also where it is as on record.
    """
    now = {**known, **news}
    postcodes = [place.get("postcode") or "" for place in (known, now)]
    districts = {code[:-3].strip() for code in postcodes} - {""}
    same_postcode = "" not in postcodes and len({*postcodes}) == 1
    elsewhere = len(districts) > 1 or (is_elsewhere(known, now) and not same_postcode)
    return dict.fromkeys(AREAS - {*stated}) if elsewhere else {}


def are_alike(one: Identity, other: Identity) -> bool:
    """Return whether two contacts have the same name and date of birth, all of it known."""
    return None not in one and _folded(one) == _folded(other) and one.date_of_birth == other.date_of_birth


class Judged(Protocol):
    """A contact, whom it may be, and what was decided about that."""

    id: UUID
    alike_id: UUID | None
    alike_because: str | None
    same: bool | None


def asked_as(contacts: Iterable[Judged]) -> dict[UUID, UUID]:
    """Return who is not asked about as such, and as whom instead.

    A likely twin is one question with the other contact until somebody says that it is somebody else. An
    earlier contact is asked about beside the one that took its reference until they are said to be the same:
    the later statement is then the right one.
    """
    direct: dict[UUID, UUID] = {}
    for one in contacts:
        if one.alike_id is None:
            continue
        if one.alike_because == LIKELY_TWIN and one.same is not False:
            direct.setdefault(one.id, one.alike_id)
        elif one.alike_because == IDENTITY_CHANGED and one.same:
            direct.setdefault(one.alike_id, one.id)
    found: dict[UUID, UUID] = {}
    for contact, other in direct.items():
        seen, last = {contact}, other
        while last in direct and last not in seen:
            seen.add(last)
            last = direct[last]
        # In a circle the first of them is asked about.
        last = min(seen, key=str) if last in seen else last
        if last != contact:
            found[contact] = last
    return found


def _is_one_name(one: Identity, other: Identity) -> bool:
    first, second = _letters(one.given_name), _letters(other.given_name)
    if sorted(_folded(one)) == sorted(_folded(other)):
        return True  # first name and surname were exchanged
    short, long = sorted((first, second), key=len)
    if len(short) >= _SHORTEST_SHORT_FORM and long.startswith(short):
        return True
    return SequenceMatcher(None, first, second, autojunk=False).ratio() > _SPELLED_ALIKE


def _folded(named: Identity) -> tuple[str, str]:
    return _letters(named.given_name), _letters(named.family_name)


def _words(lines: Iterable[str] | None) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", " ".join(lines or ()).casefold()))


def _letters(text: str | None) -> str:
    plain = unicodedata.normalize("NFKD", (text or "").casefold())
    return _NO_LETTERS.sub("", "".join(one for one in plain if not unicodedata.combining(one)))

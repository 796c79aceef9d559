"""Rules on who is a child, whose details are protected, and which levels of risk need a manager. Pure."""

from collections.abc import Hashable, Iterable, Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple, TypeVar

from service.people.names import words_in
from service.tenses import NOBODY_BORN_BEFORE

ADULT_AT = 18
OLDEST: Final = 120
"""The highest age that can be estimated."""
SAYS_NOTHING: Final = frozenset({
    "a", "an", "the", "this", "that", "is", "are", "was", "has", "have", "been", "be", "to", "at", "on",
    "of", "in", "for", "as", "yet", "and", "or", "i", "we", "he", "she", "they", "it", "him", "her", "them",
    "not", "no", "none", "nil", "nothing", "never", "don't", "dont", "cannot", "can't", "cant", "did",
    "didn't", "didnt", "does", "doesn't", "doesnt", "do", "n", "k", "nk", "na", "tbc", "tba", "x", "xx",
    "xxx", "know", "known", "unknown", "give", "given", "said", "recorded", "provided", "available",
    "asked", "confirmed", "unclear", "unsure", "sure", "confirm", "follow", "applicable", "currently",
    "present", "time", "moment", "still", "further", "more", "other", "any", "some", "above", "below",
    "see", "detail", "details", "description", "information", "info", "name", "names", "unnamed", "dob",
    "age", "date", "birth", "identity", "address", "anon", "anonymous", "fixed", "abode", "nfa", "child",
    "children", "kid", "kids", "baby", "infant", "newborn", "unborn", "minor", "toddler", "girl", "boy",
    "male", "female", "young", "small", "little", "person", "people", "individual", "somebody", "someone",
    "mother", "mum", "woman", "partner",
})  # fmt: skip
"""The words of which a description or an address that identifies nobody is made."""
DETAILS_STATUSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "provided": "a name and a date are on record",
        "not_asked": "the details have not been asked for",
        "declined": "the person declined to give them",
        "unknown": "asked for, and not known",
    }
)
ADDRESS_KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "current": "where the person lives now",
        "previous": "where the person lived before",
        "proposed_release": "where the person would live on release",
        "visited": "where the person stays or visits",
        "partner": "the partner's home",
        "family": "a relative's home",
        "move_on": "where the person would go after a placement",
        "other": "another address",
    }
)
CHANGES_OF_ADDRESS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "moved": "it was so until now: the old address stays as history, with its last day",
        "correction": "it was never so: whoever was asked about it is told",
    }
)
"""Why an address is another place than before. Source: truth-over-time, "Questions"."""
LEFT: Final = "previous"
"""The kind of an address that was lived at before."""
GROUPS_AT_RISK: Final[Mapping[str, str]] = MappingProxyType(
    {
        "children": "children",
        "public": "the public",
        "known_adult": "a known adult, such as a partner or former partner",
        "staff": "staff who work with the person",
        "prisoners": "other prisoners",
    }
)
LEVELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "low": "no significant sign that serious harm is likely",
        "medium": "serious harm is possible, but unlikely unless circumstances change",
        "high": "serious harm could happen at any time",
        "very_high": "serious harm is imminent, and more likely than not",
    }
)
"""From the lowest to the highest; the definitions are those of OASys."""
_RISING: Final = tuple(LEVELS)
HIGHEST_LEVEL: Final = _RISING[-1]
MANAGED_LEVELS = frozenset({"high", "very_high"})


class Source(StrEnum):
    """The source of a fact: a person or a record."""

    PRACTITIONER = "practitioner"
    PERSON = "person"
    FAMILY = "family"
    OASYS = "oasys"
    NDELIUS = "ndelius"
    NOMIS = "nomis"
    POLICE = "police"
    CHILDRENS_SERVICES = "childrens_services"
    PRISON = "prison"
    COURT = "court"
    PROVIDER = "provider"
    APPROVED_PREMISES = "approved_premises"
    VICTIM_LIAISON = "victim_liaison"
    HEALTH = "health"
    EMPLOYER = "employer"
    ANONYMOUS = "anonymous"
    OTHER = "other"


SOURCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        Source.PRACTITIONER: "a probation practitioner",
        Source.PERSON: "the person on probation",
        Source.FAMILY: "a relative",
        Source.OASYS: "an OASys assessment",
        Source.NDELIUS: "nDelius, the case record of probation",
        Source.NOMIS: "NOMIS, the prison record",
        Source.POLICE: "the police",
        Source.CHILDRENS_SERVICES: "children's services",
        Source.PRISON: "prison staff",
        Source.COURT: "a court",
        Source.PROVIDER: "a provider of commissioned services",
        Source.APPROVED_PREMISES: "approved premises",
        Source.VICTIM_LIAISON: "victim liaison",
        Source.HEALTH: "a health service",
        Source.EMPLOYER: "an employer",
        Source.ANONYMOUS: "an anonymous source",
        Source.OTHER: "another source",
    }
)
"""What each source is, as the API explains it."""


class Relationship(NamedTuple):
    """What a relationship implies while nothing else is known of the contact."""

    meaning: str
    """Who the contact is to the person, as the API explains it."""
    presumed_child: bool = False
    """Treated as a child until a date of birth shows otherwise: a missing date never suppresses a check."""
    protected: bool = False
    """Details are kept in the restricted store, and shown only for its purposes."""


def _child(meaning: str) -> Relationship:
    return Relationship(meaning, presumed_child=True)


def _protected(meaning: str) -> Relationship:
    return Relationship(meaning, protected=True)


RELATIONSHIPS = {
    "child": _child("the person's child"),
    "step_child": _child("a stepchild"),
    "partners_child": _child("a child of the person's partner"),
    "grandchild": _child("a grandchild"),
    "unborn_child": _child("a child not yet born"),
    "other_child": _child("another child in contact with the person"),
    "sibling": _child("a brother or sister"),
    "victim": _protected("a victim; details are restricted"),
    "ex_partner": _protected("a former partner; details are restricted"),
    "partner": Relationship("the current partner"),
    "parent": Relationship("a parent"),
    "other_relative": Relationship("another relative"),
    "friend": Relationship("a friend"),
    "household_member": Relationship("a member of the household who is not a relative"),
    "other": Relationship("another relationship"),
}


def is_child(
    relationship: str,
    date_of_birth: date | None,
    due_date: date | None,
    today: date,
    *,
    stated: bool | None = None,
    estimated_age: int | None = None,
) -> bool:
    """Return whether a contact is under 18, not yet born, or must be treated as a child.

    Args:
        relationship: one of `RELATIONSHIPS`.
        date_of_birth: settles it when known.
        due_date: of a child not yet born.
        today: in England and Wales.
        stated: what the practitioner said, when no date settles it.
        estimated_age: in years; one of an adult settles nothing, because it may be wrong.
    """
    if date_of_birth is not None:
        return _age(date_of_birth, today) < ADULT_AT
    if due_date is not None or (estimated_age is not None and estimated_age < ADULT_AT):
        return True
    return RELATIONSHIPS[relationship].presumed_child if stated is None else stated


PARTNERS: Final = frozenset({"partner", "ex_partner"})
"""The relationships of a partner, now or before."""


def has_been_partner(relationship: str, *, before: bool) -> bool:
    """Return whether somebody is or was a partner: a victim who was one does not cease to have been one.

    Args:
        before: whether they were one by what was said before.
    """
    return relationship in PARTNERS or (relationship == "victim" and before)


def describes(text: str | None) -> bool:
    """Return whether a text says by what somebody can be recognised, and not only that nothing is known."""
    return text is not None and not SAYS_NOTHING.issuperset(words_in(text))


def says_where(lines: Iterable[str] | None, postcode: str | None) -> bool:
    """Return whether an address can be found: it has a postcode, or a line that says something."""
    return postcode is not None or any(map(describes, lines or ()))


def is_known_date(born: date | None) -> bool:
    """Return whether a date of birth is one, and not in place of one."""
    return born is not None and born >= NOBODY_BORN_BEFORE


_Key = TypeVar("_Key", bound=Hashable)
OWN_MOTHER: Final = "Makes somebody the mother of their own mother."


def is_own_mother(child: _Key, mothers: Mapping[_Key, _Key | None]) -> bool:
    """Return whether somebody is a mother, or a mother's mother, of themselves.

    Args:
        mothers: whose mother is who, as far as it is said; None for one that is not known.
    """
    seen: set[_Key] = set()
    mother = mothers.get(child)
    while mother is not None and mother not in seen:
        if mother == child:
            return True
        seen.add(mother)
        mother = mothers.get(mother)
    return False


def details_status(stated: str | None, *, complete: bool) -> str:
    """Return the status of a contact's details: provided once complete, else as stated, else not asked."""
    return "provided" if complete else stated or "not_asked"


def lowers(previous: str | None, level: str) -> bool:
    """Return whether a level is below the one on record."""
    return previous is not None and _RISING.index(level) < _RISING.index(previous)


def highest(levels: Iterable[str]) -> str | None:
    """Return the highest of several levels, None when there are none."""
    return max(levels, key=_RISING.index, default=None)


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))

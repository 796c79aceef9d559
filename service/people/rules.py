"""Rules on who is a child, whose details are protected, and which levels of risk need a manager. Pure."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import NamedTuple

ADULT_AT = 18
DETAILS_STATUSES = ("provided", "not_asked", "declined", "unknown")
ADDRESS_KINDS = (
    "current",
    "previous",
    "proposed_release",
    "visited",
    "partner",
    "family",
    "move_on",
    "other",
)
GROUPS_AT_RISK = ("children", "public", "known_adult", "staff", "prisoners")
LEVELS = ("low", "medium", "high", "very_high")
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


class Relationship(NamedTuple):
    """What a relationship implies while nothing else is known of the contact."""

    presumed_child: bool = False
    """Treated as a child until a date of birth shows otherwise: a missing date never suppresses a check."""
    protected: bool = False
    """Details are kept in the restricted store, and shown only for its purposes."""


_CHILD, _PROTECTED, _OTHER = Relationship(presumed_child=True), Relationship(protected=True), Relationship()

RELATIONSHIPS = {
    "child": _CHILD,
    "step_child": _CHILD,
    "partners_child": _CHILD,
    "grandchild": _CHILD,
    "unborn_child": _CHILD,
    "other_child": _CHILD,
    "sibling": _CHILD,
    "victim": _PROTECTED,
    "ex_partner": _PROTECTED,
    "partner": _OTHER,
    "parent": _OTHER,
    "other_relative": _OTHER,
    "friend": _OTHER,
    "household_member": _OTHER,
    "other": _OTHER,
}


def is_child(
    relationship: str,
    date_of_birth: date | None,
    due_date: date | None,
    today: date,
    *,
    stated: bool | None = None,
) -> bool:
    """Return whether a contact is under 18, not yet born, or must be treated as a child.

    Args:
        relationship: one of `RELATIONSHIPS`.
        date_of_birth: settles it when known.
        due_date: of a child not yet born.
        today: in England and Wales.
        stated: what the practitioner said, when no date settles it.
    """
    if date_of_birth is not None:
        return _age(date_of_birth, today) < ADULT_AT
    if due_date is not None:
        return True
    return RELATIONSHIPS[relationship].presumed_child if stated is None else stated


def details_status(stated: str | None, *, complete: bool) -> str:
    """Return the status of a contact's details: provided once complete, else as stated, else not asked."""
    return "provided" if complete else stated or "not_asked"


def lowers(previous: str | None, level: str) -> bool:
    """Return whether a level is below the one on record."""
    return previous is not None and LEVELS.index(level) < LEVELS.index(previous)


def highest(levels: Iterable[str]) -> str | None:
    """Return the highest of several levels, None when there are none."""
    return max(levels, key=LEVELS.index, default=None)


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))

"""Says by what a child, or the mother of an unborn child, can be found when the name is not known. Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from service.people.names import in_doubt
from service.people.rules import says_where

_OF: Final[Mapping[str, str]] = MappingProxyType(
    {
        "child": "child of",
        "step_child": "stepchild of",
        "partners_child": "child of the partner of",
        "grandchild": "grandchild of",
        "sibling": "brother or sister of",
        "unborn_child": "unborn child of the family of",
        "partner": "partner of",
        "ex_partner": "former partner of",
    }
)
_EXPECTED: Final = "unborn child of"
_OTHERWISE: Final = "in contact with"
_SOMEBODY: Final = "the person on probation"
"""Who the person is while no name is known."""
_AGES: Final[Mapping[int, str]] = MappingProxyType({0: "under one year old", 1: "about 1 year old"})
_BETWEEN_PARTS: Final = " ,;"


def identified_by(
    contact: Mapping[str, Any],
    person: Mapping[str, Any],
    contacts: Mapping[UUID | None, Mapping[str, Any]],
    addresses: Mapping[UUID | None, Mapping[str, Any]],
) -> list[str]:
    """Return in words what identifies a contact of a request beside name and date of birth.

    Of what is not known nothing is said, not even that.

    Args:
        contact: as the agency is shown it.
        person: on probation, likewise.
        contacts, addresses: of the request, by id, likewise.

    Returns:
        Nothing for a contact whose name and date of birth the agency is shown, and whose name is in no doubt.
    """
    if _is_named(contact) and contact["date_of_birth"] is not None:
        return []
    mother = _mother(contact, person, contacts)
    whose = _EXPECTED if mother is person else _OF.get(contact["relationship"], _OTHERWISE)
    parts = (
        ("", f"{whose} {_name(person) or _SOMEBODY}"),
        ("", _age(contact)),
        ("lives at ", _where(addresses.get(contact.get("lives_at")))),
        ("lived at ", _where(addresses.get(contact.get("lived_at")))),
        ("mother: ", _who(mother)),
        ("", _bare(contact["description"])),
    )
    return [f"{before}{part}" for before, part in parts if part]


def parents_of(
    contact: Mapping[str, Any],
    person: Mapping[str, Any],
    contacts: Mapping[UUID | None, Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """Return who of a request is known to be a parent of a contact: the person on probation, or the mother.

    Args:
        contact: as the agency is shown it.
        person: on probation, likewise.
        contacts: of the request, by id, likewise: nobody else is named.
    """
    mother = _mother(contact, person, contacts)
    of_the_person = contact["relationship"] == "child" or mother is person
    parents = [{"kind": "person", "id": person["id"]}] if of_the_person else []
    if mother is not None and mother is not person:
        parents.append({"kind": "contact", "id": mother["id"]})
    return parents


def _mother(
    contact: Mapping[str, Any],
    person: Mapping[str, Any],
    contacts: Mapping[UUID | None, Mapping[str, Any]],
) -> Mapping[str, Any] | None:
    mother_id = contact.get("mother_id")
    return person if mother_id == person["id"] else contacts.get(mother_id)


def _is_named(contact: Mapping[str, Any]) -> bool:
    names = (contact["given_name"], contact["family_name"])
    doubtful = in_doubt(contact["given_name"]), in_doubt(contact["family_name"], family=True)
    return None not in names and not any(doubtful)


def _name(named: Mapping[str, Any]) -> str:
    return " ".join(filter(None, map(_bare, (named["given_name"], named["family_name"]))))


def _age(contact: Mapping[str, Any]) -> str | None:
    age = contact.get("estimated_age")
    return None if age is None else _AGES.get(age, f"about {age} years old")


def _who(mother: Mapping[str, Any] | None) -> str | None:
    if mother is None:
        return None
    born = mother["date_of_birth"]
    age = f"born {born:%-d %B %Y}" if born else _age(mother)
    return _listed(_name(mother), age, mother.get("description"))


def _where(home: Mapping[str, Any] | None) -> str | None:
    if home is None or not says_where(home["lines"], home["postcode"]):
        return None
    return _listed(*(home["lines"] or ()), home["postcode"])


def _listed(*parts: str | None) -> str:
    return ", ".join(filter(None, map(_bare, parts)))


def _bare(text: str | None) -> str:
    """Return a part of a list without what stands between parts."""
    return (text or "").strip(_BETWEEN_PARTS)

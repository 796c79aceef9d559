"""Says by what a child, or the mother of an unborn child, can be found when the name is not known. Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

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
_OTHERWISE: Final = "in contact with"


def identified_by(
    contact: Mapping[str, Any],
    person: Mapping[str, Any],
    contacts: Mapping[UUID | None, Mapping[str, Any]],
    addresses: Mapping[UUID | None, Mapping[str, Any]],
) -> list[str]:
    """Return in words what identifies a contact of a request beside name and date of birth.

    Args:
        contact: as the agency is shown it.
        person: on probation, likewise.
        contacts, addresses: of the request, by id, likewise.

    Returns:
        Nothing for a contact whose name and date of birth the agency is shown.
    """
    if _is_named(contact) and contact["date_of_birth"] is not None:
        return []
    found = [f"{_OF.get(contact['relationship'], _OTHERWISE)} {_name(person)}"]
    if (age := contact["estimated_age"]) is not None:
        found.append(f"about {age} years old" if age != 1 else "about 1 year old")
    if (home := addresses.get(contact.get("lives_at"))) is not None:
        found.append(f"lives at {_where(home)}")
    if (mother := contacts.get(contact.get("mother_id"))) is not None:
        found.append(f"mother: {_who(mother)}")
    if contact["description"]:
        found.append(contact["description"])
    return found


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
    parents = [{"kind": "person", "id": person["id"]}] if contact["relationship"] == "child" else []
    if (mother := contact.get("mother_id")) in contacts and mother is not None:
        parents.append({"kind": "contact", "id": mother})
    return parents


def _is_named(contact: Mapping[str, Any]) -> bool:
    return contact["given_name"] is not None and contact["family_name"] is not None


def _name(named: Mapping[str, Any]) -> str:
    return " ".join(filter(None, (named["given_name"], named["family_name"])))


def _who(mother: Mapping[str, Any]) -> str:
    born = mother["date_of_birth"]
    parts = (_name(mother), born and f"born {born:%-d %B %Y}", mother["description"])
    return ", ".join(filter(None, parts)) or "name not known"


def _where(home: Mapping[str, Any]) -> str:
    return ", ".join([*(home["lines"] or ()), *filter(None, (home["postcode"],))])

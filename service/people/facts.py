"""Reads the facts about a person, household and addresses from the canonical document. Pure.

A member that the document leaves out changes nothing on record; null withdraws what is optional.
"""

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from service.people.names import is_known_name, known_names
from service.people.rules import GROUPS_AT_RISK, is_known_date

Facts = dict[str, Any]
"""Values by column; None withdraws."""

_PERSON = {"noms_number": "noms_number", "pnc_number": "pnc_number", "sex": "sex"}
_NAME = {"title": "title", "given_name": "given", "family_name": "family", "aliases": "aliases"}
CONTACT: Final[Mapping[str, str]] = {
    "relationship": "relationship",
    "given_name": "given_name",
    "family_name": "family_name",
    "aliases": "aliases",
    "phone": "phone",
    "date_of_birth": "date_of_birth",
    "due_date": "due_date",
    "estimated_age": "estimated_age",
    "description": "description",
    "details_status": "details_status",
    "contact_kind": "contact",
    "local_authority": "local_authority",
    "source": "source",
    "verified": "verified",
}
OF_A_CHANGE: Final = ("because", "moved_on")
"""What an address in a document says of its change; it is no part of the address."""
ADDRESS: Final[Mapping[str, str]] = {
    "kind": "kind",
    "lines": "lines",
    "postcode": "postcode",
    "police_force": "police_force",
    "local_authority": "local_authority",
    "from_date": "from",
    "to_date": "to",
    "source": "source",
    "verified": "verified",
}
_ROSH = ("level", "who", "nature", "imminence", "factors")
_NAMES = ("given_name", "family_name")
NOT_TAKEN: Final = "not_taken"
"""The code of the advice on what only stands in place of a name or a date of birth."""
NOT_TAKEN_WORDS: Final = "This stands in place of what is not known, and counts as not said. Leave it out."
NOT_RECORDED: Final = "not_recorded"
"""That it is not recorded whether there are children; it never counts as an answer."""
_DAYS = frozenset({"date_of_birth", "due_date", "from_date", "to_date"})


@dataclass(frozen=True)
class Said:
    """The statement about a person, contact or address, by its submitter's reference.

    Args:
        ref: the submitter's own name for it; empty for the person.
        facts: by column.
        digest: of the exact statement, to recognise a repeat.
        at: its JSON pointer in the body, for faults.
        lives_at, contact_ref, mother_ref: the reference of another statement.
        withdrawn: the columns of those references that are withdrawn.
        is_child, is_victim: as the practitioner judges.
        because, moved_on: why an address is another place than before, and since when.
    """

    ref: str
    facts: Facts
    digest: str
    at: str
    lives_at: str | None = None
    mother_ref: str | None = None
    contact_ref: str | None = None
    is_child: bool | None = None
    is_victim: bool = False
    because: str | None = None
    moved_on: date | None = None
    withdrawn: frozenset[str] = frozenset()


def of_person(document: Mapping[str, Any]) -> Said:
    """Read who the person is."""
    section = document["person"]
    household = document.get("household") or {}
    facts = _taken(section, _PERSON) | _taken(section.get("name") or {}, _NAME)
    if "date_of_birth" in section:
        facts["date_of_birth"] = _day(section["date_of_birth"])
    if "aliases" in facts:
        facts["aliases"] = facts["aliases"] or []
    # Nobody says by it that an answer on record is none.
    if household.get("children", NOT_RECORDED) != NOT_RECORDED:
        facts["children"] = household["children"] or NOT_RECORDED
    return Said("", facts, _digest(facts), "/person")


def of_contacts(document: Mapping[str, Any]) -> list[Said]:
    """Read who is around the person."""
    contacts = (document.get("household") or {}).get("contacts") or []
    return [of_contact(contact, f"/household/contacts/{index}") for index, contact in enumerate(contacts)]


def of_contact(contact: Mapping[str, Any], at: str = "") -> Said:
    """Read one contact, in the shape of a member of `household.contacts`.

    What stands in place of a name or a date of birth that is not known counts as not said.
    """
    facts = _taken(contact, CONTACT)
    unsaid = placeholders(facts)
    return Said(
        ref=contact["ref"],
        facts={name: value for name, value in facts.items() if name not in unsaid},
        digest=_digest(contact),
        at=at,
        lives_at=contact.get("lives_at"),
        mother_ref=contact.get("mother_ref"),
        is_child=contact.get("is_child"),
        is_victim=contact.get("is_victim") is True,
        withdrawn=_withdrawn(contact, {"lives_at": "lives_at", "mother_ref": "mother_id"}),
    )


def placeholders(said: Mapping[str, Any]) -> list[str]:
    """Return the members of who somebody is that are said, and only stand in place of what is not known.

    Args:
        said: names and date of birth, in the shape of a member of `household.contacts`.
    """
    found = [name for name, known in _known(said).items() if said.get(name) is not None and known is None]
    born = _day(said.get("date_of_birth"))
    return sorted(found) + (["date_of_birth"] if born is not None and not is_known_date(born) else [])


def _known(facts: Mapping[str, Any]) -> Facts:
    """Return what of the names that are said is one; one that is said alone stands beside the one known."""
    if facts.keys() >= set(_NAMES):
        return dict(zip(_NAMES, known_names(*(facts[name] for name in _NAMES)), strict=True))
    return {
        name: facts[name] if is_known_name(facts[name], family=name == "family_name") else None
        for name in facts.keys() & set(_NAMES)
    }


def of_addresses(document: Mapping[str, Any]) -> list[Said]:
    """Read the places in the person's life."""
    addresses = document.get("addresses") or []
    return [of_address(address, f"/addresses/{index}") for index, address in enumerate(addresses)]


def of_address(address: Mapping[str, Any], at: str = "") -> Said:
    """Read one address, in the shape of a member of `addresses`."""
    return Said(
        ref=address["ref"],
        facts=_taken(address, ADDRESS),
        digest=_digest(address),
        at=at,
        contact_ref=address.get("contact_ref"),
        because=address.get("because"),
        moved_on=_day(address.get("moved_on")),
        withdrawn=_withdrawn(address, {"contact_ref": "contact_id"}),
    )


def of_rosh(document: Mapping[str, Any]) -> list[Said]:
    """Read the risk of serious harm to each group that the document judges; `ref` is the group."""
    judged = (document.get("risk") or {}).get("rosh") or {}
    found = []
    for group in GROUPS_AT_RISK:
        if (judged.get(group) or {}).get("level"):
            facts = _taken(
                judged[group], {name: name for name in _ROSH if judged[group].get(name) is not None}
            )
            found.append(Said(group, facts, _digest(judged[group]), f"/risk/rosh/{group}"))
    return found


def overall_rosh(document: Mapping[str, Any]) -> str | None:
    """Read the overall risk of serious harm that the document states."""
    return ((document.get("risk") or {}).get("rosh") or {}).get("overall")


def _taken(source: Mapping[str, Any], names: Mapping[str, str]) -> Facts:
    return {
        column: _day(source[name]) if column in _DAYS else source[name]
        for column, name in names.items()
        if name in source
    }


def _withdrawn(source: Mapping[str, Any], references: Mapping[str, str]) -> frozenset[str]:
    return frozenset(column for name, column in references.items() if name in source and source[name] is None)


def _day(value: str | date | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _digest(said: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=plain).encode()).hexdigest()


def plain(value: date | uuid.UUID) -> str:
    """Write a day, a moment or an identifier as JSON has it."""
    return value.isoformat() if isinstance(value, date) else str(value)

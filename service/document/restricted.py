"""Victims and ex-partners: which parts of a document are about them, and how those are kept apart.

Pure. The restricted part is stored separately, and joined again only for readers who may hold it.
"""

from collections.abc import Mapping
from typing import Any

from service.document.paths import Document

RESTRICTED_RELATIONSHIPS = frozenset({"ex_partner", "victim"})
SHAPES = frozenset({"licence.exclusion_zones[].postcodes[]", "contingency.unsuitable_addresses[]"})
"""The postcodes of a zone are its shape, not a home: probation reads them even when a victim lives inside.

Whoever may not know of victims is not sent the one at which somebody lives.
"""


def is_restricted_contact(contact: Mapping[str, Any]) -> bool:
    """Return whether a contact is a victim or an ex-partner; a partner or child can be a victim too."""
    return contact.get("relationship") in RESTRICTED_RELATIONSHIPS or contact.get("is_victim") is True


def restricted_addresses(document: Document) -> frozenset[str]:
    """Return the addresses that would reveal where a victim or ex-partner is, even when others lived
    there.
    """
    contacts = [c for c in _contacts(document) if is_restricted_contact(c)]
    people = {contact["ref"] for contact in contacts}
    homes = {contact["lives_at"] for contact in contacts if contact.get("lives_at")}
    return frozenset(
        address["ref"]
        for address in document.get("addresses") or []
        if address["ref"] in homes or address.get("contact_ref") in people
    )


def split(document: Document) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split a document in two: what is stored with the referral, and what belongs in the restricted store.

    Each restricted entry keeps its position, so that `join` gives the document back exactly.
    """
    hidden = restricted_addresses(document)
    open_part = dict(document)
    restricted: dict[str, Any] = {"contacts": [], "addresses": []}
    if "household" in document and "contacts" in document["household"]:
        kept = []
        for position, contact in enumerate(document["household"]["contacts"]):
            if is_restricted_contact(contact):
                restricted["contacts"].append({"position": position, "entry": contact})
            else:
                kept.append(contact)
        open_part["household"] = {**document["household"], "contacts": kept}
    if "addresses" in document:
        kept = []
        for position, address in enumerate(document["addresses"]):
            if address["ref"] in hidden:
                restricted["addresses"].append({"position": position, "entry": address})
            else:
                kept.append(address)
        open_part["addresses"] = kept
    if any("victims" in (ask.get("annex") or {}) for ask in document.get("destinations") or []):
        restricted["victims"] = [
            {"position": position, "entry": ask["annex"]["victims"]}
            for position, ask in enumerate(document["destinations"])
            if "victims" in (ask.get("annex") or {})
        ]
        open_part["destinations"] = [_without_victims(ask) for ask in document["destinations"]]
    return open_part, restricted


def _without_victims(ask: Mapping[str, Any]) -> Mapping[str, Any]:
    annex = ask.get("annex") or {}
    if "victims" not in annex:
        return ask
    return {**ask, "annex": {name: told for name, told in annex.items() if name != "victims"}}


def join(open_part: Document, restricted: Mapping[str, Any]) -> dict[str, Any]:
    """Join the two parts of a document."""
    document = dict(open_part)
    if restricted.get("contacts"):
        household = dict(document["household"])
        household["contacts"] = _inserted(household["contacts"], restricted["contacts"])
        document["household"] = household
    if restricted.get("addresses"):
        document["addresses"] = _inserted(document["addresses"], restricted["addresses"])
    for victims in restricted.get("victims") or []:
        asked = list(document["destinations"])
        ask = asked[victims["position"]]
        asked[victims["position"]] = {**ask, "annex": {**ask["annex"], "victims": victims["entry"]}}
        document["destinations"] = asked
    return document


def _inserted(kept: list[Any], apart: list[Mapping[str, Any]]) -> list[Any]:
    entries = list(kept)
    for one in apart:
        entries.insert(one["position"], one["entry"])
    return entries


def _contacts(document: Document) -> list[Any]:
    return (document.get("household") or {}).get("contacts") or []


def is_own_home(address: Mapping[str, Any]) -> bool:
    """Return whether an address is the person's own current home; a provider is sent no other address."""
    return address.get("kind") == "current" and not address.get("contact_ref")

"""Whom a document protects, as texts are compared with it. Pure."""

from dataclasses import replace

from service.document.paths import Document, value_at
from service.document.restricted import is_restricted_contact, restricted_addresses
from service.mentions import Protected, place, somebody, together


def protected_in(document: Document, record: Protected) -> Protected:
    """Return whom a document and the record behind it protect, and what gives nobody away.

    Args:
        document: whole, its restricted parts joined.
        record: whom the record protects beside it.
    """
    hidden = restricted_addresses(document) | record.address_refs
    contacts = (document.get("household") or {}).get("contacts") or []
    apart = {one["ref"] for one in contacts if is_restricted_contact(one)} | record.contact_refs
    addresses = document.get("addresses") or []
    name = value_at(document, "person.name") or {}
    own = (name.get("given") or "", name.get("family") or "", *(name.get("aliases") or ()))
    places = together(record.places, (place(one) for one in addresses if one["ref"] in hidden))
    return replace(
        record,
        people=together(record.people, (somebody(one) for one in contacts if one["ref"] in apart)),
        places=places,
        own=together(record.own, own),
        others=together(record.others, (somebody(one) for one in contacts if one["ref"] not in apart)),
        homes=tuple(
            one
            for one in together(record.homes, (place(one) for one in addresses if one["ref"] not in hidden))
            if one not in places
        ),
    )

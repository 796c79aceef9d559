"""Documents of a referral for readers who see no protected contacts: without what a text says about them.

It looks further than its reader, at whom the record protects, and shows nothing of that.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.row_visibility import bypasses_row_security
from service.document.mentions import mentions, without
from service.people import queries as people
from service.people import restricted
from service.referrals.model import Referral, RestrictedPart

_PURPOSE: Final = "case_management"


@bypasses_row_security
def without_protected(
    session: Session, referral: Referral, number: int, document: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a document without the sentences that name a protected contact or say where one is.

    Compared with are the contacts and addresses that the record protects now, and those that this version
    kept apart.

    Args:
        number: of the version that the document is, or was made from.
    """
    around = people.household(session, referral.person_id)
    who = [one for one in around.contacts if one.protected]
    where = [one for one in around.addresses if one.protected]
    names = restricted.read_contacts(session, [one.id for one in who], _PURPOSE)
    places = restricted.read_addresses(session, [one.id for one in where], _PURPOSE)
    apart = session.scalar(
        select(RestrictedPart.document).where(
            RestrictedPart.referral_id == referral.id, RestrictedPart.number == number
        )
    )
    against = mentions(
        [*names.values(), *_entries(apart, "contacts")],
        [*places.values(), *_entries(apart, "addresses")],
        list(_shown(around)),
    )
    left: dict[str, Any] = without(document, against)
    return left


def _entries(apart: Mapping[str, Any] | None, name: str) -> list[Mapping[str, Any]]:
    return [one["entry"] for one in (apart or {}).get(name) or []]


def _shown(around: people.Household) -> Iterator[str]:
    """Yield the names that go with the sections a reader of documents sees."""
    person = around.person
    yield from (person.given_name or "", person.family_name or "", *(person.aliases or ()))
    for one in around.contacts:
        if not one.protected:
            yield from (one.given_name or "", one.family_name or "")

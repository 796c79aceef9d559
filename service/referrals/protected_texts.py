"""Documents of a referral, and what a plan quotes of them, for readers who see no protected contacts.

It looks further than its reader, at whom the record protects, and shows nothing of that: sentences about
them are left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from service.access.row_visibility import bypasses_row_security
from service.document.mentions import mentions, without
from service.document.restricted import Giveaway
from service.people import queries as people
from service.people import restricted
from service.referrals.model import Referral, RestrictedPart
from service.referrals.plan import Statement

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
    against = _mentions(session, referral.person_id, [(referral.id, number)])
    left: dict[str, Any] = without(document, against)
    return left


@bypasses_row_security
def plan_without_protected(
    session: Session, person_id: UUID, statements: Sequence[Statement], *, household: bool
) -> list[dict[str, Any]]:
    """Return the documents of statements about a plan, in their order, as `without_protected` does.

    Args:
        household: whether the reader sees who else is in the person's life.
    """
    versions = [(one.referral_id, one.version) for one in statements]
    against = _mentions(session, person_id, versions, household=household)
    return [without(one.document, against) for one in statements]


def _mentions(
    session: Session, person_id: UUID, versions: Sequence[tuple[UUID, int]], *, household: bool = True
) -> tuple[Giveaway, ...]:
    around = people.household(session, person_id)
    who = [one for one in around.contacts if one.protected]
    where = [one for one in around.addresses if one.protected]
    names = restricted.read_contacts(session, [one.id for one in who], _PURPOSE)
    places = restricted.read_addresses(session, [one.id for one in where], _PURPOSE)
    apart = session.scalars(
        select(RestrictedPart.document).where(
            tuple_(RestrictedPart.referral_id, RestrictedPart.number).in_(versions)
        )
    ).all()
    return mentions(
        [*names.values(), *_entries(apart, "contacts")],
        [*places.values(), *_entries(apart, "addresses")],
        list(_shown(around, household=household)),
    )


def _entries(apart: Sequence[Mapping[str, Any]], name: str) -> list[Mapping[str, Any]]:
    return [one["entry"] for part in apart for one in part.get(name) or []]


def _shown(around: people.Household, *, household: bool) -> Iterator[str]:
    """Yield the names that the reader sees anyway."""
    person = around.person
    yield from (person.given_name or "", person.family_name or "", *(person.aliases or ()))
    for one in around.contacts:
        if household and not one.protected:
            yield from (one.given_name or "", one.family_name or "")

"""Texts of a referral for readers who see no protected contacts: without what they say about them.

It looks further than its reader, at whom the record protects, and shows nothing of that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from service.access.row_visibility import bypasses_row_security
from service.document.protecting import protected_in
from service.document.restricted import SHAPES
from service.mentions import Matcher
from service.people.protected import protected_by
from service.referrals.model import Referral, RestrictedPart
from service.referrals.plan import Statement


@bypasses_row_security
def without_protected(
    session: Session, referral: Referral, number: int, document: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a document without the sentences that name a protected contact or say where one is.

    Compared with are the contacts and addresses that the record protects now, and those that this version
    kept apart, also those that were entered in error.

    Args:
        number: of the version that the document is, or was made from.
    """
    kept = _kept_apart(session, [(referral.id, number)], document.get("person") or {})
    matcher = Matcher(protected_in(kept, protected_by(session, referral.person_id, in_error=True)))
    left: dict[str, Any] = matcher.without(document, shapes=SHAPES)
    return left


@bypasses_row_security
def plan_without_protected(
    session: Session, person_id: UUID, statements: Sequence[Statement], *, household: bool
) -> list[dict[str, Any]]:
    """Return the documents of statements about a plan, in their order, as `without_protected` does.

    Args:
        household: whether the reader sees who else is in the person's life.
    """
    kept = _kept_apart(session, [(one.referral_id, one.version) for one in statements], {})
    protected = protected_in(kept, protected_by(session, person_id, in_error=True))
    if not household:
        protected = replace(protected, others=(), homes=())
    matcher = Matcher(protected)
    return [matcher.without(one.document, shapes=SHAPES) for one in statements]


def _kept_apart(
    session: Session, versions: Sequence[tuple[UUID, int]], person: Mapping[str, Any]
) -> dict[str, Any]:
    apart = session.scalars(
        select(RestrictedPart.document).where(
            tuple_(RestrictedPart.referral_id, RestrictedPart.number).in_(versions)
        )
    ).all()
    return {
        "household": {"contacts": _entries(apart, "contacts")},
        "addresses": _entries(apart, "addresses"),
        "person": person,
    }


def _entries(apart: Sequence[Mapping[str, Any]], name: str) -> list[Mapping[str, Any]]:
    return [one["entry"] for part in apart for one in part.get(name) or []]

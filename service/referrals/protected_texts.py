"""Texts of a referral for readers who see no protected contacts: without what they say about them.

It looks further than its reader, at whom the record protects, and shows nothing of that.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.row_visibility import bypasses_row_security
from service.document.protecting import protected_in
from service.mentions import Matcher
from service.people.protected import protected_by
from service.referrals.model import Referral, RestrictedPart


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
    apart = session.scalar(
        select(RestrictedPart.document).where(
            RestrictedPart.referral_id == referral.id, RestrictedPart.number == number
        )
    )
    kept: dict[str, Any] = {
        "household": {"contacts": _entries(apart, "contacts")},
        "addresses": _entries(apart, "addresses"),
        "person": document.get("person") or {},
    }
    matcher = Matcher(protected_in(kept, protected_by(session, referral.person_id)))
    left: dict[str, Any] = matcher.without(document)
    return left


def _entries(apart: Mapping[str, Any] | None, name: str) -> list[Mapping[str, Any]]:
    return [one["entry"] for one in (apart or {}).get(name) or []]

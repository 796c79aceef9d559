"""What an entry says: its body, and the columns it can be searched by, which are read off the body. Pure.

The body alone is evidence. The columns repeat parts of it; `columns_of` says which, for writing and checking.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

VERBS: Final[dict[str, str]] = {
    "collection": "personal data were taken in",
    "alteration": "personal data were changed",
    "consultation": "personal data were looked at",
    "disclosure": "personal data were sent to somebody",
    "combination": "personal data from several sources were put together",
    "erasure": "personal data were erased",
    "search": "somebody searched",
    "export": "data left the service as a whole",
    "sign_in": "a client was given a token",
    "denied": "somebody was refused",
    "override": "a named manager set a rule aside, with a reason",
    "audit_read": "the trail itself was read",
    "key_event": "a client, key or policy was changed",
}
"""The first six are those of section 62 of the Data Protection Act 2018, the rest are ours."""

VERSION: Final = 1
"""Of the form of a body; a reader meets every version that was ever written."""


def present(**members: Any) -> dict[str, Any]:
    """Return the members that say something: the canonical form knows no null."""
    return {name: value for name, value in members.items() if value is not None and value not in ((), [], {})}


def columns_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns that an entry with this body must have.

    Args:
        body: as read back from its canonical JSON.
    """
    actor, about, person = body["actor"], body["object"], body.get("person_id")
    return {
        "id": UUID(body["id"]),
        "recorded_at": datetime.fromisoformat(body["recorded_at"]),
        "person_id": UUID(person) if person else None,
        "actor_organisation_id": UUID(actor["organisation_id"]),
        "client_id": actor["client_id"],
        "practitioner_id": actor.get("practitioner", {}).get("id"),
        "verb": body["verb"],
        "outcome": body["outcome"],
        "object_kind": about["kind"],
        "object_id": about["id"],
    }

"""The content of an entry: its body, and the search columns derived from the body. Pure.

Only the body is evidence. The columns repeat parts of it; `columns_of` derives them, for writing and
checking.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

VERBS: Final[dict[str, str]] = {
    "collection": "personal data were collected",
    "alteration": "personal data were changed",
    "consultation": "personal data were read",
    "disclosure": "personal data were sent to an organisation",
    "combination": "personal data from several sources were combined",
    "erasure": "personal data were erased",
    "search": "records were searched",
    "export": "data were exported in bulk",
    "sign_in": "a client received a token",
    "denied": "a call was refused",
    "override": "a named manager set a rule aside, with a reason",
    "audit_read": "the trail itself was read",
    "key_event": "a client, key or policy was changed",
}
"""The first six come from section 62 of the Data Protection Act 2018; the rest are the service's own."""

VERSION: Final = 1
"""The version of the body's format; readers must handle every version ever written."""


def present(**members: Any) -> dict[str, Any]:
    """Return the members that are not empty, because the canonical form has no null."""
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

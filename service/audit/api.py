"""The audit trail, for data protection officers and inspectors. Reading it is recorded too."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from service import db
from service.access.actor import Actor
from service.audit.canonical import moment_text
from service.audit.model import AuditEntry
from service.audit.queries import entries
from service.audit.schemas import AuditEntryList, EntrySearch
from service.audit.trail import record
from service.guard.permitted import permitted
from service.http import Blueprint, decode_cursor, page

audit = Blueprint(
    "audit",
    __name__,
    url_prefix="/v1/audit",
    description="The audit trail, for data protection officers and inspectors.",
)
blueprints = (audit,)


@audit.route("/entries")
@audit.arguments(EntrySearch, location="query")
@audit.response(200, AuditEntryList)
@permitted("audit:read")
def list_audit_entries(session: Session, actor: Actor, query: dict[str, Any]) -> dict[str, Any]:
    """Search the audit trail, newest entries first.

    The search itself is recorded on the audit trail.
    """
    limit = query.pop("limit")
    before = _place(query.pop("after")) if "after" in query else None
    record(
        session,
        actor,
        "audit_read",
        object_kind="audit_entry",
        object_id="-",
        person_id=query.get("person_id"),
        shape=" ".join(sorted(query)) or "everything",
    )
    # The API's role can only add entries, so another role reads them. Both transactions end before the
    # response.
    with db.transaction("audit_reader") as reader:
        rows, onward = page(entries(reader, query, before=before, limit=limit + 1), limit, _key)
        return {"items": [_view(entry) for entry in rows], "next": onward}


def _key(entry: AuditEntry) -> tuple[str, str]:
    return moment_text(entry.recorded_at), str(entry.id)


def _place(cursor: str) -> tuple[datetime, UUID]:
    at, entry_id = decode_cursor(cursor, datetime, UUID)
    return at, entry_id


def _view(entry: AuditEntry) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(entry.body)
    return body | {"body_sha256": entry.body_sha256.hex()}

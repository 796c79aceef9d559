"""Opens what questions told of protected contacts and addresses, through the database's own function."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

_CONFIDENTIAL = text("""
    SELECT asked.*, told.*
    FROM unnest(CAST(:requests AS uuid[]), CAST(:versions AS integer[])) AS asked (request_id, version)
    CROSS JOIN LATERAL confidential_question(asked.request_id, asked.version, :purpose) AS told
""")
Version = tuple[uuid.UUID, int]
"""A version of a question: the request, and the number."""


def confidential_parts(
    session: Session, versions: Sequence[Version], purpose: str
) -> dict[Version, dict[tuple[str, str], dict[str, Any]]]:
    """Return what versions of questions told of protected contacts and addresses, each by kind and id."""
    if not versions:
        return {}
    requests, numbers = zip(*versions, strict=True)
    given = {"requests": list(requests), "versions": list(numbers), "purpose": purpose}
    found: dict[Version, dict[tuple[str, str], dict[str, Any]]] = {}
    for request_id, number, kind, subject_id, details in session.connection().execute(_CONFIDENTIAL, given):
        found.setdefault((request_id, number), {})[kind, str(subject_id)] = details
    return found

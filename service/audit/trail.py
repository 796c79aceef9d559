"""Writes audit entries, each in the transaction of the action it records.

It never reads them back: the roles that call it may only insert.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.orm import Session

from service import clock, config, db
from service.access.actor import Actor
from service.audit.canonical import digest, plain, written
from service.audit.entry import VERBS, VERSION, columns_of, present
from service.audit.model import AuditEntry
from service.gathering import append

Outcome = Literal["allowed", "denied"]


def record(
    session: Session,
    actor: Actor,
    verb: str,
    *,
    object_kind: str,
    object_id: UUID | str,
    outcome: Outcome = "allowed",
    object_version: int | None = None,
    person_id: UUID | None = None,
    fields: Iterable[str] = (),
    purpose: str | None = None,
    legal_basis: str | None = None,
    recipients: Iterable[UUID] = (),
    reason: str | None = None,
    shape: str | None = None,
    refusals: Mapping[str, Any] | None = None,
) -> UUID:
    """Add an entry about an action of this transaction: both are stored, or neither is.

    Args:
        session: the transaction of the action.
        actor: who performs it.
        verb: one of `VERBS`.
        object_kind, object_id, object_version: the object, such as ("referral", id, 3).
        outcome: whether it was allowed.
        person_id: the person whose data are concerned.
        fields: the names of the fields read, changed or sent; never their values.
        purpose, legal_basis: why it may be done; taken from the caller's permission when None.
        recipients: the organisations it was disclosed to.
        reason: a code or fixed words; never personal data.
        shape: for a search, the filters used, not what was found.
        refusals: for an entry about several refusals: their number, the first and last time, the objects.

    Returns:
        The id of the entry.

    Raises:
        ValueError: `verb` is not one of `VERBS`.
    """
    if verb not in VERBS:
        raise ValueError(f"not a verb of the trail: {verb}")
    entry_id, practitioner = db.new_id(), actor.practitioner
    body = plain(
        present(
            version=VERSION,
            id=entry_id,
            recorded_at=db.started_at(session),
            occurred_at=clock.now(),
            verb=verb,
            outcome=outcome,
            reason=reason,
            actor=present(
                client_id=actor.client_id,
                organisation_id=actor.organisation_id,
                practitioner=practitioner and present(id=practitioner.id, role=practitioner.role),
                strength=actor.strength,
                address=actor.address,
            ),
            person_id=person_id,
            object=present(kind=object_kind, id=str(object_id), version=object_version),
            fields=sorted(set(fields)),
            purpose=purpose or actor.purpose,
            legal_basis=legal_basis or actor.legal_basis,
            recipients=sorted(map(str, set(recipients))),
            request_id=actor.request_id,
            release=_release(),
            shape=shape,
            refusals=refusals and present(**refusals),
        )
    )
    text = written(body)
    append(session, AuditEntry, {**columns_of(body), "body": text, "body_sha256": digest(text)})
    return entry_id


@cache
def _release() -> str:
    return config.load().release

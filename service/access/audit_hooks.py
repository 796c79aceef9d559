"""Hooks through which lower layers write to the audit trail, which registers them from the layer above.

No client signs in, is refused or has a key changed without an entry, so missing hooks are an error.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from service.access.actor import Actor


class Record(Protocol):
    """Adds an entry to the trail in the transaction of the action itself."""

    def __call__(
        self,
        session: Session,
        actor: Actor,
        verb: str,
        *,
        object_kind: str,
        object_id: UUID | str,
        fields: Iterable[str] = (),
        reason: str | None = None,
    ) -> UUID: ...


class Denied(Protocol):
    """Adds an entry about a refusal in a transaction of its own, or counts it with others of its kind."""

    def __call__(
        self, actor: Actor, *, object_kind: str, object_id: UUID | str, reason: str
    ) -> UUID | None: ...


@dataclass(frozen=True)
class AuditHooks:
    """The functions that record an action and a refusal."""

    record: Record
    denied: Denied


_registered: list[AuditHooks] = []


def register_hooks(hooks: AuditHooks) -> None:
    """Record everything from now on through these hooks."""
    _registered[:] = [hooks]


def registered_hooks() -> AuditHooks:
    """Return the hooks that record on the audit trail.

    Raises:
        RuntimeError: none are registered, because `service.audit` was not imported.
    """
    if not _registered:
        raise RuntimeError("no audit hooks are registered: import service.audit before serving requests")
    return _registered[0]

"""What access must tell the audit trail. The trail is a layer above, so it hands its functions in here.

Nobody signs in, is refused or has a key changed without a witness: its absence is a fault, not a silence.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from service.access.actor import Actor


class Record(Protocol):
    """Adds an entry to the trail in the transaction of the act itself."""

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
class Witness:
    """The two ways to be heard."""

    record: Record
    denied: Denied


_appointed: list[Witness] = []


def appoint(witness: Witness) -> None:
    """Hear everything from now on through this witness."""
    _appointed[:] = [witness]


def the_witness() -> Witness:
    """Return whoever keeps the trail.

    Raises:
        RuntimeError: nobody does; the process was put together wrongly.
    """
    if not _appointed:
        raise RuntimeError("nobody keeps the audit trail: import service.audit before serving requests")
    return _appointed[0]

"""Works out what follows from a change once, at the end of the action that made it, wherever it came from.

Writes only mark a record. Packages register what looks at it again: lower ones first, until nothing is
marked. A view that shows what follows settles before it reads; whatever has not been settled by then is
settled before the transaction commits, so that no path can forget it.
"""

import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from service.access.actor import Actor
from service.db import before_commit
from service.gathering import GatheringSession

Reconcile = Callable[[Session, Actor, uuid.UUID], None]
"""Brings what a package keeps of a record in line with the record, given by its id."""
Marked = dict[uuid.UUID, tuple[Actor, frozenset[str]]]
"""The records to look at again: who changed each, and the packages that have not looked yet."""

DEPARTURE_GATE: Final = "departure_gate"
"""By which name it is looked at again who owes what before somebody may leave a placement for an address."""

_registered: Final[dict[str, tuple[int, Reconcile]]] = {}
_by_name: Final[set[str]] = set()
_MARKED: Final = "marked"
_BEFORE: Final = "marked_before_savepoint"


def register(package: str, rank: int, reconcile: Reconcile, *, by_name: bool = False) -> None:
    """Have a package look again at each marked record.

    Args:
        package: its name.
        rank: lower ranks look first: a package may read what those below it have settled.
        reconcile: is given the session, who changed the record, and its id.
        by_name: it looks only at records that were marked for it.
    """
    _registered[package] = (rank, reconcile)
    if by_name:
        _by_name.add(package)


def mark(session: Session, actor: Actor, record_id: uuid.UUID, *, only: str | None = None) -> None:
    """Note that a record has changed, so that what follows from it is worked out again.

    Args:
        only: the name of the one package for which anything follows; None for all but those marked by name.
    """
    _, before = _marked(session).get(record_id, (actor, frozenset[str]()))
    looks = _registered.keys() - _by_name if only is None else {only}
    _marked(session)[record_id] = (actor, before | looks)
    before_commit(session, _MARKED, settle, early=True)


def unmark(session: Session, package: str, record_id: uuid.UUID) -> None:
    """Note that a package has just looked at a record as it now is."""
    marked = _marked(session)
    if record_id in marked:
        actor, packages = marked[record_id]
        marked[record_id] = (actor, packages - {package})


def settle(session: Session) -> None:
    """Have every package look again at the records that were marked, until none is."""
    while (following := _next(_marked(session))) is not None:
        package, record_id, actor = following
        unmark(session, package, record_id)
        _registered[package][1](session, actor, record_id)
    _marked(session).clear()


def _next(marked: Mapping[uuid.UUID, tuple[Actor, frozenset[str]]]) -> tuple[str, uuid.UUID, Actor] | None:
    waiting = [
        (_registered[package][0], str(record_id), package, record_id, actor)
        for record_id, (actor, packages) in marked.items()
        for package in packages
    ]
    if not waiting:
        return None
    *_, package, record_id, actor = min(waiting, key=lambda one: one[:3])
    return package, record_id, actor


def _marked(session: Session) -> Marked:
    return cast("Marked", session.info.setdefault(_MARKED, {}))


@event.listens_for(GatheringSession, "after_transaction_create")
def _remember_what_was_marked(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        before: dict[SessionTransaction, Any] = session.info.setdefault(_BEFORE, {})
        before[transaction] = dict(_marked(session))


@event.listens_for(GatheringSession, "after_soft_rollback")
def _forget_what_was_undone(session: Session, transaction: SessionTransaction) -> None:
    """Forget the marks set since a savepoint, or all: the changes were taken back."""
    session.info[_MARKED] = session.info.get(_BEFORE, {}).pop(transaction, {})

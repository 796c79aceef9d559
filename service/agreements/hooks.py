"""Hooks for the packages above: what they know of a record, and how each decision is carried out."""

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NoReturn

from sqlalchemy import Select
from sqlalchemy.orm import Session

from service.access.actor import Actor, Practitioner
from service.access.case_acts import Act
from service.access.four_eyes import Matter, OwnWork
from service.access.row_visibility import bypasses_row_security
from service.agreements.model import Agreement
from service.agreements.states import State
from service.timers import ClockCase


@dataclass(frozen=True, slots=True)
class Record:
    """What `people` knows of a record.

    Args:
        open_to_change: selects those on which a caller may act, as far as limits and exclusions go.
        own_work: what a manager did in several cases, as four eyes count it; how others stand to them.
        require_independent: returns the manager behind a call, and refuses one who may not decide.
        require_to_act: refuses who may not do something about a case.
        crns: the case reference numbers of records, by id.
    """

    open_to_change: Callable[[Actor], Select[uuid.UUID]]
    own_work: Callable[..., OwnWork]
    require_independent: Callable[..., Practitioner]
    require_to_act: Callable[[Actor, Act, uuid.UUID, OwnWork], None]
    crns: Callable[[Session, Collection[uuid.UUID]], Mapping[uuid.UUID, str]]


@dataclass(frozen=True, slots=True)
class Found:
    """What a decision is about, locked for a caller who may know of it.

    Args:
        row: the package's own row.
        case: the case, and so whom the clock notifies.
        matter: whose it is: those named in it may not decide.
        beside: the rows of what is decided with it, of the same record.
    """

    row: Any
    case: ClockCase
    matter: Matter
    beside: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What a manager said: why, and why all the same where something is outstanding.

    Args:
        reason: the manager's.
        override_reason: why it is agreed although something is outstanding.
    """

    reason: str
    override_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a decision rests on, as it stands now.

    Args:
        kind, id: what it is, as events name it.
        stands: all of it that counts for the decision.
        since: when it came to stand so.
    """

    kind: str
    id: uuid.UUID
    stands: str
    since: datetime


def _nothing_to_ask(session: Session, actor: Actor, found: Found, given: Mapping[str, Any]) -> None:
    del session, actor, found, given


Carry = Callable[[Session, Actor, Found, Agreement, Decision], None]
"""Carries out a decision through the door of its subject, which records it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a package knows of one kind of decision.

    Args:
        rests_on: returns every fact that the decision rests on. A manager decides about those that they have
            read: where one changes, the agreement has another tag.
        find: finds and locks what it is about, with what is decided beside it where its kind has such; 404
            unless the caller may know of it, and 409 for a record that another region holds.
        require: refuses what could not be agreed to now, before anybody is asked: 409, or 422 for what is
            proposed. It is given the valid request.
        agree, disagree: the doors; where one only records what was decided, None.
    """

    rests_on: Callable[[Session, Agreement], Sequence[Fact]]
    find: Callable[..., Found]
    require: Callable[[Session, Actor, Found, Mapping[str, Any]], None] = field(default=_nothing_to_ask)
    agree: Carry | None = None
    disagree: Carry | None = None


_subjects: Final[dict[str, Subject]] = {}
_record: Final[list[Record]] = []


def register(**kinds: Subject) -> None:
    """Carry out the decisions of these kinds in this way from now on."""
    _subjects.update(kinds)


def register_record(record: Record) -> None:
    """Look a record up in this way from now on."""
    _record[:] = [record]


def subject_of(kind: str) -> Subject:
    """Return what is known of a kind of decision."""
    return _subjects.get(kind) or _missing(kind)


def rests_on(session: Session, agreement: Agreement) -> Sequence[Fact]:
    """Return what a decision that waits rests on, as it stands now; nothing once it is made."""
    return _facts(session, agreement) if agreement.state == State.ASKED else ()


@bypasses_row_security
def _facts(session: Session, agreement: Agreement) -> Sequence[Fact]:
    # Whoever decides is answerable for all of it, also for what the gate of a stay waits for elsewhere.
    found = subject_of(agreement.kind).rests_on(session, agreement)
    return sorted(found, key=lambda one: (one.since, one.kind, one.id, one.stands))


def record() -> Record:
    """Return how a record is looked up."""
    return _record[0] if _record else _missing("people")


def _missing(what: str) -> NoReturn:
    raise RuntimeError(f"nothing is registered for {what}: import the package that owns it")

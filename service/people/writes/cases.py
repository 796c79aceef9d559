"""Writes whose a case is: the holding, the team, transfers, and the clocks of each.

It does not decide who may change what. The caller has locked the person's row.
"""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import audit, clock, events, timers
from service.access.actor import Actor
from service.db import new_id
from service.gathering import flush_but_last
from service.people import aliases, holding_queries
from service.people.model import CaseHolding, Person, Sight, TeamMember, Transfer
from service.people.policies import (
    ABSENCE,
    AWAY_TIMER,
    CARETAKER,
    COVER,
    OWNER_TIMER,
    OWNERLESS,
    SIGHT_WHILE_PENDING_DAYS,
    TRANSFER,
)
from service.people.sight import SECTIONS
from service.people.states import Row, TransferState
from service.people.writes import records as writes
from service.people.writes.records import Holds
from service.timers import ClockCase, Subject

_POLICY_OF: Final = {"caretaker": CARETAKER, "cover": COVER, OWNER_TIMER: OWNERLESS, AWAY_TIMER: ABSENCE}
"""The policy of each clock: of the date and the length of a caretaker's time, of nobody accountable, and of
an accountable practitioner who is away.
"""


def holding_subject(holding: CaseHolding) -> Subject:
    """Return how a case is held as the subject of its clocks."""
    return Subject("case_holding", holding.id)


def transfer_subject(transfer: Transfer) -> Subject:
    """Return a transfer as the subject of its clock."""
    return Subject("transfer", transfer.id)


def change_holding(
    session: Session,
    actor: Actor,
    person: Person,
    practitioner_id: str,
    pdu: str | None,
    *,
    because: Holds,
    event_id: uuid.UUID,
    caretaker_id: str | None = None,
    caretaker_until: datetime | None = None,
) -> CaseHolding:
    """End how a case was held, and record how it is held from now on, with the clocks of a caretaker."""
    before = holding_queries.holding_of(session, person.id)
    caretaken_since = _caretaken_since(session, person.id) if caretaker_id else None
    if before is not None:
        before.ended_at = clock.now()
        timers.stop(session, holding_subject(before), reason="holding_changed")
        flush_but_last(session)  # the index allows one that has not ended
    holding = writes.start_holding(
        session,
        person,
        practitioner_id,
        pdu,
        because=because,
        event_id=event_id,
        caretaker_id=caretaker_id,
        caretaker_until=caretaker_until,
    )
    if caretaker_until is not None:
        _start_clock(session, actor, person, holding, "caretaker", hard_date=caretaker_until)
        _start_clock(session, actor, person, holding, "cover", anchor=caretaken_since)
    fields = ["practitioner", "pdu", *(["caretaker"] if because == "caretaker" else [])]
    record(session, actor, person, [f"holding.{name}" for name in fields])
    return holding


def carry_holding(
    session: Session, actor: Actor, person: Person, like: CaseHolding, *, event_id: uuid.UUID
) -> CaseHolding:
    """Let whoever answers for the record that stands for a merged one answer for that too.

    The clocks of a caretaker and of a case without anybody run for the record that stands.

    Args:
        person: merged, and of the same region.
        like: how the record that stands for it is held now.
    """
    before = holding_queries.holding_of(session, person.id)
    if before is not None:
        before.ended_at = clock.now()
        timers.stop(session, holding_subject(before), reason="holding_changed")
        flush_but_last(session)  # the index allows one that has not ended
    carried = writes.start_holding(
        session,
        person,
        like.practitioner_id,
        like.pdu,
        because="merged",
        event_id=event_id,
        caretaker_id=like.caretaker_id,
        caretaker_until=like.caretaker_until,
    )
    record(session, actor, person, ["holding.practitioner", "holding.pdu"])
    return carried


def _caretaken_since(session: Session, person_id: uuid.UUID) -> datetime | None:
    """Return since when a case has been with caretakers without a break, None when it is not with one."""
    since = None
    for holding in reversed(holding_queries.holdings_of(session, person_id)):
        if holding.caretaker_until is None or holding.caretaker_until < (holding.ended_at or clock.now()):
            break
        since = holding.since
    return since


def _start_clock(
    session: Session,
    actor: Actor,
    person: Person,
    holding: CaseHolding,
    timer: str,
    *,
    hard_date: datetime | None = None,
    anchor: datetime | None = None,
) -> None:
    timers.start(
        session,
        actor,
        holding_subject(holding),
        timer,
        policy=_POLICY_OF[timer],
        case=ClockCase(
            referral_id=None,
            person_id=person.id,
            probation_id=holding.organisation_id,
            responder_id=None,
            practitioner=holding.practitioner_id,
            pdu=holding.pdu,
            label=timer,
            caretaker=holding.caretaker_id,
            caretaker_until=holding.caretaker_until,
        ),
        hard_date=hard_date,
        anchor=anchor,
        # Whoever was away may be away again.
        fresh=timer != AWAY_TIMER,
    )


def record_event(
    session: Session,
    actor: Actor,
    person: Person,
    name: str,
    data: Mapping[str, Any] | None = None,
    *,
    audience: Iterable[uuid.UUID] | None = None,
) -> uuid.UUID:
    """Record an event about whose a case is, with a new version of the person; return its id.

    Args:
        audience: the region that holds the record when None.
    """
    person.version += 1
    person.changed_at = clock.now()
    told = [person.holder_id] if audience is None else audience
    return writes.record_event(session, actor, name, "person", person, audience=told, data=data)


def start_ownerless(session: Session, actor: Actor, person: Person, holding: CaseHolding) -> None:
    """Record that nobody is accountable for a case any more, and start the clock of the SPO."""
    record_event(session, actor, person, "person.practitioner_departed")
    _start_clock(session, actor, person, holding, OWNER_TIMER)
    record(session, actor, person, ["holding.ownerless"])


def start_cover(session: Session, actor: Actor, person: Person, holding: CaseHolding) -> None:
    """Record that a case needs somebody to cover for its practitioner, and start the clock of the SPO."""
    record_event(session, actor, person, "person.cover_needed")
    _start_clock(session, actor, person, holding, AWAY_TIMER)
    record(session, actor, person, ["holding.cover_needed"])


def stop_cover(session: Session, holding: CaseHolding) -> None:
    """Stop the clock that asks for cover."""
    timers.stop(session, holding_subject(holding), reason="cover_not_needed", timer=AWAY_TIMER)


def ownerless_among(session: Session, holdings: Iterable[CaseHolding]) -> set[uuid.UUID]:
    """Return the ids of those holdings of which it has been said that nobody is accountable."""
    found = timers.clocks_of(session, map(holding_subject, holdings))
    return {
        subject.id for subject, clocks in found.items() if any(one["timer"] == OWNER_TIMER for one in clocks)
    }


def ownerless_in(session: Session, organisation_id: uuid.UUID) -> list[tuple[Person, CaseHolding]]:
    """Return the cases of a region for which nobody is accountable, with how each is held, oldest first."""
    rows = session.execute(
        select(Person, CaseHolding)
        .join(CaseHolding, CaseHolding.person_id == Person.id)
        .where(
            CaseHolding.organisation_id == organisation_id,
            CaseHolding.ended_at.is_(None),
            CaseHolding.id.in_(timers.subjects_with_clock("case_holding", "owner")),
        )
        .order_by(CaseHolding.since, Person.crn)
    )
    return [(person, holding) for person, holding in rows]


def give_record(session: Session, actor: Actor, person: Person, holder_id: uuid.UUID, region: str) -> None:
    """Give a held record to another region; what it was before is kept, as of every change."""
    writes.supersede(session, actor, "person", person, {})
    person.holder_id, person.region = holder_id, region


def add_member(
    session: Session, actor: Actor, person: Person, practitioner_id: str, part: str, *, event_id: uuid.UUID
) -> None:
    """Add a colleague to the team of a case."""
    session.add(
        TeamMember(
            id=new_id(),
            person_id=person.id,
            organisation_id=person.holder_id,
            practitioner_id=practitioner_id,
            part=part,
            from_at=clock.now(),
            until_at=None,
            named_by=named_by(actor),
            event_id=event_id,
        )
    )
    record(session, actor, person, ["team", f"team.{part}"])


def end_members(session: Session, actor: Actor, person: Person, members: Iterable[TeamMember]) -> None:
    """End the part of colleagues in the team of a case."""
    for member in members:
        member.until_at = clock.now()
        record(session, actor, person, ["team", f"team.{member.part}"])


def add_transfer(
    session: Session, actor: Actor, person: Person, *, answering: CaseHolding | None, **columns: Any
) -> Transfer:
    """Add a request that another region hold a case, and start the clock of its answer.

    Args:
        answering: how the region that must answer holds the case, if it does.
        columns: of the transfer, but for its state and who asked.
    """
    transfer = Transfer(
        id=new_id(),
        person_id=person.id,
        asked_by_id=actor.organisation_id,
        asked_by=named_by(actor),
        state=TransferState.REQUESTED,
        version=1,
        asked_at=clock.now(),
        answered_by=None,
        answered_at=None,
        answer_reason=None,
        **columns,
    )
    transfer.state_event_id = _transfer_event(session, actor, transfer, "transfer.requested", from_state=None)
    session.add(transfer)
    _record_transfer(session, actor, "collection", transfer, ["reason", "outstanding"])
    timers.start(
        session,
        actor,
        transfer_subject(transfer),
        "answer",
        policy=TRANSFER,
        case=ClockCase(
            referral_id=None,
            person_id=person.id,
            probation_id=answering_region(transfer),
            responder_id=None,
            practitioner=answering.practitioner_id if answering else "",
            pdu=answering.pdu if answering else None,
            label="transfer",
        ),
        fresh=True,
    )
    return transfer


def answering_region(transfer: Transfer) -> uuid.UUID:
    """Return the region that must answer a transfer: the one of the two that did not ask."""
    return transfer.from_id if transfer.asked_by_id == transfer.to_id else transfer.to_id


def move_transfer(
    session: Session,
    actor: Actor,
    transfer: Transfer,
    row: Row,
    changes: Mapping[str, Any],
) -> None:
    """Move a transfer by one row of its table, with its event, and stop its clock.

    Args:
        transfer: locked.
        row: that permits it.
        changes: other columns that change with it.
    """
    before = transfer.state
    transfer.version += 1
    transfer.state, transfer.answered_by, transfer.answered_at = row.target, named_by(actor), clock.now()
    for name, value in changes.items():
        setattr(transfer, name, value)
    transfer.state_event_id = _transfer_event(session, actor, transfer, row.event, from_state=before)
    _record_transfer(session, actor, "alteration", transfer, ["state", *changes])
    timers.stop(session, transfer_subject(transfer), reason=row.target)


def lock_transfer(session: Session, transfer: Transfer) -> None:
    """Lock a transfer and read it again, so that its state is the one that counts."""
    session.refresh(transfer, with_for_update=True)


def give_sight_while_pending(session: Session, actor: Actor, transfer: Transfer) -> None:
    """Let the receiving region read all records of the person until it answers, and for a limited time."""
    now, given = clock.now(), new_id()
    session.add_all(
        Sight(
            id=given if record_id == transfer.person_id else new_id(),
            person_id=record_id,
            organisation_id=transfer.to_id,
            practitioner_id=None,
            basis="transfer_pending",
            sections=list(SECTIONS),
            from_at=now,
            until_at=now + timedelta(days=SIGHT_WHILE_PENDING_DAYS),
            reason=transfer.reason,
            given_by=named_by(actor),
            event_id=transfer.state_event_id,
            carried_from_id=None if record_id == transfer.person_id else given,
        )
        for record_id in aliases.ids_of(session, transfer.person_id)
    )


def end_sight_while_pending(session: Session, actor: Actor, transfer: Transfer) -> None:
    """End what `give_sight_while_pending` gave; the record itself stays with whoever holds it now."""
    given = session.scalars(
        select(Sight).where(
            Sight.person_id.in_(aliases.same_person_as(transfer.person_id)),
            Sight.organisation_id == transfer.to_id,
            Sight.basis == "transfer_pending",
            Sight.ended_at.is_(None),
        )
    )
    for sight in given:
        sight.ended_at, sight.ended_by = clock.now(), named_by(actor)


def named_by(actor: Actor) -> str:
    """Return the practitioner behind a call, or the system of a call without one."""
    return actor.practitioner.id if actor.practitioner else actor.client_id


def record(session: Session, actor: Actor, person: Person, fields: Iterable[str]) -> None:
    """Record on the audit trail what changed about whose a case is."""
    writes.record(session, actor, person, "alteration", fields)


def _transfer_event(
    session: Session, actor: Actor, transfer: Transfer, name: str, *, from_state: str | None
) -> uuid.UUID:
    return events.append(
        session,
        actor,
        name,
        subject_kind="transfer",
        subject_id=transfer.id,
        audience={transfer.from_id, transfer.to_id},
        person_id=transfer.person_id,
        from_state=from_state,
        to_state=transfer.state,
        version=transfer.version,
        data={"asked_by": "receiver" if transfer.asked_by_id == transfer.to_id else "holder"},
    )


def _record_transfer(
    session: Session, actor: Actor, verb: str, transfer: Transfer, fields: Iterable[str]
) -> None:
    audit.record(
        session,
        actor,
        verb,
        object_kind="transfer",
        object_id=transfer.id,
        object_version=transfer.version,
        person_id=transfer.person_id,
        fields=fields,
    )

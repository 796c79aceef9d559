"""Transfers a case to another region, with a list of what is not finished in it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from service import db, settling
from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.cases import queries
from service.cases.actions.following import follow
from service.errors import Fault
from service.http.problems import invalid
from service.organisations import queries as organisations
from service.people import aliases, transfer_queries, visibility
from service.people.actions import handing_over, transferring
from service.people.actions.in_register import require_unit
from service.people.model import Person, Transfer
from service.people.policies import SIGHT_WHILE_PENDING_DAYS
from service.people.states import TransferAction
from service.referrals.actions.following import lock_referrals, look_again
from service.referrals.actions.submit import named


@bypasses_row_security
def ask(session: Session, actor: Actor, record: Person, given: Mapping[str, Any]) -> Transfer:
    """Ask for the transfer of a case: the holder offers it, and any other region asks for it.

    Args:
        record: the held record, or a side record of the caller's own.
        given: a valid `TransferRequest`.

    Raises:
        Problem: 409 when another transfer waits, or `held-elsewhere` to whoever sees the record only in an
            emergency; 422 for members that do not belong to the caller's side.
    """
    held_id = transferring.record_held(session, record).id
    lock_referrals(session, held_id)
    held = visibility.lock_record(session, held_id)
    visibility.require_more_than_emergency(session, actor, record)
    offers = record.held and record.holder_id == actor.organisation_id
    misplaced = ("practitioner", "pdu") if offers else ("to_region", "named")
    why = (
        "Leave it out: the region that takes this case says who answers for it."
        if offers
        else "Leave it out: you do not hold this case, so it comes to your region."
    )
    faults = [Fault(f"/{name}", why) for name in misplaced if given.get(name)]
    if faults:
        raise invalid(faults)
    outstanding = queries.outstanding(session, held)
    if offers:
        return transferring.offer(
            session,
            actor,
            held,
            given.get("to_region"),
            reason=given["reason"],
            named=given.get("named", ()),
            outstanding=outstanding,
        )
    who = named(actor)
    pdu = require_unit(session, actor.organisation_id, given.get("pdu"), "/pdu")
    return transferring.request(
        session,
        actor,
        held,
        reason=given["reason"],
        practitioner=given.get("practitioner") or who.id,
        pdu=pdu or who.pdu,
        outstanding=outstanding,
    )


def follow_offers(now: datetime) -> None:
    """End every offer that nobody answered while it gave sight of the record; for a worker.

    One a transaction, so that one that cannot be ended holds back no other.
    """
    while True:
        with db.transaction("worker") as session:
            asked_before = now - timedelta(days=SIGHT_WHILE_PENDING_DAYS)
            passed = transfer_queries.offer_that_passed(session, asked_before)
            if passed is None:
                return
            person = visibility.lock_record(session, passed.person_id)
            transferring.lock(session, passed)
            if transferring.has_passed(passed, now):
                transferring.lapse(session, person, passed)


@bypasses_row_security
def lock(session: Session, transfer: Transfer) -> None:
    """Lock the whole case of a transfer, and the transfer with it."""
    lock_referrals(session, transfer.person_id)
    visibility.lock_record(session, transfer.person_id)
    transferring.lock(session, transfer)


@bypasses_row_security
def move(session: Session, actor: Actor, transfer: Transfer, given: Mapping[str, Any]) -> None:
    """Accept, decline or withdraw a transfer.

    Args:
        transfer: locked, and with it the whole case.
        given: a valid `TransferTransition`.

    Raises:
        Problem: 409 when it has been answered, or to whoever only reads the case; 403 for a role that may
            not answer; 422 as of `transferring.accept`.
    """
    row = transferring.row_for(session, actor, transfer, given["action"])
    if row.action is not TransferAction.ACCEPT:
        transferring.close(session, actor, transfer, row, given.get("reason"))
        return
    person = session.get_one(Person, transfer.person_id)
    transferring.accept(
        session,
        actor,
        person,
        transfer,
        row,
        practitioner=given.get("practitioner"),
        pdu=given.get("pdu"),
        outstanding=queries.outstanding(session, person),
    )
    _follow_to(session, person)


@bypasses_row_security
def hand_over(
    session: Session,
    actor: Actor,
    person: Person,
    region_id: UUID,
    *,
    practitioner: str,
    pdu: str | None,
) -> None:
    """Hand a case over as an operator, to a practitioner of its own region or of another.

    Args:
        person: the held record.
        region_id: of the region that holds it from now on.

    Raises:
        Problem: 409 while a transfer waits for an answer; 422 for somebody who must not know of the case.
    """
    lock_referrals(session, person.id)
    person = visibility.lock_record(session, person.id)
    if person.holder_id == region_id:
        follow(session, actor, person.id, handing_over.reassign(session, actor, person, practitioner, pdu))
        return
    transferring.hand_over(session, actor, person, region_id, practitioner=practitioner, pdu=pdu)
    _follow_to(session, person)


def _follow_to(session: Session, person: Person) -> None:
    holding = handing_over.require_held(session, person)
    region = organisations.organisation(session, holding.organisation_id).code
    # It is nobody's act: the receiving region's organisations answer from now on.
    actor = Actor.for_service("transfers", person.holder_id)
    follow(session, actor, person.id, holding, region=region)
    for record in (person, *aliases.merged_into(session, person.id)):
        look_again(session, actor, record.id, record.holder_id)
        settling.mark(session, actor, record.id)
    settling.settle(session)

"""Transfers of a case between regions: asked by either side, and answered by the other.

The holder who asks gives the other region sight of the record until it answers. A region that asks for a
case that another holds learns nothing of it before the holder accepts.
"""

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.access.case_acts import Act
from service.access.four_eyes import is_manager
from service.access.identifiers import known_as
from service.access.permissions import MANAGERS
from service.access.row_visibility import bypasses_row_security
from service.errors import Fault
from service.http.problems import conflict, invalid, role_required
from service.organisations import queries as organisations
from service.people import access_queries, aliases, holding_queries, transfer_queries, visibility
from service.people.actions.asking import settle_requests_of_holder
from service.people.actions.deciding import require_act
from service.people.actions.handing_over import name_managers, name_on_case
from service.people.actions.in_register import require_in_register, require_unit
from service.people.model import Person, Transfer
from service.people.policies import SIGHT_WHILE_PENDING_DAYS
from service.people.states import TRANSFERS, Row, Side, TransferAction, TransferState
from service.people.writes import access
from service.people.writes import cases as case_writes
from service.transitions import NotAllowed

Outstanding = list[dict[str, Any]]
"""What was not finished in a case, as `service.cases` counts it."""
_LAPSED: Final = "This offer has lapsed: nobody answered it in time. Ask for the transfer again."
_WHY_NOT: Final[Mapping[Side, str]] = MappingProxyType(
    {
        "asking": "Your region asked for this transfer: the other region accepts or declines it.",
        "answering": "Whoever asked for this transfer takes it back: accept or decline it.",
    }
)
"""Why a side may not do, while a transfer waits, what the other may."""

SHARE_ENDS: Final = "The region holds the record now."
"""Why a share ends when the region that it was given to becomes the holder."""


def side_of(actor: Actor, transfer: Transfer) -> Side:
    """Return on which side of a transfer a caller is that may see it.

    Where one region is both, since the case is limited, whoever asked does not answer.
    """
    if transfer.from_id == transfer.to_id:
        who = actor.practitioner.id if actor.practitioner else None
        return "asking" if who == transfer.asked_by else "answering"
    return "asking" if actor.organisation_id == transfer.asked_by_id else "answering"


def lock(session: Session, transfer: Transfer) -> None:
    """Lock a transfer and read it again, so that its state is the one that counts."""
    case_writes.lock_transfer(session, transfer)


def record_held(session: Session, record: Person) -> Person:
    """Return the record that stands for a person, given any record of theirs; not locked."""
    stands = record.held and record.same_as_id is None
    return record if stands else visibility.held_record(session, record.crn)


def offer(
    session: Session,
    actor: Actor,
    person: Person,
    to_region: str | None,
    *,
    reason: str,
    named: Collection[str],
    outstanding: Outstanding,
) -> Transfer:
    """Ask another region to take a case, and let it read the record until it answers.

    Args:
        person: locked, held by the caller's region.
        to_region: the code of the region.
        named: staff of that region who may know of the case, which a limited access case must name.

    Raises:
        Problem: 403 to who is not accountable; 409 when another transfer waits; 422 for an unknown region,
            the caller's own, nobody named in a limited case, or somebody who must not know of it.
    """
    _require_none_pending(session, person)
    require_act(session, actor, Act.OFFER_TRANSFER, person)
    to = organisations.organisation_by_code(session, "probation_region", to_region) if to_region else None
    if to is None:
        why = "No region is registered under this code." if to_region else "Name the region to take the case."
        raise invalid([Fault("/to_region", why)])
    if to.id == person.holder_id:
        raise invalid([Fault("/to_region", "This region holds the case: name another.")])
    if person.restricted and not named:
        raise invalid([Fault("/named", "Name who may know of this case in the other region.")])
    transfer = case_writes.add_transfer(
        session,
        actor,
        person,
        answering=None,
        from_id=person.holder_id,
        to_id=to.id,
        reason=reason,
        outstanding=outstanding,
        practitioner_id=None,
        pdu=None,
    )
    name_on_case(session, actor, person, [(to.id, known_as(one)) for one in sorted(named)], "/named")
    case_writes.give_sight_while_pending(session, actor, transfer)
    return transfer


def request(
    session: Session,
    actor: Actor,
    person: Person,
    *,
    reason: str,
    practitioner: str,
    pdu: str | None,
    outstanding: Outstanding,
) -> Transfer:
    """Ask the region that holds a case to hand it over.

    Args:
        person: the held record, locked.
        practitioner: who would be accountable for it.

    Raises:
        Problem: 409 when the caller's own request waits; 422 for somebody who is not in the staff register.
    """
    # What others have asked, or were offered, is not the caller's to know.
    if (
        transfer_queries.pending_transfer(
            session, person.id, asked_by=(actor.organisation_id, case_writes.named_by(actor))
        )
        is not None
    ):
        raise conflict("You have already asked for this case and are waiting for an answer.")
    require_in_register(session, [("/practitioner", (actor.organisation_id, known_as(practitioner)))])
    return case_writes.add_transfer(
        session,
        actor,
        person,
        answering=holding_queries.holding_of(session, person.id),
        from_id=person.holder_id,
        to_id=actor.organisation_id,
        reason=reason,
        outstanding=outstanding,
        practitioner_id=known_as(practitioner),
        pdu=pdu,
    )


def _require_none_pending(session: Session, person: Person) -> None:
    pending = transfer_queries.pending_transfer(session, person.id)
    if pending is not None and has_passed(pending, clock.now()):
        lapse(session, person, pending)
        session.flush()  # the index allows one that waits
    elif pending is not None:
        raise conflict("A request to transfer this case is already waiting for an answer.")


def has_passed(transfer: Transfer, at: datetime) -> bool:
    """Return whether an offer of the holder has not been answered while it gave sight of the record.

    What another region asks for gives no sight, and waits for the holder.
    """
    offered = transfer.asked_by_id == transfer.from_id != transfer.to_id
    ends = transfer.asked_at + timedelta(days=SIGHT_WHILE_PENDING_DAYS)
    return transfer.state == TransferState.REQUESTED and offered and ends <= at


def lapse(session: Session, person: Person, transfer: Transfer) -> None:
    """End what nobody answered, in time or before the case went elsewhere, and what it let a region know.

    Args:
        person, transfer: locked.
    """
    actor = Actor.for_service("transfers", transfer.from_id)
    row = TRANSFERS.move(TransferState(transfer.state), TransferAction.LAPSE, "service", None)
    case_writes.move_transfer(session, actor, transfer, row, {})
    _end_what_it_gave(session, actor, person, transfer)


def _end_what_it_gave(session: Session, actor: Actor, person: Person, transfer: Transfer) -> None:
    """End the sight that an offer gave, and the naming of those whom it named in a limited access case.

    So it ends for the managers whom the unanswered offer reached. Who was named before, or whose region has
    been given a share since, stays named.
    """
    case_writes.end_sight_while_pending(session, actor, transfer)
    if transfer.to_id == person.holder_id or any(
        share.basis != "transfer_pending" and share.from_at >= transfer.asked_at
        for share in access_queries.shares_with(session, person.id, transfer.to_id)
    ):
        return
    named = [
        row
        for row in access_queries.restrictions_of(session, person.id)
        if row.organisation_id == transfer.to_id
        and not row.excluded
        and row.named_at >= transfer.asked_at
        and (
            row.because == "escalated" or (row.because == "works_on_it" and row.named_by == transfer.asked_by)
        )
    ]
    access.end_names(session, actor, person, named, f"transfer.{transfer.state}")


def row_for(session: Session, actor: Actor, transfer: Transfer, action: str) -> Row:
    """Return the row of the table that lets this caller do something with a transfer now.

    Args:
        transfer: locked.

    Raises:
        Problem: 409 with the state and what is allowed, or `held-elsewhere` to whoever only reads the case in
            an emergency; 403 `role-required` where it takes a manager, or whoever asked.
    """
    movable = transfer_queries.transfers_to_move(session, actor, [transfer])
    visibility.require_holder(actor, actor.organisation_id, named=transfer.id in movable)
    if has_passed(transfer, clock.now()):
        raise conflict(_LAPSED, state=TransferState.LAPSED, allowed=())
    side = side_of(actor, transfer)
    try:
        row = TRANSFERS.move(TransferState(transfer.state), TransferAction(action), side, None)
    except NotAllowed as refused:
        ended = _LAPSED if transfer.state == TransferState.LAPSED else "This transfer has ended."
        why = _WHY_NOT[side] if transfer.state == TransferState.REQUESTED else ended
        raise conflict(why, state=refused.state, allowed=refused.allowed) from None
    if not _takes(actor, transfer, row):
        raise role_required(MANAGERS)
    return row


def _takes(actor: Actor, transfer: Transfer, row: Row) -> bool:
    """Return whether what is possible now is this caller's: a manager's, or to take back what one asked."""
    who = actor.practitioner.id if actor.practitioner else None
    return is_manager(actor) or (not row.manager and who == transfer.asked_by)


def allowed_actions(actor: Actor, transfer: Transfer, movable: Collection[uuid.UUID]) -> list[str]:
    """Return what this caller may do with a transfer now.

    Args:
        movable: the ids of the transfers that the caller may move at all.
    """
    if transfer.id not in movable or has_passed(transfer, clock.now()):
        return []
    permitted = TRANSFERS.permitted(TransferState(transfer.state), side_of(actor, transfer), None)
    return [row.action for row in permitted if _takes(actor, transfer, row)]


@bypasses_row_security
def close(session: Session, actor: Actor, transfer: Transfer, row: Row, reason: str | None) -> None:
    """Decline or withdraw a transfer; the sight and the naming that came with it end.

    Args:
        transfer: locked.
        row: that permits it.
    """
    case_writes.move_transfer(session, actor, transfer, row, {"answer_reason": reason} if reason else {})
    _end_what_it_gave(session, actor, session.get_one(Person, transfer.person_id), transfer)


@bypasses_row_security
def accept(
    session: Session,
    actor: Actor,
    person: Person,
    transfer: Transfer,
    row: Row,
    *,
    practitioner: str | None,
    pdu: str | None,
    outstanding: Outstanding,
) -> None:
    """Give the record to the receiving region, where the practitioner named is accountable from now on.

    The region that held it sees it no longer, unless shared with it. Shares of the receiving region end.

    Args:
        person: locked, with everything that hangs on it.
        transfer: locked.
        row: that permits it.
        practitioner, pdu: from the receiving region that answers; those that it asked with when None.

    Raises:
        Problem: 409 when another region holds the record by now; 422 without a practitioner, for one who
            must not know of the case, and for a unit that the region does not have.
    """
    if person.holder_id != transfer.from_id:
        raise conflict("Another region now holds this case.")
    receiver_answers = (
        case_writes.answering_region(transfer) == transfer.to_id and not transfer.practitioner_id
    )
    if receiver_answers != (practitioner is not None):
        said = "Name who is accountable from now on." if receiver_answers else "Was named by who asked."
        raise invalid([Fault("/practitioner", said)])
    pdu = require_unit(session, transfer.to_id, pdu, "/pdu")
    accountable = known_as(practitioner) if practitioner else transfer.practitioner_id or ""
    unit = pdu if receiver_answers else transfer.pdu
    case_writes.move_transfer(
        session,
        actor,
        transfer,
        row,
        {"practitioner_id": accountable, "pdu": unit, "outstanding": outstanding},
    )
    case_writes.end_sight_while_pending(session, actor, transfer)
    _give(
        session,
        actor,
        person,
        transfer.to_id,
        practitioner=accountable,
        pdu=unit,
        event_id=transfer.state_event_id,
    )


def hand_over(
    session: Session, actor: Actor, person: Person, to_id: uuid.UUID, *, practitioner: str, pdu: str | None
) -> None:
    """Give a record to another region as an operator, whose practitioner is accountable from now on.

    Args:
        person: locked, with everything that hangs on it.

    Raises:
        Problem: 409 while a transfer waits for an answer; 422 for somebody who must not know of the case, and
            for a unit that the region does not have.
    """
    _require_none_pending(session, person)
    pdu = require_unit(session, to_id, pdu, "/pdu")
    event_id = case_writes.record_event(
        session, actor, person, "person.handed_over", audience={person.holder_id, to_id}
    )
    _give(
        session,
        actor,
        person,
        to_id,
        practitioner=known_as(practitioner),
        pdu=pdu,
        event_id=event_id,
    )


def _give(
    session: Session,
    actor: Actor,
    person: Person,
    to_id: uuid.UUID,
    *,
    practitioner: str,
    pdu: str | None,
    event_id: uuid.UUID,
) -> None:
    to = organisations.organisation(session, to_id)
    for other in transfer_queries.pending_transfers(session, person.id):
        lapse(session, person, other)
    # What was merged into it goes with it.
    records = (person, *aliases.merged_into(session, person.id))
    for record in records:
        for share in access_queries.shares_with(session, record.id, to_id):
            # It holds the record from now on. A share must not come back when it gives the record on.
            access.end_sight(session, actor, record, share, SHARE_ENDS)
    # Whoever knew of a limited case there knows no more of it, also when it is shared back with others.
    knew = [
        row
        for row in access_queries.restrictions_of(session, person.id)
        if row.organisation_id == person.holder_id and not row.excluded
    ]
    access.end_names(session, actor, person, knew, "transferred")
    for record in records:
        case_writes.give_record(session, actor, record, to.id, to.code)
        settle_requests_of_holder(session, actor, record, SHARE_ENDS)
    name_on_case(session, actor, person, [(to.id, practitioner)], "/practitioner")
    name_managers(session, actor, person, to.id, pdu)
    case_writes.change_holding(
        session, actor, person, practitioner, pdu, because="transferred", event_id=event_id
    )
    for record in records:
        case_writes.end_members(session, actor, record, holding_queries.team_of(session, record.id))

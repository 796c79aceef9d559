"""Moves a placement: offered, taken up, left. Requests checks on a move-on address before the departure."""

from collections.abc import Collection, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy.orm import Session

from service import agreements, clock, settling, timers
from service.access import Actor
from service.access.case_acts import Act, may_act
from service.access.four_eyes import OwnWork, may_decide
from service.access.permissions import MAY_OVERRIDE_GATE
from service.access.row_visibility import bypasses_row_security
from service.checks import actions as checks
from service.db import Json, new_id
from service.destinations.states import TABLE as PARTS
from service.destinations.states import UNDER_WAY, Action, Facts, State
from service.errors import Fault
from service.http.problems import conflict, invalid, not_found
from service.mentions import GIVES_AWAY, Kind
from service.people import restricted
from service.people.actions import recording as people
from service.people.actions.deciding import require_independent_manager, require_to_act
from service.people.model import Address, Person
from service.referrals import writes
from service.referrals.actions.comparing import given_away_by_address, require_sendable
from service.referrals.actions.departure_gate import (
    COVERS,
    NOT_PROPOSED,
    OVERRIDE,
    PROPOSE,
    WITHDRAW,
    ask_no_longer,
    covered,
    drop_untold,
    outstanding_for,
    parts_that_agree,
    probation_waits_for,
    refuse_while_outstanding,
    shut,
    withdraw_agreement,
)
from service.referrals.actions.departures import MOVE_ON_ADDRESS, follow_departure
from service.referrals.actions.gate_clocks import follow_gate
from service.referrals.actions.late_news import follow_late_news, words_of
from service.referrals.actions.required_checks import ARRIVAL
from service.referrals.actions.sharing import follow_stay
from service.referrals.actions.stay_clocks import MOVE_ON, follow_state
from service.referrals.four_eyes import GATE, matter_of, own_work_on
from service.referrals.jsonable import jsonable
from service.referrals.model import DestinationReferral, Placement
from service.referrals.placement_states import (
    BEFORE_FIRST,
    FACTS,
    NOT_OFFERED,
    TABLE,
    PlacementAction,
    PlacementRow,
    PlacementState,
    arrival_faults,
    at_most,
    overstay,
)
from service.transitions import NotAllowed

AGREE: Final = "agree_move_on"
"""What probation does about a stay's end, beside the table of states and `PROPOSE`."""
_ACTS: Final[Mapping[str, Act]] = MappingProxyType(
    {
        PlacementAction.CONFIRM: Act.CONFIRM_STAY,
        PlacementAction.CANCEL: Act.CONFIRM_STAY,
        WITHDRAW: Act.CONFIRM_STAY,
        AGREE: Act.AGREE_TO_ADDRESS,
    }
)
"""What, on probation's side, takes whoever acts for the case, or answers for it."""
CONFIRMED: Final = "confirmed_because"
"""The member with the reason for which the home of somebody protected is told: for probation's eyes."""
TOLD: Final = "told"
"""The member of a stay's details with the address as its destination was told it: never shown among them."""


def allowed_to(
    actor: Actor, part: DestinationReferral, placement: Placement | None, own: OwnWork
) -> list[str]:
    """List what this caller may do about the stay now.

    Args:
        own: what the caller did in the case, and how they stand to it.
    """
    found = _possible(actor, part, placement)
    if OVERRIDE in found and not may_decide(actor, matter_of(part), own, MAY_OVERRIDE_GATE):
        found.remove(OVERRIDE)
    if actor.side != "probation":
        return found
    person_id = part.referral.person_id
    return [one for one in found if one not in _ACTS or may_act(actor, _ACTS[one], person_id, own)]


def _possible(actor: Actor, part: DestinationReferral, placement: Placement | None) -> list[str]:
    """List what the caller's side may do about the stay now, whichever of its people decides it."""
    state = PlacementState(placement.state) if placement else None
    # Who stays may leave in any state, such as while a withdrawal waits: nothing else could ever end it.
    leaving = state is PlacementState.ARRIVED
    ending = part.state == State.WITHDRAWAL_REQUESTED and not leaving
    if (part.state not in UNDER_WAY and not leaving and not ending) or actor.only_reads(
        part.referral.probation_id
    ):
        return []
    side = part.side_of(actor)
    found: list[str] = list(TABLE.allowed(state, side, None))
    if ending:
        # Nothing is decided any more, and whatever happens is recorded.
        return [one for one in found if one in FACTS]
    if side == "probation" and state in {PlacementState.CONFIRMED, PlacementState.ARRIVED}:
        found.append(PROPOSE)
        if placement and placement.move_on_address_id:
            found += [AGREE, *([WITHDRAW] if placement.move_on_agreed_for else []), OVERRIDE]
    return found


def require_allowed(
    actor: Actor, part: DestinationReferral, placement: Placement | None, action: str, own: OwnWork
) -> None:
    """Require that this caller may take an action on the placement now.

    Args:
        own: what the caller did in the case, and how they stand to it.

    Raises:
        Problem: 404 where there are no stays, 409 with what is allowed, 403 when another manager decides it,
            or whoever acts for the case.
    """
    require_possible(actor, part, placement, action, own)
    if action == OVERRIDE:
        require_independent_manager(actor, matter_of(part), own, roles=MAY_OVERRIDE_GATE)
    if actor.side == "probation" and action in _ACTS:
        require_to_act(actor, _ACTS[action], part.referral.person_id, own)


def require_possible(
    actor: Actor, part: DestinationReferral, placement: Placement | None, action: str, own: OwnWork
) -> None:
    """Require that the caller's side may take an action now, whichever of its people decides it.

    Args:
        own: as of `require_allowed`.

    Raises:
        Problem: 404 where there are no stays, 409 with what is allowed.
    """
    if part.destination.placement is None:
        raise not_found()
    if action not in _possible(actor, part, placement):
        raise conflict(
            "The placement does not allow this in its present state.",
            state=placement.state if placement else NOT_OFFERED,
            allowed=allowed_to(actor, part, placement, own),
        )


@bypasses_row_security
def place(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    placement: Placement | None,
    given: Mapping[str, Any],
) -> Placement:
    """Do one thing about a stay.

    Args:
        part: of a locked referral.
        placement: as it stands; None when nothing was offered yet.
        given: the action, which is allowed, and the members that belong to it.

    Raises:
        Problem: 409 at the departure gate, 422 when what was given cannot be, or gives something away.
    """
    action = given["action"]
    told = {name: given[name] for name in given if name not in {"action", CONFIRMED}}
    confirmed = {Kind.WHEREABOUTS} if CONFIRMED in given else set[Kind]()
    require_sendable(session, actor, part, told, confirmed=confirmed)
    if action == PROPOSE and placement:
        if "address_id" in given:
            _require_address_sendable(session, part, given, confirmed)
        _propose(session, actor, part, placement, given)
        return placement
    if action == AGREE and placement:
        _agree(session, actor, part, placement)
        return placement
    if action == WITHDRAW and placement:
        withdraw_agreement(session, actor, part, placement)
        return placement
    if action == OVERRIDE and placement:
        _override(session, actor, part, placement, given["reason"])
        return placement
    row = _row(placement, PlacementAction(action), part, actor)
    placement = writes.place(
        session,
        actor,
        part,
        placement,
        EFFECTS[row.action](session, actor, part, placement, given),
        action=row.action,
        to_state=row.target,
        event=row.event,
        detail=jsonable({name: value for name, value in given.items() if name != "action"}),
        data={name: given[name] for name in _DAYS if name in given},
    )
    if row.action is PlacementAction.RECORD_ARRIVAL and part.state == State.WITHDRAWAL_REQUESTED:
        # Who has come is answer enough: the premises cannot end a stay, and would be asked to.
        begun = PARTS.move(State.WITHDRAWAL_REQUESTED, Action.START, "service", Facts())
        writes.move(session, actor, part, begun)
    follow_late_news(session, actor, part, words_of(given))
    follow_stay(session, actor, part, placement)
    follow_state(session, actor, part, placement)
    arrives_on = _arrives_on(row.action, placement)
    if arrives_on is not None:
        arrives = clock.at(arrives_on)
        checks.follow_needed_by(session, actor, part.referral.person_id, arrives, reason=ARRIVAL)
    if row.action is PlacementAction.RECORD_DEPARTURE:
        follow_departure(
            session,
            actor,
            part,
            placement,
            left_for=given.get("departed_to", MOVE_ON_ADDRESS),
            stated=given.get("without_agreement", False),
        )
    return placement


def _arrives_on(action: PlacementAction, placement: Placement) -> date | None:
    """Return by which day answers about the person are needed from now on, because of what was done."""
    if action is PlacementAction.CONFIRM:
        return placement.starts_on
    arrived, first = placement.arrived_on, placement.starts_on
    # Whoever has come before the day that was agreed is there already.
    early = action is PlacementAction.RECORD_ARRIVAL and arrived and first and arrived < first
    return arrived if early else None


def _waits_at_gate(part: DestinationReferral, given: Mapping[str, Any]) -> bool:
    """Return whether a departure is held until everything about the address is agreed and answered."""
    rules = part.destination.placement
    planned = given.get("departed_to", MOVE_ON_ADDRESS) == MOVE_ON_ADDRESS
    return (
        rules is not None and rules.departure_gate and planned and not given.get("without_agreement", False)
    )


def _row(
    placement: Placement | None, action: PlacementAction, part: DestinationReferral, actor: Actor
) -> PlacementRow:
    state = PlacementState(placement.state) if placement else None
    try:
        return TABLE.move(state, action, part.side_of(actor), None)
    except NotAllowed as refused:
        raise conflict(refused.why, state=refused.state, allowed=refused.allowed) from None


_DAYS = ("expected_arrival", "expected_departure", "arrived_on", "departed_on", "departed_to")
"""Members that are days or codes, and may stand in the event."""


def _offer(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    placement: Placement | None,
    given: Mapping[str, Any],
) -> Json:
    del placement
    drop_untold(session, actor, part)
    rules = part.destination.placement
    first, last = given["expected_arrival"], given["expected_departure"]
    _in_order(first, last, "/expected_departure")
    if rules and rules.most_nights and overstay(first, last, rules.most_nights):
        raise invalid([Fault("/expected_departure", at_most(rules.most_nights))])
    return {
        "starts_on": first,
        "ends_on": last,
        "arrived_on": None,
        "departed_on": None,
        "move_on_address_id": None,
        "move_on_agreed_for": None,
        "gate_overridden_for": None,
        "gate_settled_at": None,
        "details": {"premises": given["premises"]} if "premises" in given else {},
    }


def _arrive(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    placement: Placement | None,
    given: Mapping[str, Any],
) -> Json:
    del session, actor
    if placement is None or placement.starts_on is None or placement.ends_on is None:
        raise LookupError("an arrival without an offer: the table of placements is wrong")
    day, first, last = given["arrived_on"], placement.starts_on, placement.ends_on
    if faults := arrival_faults(day, first, last, given.get("reason")):
        raise invalid([Fault(f"/{member}", why) for member, why in faults])
    rules = part.destination.placement
    nights_over = overstay(day, last, rules.most_nights if rules else None)
    details = {**placement.details, "overstay_nights": nights_over} if nights_over else placement.details
    return {"arrived_on": day, "details": details}


def _extend(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    placement: Placement | None,
    given: Mapping[str, Any],
) -> Json:
    del session, actor
    rules = part.destination.placement
    stay, arrived = _arrived(placement)
    last = given["expected_departure"]
    _in_order(arrived, last, "/expected_departure")
    nights_over = overstay(arrived, last, rules.most_nights if rules else None)
    return {"ends_on": last, "details": {**stay.details, "overstay_nights": nights_over}}


def _depart(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    placement: Placement | None,
    given: Mapping[str, Any],
) -> Json:
    stay, arrived = _arrived(placement)
    _in_order(arrived, given["departed_on"], "/departed_on")
    left_for = given.get("departed_to", MOVE_ON_ADDRESS)
    rules = part.destination.placement
    if _waits_at_gate(part, given):
        # Only a destination records a departure, whatever its staff have done.
        refuse_while_outstanding(session, actor, part, stay, allowed_to(actor, part, stay, OwnWork()))
    drop_untold(session, actor, part)
    nights_over = overstay(arrived, given["departed_on"], rules.most_nights if rules else None)
    return {
        "departed_on": given["departed_on"],
        "details": {**stay.details, "departed_to": left_for, "overstay_nights": nights_over},
    }


def _cancel(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    placement: Placement | None,
    given: Mapping[str, Any],
) -> Json:
    """Propose no address any more: nobody moves on from a stay that they never began."""
    del given
    if placement is None or placement.move_on_address_id is None:
        return {}
    drop_untold(session, actor, part)
    # Whoever cancels may not know of those who were to agree.
    by = Actor.for_service("departure_gate")
    ask_no_longer(session, by, part.referral.person_id, placement.move_on_address_id)
    details = {name: value for name, value in placement.details.items() if name != TOLD}
    return {**NOT_PROPOSED, "details": details}


def _state_only(*_: Any) -> Json:
    return {}


EFFECTS = {
    PlacementAction.OFFER: _offer,
    PlacementAction.CONFIRM: _state_only,
    PlacementAction.RECORD_ARRIVAL: _arrive,
    PlacementAction.RECORD_NON_ARRIVAL: _state_only,
    PlacementAction.EXTEND: _extend,
    PlacementAction.RECORD_DEPARTURE: _depart,
    PlacementAction.CANCEL: _cancel,
}


def _propose(
    session: Session, actor: Actor, part: DestinationReferral, placement: Placement, given: Mapping[str, Any]
) -> None:
    person = session.get_one(Person, part.referral.person_id)
    drop_untold(session, actor, part)
    if "address_id" in given:
        # Checks on a home already on record cover everyone who lives there.
        row = _on_record(session, part, given)
    else:
        new = {**given["address"], "ref": f"move-on-{new_id().hex[:12]}", "kind": "move_on"}
        row = people.add_address(session, actor, person, new)
    _stay(
        session,
        actor,
        part,
        placement,
        {
            "move_on_address_id": row.id,
            "move_on_agreed_for": None,
            "gate_overridden_for": None,
            "details": {**placement.details, TOLD: whereabouts(session, row)},
        },
        action=PROPOSE,
        event="placement.move_on_proposed",
        data={"address_id": row.id},
        detail={CONFIRMED: given[CONFIRMED]} if CONFIRMED in given else {},
    )
    timers.stop(session, timers.Subject("placement", placement.id), PROPOSE, MOVE_ON)
    settling.settle(session)
    # What was asked for was the gate of another address.
    agreements.lapse(session, [part.id], GATE)
    for other in parts_that_agree(session, part.referral.person_id):
        writes.record_event(
            session,
            actor,
            other,
            "destination_referral.agreement_asked_for",
            fields=["address"],
            data={"address_id": row.id},
            verb="disclosure",
        )


def _on_record(session: Session, part: DestinationReferral, given: Mapping[str, Any]) -> Address:
    found = session.get(Address, given["address_id"])
    if found is None or found.person_id != part.referral.person_id or found.in_error_at is not None:
        raise invalid([Fault("/address_id", "Not an address of this person.")])
    return found


def _require_address_sendable(
    session: Session, part: DestinationReferral, given: Mapping[str, Any], confirmed: Collection[Kind]
) -> None:
    # A home on record is told as one that is written here is, and compared like it.
    where = whereabouts(session, _on_record(session, part, given))
    kinds = given_away_by_address(session, part, where).difference(confirmed)
    if kinds:
        raise invalid([Fault("/address_id", f"{GIVES_AWAY}{', '.join(sorted(kinds))}.")])


def whereabouts(session: Session, row: Address) -> Json:
    """Return an address as its destination is told it, also one that is kept apart."""
    apart = restricted.read_addresses(session, [row.id], "case_management") if row.protected else {}
    return dict(apart.get(row.id, {"lines": row.lines, "postcode": row.postcode}))


def _agree(session: Session, actor: Actor, part: DestinationReferral, placement: Placement) -> None:
    address_id = placement.move_on_address_id
    if address_id is None:
        raise LookupError("an agreement to no address: it is possible only where one is proposed")
    outstanding = probation_waits_for(session, part, address_id)
    if outstanding:
        allowed = allowed_to(actor, part, placement, own_work_on(session, actor, part))
        raise shut(part, actor, placement, allowed, outstanding)
    _stay(
        session,
        actor,
        part,
        placement,
        {"move_on_agreed_for": address_id, "gate_settled_at": clock.now()},
        action=AGREE,
        event="placement.move_on_agreed",
        data={"address_id": address_id},
    )


def _override(
    session: Session, actor: Actor, part: DestinationReferral, placement: Placement, reason: str
) -> None:
    outstanding = outstanding_for(session, part, placement)
    address_id = placement.move_on_address_id
    covers = sorted(covered(session, part, address_id)) if address_id else []
    agreements.record_decision(
        session,
        actor,
        GATE,
        subject_id=part.id,
        person_id=part.referral.person_id,
        organisation_id=part.referral.probation_id,
        agreed=True,
        reason=reason,
    )
    _stay(
        session,
        actor,
        part,
        placement,
        {"gate_overridden_for": placement.move_on_address_id, "gate_settled_at": clock.now()},
        action=OVERRIDE,
        event="placement.gate_overridden",
        data={"address_id": placement.move_on_address_id},
        detail={"reason": reason, "outstanding": jsonable(outstanding), COVERS: covers},
        verb="override",
    )


def _stay(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    placement: Placement,
    columns: Json,
    *,
    action: str,
    event: str,
    data: Json,
    detail: Json | None = None,
    verb: str = "alteration",
) -> None:
    writes.place(
        session,
        actor,
        part,
        placement,
        columns,
        action=action,
        event=event,
        data=data,
        detail=jsonable(data) | (detail or {}),
        verb=verb,
    )


def _arrived(placement: Placement | None) -> tuple[Placement, date]:
    if placement is None or placement.arrived_on is None:
        raise LookupError("a departure without an arrival: the table of placements is wrong")
    return placement, placement.arrived_on


def _in_order(first: date, last: date, pointer: str) -> None:
    if last < first:
        raise invalid([Fault(pointer, BEFORE_FIRST)])


settling.register(settling.DEPARTURE_GATE, 5, follow_gate, by_name=True)

"""The departure gate: no one leaves for a move-on address while a check or an agreement on it is outstanding.

Probation agrees to every address itself, once the checks of it are answered and everybody else whom it takes
has agreed. So the destination waits for probation in every case, and cannot tell whom probation waits for.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import agreements
from service.access import Actor
from service.access.row_visibility import bypasses_row_security
from service.checks import queries as checks
from service.checks.taken_back import TakenBack, register_taken_back
from service.corrections.rules import standing
from service.db import Json
from service.destinations.rewording import UNTOLD
from service.destinations.states import WITH_DESTINATION
from service.http.problems import Problem, conflict
from service.people.model import Address
from service.referrals import writes
from service.referrals.actions.comparing import may_know_of
from service.referrals.actions.stay_clocks import follow_move_on
from service.referrals.four_eyes import GATE
from service.referrals.jsonable import jsonable
from service.referrals.model import DestinationReferral, Placement
from service.referrals.queries import AGREEMENT, every_update, moves_of, parts_of_person
from service.referrals.shared import has_ended

PROBATION_AGREEMENT = "probation_agreement"
WITHDRAW = "withdraw_agreement"
SOMEBODY_PROTECTED: Final = "somebody_protected"
"""The address is where somebody lives of whom the premises may not know, or names them: nobody has said yet
that it may be all the same."""
PROPOSE: Final = "propose_move_on"
OVERRIDE: Final = "override_gate"
COVERS: Final = "covers"
"""The member of an override's details with what it covers: for the gate alone."""
_ADDRESSES: Final = re.compile(r"/placement/moves/\d+/address")
"""Where a gap points to an address that the premises were told."""
NOT_PROPOSED: Final = MappingProxyType(
    {"move_on_address_id": None, "move_on_agreed_for": None, "gate_overridden_for": None}
)
"""The columns of a stay after which nobody has said where the person goes."""


def outstanding_for(session: Session, part: DestinationReferral, placement: Placement) -> list[Json]:
    """List what is outstanding for the proposed move-on address, as probation may know it."""
    address_id = placement.move_on_address_id
    if address_id is None:
        return [{"code": "no_address_proposed"}]
    settled = _counts_for(session, address_id, placement.gate_settled_at)
    if settled and placement.gate_overridden_for == address_id and _is_covered(session, part, address_id):
        return []
    agreed_to = settled and placement.move_on_agreed_for == address_id
    return [
        *probation_waits_for(session, part, address_id),
        *([] if agreed_to else [{"code": PROBATION_AGREEMENT}]),
    ]


def _counts_for(session: Session, address_id: UUID, said_at: datetime | None) -> bool:
    # Whoever agreed to an address agreed to the place that it was then.
    return said_at is not None and said_at >= session.get_one(Address, address_id).changed_at


def _is_covered(session: Session, part: DestinationReferral, address_id: UUID) -> bool:
    """Return whether whoever opened the gate knew of everything that is outstanding now."""
    overridden = [move for move in moves_of(session, part, "placement") if move.action == OVERRIDE]
    covers = overridden[-1].detail.get(COVERS) if overridden else None
    # An earlier release did not write down what an override covered.
    return covers is None or covered(session, part, address_id) <= set(covers)


def covered(session: Session, part: DestinationReferral, address_id: UUID) -> set[str]:
    """Return what somebody accepts who opens the gate now: for whom which answer, or whose agreement."""
    return {f"{one.stands} {one.kind} {one.id}" for one in waits_for(session, part, address_id)}


@bypasses_row_security
def waits_for(session: Session, part: DestinationReferral, address_id: UUID) -> list[agreements.Fact]:
    """Return what probation waits for, about whom: each person asked about is a matter of their own."""
    requests = {one.id: one for one in checks.outstanding_for_address(session, address_id)}
    asked = checks.last_asked(session, requests)
    changed_at = session.get_one(Address, address_id).changed_at
    found = [
        agreements.Fact(
            one.kind,
            one.subject_id,
            requests[one.request_id].kind,
            asked.get(one.request_id, requests[one.request_id].required_at),
        )
        for one in checks.asked_about_now(session, requests)
    ]
    for one in probation_waits_for(session, part, address_id):
        if one["code"] != "check_request":
            kind = "destination_referral" if one["code"] == "agreement" else "address"
            about = one.get("destination_referral_id", address_id)
            found.append(agreements.Fact(kind, about, one["code"], changed_at))
    return found


def places_since(session: Session, address_id: UUID) -> datetime:
    """Return since when an address has been what it is: asked about, with those who live there."""
    asked = checks.exposed_last(session, address_id)
    changed_at = session.get_one(Address, address_id).changed_at
    return max(changed_at, asked or changed_at)


@bypasses_row_security
def probation_waits_for(session: Session, part: DestinationReferral, address_id: UUID) -> list[Json]:
    """List what probation must have before it agrees to an address: answers, and the agreement of others."""
    requests = checks.outstanding_for_address(session, address_id)
    found: list[Json] = [
        {"code": "check_request", "id": one.id, "kind": one.kind, "state": one.state} for one in requests
    ]
    if not requests and not checks.asked_about_address(session, address_id):
        found.append({"code": "not_asked_about"})
    gaps = {gap["pointer"] for gap in part.missing if _ADDRESSES.fullmatch(gap["pointer"])}
    if gaps and proposed_at(session, part) in gaps:
        found.append({"code": SOMEBODY_PROTECTED})
    found += [
        {"code": "agreement", "destination_referral_id": other.id, "kind": other.kind}
        for other in parts_of_person(session, part.referral.person_id)
        if AGREEMENT in other.destination.updates and not _content(session, other, address_id)
    ]
    return found


def proposed_at(session: Session, part: DestinationReferral) -> str:
    """Return the pointer at which a gap or a confirmation names the address that was proposed last."""
    moves = moves_of(session, part, "placement")
    position = max(at for at, move in enumerate(moves) if move.action == PROPOSE)
    return f"/placement/moves/{position}/address"


def _content(session: Session, part: DestinationReferral, address_id: UUID) -> bool:
    """Return whether a destination stands in nobody's way: it agrees, or has ended and did not say no.

    A refusal ends by the destination's own word or by a manager's override, not by whatever ends its work.
    """
    said = agreed(session, part, address_id)
    return said is True or (said is None and not must_agree(part))


def withdraw_agreements(session: Session, person_id: UUID, *, refused: bool) -> None:
    """Withdraw probation's agreement to an address where another whose agreement it takes does not agree.

    The premises sees that probation withdrew it, as when its staff do, and not who is behind that. When that
    other has only been asked, premises that may not know of it see nothing: the plan is a review for
    probation, whose staff withdraw their agreement if they find that they must.

    Args:
        refused: whether it has said no; otherwise it has only just been asked.
    """
    for part in parts_of_person(session, person_id):
        placement = session.get(Placement, part.id) if part.destination.placement else None
        if placement is None or placement.move_on_agreed_for is None or placement.departed_on is not None:
            continue
        if not refused and not may_know_of(session, part).mappa:
            continue
        waits = probation_waits_for(session, part, placement.move_on_agreed_for)
        if any(one["code"] == "agreement" for one in waits):
            withdraw_agreement(session, Actor.for_service("departure_gate"), part, placement)


@bypasses_row_security
def ask_again(session: Session, _actor: Actor, answer: TakenBack) -> None:
    """Withdraw what was agreed or overridden upon an answer about the address, which is no more.

    Args:
        answer: about a person whose referrals are locked.
    """
    for part in parts_of_person(session, answer.check.person_id):
        placement = session.get(Placement, part.id) if part.destination.placement else None
        if placement is None or placement.departed_on is not None or placement.gate_settled_at is None:
            continue
        address_id = placement.move_on_agreed_for or placement.gate_overridden_for
        if address_id in answer.addresses and placement.gate_settled_at >= answer.answered_at:
            by = Actor.for_service("departure_gate")
            withdraw_agreement(session, by, part, placement, also={"gate_overridden_for": None})


def withdraw_agreement(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    placement: Placement,
    *,
    also: Mapping[str, None] = MappingProxyType({}),
) -> None:
    """Take back probation's agreement to the address that somebody would move on to.

    Args:
        also: what else no longer counts.
    """
    data = {"address_id": placement.move_on_address_id}
    writes.place(
        session,
        actor,
        part,
        placement,
        {"move_on_agreed_for": None, **also},
        action=WITHDRAW,
        event="placement.agreement_withdrawn",
        data=data,
        detail=jsonable(data),
    )


@bypasses_row_security
def withdraw_proposal(session: Session, person_id: UUID, address_id: UUID) -> None:
    """Propose no address any more that was entered in error; whoever was to agree is asked no longer.

    Args:
        person_id: whose open referrals are locked.
    """
    by, was_proposed = Actor.for_service("household"), False
    for part in parts_of_person(session, person_id):
        placement = session.get(Placement, part.id) if part.destination.placement else None
        if (
            placement is None
            or placement.move_on_address_id != address_id
            or placement.departed_on is not None
        ):
            continue
        was_proposed = True
        drop_untold(session, by, part)
        writes.place(
            session,
            by,
            part,
            placement,
            NOT_PROPOSED,
            action="withdraw_proposal",
            event="placement.move_on_withdrawn",
            data={"address_id": address_id},
            detail={"address_id": str(address_id)},
        )
        agreements.lapse(session, [part.id], GATE)
        follow_move_on(session, by, part, placement)
    # Each is asked once about an address, however many stays propose it.
    if was_proposed:
        ask_no_longer(session, by, person_id, address_id)


def drop_untold(session: Session, actor: Actor, part: DestinationReferral) -> None:
    """Let the gap of an address go that the premises were not told: it is proposed anew, or no longer."""
    owed = part.owes_wording
    left = [gap for gap in part.missing if gap["why"] != UNTOLD]
    if left != part.missing:
        writes.set_lacking(part, {"missing": left})
        writes.follow_wording(session, actor, part, owed=owed)


def ask_no_longer(session: Session, by: Actor, person_id: UUID, address_id: UUID) -> None:
    """Tell whoever was to agree to an address that nobody goes there any more."""
    for other in parts_that_agree(session, person_id):
        writes.record_event(
            session,
            by,
            other,
            "destination_referral.agreement_asked_no_longer",
            fields=["address"],
            data={"address_id": address_id},
        )


def parts_that_agree(session: Session, person_id: UUID) -> list[DestinationReferral]:
    """Return the parts of a person whose destination must agree to where the person moves on."""
    return [part for part in parts_of_person(session, person_id) if must_agree(part)]


def must_agree(part: DestinationReferral) -> bool:
    """Return whether nobody moves on to an address before the destination of a part has agreed to it."""
    at_work = part.state in WITH_DESTINATION and not has_ended(part)
    return at_work and AGREEMENT in part.destination.updates


def refuse_while_outstanding(
    session: Session, actor: Actor, part: DestinationReferral, placement: Placement, allowed: Iterable[str]
) -> None:
    """Keep the gate shut while anything is outstanding.

    Args:
        allowed: what this caller may do about the stay now.

    Raises:
        Problem: 409 naming the check requests that are open, and whatever else this caller may know.
    """
    outstanding = binding_on(part.side_of(actor), session, part, placement)
    if outstanding:
        raise shut(part, actor, placement, allowed, outstanding)


def binding_on(side: str, session: Session, part: DestinationReferral, placement: Placement) -> list[Json]:
    """List what is outstanding for one side: its own destination is bound by what probation agreed to.

    Somebody of whom it may not know, and who was asked after that, does not shut its gate: it would learn of
    them from that alone.
    """
    found = outstanding_for(session, part, placement)
    codes = {one["code"] for one in found}
    if side == "probation" or PROBATION_AGREEMENT in codes:
        return found
    # Who has come to live there, or was corrected, since probation agreed is asked about: probation's matter.
    found = [one for one in found if one["code"] not in {"check_request", SOMEBODY_PROTECTED}]
    if may_know_of(session, part).mappa:
        return found
    return [one for one in found if one["code"] != "agreement"]


def as_shown_to(side: str, outstanding: list[Json], seen: Collection[str] | None = None) -> list[Json]:
    """Return what is outstanding as one side may see it.

    Args:
        seen: for a region that reads, the sections of the record that it sees; all when None.
    """
    if side == "probation":
        hidden = seen is not None and "checks" not in seen
        return [{"code": one["code"]} if hidden and "state" in one else one for one in outstanding]
    named = [
        {"code": one["code"], "id": one["id"], "kind": one["kind"]}
        for one in outstanding
        if one["code"] == "check_request"
    ]
    return named + ([{"code": PROBATION_AGREEMENT}] if len(named) < len(outstanding) else [])


def shut(
    part: DestinationReferral,
    actor: Actor,
    placement: Placement,
    allowed: Iterable[str],
    outstanding: list[Json],
) -> Problem:
    """Return why something must wait: what is outstanding, as the caller may know it."""
    return conflict(
        "A required check or agreement is outstanding for this address. If the person has already left, "
        "record it with `without_agreement`.",
        state=placement.state,
        allowed=allowed,
        outstanding=[
            {name: str(value) for name, value in one.items()}
            for one in as_shown_to(part.side_of(actor), outstanding)
        ],
    )


def agreed(session: Session, part: DestinationReferral, address_id: UUID) -> bool | None:
    """Tell what a destination last said to an address; None when it has said nothing."""
    since = session.get_one(Address, address_id).changed_at
    said = [
        last.content["agreed"]
        for first, last in standing(every_update(session, part, AGREEMENT))
        # Whoever puts right what was said of an address still speaks of the place that it was then.
        if last.content["address_id"] == str(address_id) and first.recorded_at >= since
    ]
    return said[-1] if said else None


def agreements_asked_of(session: Session, part: DestinationReferral) -> list[Json]:
    """List the addresses that a destination is asked to agree to, with what it last said to each."""
    return _agreements(session, part) if must_agree(part) else []


@bypasses_row_security
def _agreements(session: Session, part: DestinationReferral) -> list[Json]:
    ids = [other.id for other in parts_of_person(session, part.referral.person_id)]
    addresses = session.scalars(
        select(Address)
        .join(Placement, Placement.move_on_address_id == Address.id)
        .where(Placement.id.in_(ids), Placement.departed_on.is_(None))
    )
    return [
        {
            "address_id": address.id,
            "lines": address.lines,
            "postcode": address.postcode,
            "agreed": agreed(session, part, address.id),
        }
        for address in addresses
    ]


register_taken_back("referrals", ask_again)

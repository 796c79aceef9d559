"""How the opening of a departure gate is asked for, and carried out through the door of the stay."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from service import agreements
from service.access import Actor
from service.agreements import Decision, Fact, Found
from service.agreements.model import Agreement
from service.people import holding_queries
from service.people.model import Address
from service.referrals import queries
from service.referrals.actions import departure_gate, placing
from service.referrals.four_eyes import matter_of, own_work_on
from service.referrals.model import DestinationReferral


def _find(session: Session, actor: Actor, part_id: UUID) -> Found:
    part = queries.find_part(session, actor, part_id, lock=True)
    case = holding_queries.clock_case_of(
        session, part.referral.person_id, part.referral.probation_id, "departure_gate"
    )
    return Found(part, case, matter_of(part))


def _rests_on(session: Session, agreement: Agreement) -> list[Fact]:
    """Where the person goes, and everything that is outstanding there, about whomever."""
    part = queries.part_of(session, agreement.subject_id)
    placement = queries.placement_of(session, part)
    address_id = placement.move_on_address_id if placement else None
    if address_id is None:
        return []
    address = session.get_one(Address, address_id)
    place = Fact("address", address.id, address.changed_at.isoformat(), address.changed_at)
    return [place, *departure_gate.waits_for(session, part, address.id)]


def _require_gate(session: Session, actor: Actor, found: Found, given: Mapping[str, Any]) -> None:
    del given
    part: DestinationReferral = found.row
    own = own_work_on(session, actor, part)
    placing.require_possible(actor, part, queries.placement_of(session, part), departure_gate.OVERRIDE, own)


def _open(session: Session, actor: Actor, found: Found, agreement: Agreement, decision: Decision) -> None:
    del agreement
    part: DestinationReferral = found.row
    placement = queries.placement_of(session, part)
    placing.require_allowed(
        actor, part, placement, departure_gate.OVERRIDE, own_work_on(session, actor, part)
    )
    placing.place(
        session, actor, part, placement, {"action": departure_gate.OVERRIDE, "reason": decision.reason}
    )


agreements.register(
    gate_override=agreements.Subject(rests_on=_rests_on, find=_find, require=_require_gate, agree=_open)
)

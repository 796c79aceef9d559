"""How the opening of a departure gate is asked for, and carried out through the door of the stay."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from service import agreements
from service.access import Actor
from service.agreements import Decision, Found
from service.agreements.model import Agreement
from service.people import holding_queries
from service.referrals import queries
from service.referrals.actions import placing
from service.referrals.four_eyes import matter_of, own_work_on
from service.referrals.model import DestinationReferral


def _find(session: Session, actor: Actor, part_id: UUID) -> Found:
    part = queries.find_part(session, actor, part_id, lock=True)
    case = holding_queries.clock_case_of(
        session, part.referral.person_id, part.referral.probation_id, "departure_gate"
    )
    return Found(part, case, matter_of(part))


def _require_gate(session: Session, actor: Actor, found: Found, given: Mapping[str, Any]) -> None:
    del given
    part: DestinationReferral = found.row
    own = own_work_on(session, actor, part)
    placing.require_possible(actor, part, queries.placement_of(session, part), placing.OVERRIDE, own)


def _open(session: Session, actor: Actor, found: Found, agreement: Agreement, decision: Decision) -> None:
    del agreement
    part: DestinationReferral = found.row
    placement = queries.placement_of(session, part)
    placing.require_allowed(actor, part, placement, placing.OVERRIDE, own_work_on(session, actor, part))
    placing.place(session, actor, part, placement, {"action": placing.OVERRIDE, "reason": decision.reason})


agreements.register(gate_override=agreements.Subject(find=_find, require=_require_gate, agree=_open))

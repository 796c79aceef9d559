"""Decides what another region states about a person, and sets off what follows in the holder's case."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from service.access import Actor
from service.access.row_visibility import bypasses_row_security
from service.circumstances.actions import lowering
from service.circumstances.queries import latest_referrals
from service.people import holding_queries
from service.people import queries as people_queries
from service.people.actions import proposals
from service.people.actions.comparing import compare
from service.people.actions.recording import lock_records
from service.people.actions.taking import Decision
from service.people.model import Person, ProposalDecision
from service.people.proposals import Proposal
from service.referrals.actions.risk import share_risk_change
from service.referrals.at_work import at_work
from service.referrals.queries import open_referrals_of


@bypasses_row_security
def open_proposals(session: Session, person: Person) -> list[Proposal]:
    """Return what other regions state about a person and nobody has decided, the oldest statement first.

    Args:
        person: a record that the caller's region holds, and the caller sees.
    """
    return compare(session, person).proposed


@bypasses_row_security
def decide_proposal(
    session: Session, actor: Actor, person: Person, proposal_id: UUID, read: Callable[[], Mapping[str, Any]]
) -> ProposalDecision:
    """Take or leave a proposal; what is taken raises checks as the holder's own statement would.

    Args:
        person: a record that the caller's region holds, and the caller sees.
        read: reads the body, a `ProposalDecisionBody`, once there is something to decide.

    Raises:
        Problem: 404 when it is not open; 422 when a lower risk has no evidence; 403 when that takes a
            manager, or another one; 409 while something is outstanding.
    """
    still_open = open_referrals_of(session, person.id, lock=True, merged=True)
    held, _ = lock_records(session, actor, person.id)
    newest = latest_referrals(session, held.holder_id, held.id)
    holding = holding_queries.holding_of(session, held.id)
    accountable = {one.practitioner for one in (*newest, *still_open)}
    accountable |= {holding.practitioner_id} if holding else set()
    given: dict[str, Any] = {}

    def decision() -> Decision:
        given.update({"evidence": None, "grounds": None, "override_reason": None, **read()})
        said = {name: value for name, value in given.items() if name != "override_reason"}
        return Decision(**said, accountable=accountable, at_work=at_work)

    decided = proposals.decide(session, actor, held, proposal_id, decision)
    if not decided.taken:
        return decided
    place, _, group = decided.path.strip("/").partition("/")
    if place == "rosh":
        assessment = people_queries.current_rosh(session, held.id)[group]
        rests_on = {name: given[name] for name in ("evidence", "grounds", "override_reason")}
        lowering.settle(session, actor, held, assessment, rests_on)
        for referral in still_open:
            share_risk_change(session, actor, referral, assessment)
    return decided

"""What other regions state about a person whose record is held: told to the holder, and decided item by item.

What raises danger is an urgent obligation of the holder from the moment it is stated. Nothing is written on
the held record until a named practitioner of its holder takes it.
"""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from service import events, timers
from service.access.actor import Actor
from service.access.case_acts import Act
from service.access.row_visibility import bypasses_row_security
from service.gathering import flush_but_last
from service.http.problems import not_found
from service.organisations import queries as organisations
from service.people import holding_queries, writes
from service.people.actions import holding
from service.people.actions.comparing import compare
from service.people.actions.deciding import require_act
from service.people.actions.holding import DANGER_ELSEWHERE, Asked
from service.people.actions.taking import Decision, take
from service.people.model import Person, ProposalDecision
from service.people.newly_protected import look_through
from service.people.policies import DANGER_ELSEWHERE as DANGER_POLICY
from service.people.policies import PROPOSALS
from service.people.proposals import Proposal
from service.timers import Subject

TIMER: Final = "proposals"
DANGER: Final = "danger"
"""The timer of what raises danger, which runs day and night."""


def report(session: Session, actor: Actor, side: Person, held: Person, asked: Asked) -> None:
    """Tell the holder of a record that something was stated beside it, and what it must decide.

    What raises danger is an event of its own. Within a region, where the case is limited and its submitter is
    not named, only the timeline and the clock say so: the region's feed would tell the submitter that there
    is such a case.

    Of what is stated on a record that was merged into it, its own region has an entry already.

    Args:
        side: a side record or a merged one; locked, as `held`.
    """
    if side.same_as_id is not None:
        follow(session, actor, held)
        return
    holding.tell_holder(session, actor, side, held, asked)
    proposed = _compared_again(session, held)
    raises = sorted({code for one in proposed if one.side_id == side.id for code in one.raises})
    if raises:
        events.append(
            session,
            actor,
            DANGER_ELSEWHERE,
            subject_kind="person",
            subject_id=held.id,
            audience={held.holder_id} - {side.holder_id},
            person_id=held.id,
            data={"region": organisations.organisation(session, side.holder_id).code, "raises": raises},
        )
    _follow(session, actor, held, proposed)


def follow(session: Session, actor: Actor, held: Person) -> None:
    """Compare a held record again, after a colleague has stated something beside it, and keep its clock.

    Args:
        held: locked.
    """
    _follow(session, actor, held, _compared_again(session, held))


@bypasses_row_security
def settled_otherwise(session: Session, actor: Actor, held: Person) -> None:
    """Stop the clock of a record's proposals when its holder has since recorded the same by itself.

    Args:
        held: locked.
    """
    if held.held and _running(session, held) is not None:
        _follow(session, actor, held, _compared_again(session, held))


@bypasses_row_security
def decide(
    session: Session, actor: Actor, held: Person, proposal_id: UUID, read: Callable[[], Decision]
) -> ProposalDecision:
    """Take or leave one proposal, for good: it comes again only when its value changes.

    What is taken is written as the holder's own statement. A lower risk takes evidence and, from high, a
    manager's own call. A change of circumstance is only noted: the holder records what it makes of it.

    Args:
        held: a record that the caller's region holds, locked.
        read: returns the decision, once there is something to decide.

    Raises:
        Problem: 404 when it is not, or no longer, open; 403 and 422 as for a change of risk, and 403 to who
            does not act for the case, but for taking what raises danger.
    """
    found = compare(session, held)
    chosen = next((one for one in found.proposed if one.id == proposal_id), None)
    if chosen is None:
        raise not_found()
    decision = read()
    act = act_of(chosen, taken=decision.taken)
    if act is not Act.RECORD:
        require_act(session, actor, act, held)
    if decision.taken:
        take(session, actor, held, found, chosen, decision=decision)
    decided = writes.add_decision(session, actor, held, chosen, taken=decision.taken, reason=decision.reason)
    _follow(session, actor, held, _compared_again(session, held))
    look_through(session, actor, held.id)
    return decided


def act_of(proposal: Proposal, *, taken: bool) -> Act:
    """Return what it is to take or leave a proposal.

    To take what raises danger is to record a fact, which needs nobody; to leave it is a judgement of risk. A
    change of circumstance that is taken is only noted, so that both are. A lower level of risk that is taken
    goes through the door of risk, which asks for more.
    """
    if proposal.section == "restriction":
        return Act.LIMIT
    if proposal.section == "circumstances":
        return Act.DECIDE_RISK
    if proposal.raises:
        return Act.RECORD if taken else Act.DECIDE_RISK
    return Act.DECIDE_RISK if proposal.section == "risk" else Act.DECIDE_PROPOSAL


def _compared_again(session: Session, held: Person) -> list[Proposal]:
    """Compare after a change that may still wait to be written."""
    flush_but_last(session)
    return compare(session, held).proposed


def _follow(session: Session, actor: Actor, held: Person, proposed: list[Proposal]) -> None:
    """Keep one clock for what is open: urgent as long as any of it raises danger. Danger has another."""
    subject = Subject("person", held.id)
    clocks = timers.clocks_of(session, [subject])[subject]
    _follow_danger(session, actor, held, proposed, clocks)
    running = _urgency(clocks)
    wanted = "urgent" if any(one.raises for one in proposed) else "routine" if proposed else None
    if running == wanted:
        return
    if running is not None and wanted == "urgent":
        timers.raise_urgency(session, {subject: None})
        return
    if running is not None:
        timers.stop(session, subject, "decided", TIMER)
    if wanted is not None:
        timers.start(
            session,
            actor,
            subject,
            TIMER,
            policy=PROPOSALS,
            case=holding_queries.clock_case(session, held, TIMER),
            urgency="urgent" if wanted == "urgent" else "routine",
        )


def _running(session: Session, held: Person) -> str | None:
    """Return the urgency of the open clock of a record's proposals; None when there is none."""
    subject = Subject("person", held.id)
    return _urgency(timers.clocks_of(session, [subject])[subject])


def _urgency(clocks: list[dict[str, Any]]) -> str | None:
    return next(
        (one["urgency"] for one in clocks if one["timer"] == TIMER and one["state"] != "stopped"), None
    )


def _follow_danger(
    session: Session, actor: Actor, held: Person, proposed: list[Proposal], clocks: list[dict[str, Any]]
) -> None:
    """Keep a clock for danger that nobody has seen to: what is stated after a confirmation starts another."""
    last = next((one for one in clocks if one["timer"] == DANGER), None)
    is_open = last is not None and last["state"] != "stopped"
    raised_at = max((one.at for one in proposed if one.raises), default=None)
    subject = Subject("person", held.id)
    if raised_at is None:
        if is_open:
            timers.stop(session, subject, "decided", DANGER)
    elif not is_open and (last is None or raised_at > last["exposed_since"]):
        timers.start(
            session,
            actor,
            subject,
            DANGER,
            policy=DANGER_POLICY,
            case=holding_queries.clock_case(session, held, DANGER),
            urgency="urgent",
        )

"""Who may propose what is told, and who may decide it. Reads only."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy.orm import Session

from service import agreements
from service.access.actor import Actor
from service.access.case_acts import Act, may_act
from service.access.four_eyes import Matter, OwnWork
from service.people import holding_queries
from service.people.actions.deciding import own_work
from service.third_parties import queries
from service.third_parties.model import DisclosureDecision, DisclosureStep
from service.third_parties.states import Action, Facts, State, taken_back_by
from service.third_parties.writes import LABEL

KIND: Final = "third_party_told"
"""The kind of agreement by which a manager decides."""


def facts_of(
    actor: Actor, decision: DisclosureDecision, own: OwnWork, steps: Sequence[DisclosureStep]
) -> Facts:
    """Return what the table must know of a caller.

    Args:
        own: how the caller stands to the case.
        steps: of the decision so far, in order.
    """
    return Facts(
        acts=may_act(actor, Act.DECIDE_DISCLOSURE, decision.person_id, own),
        urgent=decision.urgency == "urgent",
        chance=decision.person_tells_by is not None,
        takes_back=taken_back_by(State(decision.state), [(one.action, one.role is None) for one in steps]),
    )


def known_of(session: Session, actor: Actor, found: Sequence[DisclosureDecision]) -> OwnWork:
    """Return how a caller stands to the cases of several decisions, in one query."""
    return own_work(session, actor, {one.person_id for one in found})


def found_of(session: Session, decision: DisclosureDecision) -> agreements.Found:
    """Return what a manager decides: never who proposed it, asked for it or is accountable.

    Args:
        decision: locked.
    """
    steps = queries.steps_of(session, [decision.id]).get(decision.id, [])
    case = holding_queries.clock_case_of(session, decision.person_id, decision.probation_id, LABEL)
    proposed_by = {one.practitioner for one in steps if one.action == Action.PROPOSE}
    matter = Matter(
        person_id=decision.person_id,
        practitioners=frozenset({case.practitioner or None, *proposed_by}),
        subjects=frozenset({decision.id}),
        kinds=frozenset({KIND}),
    )
    return agreements.Found(decision, case, matter)

"""How a manager's agreement that somebody is told, or is not, is found and carried out."""

from uuid import UUID

from sqlalchemy.orm import Session

from service import agreements
from service.access.actor import Actor
from service.agreements.model import Agreement
from service.third_parties import case_facts, four_eyes, hooks, queries
from service.third_parties.actions import moving
from service.third_parties.model import DisclosureDecision
from service.third_parties.rules import MAPPA


def _find(session: Session, actor: Actor, decision_id: UUID) -> agreements.Found:
    return four_eyes.found_of(session, queries.find_decision(session, actor, decision_id, lock=True))


def _rests_on(session: Session, agreement: Agreement) -> list[agreements.Fact]:
    """The proposal, how urgent it is, and what its legal basis needs of the case."""
    decision = session.get_one(DisclosureDecision, agreement.subject_id)
    needs = case_facts.facts_of_case(session, decision.person_id, decision.probation_id)
    steps = queries.steps_of(session, [decision.id])[decision.id]
    return [agreements.Fact("disclosure_decision", decision.id, f"{decision.version} {needs}", steps[-1].at)]


def _carry(*, agreed: bool) -> agreements.Carry:
    def carry(
        session: Session,
        actor: Actor,
        found: agreements.Found,
        agreement: Agreement,
        decision: agreements.Decision,
    ) -> None:
        del agreement
        moving.decide(session, actor, found.row, agreed=agreed, reason=decision.reason)
        told = found.row.organisation_id
        if agreed and told is not None and MAPPA in found.row.subjects:
            queries.forget_told(session, found.row.person_id)
            hooks.look_again(session, actor, found.row.person_id, told)

    return carry


agreements.register(
    **{
        four_eyes.KIND: agreements.Subject(
            rests_on=_rests_on, find=_find, agree=_carry(agreed=True), disagree=_carry(agreed=False)
        )
    }
)

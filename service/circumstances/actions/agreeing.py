"""How agreements about reviews and about a lower risk are found, and carried out through their doors."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import agreements, clock
from service.access import Actor
from service.access.permissions import MAY_LOWER_REGARDLESS
from service.access.row_visibility import bypasses_row_security
from service.agreements import Decision, Fact, Found
from service.agreements.model import Agreement
from service.checks import queries as checks
from service.circumstances import four_eyes, queries
from service.circumstances.actions import lowering, recording, reviewing
from service.circumstances.consequences import Reliability, Standing
from service.circumstances.model import Change, Review
from service.circumstances.rules import ROSH_CHANGED
from service.circumstances.states import State
from service.errors import Fault
from service.http.problems import conflict, invalid
from service.people import holding_queries, visibility
from service.people import queries as people
from service.people.actions.risk import LOWERED, is_managed_lowering, matter_of_lowering
from service.people.model import Person
from service.people.rules import GROUPS_AT_RISK, LEVELS, Source


def _rests_on_review(session: Session, agreement: Agreement) -> list[Fact]:
    """Each review, and everything that has been said of what opened them."""
    reviews = session.scalars(select(Review).where(Review.id.in_(agreement.subject_ids))).all()
    said = queries.all_said_of(session, {one.change_id for one in reviews})
    return [
        *(Fact("review", one.id, str(one.version), one.opened_at) for one in reviews),
        *map(_said, said),
    ]


def _rests_on_risk(session: Session, agreement: Agreement) -> list[Fact]:
    """The risk on record, what is outstanding or no longer is, and all that has become known of them."""
    person = session.get_one(Person, agreement.subject_id)
    judged = people.current_rosh(session, person.id).values()
    return [
        *(Fact("rosh_assessment", one.id, one.level, one.recorded_at) for one in judged),
        *map(_said, queries.all_of_person(session, person.id)),
        *(
            Fact(
                "check_request" if "state" in one else "address",
                UUID(one["id"]),
                f"{one['code']} {one.get('state', '')}",
                answered_at or agreement.asked_at,
            )
            for one, answered_at in lowering.outstanding_since(session, person)
        ),
        *(
            Fact("check_request", one.id, one.state, at)
            for one, at in checks.finished_since(session, person.id, agreement.asked_at)
        ),
    ]


def _said(change: Change) -> Fact:
    return Fact("change_of_circumstance", change.id, change.standing, change.recorded_at)


def _find_review(session: Session, actor: Actor, review_id: UUID, *beside: UUID) -> Found:
    return reviewing.found_of(session, queries.lock_together(session, actor, review_id, beside))


def _require_completed(session: Session, actor: Actor, found: Found, given: Mapping[str, Any]) -> None:
    del session, actor, given
    if found.row.state != State.COMPLETED:
        raise conflict("Only a completed review can be endorsed.", state=found.row.state)


def _agree(*, agreed: bool) -> agreements.Carry:
    def agree(session: Session, actor: Actor, found: Found, agreement: Agreement, decision: Decision) -> None:
        del agreement
        reviews = [found.row, *found.beside]
        known = four_eyes.known_of(session, actor, reviews)
        reviewing.agree_to_reviews(session, actor, reviews, known, agreed=agreed, reason=decision.reason)

    return agree


def _find_case(session: Session, actor: Actor, person_id: UUID) -> Found:
    person = visibility.find_person(session, actor, person_id, "risk")
    case = recording.case_of(session, actor, actor.organisation_id, person)
    notified = holding_queries.clock_case(session, case.person, LOWERED)
    return Found(case, notified, matter_of_lowering(case.person, recording.accountable_for(case)))


@bypasses_row_security
def _require_lower(session: Session, actor: Actor, found: Found, given: Mapping[str, Any]) -> None:
    del actor
    proposal, case = given["proposal"], found.row
    faults = [
        Fault(f"/proposal/{name}", "Must be one of: " + ", ".join(codes) + ".")
        for name, codes in (("group", GROUPS_AT_RISK), ("level", LEVELS))
        if proposal[name] not in codes
    ]
    if faults:
        raise invalid(faults)
    _require_still_lower(session, case, proposal)
    if given.get("role") not in MAY_LOWER_REGARDLESS:
        outstanding = lowering.outstanding_for(session, case.person)
        if outstanding:
            raise lowering.refused(outstanding)


def _require_still_lower(session: Session, case: recording.LockedCase, proposal: Mapping[str, Any]) -> None:
    current = people.current_rosh(session, case.person.id).get(proposal["group"])
    if not is_managed_lowering(current.level if current else None, proposal["level"]):
        raise conflict(
            "This needs no manager: the level on record is not high or very high, or is not above this one."
        )


@bypasses_row_security
def _lower(session: Session, actor: Actor, found: Found, agreement: Agreement, decision: Decision) -> None:
    case, proposal = found.row, agreement.proposal
    _require_still_lower(session, case, proposal)
    override = {"override_reason": decision.override_reason} if decision.override_reason else {}
    recording.record_change(
        session,
        actor,
        case,
        {
            "kind": ROSH_CHANGED,
            "occurred_on": clock.today(),
            "source": Source.PRACTITIONER.value,
            "reliability": Reliability.RELIABLE.value,
            "standing": Standing.ESTABLISHED.value,
            "urgent": False,
            "contacts": [],
            "contact_ids": [],
            "addresses": [],
            "address_ids": [],
            "rosh": {**proposal, "reason": decision.reason, **override},
        },
    )


agreements.register(
    review_no_change=agreements.Subject(
        rests_on=_rests_on_review,
        find=_find_review,
        agree=_agree(agreed=True),
        disagree=_agree(agreed=False),
    ),
    review_endorsed=agreements.Subject(
        rests_on=_rests_on_review, find=_find_review, require=_require_completed
    ),
    rosh_lowered=agreements.Subject(
        rests_on=_rests_on_risk, find=_find_case, require=_require_lower, agree=_lower
    ),
)

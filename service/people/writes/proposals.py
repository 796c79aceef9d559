"""Writes what other regions ask and what is decided of what they state."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from service import clock, events
from service.access.actor import Actor
from service.db import new_id
from service.organisations import queries as organisations
from service.people.model import Person, ProposalDecision, ShareRequest
from service.people.proposals import Proposal
from service.people.writes.records import record, record_event


def add_share_request(
    session: Session, actor: Actor, side: Person, held: Person, asked: Mapping[str, Any]
) -> ShareRequest:
    """Record that a share of a held record was asked for; both regions are told.

    Args:
        side: the record of the region that asks.
        asked: `basis`, `sections`, `until` and `reason`.
    """
    region = organisations.organisation(session, side.holder_id).code
    event_id = record_event(
        session,
        actor,
        "person.share_requested",
        "person",
        held,
        audience={side.holder_id, held.holder_id},
        data={
            "region": region,
            "basis": asked["basis"],
            "sections": asked["sections"],
            "side_record": side.id,
        },
    )
    request = ShareRequest(
        id=new_id(),
        person_id=held.id,
        from_id=side.id,
        region=region,
        basis=asked["basis"],
        sections=asked["sections"],
        until_at=asked["until"],
        reason=asked["reason"],
        asked_by=actor.practitioner.id if actor.practitioner else actor.client_id,
        asked_at=clock.now(),
        event_id=event_id,
    )
    session.add(request)
    record(session, actor, side, "alteration", ["share_request"])
    return request


def answer_share_request(
    session: Session,
    actor: Actor,
    request: ShareRequest,
    held: Person,
    side: Person,
    *,
    given: bool,
    reason: str,
) -> None:
    """Record the holder's answer; both regions are told."""
    request.given, request.answer_reason = given, reason
    request.answered_by = actor.practitioner.id if actor.practitioner else actor.client_id
    request.answered_at = clock.now()
    events.append(
        session,
        actor,
        "share_request.answered",
        subject_kind="share_request",
        subject_id=request.id,
        audience={side.holder_id, held.holder_id},
        person_id=held.id,
        data={"given": given, "side_record": side.id},
    )
    record(session, actor, held, "alteration", ["share_request"])


def add_decision(
    session: Session, actor: Actor, person: Person, proposal: Proposal, *, taken: bool, reason: str
) -> ProposalDecision:
    """Record that the holder of a record took or left a proposal."""
    event_id = record_event(
        session,
        actor,
        "person.proposal_decided",
        "person",
        person,
        data={"section": proposal.section, "taken": taken, "raises": list(proposal.raises)},
    )
    decision = ProposalDecision(
        id=new_id(),
        person_id=person.id,
        from_id=proposal.side_id,
        path=proposal.path,
        value_digest=proposal.digest,
        taken=taken,
        reason=reason,
        decided_by=actor.practitioner.id if actor.practitioner else actor.client_id,
        decided_at=clock.now(),
        event_id=event_id,
    )
    session.add(decision)
    record(session, actor, person, "alteration", ["proposal"])
    return decision

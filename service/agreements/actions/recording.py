"""What the doors of decisions record: what was decided, whether or not a manager had been asked."""

import uuid
from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.agreements import queries, writes
from service.agreements.model import Agreement
from service.http.problems import forbidden

SAME: Final = ("group", "level")
"""Where a proposal names these, only a decision about the same is the one that was asked for."""


def record_decision(
    session: Session,
    actor: Actor,
    *kinds: str,
    subject_id: uuid.UUID,
    person_id: uuid.UUID,
    organisation_id: uuid.UUID,
    agreed: bool,
    reason: str,
    proposal: Mapping[str, Any] | None = None,
    regardless: Mapping[str, Any] | None = None,
) -> Agreement:
    """Record what a manager decided about one subject; see `record_decisions`."""
    (decided,) = record_decisions(
        session,
        actor,
        *kinds,
        subject_ids=[subject_id],
        person_id=person_id,
        organisation_id=organisation_id,
        agreed=agreed,
        reason=reason,
        proposal=proposal,
        regardless=regardless,
    )
    return decided


@bypasses_row_security
def record_decisions(
    session: Session,
    actor: Actor,
    *kinds: str,
    subject_ids: Collection[uuid.UUID],
    person_id: uuid.UUID,
    organisation_id: uuid.UUID,
    agreed: bool,
    reason: str,
    proposal: Mapping[str, Any] | None = None,
    regardless: Mapping[str, Any] | None = None,
) -> list[Agreement]:
    """Record what a manager decided: as the answer to whoever asked for it, or for itself.

    Every door of a decision that takes four eyes calls it once it has let the manager through. Of what was
    proposed together, only these are decided, and the rest goes on waiting.

    Args:
        kinds: of the decision; the first one where nobody asked.
        subject_ids: what was decided about, locked.
        organisation_id: the region that holds the record.
        proposal: what exactly was decided, where that is not plain from the kind.
        regardless: what was outstanding, and why the manager went on all the same.

    Raises:
        Problem: 403 without a named practitioner.
    """
    manager = actor.practitioner
    if manager is None:
        raise forbidden("practitioner-required", "Name the practitioner")
    said = dict(proposal or {})
    asked = dict[uuid.UUID, Agreement]()
    for waiting in queries.asked_about(session, subject_ids, kinds):
        if any(waiting.proposal.get(name) != said.get(name) for name in SAME):
            continue
        whole = set(subject_ids).issuperset(waiting.subject_ids)
        one = waiting if whole else writes.set_apart(session, waiting, subject_ids)
        writes.decide(session, actor, one, manager, agreed=agreed, reason=reason, regardless=regardless)
        asked = dict.fromkeys(one.subject_ids, one) | asked
    return [
        asked.get(subject_id)
        or writes.add_decided(
            session,
            actor,
            kinds[0],
            subject_id,
            manager,
            person_id=person_id,
            organisation_id=organisation_id,
            agreed=agreed,
            proposal=said,
            reason=reason,
            regardless=regardless,
        )
        for subject_id in subject_ids
    ]


@bypasses_row_security
def lapse(
    session: Session, subject_ids: Collection[uuid.UUID], *kinds: str, group: str | None = None
) -> None:
    """End what is asked about subjects of which there is nothing to decide any more.

    Args:
        kinds: only these.
        group: only what is proposed about the risk to this group.
    """
    for asked in queries.asked_about(session, subject_ids, kinds):
        if group is not None and asked.proposal.get("group") != group:
            continue
        if set(subject_ids).issuperset(asked.subject_ids):
            writes.lapse(session, asked)
        else:
            writes.leave_out(session, asked, subject_ids)


@bypasses_row_security
def lapse_all(session: Session, person_id: uuid.UUID) -> None:
    """End everything that is asked about a person whose case has ended."""
    for asked in queries.asked_about_person(session, person_id):
        writes.lapse(session, asked)


@bypasses_row_security
def follow_case(session: Session, person_id: uuid.UUID, organisation_id: uuid.UUID) -> None:
    """Let a manager of the region that holds a case from now on decide what is asked about it."""
    writes.follow_case(session, person_id, organisation_id)

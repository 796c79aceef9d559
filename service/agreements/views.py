"""The views of agreements for one caller, and their ETags, as plain values. Reading is recorded."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from service import audit, timers
from service.access.actor import Actor
from service.access.four_eyes import OwnWork
from service.agreements import hooks, queries, writes
from service.agreements.actions.asking import may_withdraw
from service.agreements.actions.deciding import may_be_decided, own_work
from service.agreements.hooks import Fact
from service.agreements.model import Agreement
from service.agreements.states import State
from service.events.subjects import href
from service.http import etag

View = dict[str, Any]


def show_agreements(session: Session, actor: Actor, found: Sequence[Agreement]) -> list[View]:
    """Show agreements to the region that decides them; each is a consultation."""
    for each in found:
        audit.record(
            session,
            actor,
            "consultation",
            object_kind="agreement",
            object_id=each.id,
            object_version=each.version,
            person_id=each.person_id,
            fields=("kind", "reason", "proposal", "decision"),
        )
    own = own_work(session, actor, found)
    crns = hooks.record().crns(session, {each.person_id for each in found})
    return [
        {"crn": crns[each.person_id], "changed": None, **_shown(each), **standing}
        for each, standing in zip(found, _standing(session, actor, found, own), strict=True)
    ]


def show_agreement(session: Session, actor: Actor, agreement: Agreement) -> tuple[View, str]:
    """Show one agreement, as a consultation.

    Returns:
        The view, and its tag.
    """
    (view,) = show_agreements(session, actor, [agreement])
    facts = hooks.rests_on(session, agreement)
    return view | {"changed": _changed(agreement, facts)}, _tag(agreement, view, facts)


def tag_of(session: Session, actor: Actor, agreement: Agreement, own: OwnWork) -> tuple[str, View]:
    """Return the ETag of an agreement: its version, whether it is overdue, and what this caller may do.

    What the decision rests on is in it too: nobody decides about facts that they have not read.

    Args:
        own: what the caller did in the case.

    Returns:
        The tag, and what a refusal says besides: `changed`, where anything has since it was asked.
    """
    (standing,) = _standing(session, actor, [agreement], own)
    facts = hooks.rests_on(session, agreement)
    changed = [
        {name: str(one[name]) for name in ("kind", "id", "href") if one[name]}
        for one in _changed(agreement, facts)
    ]
    return _tag(agreement, standing, facts), {"changed": changed} if changed else {}


def decision_of(agreement: Agreement) -> View | None:
    """Return the view of what was decided, None until then."""
    if agreement.decided_by is None:
        return None
    return {
        "agreed": agreement.state == State.AGREED,
        "by": agreement.decided_by,
        "role": agreement.decided_role,
        "reason": agreement.decision_reason,
        "at": agreement.decided_at,
    }


def endorsements(session: Session, kind: str, review_ids: Collection[UUID]) -> dict[UUID, list[View]]:
    """Return what managers said to reviews that needed no decision, oldest first, by the review.

    Args:
        kind: of the endorsement.
        review_ids: of reviews that the caller may see.
    """
    found = queries.endorsements(session, kind, review_ids)
    return {review_id: [decision_of(row) or {} for row in rows] for review_id, rows in found.items()}


def _tag(agreement: Agreement, standing: View, facts: Sequence[Fact]) -> str:
    return etag(
        "agreement",
        agreement.id,
        agreement.version,
        standing["overdue"],
        *standing["allowed_transitions"],
        *(f"{one.kind} {one.id} {one.stands}" for one in facts),
    )


def _changed(agreement: Agreement, facts: Sequence[Fact]) -> list[View]:
    """Return what came to stand as it does after it was asked, each thing once."""
    found = {(one.kind, one.id): one.since for one in facts if one.since > agreement.asked_at}
    return [
        {"kind": kind, "id": id_, "href": href(kind, id_, agreement.person_id), "since": since}
        for (kind, id_), since in found.items()
    ]


def _shown(agreement: Agreement) -> View:
    return {
        "id": agreement.id,
        "href": href("agreement", agreement.id),
        "kind": agreement.kind,
        "state": agreement.state,
        "subject": _subject(agreement, agreement.subject_id),
        "beside": [_subject(agreement, one) for one in agreement.beside],
        "person_id": agreement.person_id,
        "asked_by": agreement.asked_by,
        "asked_at": agreement.asked_at,
        "role": agreement.role,
        "unit": agreement.unit,
        "staff": agreement.staff_id,
        "reason": agreement.reason,
        "proposal": agreement.proposal or None,
        **_regardless(agreement.regardless or {}),
        "decision": decision_of(agreement),
        "withdrawal_reason": agreement.decision_reason if agreement.decided_by is None else None,
        "version": agreement.version,
    }


def _regardless(said: Mapping[str, Any]) -> View:
    outstanding = [{"kind": None, "state": None, **one} for one in said.get("outstanding", ())]
    return {"override_reason": said.get("override_reason"), "outstanding": outstanding}


def _subject(agreement: Agreement, id_: UUID) -> View:
    kind = agreement.subject_kind
    return {"kind": kind, "id": id_, "href": f"/v1/people/{id_}" if kind == "person" else href(kind, id_)}


def _standing(session: Session, actor: Actor, found: Sequence[Agreement], own: OwnWork) -> list[View]:
    """Return how each stands for this caller now, in one query."""
    clocks = timers.clocks_of(session, [writes.subject_of(each) for each in found])
    shown = []
    for each in found:
        clock = next(iter(clocks[writes.subject_of(each)]), None)
        allowed = {"decide": may_be_decided(actor, each, own), "withdraw": may_withdraw(actor, each)}
        shown.append(
            {
                "due_at": clock["due_at"] if clock else None,
                "overdue": bool(clock and clock["overdue"]),
                "allowed_transitions": [name for name, holds in allowed.items() if holds],
            }
        )
    return shown

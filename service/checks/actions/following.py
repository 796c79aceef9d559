"""Brings a person's checks in line with whose case it is now, and tells the agencies asked who asks."""

import uuid
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.checks import queries, writes
from service.checks.actions import sending
from service.checks.actions.explaining import who_asks
from service.checks.basis import has_basis
from service.checks.model import Check, CheckRequest
from service.checks.reasons import SaidSince
from service.checks.states import WITH_AGENCY, State


@bypasses_row_security
def follow_case(session: Session, person_id: uuid.UUID, case: Mapping[str, Any]) -> None:
    """Set who is accountable for a person's checks, and on a transfer which region.

    Args:
        case: by column: `practitioner` and `pdu`, and on a transfer `probation_id`.
    """
    writes.follow_case(session, person_id, case)


@bypasses_row_security
def tell_who_asks(session: Session, actor: Actor, person_id: uuid.UUID) -> None:
    """Tell each agency that is to answer who asks by now, as a new version of its question."""
    checks = writes.lock_record(session, person_id)
    requests = _to_answer(session, person_id)
    queries.subjects_of(session, [one.id for one in requests])  # read at once, for all of them
    told = {one.request_id: one for one in queries.questions_of(session, [one.id for one in requests])}
    for request in requests:
        asks = who_asks(session, request)
        if told[request.id].document.get("asked_by") == asks:
            continue
        # Once sharing has ended nobody is told anything more.
        if has_basis(session, person_id, checks[request.check_id].probation_id):
            sending.tell_anew(session, actor, request, "handed_over")


@bypasses_row_security
def tell_refuted(
    session: Session, actor: Actor, person_id: uuid.UUID, trigger_events: Collection[str]
) -> None:
    """Tell each agency that is to answer that an allegation it was told of has been refuted.

    It goes on being asked: what only the allegation asked for ends by somebody's decision.

    Args:
        trigger_events: of the checks that the allegation raised, and what was said of it since.
    """
    checks = writes.lock_record(session, person_id)
    refuted = [check for check in checks.values() if check.trigger_event in trigger_events]
    writes.note_refuted(session, actor, refuted)
    _tell_corrected(session, actor, person_id, refuted)


@bypasses_row_security
def tell_said_since(
    session: Session,
    actor: Actor,
    person_id: uuid.UUID,
    trigger_events: Collection[str],
    said: SaidSince,
    *,
    besides: Collection[str],
) -> None:
    """Tell each agency that is to answer that what it was told of was put right, or withdrawn, by its sayer.

    It goes on being asked, as by `tell_refuted`.

    Args:
        trigger_events: of the checks that the report raised, and what had put it right before.
        besides: the kinds of check that what is said instead raises anew: their agencies read it there.
    """
    checks = writes.lock_record(session, person_id)
    raised = [check for check in checks.values() if check.trigger_event in trigger_events]
    writes.note_said_since(session, actor, raised, said)
    _tell_corrected(session, actor, person_id, [check for check in raised if check.kind not in besides])


def _tell_corrected(session: Session, actor: Actor, person_id: uuid.UUID, of: Collection[Check]) -> None:
    """Tell each agency that is to answer what some checks ask about now."""
    checks = writes.lock_record(session, person_id)
    raised = {check.id for check in of}
    requests = _to_answer(session, person_id)
    served = writes.checks_served(session, requests)
    for request in requests:
        serves = {request.check_id, *(check.id for check in served[request.id])}
        if raised & serves and has_basis(session, person_id, checks[request.check_id].probation_id):
            sending.tell_anew(session, actor, request, "corrected")


def _to_answer(session: Session, person_id: uuid.UUID) -> list[CheckRequest]:
    return [
        one
        for one in queries.requests_about(session, person_id)
        if State(one.state) in {*WITH_AGENCY, State.REFUSED}
    ]

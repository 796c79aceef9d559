"""A manager decides what was asked: carried out through the door of its subject, in the same transaction.

All the rules of that door hold again at that moment.
"""

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.access.four_eyes import Matter, OwnWork, may_decide
from service.access.row_visibility import bypasses_row_security
from service.agreements import hooks, queries
from service.agreements.actions.recording import record_decision
from service.agreements.hooks import Decision, Found
from service.agreements.kinds import KINDS
from service.agreements.model import Agreement
from service.agreements.states import State
from service.http.problems import conflict


def lock(session: Session, actor: Actor, agreement: Agreement) -> Found:
    """Lock what an agreement is about, and then the agreement: the order in which the doors do it.

    Raises:
        Problem: 404 when the caller may no longer know of it.
    """
    found = hooks.subject_of(agreement.kind).find(session, actor, *agreement.subject_ids)
    queries.lock(session, agreement)
    return found


def require_asked(agreement: Agreement) -> None:
    """Require that an agreement waits for a decision.

    Raises:
        Problem: 409 with its state.
    """
    if agreement.state != State.ASKED:
        raise conflict("It is not waiting for a decision.", state=agreement.state, allowed=())


def own_work(session: Session, actor: Actor, agreements: Iterable[Agreement]) -> OwnWork:
    """Return what the caller did in the cases of agreements that wait, in one query."""
    people = {one.person_id for one in agreements if one.state == State.ASKED}
    return hooks.record().own_work(session, actor, people) if people else OwnWork()


def require_independent(actor: Actor, agreement: Agreement, found: Found, own: OwnWork) -> None:
    """Require that the caller is a manager who may decide it.

    Args:
        own: what the caller did in the case.

    Raises:
        Problem: 403 `role-required`, or `own-case`.
    """
    asked = _matter_of(agreement)
    matter = replace(asked, practitioners=asked.practitioners | found.matter.practitioners)
    hooks.record().require_independent(actor, matter, own, roles=KINDS[agreement.kind].roles)


def decide(
    session: Session, actor: Actor, agreement: Agreement, found: Found, *, agreed: bool, decision: Decision
) -> None:
    """Carry out a manager's decision.

    Args:
        agreement: locked, asked, and this manager's to decide.
        found: what it is about, locked.

    Raises:
        Problem: whatever the door of its subject refuses now.
    """
    subject = hooks.subject_of(agreement.kind)
    carry = subject.agree if agreed else subject.disagree
    if carry is not None:
        carry(session, actor, found, agreement, decision)
        return
    _only_record(session, actor, agreement, agreed=agreed, reason=decision.reason)


def may_be_decided(actor: Actor, agreement: Agreement, own: OwnWork) -> bool:
    """Return whether an agreement waits, and this caller may decide it.

    Args:
        own: what the caller did in the case.
    """
    return agreement.state == State.ASKED and may_decide(
        actor, _matter_of(agreement), own, KINDS[agreement.kind].roles
    )


@bypasses_row_security
def _only_record(session: Session, actor: Actor, agreement: Agreement, *, agreed: bool, reason: str) -> None:
    record_decision(
        session,
        actor,
        agreement.kind,
        subject_id=agreement.subject_id,
        person_id=agreement.person_id,
        organisation_id=agreement.organisation_id,
        agreed=agreed,
        reason=reason,
        proposal=agreement.proposal,
    )


def _matter_of(agreement: Agreement) -> Matter:
    return Matter(
        person_id=agreement.person_id,
        practitioners=frozenset({agreement.asked_by, *agreement.barred}),
        subjects=frozenset(agreement.subject_ids),
        kinds=frozenset({agreement.kind}),
    )

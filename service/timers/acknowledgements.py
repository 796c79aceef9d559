"""Puts on record that somebody has seen an escalation. It stops no clock: only an answer does."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service import audit, clock, events
from service.access.actor import Actor
from service.timers.model import EscalationAcknowledgement
from service.timers.queries import Escalation


def acknowledge_escalation(session: Session, actor: Actor, escalation: Escalation) -> bool:
    """Record that a named practitioner has seen an escalation; the first one counts.

    Args:
        actor: with its practitioner.
        escalation: one that this actor may see.

    Returns:
        Whether it was the first.

    Raises:
        ValueError: nobody is named.
    """
    if actor.practitioner is None:
        raise ValueError("an escalation is acknowledged by a named practitioner")
    firing, row, _ = escalation
    first = session.execute(
        insert(EscalationAcknowledgement)
        .values(
            firing_id=firing.id,
            practitioner=actor.practitioner.id,
            role=actor.practitioner.role,
            acknowledged_at=clock.now(),
        )
        .on_conflict_do_nothing()
        .returning(EscalationAcknowledgement.firing_id)
    ).one_or_none()
    if first is None:
        return False
    events.append(
        session,
        actor,
        "clock.acknowledged",
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        person_id=row.person_id,
        referral_id=row.referral_id,
        data={"clock": row.id, "timer": row.timer, "step": firing.step_key},
    )
    audit.record(
        session,
        actor,
        "alteration",
        object_kind="escalation",
        object_id=firing.id,
        person_id=row.person_id,
        fields=("acknowledged",),
    )
    return True

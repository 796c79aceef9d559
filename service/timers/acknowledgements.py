"""Records that a practitioner has seen an escalation. It stops no clock: only an answer does."""

from sqlalchemy.orm import Session

from service import audit, events
from service.access.actor import Actor
from service.timers import writes
from service.timers.queries import Escalation


def acknowledge_escalation(session: Session, actor: Actor, escalation: Escalation) -> bool:
    """Record that a named practitioner has seen an escalation; only the first acknowledgement is kept.

    Args:
        actor: with its practitioner.
        escalation: one that this actor may see.

    Returns:
        Whether it was the first.

    Raises:
        ValueError: the actor has no practitioner.
    """
    if actor.practitioner is None:
        raise ValueError("an escalation is acknowledged by a named practitioner")
    firing, row, _ = escalation
    if not writes.add_acknowledgement(session, firing.id, actor.practitioner):
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

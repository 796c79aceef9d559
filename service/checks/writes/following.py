"""Brings checks in line with whose case it is, and with the first referral of a case opened without one."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service import audit, timers
from service.access.actor import Actor
from service.checks.model import Check, CheckRequest
from service.people.model import Person


def follow_case(session: Session, person_id: uuid.UUID, case: Mapping[str, Any]) -> None:
    """Set who is accountable for a person's checks, and on a transfer the region, in a statement each.

    Args:
        case: by column: `practitioner` and `pdu`, and on a transfer `probation_id`.
    """
    mine = Check.person_id == person_id
    session.scalars(select(Check.id).where(mine).order_by(Check.id).with_for_update()).all()
    session.execute(update(Check).where(mine).values(**case))
    if "probation_id" in case:
        session.execute(
            update(CheckRequest)
            .where(CheckRequest.check_id.in_(select(Check.id).where(mine)))
            .values(probation_id=case["probation_id"])
        )


def lock_without_referral(session: Session, person: Person) -> Sequence[Check]:
    """Return the checks of a person that belong to no referral, locked."""
    return session.scalars(
        select(Check)
        .where(Check.person_id == person.id, Check.referral_id.is_(None))
        .order_by(Check.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def adopt(
    session: Session, actor: Actor, person: Person, checks: Sequence[Check], referral_id: uuid.UUID
) -> None:
    """Bring checks that belonged to no referral under one, with their clocks.

    Args:
        checks: locked.
    """
    for check in checks:
        check.referral_id = referral_id
        check.version += 1
        audit.record(
            session,
            actor,
            "alteration",
            object_kind="check",
            object_id=check.id,
            object_version=check.version,
            person_id=person.id,
            fields=("referral",),
        )
    timers.follow_referral(session, person.id, referral_id)

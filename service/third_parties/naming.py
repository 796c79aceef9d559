"""Whom a force was asked about under the Right to Know, as it may know them; in one statement."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.checks.naming import named_as
from service.timers.model import Clock
from service.timers.naming import PersonNamed

_ASKED: Final = text("SELECT id, given_name, family_name, date_of_birth FROM people_of_right_to_know(:asked)")


def people_of_right_to_know(
    session: Session, _actor: Actor, clocks: Sequence[Clock]
) -> Mapping[UUID, PersonNamed]:
    """Return the name of the person of each Right to Know referral that the caller's force is asked now.

    One that has ended names nobody, as where it is read.
    """
    asked = [clock.subject_id for clock in clocks if clock.subject_kind == "right_to_know"]
    if not asked:
        return {}
    named = {
        row.id: named_as(row.given_name, row.family_name, row.date_of_birth)
        for row in session.execute(_ASKED, {"asked": asked})
    }
    return {clock.id: named[clock.subject_id] for clock in clocks if clock.subject_id in named}

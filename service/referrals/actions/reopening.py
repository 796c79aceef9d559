"""Has a hook that opens probation's own look at a plan, when MAPPA is asked after others have begun.

The others are told nothing: a notice without a change of theirs would tell them that MAPPA is there.
"""

from typing import Final, Protocol

from sqlalchemy.orm import Session

from service.access import Actor
from service.referrals.model import Referral


class Reopen(Protocol):
    """Opens a review of a referral's plan for the practitioner."""

    def __call__(self, session: Session, actor: Actor, referral: Referral) -> None: ...


_registered: Final[list[Reopen]] = []


def register_reopening(reopen: Reopen) -> None:
    """Open reviews of plans in this way from now on."""
    _registered[:] = [reopen]


def reopen_plan(session: Session, actor: Actor, referral: Referral) -> None:
    """Have probation look at the plan of a locked referral again.

    Raises:
        RuntimeError: nothing is registered that could, because `service.circumstances` was not imported.
    """
    if not _registered:
        raise RuntimeError("no plan can be reviewed: import service.circumstances.actions")
    _registered[0](session, actor, referral)

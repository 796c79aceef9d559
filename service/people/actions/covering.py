"""What follows when an accountable practitioner has left or is away: the SPO is asked, with a clock."""

from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.people.model import CaseHolding, Person
from service.people.writes import cases as case_writes


def say_ownerless(session: Session, actor: Actor, person: Person, holding: CaseHolding) -> None:
    """Say that nobody is accountable for a case any more, as its practitioner has left.

    Args:
        person: locked.
    """
    case_writes.start_ownerless(session, actor, person, holding)


def ask_for_cover(session: Session, actor: Actor, person: Person, holding: CaseHolding) -> None:
    """Ask the SPO who covers for the accountable practitioner, who is away while something is urgent.

    Args:
        person: locked.
    """
    case_writes.start_cover(session, actor, person, holding)


def end_asking_for_cover(session: Session, holding: CaseHolding) -> None:
    """Ask for cover no longer: they are back, nothing is urgent any more, or somebody acts."""
    case_writes.stop_cover(session, holding)

"""Changes who answers for a case within its region, and everything that says so."""

from datetime import datetime

from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.cases.actions.following import follow
from service.people.actions import handing_over
from service.people.model import Person


def reassign(session: Session, actor: Actor, person: Person, *, practitioner: str, pdu: str | None) -> None:
    """Make another practitioner of the region accountable.

    Args:
        person: locked with the whole case.

    Raises:
        Problem: 409 when nothing would change; 422 for a member of staff who must not know of the case.
    """
    follow(session, actor, person.id, handing_over.reassign(session, actor, person, practitioner, pdu))


def name_caretaker(
    session: Session, actor: Actor, person: Person, *, practitioner: str, until: datetime
) -> None:
    """Let a colleague act for the accountable practitioner until a moment.

    Args:
        person: locked with the whole case.

    Raises:
        Problem: as of `handing_over.name_caretaker`.
    """
    follow(
        session, actor, person.id, handing_over.name_caretaker(session, actor, person, practitioner, until)
    )


def end_caretaker(session: Session, actor: Actor, person: Person) -> None:
    """Let the accountable practitioner act again.

    Args:
        person: locked with the whole case.

    Raises:
        Problem: 409 when there is no caretaker.
    """
    follow(session, actor, person.id, handing_over.end_caretaker(session, actor, person))

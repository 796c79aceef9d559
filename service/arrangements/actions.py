"""Records what somebody says about the arrangements for a release."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from service import clock
from service.access import Actor
from service.arrangements import writes
from service.arrangements.rules import faults_of
from service.http.problems import invalid
from service.people.model import Person


def record_arrangements(
    session: Session, actor: Actor, person: Person, given: Mapping[str, Mapping[str, Any]]
) -> None:
    """Record what is said of each item; of each the newest stands.

    Args:
        person: locked.
        given: a valid `ReleaseArrangements`.

    Raises:
        Problem: 422 naming everything that is wrong with it.
    """
    if found := faults_of(given, clock.today()):
        raise invalid(found)
    for item, said in given.items():
        writes.add(session, actor, person, item, said)

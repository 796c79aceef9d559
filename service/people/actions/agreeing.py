"""What agreements must know of a record, and how lifting a limit is agreed to."""

import uuid
from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import agreements
from service.access.actor import Actor
from service.agreements.model import Agreement
from service.people import access_queries, holding_queries, visibility
from service.people.actions import limiting
from service.people.actions.deciding import own_work, require_independent_manager, require_to_act
from service.people.model import Person


def crns_of(session: Session, person_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, str]:
    """Return the case reference numbers of records that the caller has been found to know of."""
    if not person_ids:
        return {}
    rows = session.execute(select(Person.id, Person.crn).where(Person.id.in_(list(person_ids))))
    return {row.id: row.crn for row in rows}


def _find(session: Session, actor: Actor, person_id: uuid.UUID) -> agreements.Found:
    person = visibility.find_person(session, actor, person_id, lock=True)
    return agreements.Found(
        person,
        holding_queries.clock_case(session, person, "restriction_lifted"),
        limiting.matter_of_lifting(session, person),
    )


def _rests_on(session: Session, agreement: Agreement) -> list[agreements.Fact]:
    """Who is named, who must know nothing of the case, and of whom neither is so any more."""
    known = access_queries.restrictions_since(session, agreement.subject_id, agreement.asked_at)
    return [
        agreements.Fact(
            "person", agreement.person_id, f"{one.id} {one.ended_at}", one.ended_at or one.named_at
        )
        for one in known
    ]


def _require_limited(
    session: Session, actor: Actor, found: agreements.Found, given: Mapping[str, Any]
) -> None:
    del session, actor, given
    limiting.require_limited(found.row)


def _lift(
    session: Session,
    actor: Actor,
    found: agreements.Found,
    agreement: Agreement,
    decision: agreements.Decision,
) -> None:
    del agreement
    limiting.require_limited(found.row)
    limiting.lift(session, actor, found.row, reason=decision.reason)


RECORD: Final = agreements.Record(
    visibility.open_to_change, own_work, require_independent_manager, require_to_act, crns_of
)
LIFTING: Final = agreements.Subject(rests_on=_rests_on, find=_find, require=_require_limited, agree=_lift)

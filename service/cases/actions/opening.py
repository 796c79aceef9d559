"""Opens a case with no destination: its record is made, and its checks arise at once."""

from datetime import datetime

from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.checks import actions as checks
from service.db import Json
from service.document.paths import day_at
from service.people import holding_queries
from service.people.actions import handing_over, recording
from service.people.actions.holding import endangers_staff
from service.people.actions.in_register import require_unit
from service.people.model import Person
from service.referrals.actions.submit import named


@bypasses_row_security
def open_case(session: Session, actor: Actor, document: Json) -> Person:
    """Record the person and the household as a submission would, and raise the checks they call for.

    Where another region holds a record of the CRN, everything is recorded on a side record of the caller's,
    and the holder is told.

    Args:
        document: a valid `CaseOpening` as plain JSON.

    Raises:
        Problem: 409 when the caller has a record of this CRN already; 422 for a unit that the region does not
            have.
    """
    practitioner = named(actor)
    pdu = require_unit(session, actor.organisation_id, document.get("pdu"), "/pdu")
    stated = {**document, "referrer": {"pdu": pdu}}
    person = recording.record_person(session, actor, stated, asked="opening")
    handing_over.record_opening(session, actor, person, document["because"])
    held = holding_queries.holding_of(session, person.id)
    case = checks.CheckCase(
        referral_id=None,
        person=person,
        probation_id=person.holder_id,
        practitioner=practitioner.id,
        pdu=held.pdu if held else practitioner.pdu,
        urgency="urgent" if document.get("urgency") == "urgent" else "routine",
        hard_date=_beginning(document, "release_date"),
        hearing_at=_beginning(document, "hearing_date"),
        new=True,
    )
    checks.raise_checks(session, actor, case, checks.OPENED)
    return person


@bypasses_row_security
def warns_of_danger_to_staff(session: Session, person: Person) -> bool:
    """Return whether this is a side record, and the held one says that staff are at high risk."""
    return not person.held and endangers_staff(session, person.crn)


def _beginning(document: Json, name: str) -> datetime | None:
    """Return the beginning of a day of the document; None while it is not known."""
    day = day_at(document, name)
    return clock.at(day) if day else None

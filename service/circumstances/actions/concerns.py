"""Takes in behaviour that a destination reports: urgent, alleged and not established."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from service.access import Actor
from service.access.row_visibility import bypasses_row_security
from service.checks.basis import has_basis
from service.circumstances.actions.recording import LockedCase, case_of, record_change
from service.circumstances.consequences import About, Reliability, Standing
from service.circumstances.model import Change
from service.circumstances.rules import CONCERN_OF
from service.corrections.rules import Instead
from service.people.model import Person
from service.people.rules import Source
from service.referrals.actions.circumstances import restart_silence
from service.referrals.model import DestinationReferral

SOURCE_OF = {
    "approved_premises": Source.APPROVED_PREMISES,
    "cas3": Source.PROVIDER,
    "crs": Source.PROVIDER,
    "mappa": Source.OTHER,
}


@bypasses_row_security
def case_around(session: Session, actor: Actor, part: DestinationReferral) -> LockedCase:
    """Lock the whole case that a part belongs to, in the usual order: before the part alone."""
    person = session.get_one(Person, part.referral.person_id)
    return case_of(session, actor, part.referral.probation_id, person)


@bypasses_row_security
def report_concern(
    session: Session, actor: Actor, case: LockedCase, part: DestinationReferral, given: Mapping[str, Any]
) -> Change:
    """Record what a destination reports; who saw it is on record, and it sees a receipt and nothing else.

    Args:
        case: around the part, locked.
        part: found again since.
        given: a valid `Concern`.
    """
    has_basis(session, case.person.id, case.probation_id)  # read before anything waits to be written
    restart_silence(session, actor, part)
    return record_change(session, actor, case, _as_change(part, given), reported_with=part)


@bypasses_row_security
def correct_concern(
    session: Session,
    actor: Actor,
    case: LockedCase,
    change: Change,
    instead: Instead,
    *,
    part: DestinationReferral,
) -> Change:
    """Put right or withdraw what a destination reported; nothing that it set off ends by that.

    Args:
        case, part: as of `report_concern`.
        change: a concern of this destination; it stands.
        instead: a valid `Concern`, or its withdrawal.
    """
    said, reason = instead
    has_basis(session, case.person.id, case.probation_id)  # as above
    restart_silence(session, actor, part)
    if said is None:
        given = _as_change(part, {"occurred_on": change.occurred_on, "people": (), "immediate_danger": False})
        given |= {"details": f"Withdrawn by whoever reported it: {reason}"}
    else:
        given = _as_change(part, said)
        given["details"] += f"\n\nPut right by whoever reported it: {reason}"
    return record_change(
        session, actor, case, given, reported_with=part, corrects=change, withdrawn=said is None
    )


def _as_change(part: DestinationReferral, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a concern as the change it counts as."""
    words = given.get("details", "")
    if "reporter" in given:
        words = f"{words}\n\nReported by: {given['reporter']}"
    return {
        "kind": CONCERN_OF[part.kind],
        "occurred_on": given["occurred_on"],
        "source": SOURCE_OF[part.kind].value,
        "reliability": Reliability.UNTESTED.value,
        "standing": Standing.ALLEGED.value,
        "urgent": True,
        "details": words,
        "contacts": [],
        "contact_ids": [],
        "addresses": [],
        "address_ids": [],
        "unnamed": [About(one) for one in given["people"]],
        "immediate_danger": given["immediate_danger"],
    }

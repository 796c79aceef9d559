"""Registers organisations, their hours and what they answer for, as an operator asks."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from service import audit, timers
from service.access.actor import Actor
from service.errors import Refused, require_all
from service.organisations.model import Organisation
from service.organisations.writes import organisations as writes
from service.registration import permitted
from service.timers import calendars

lock = writes.lock_registrations


def register(
    session: Session,
    actor: Actor,
    known: Organisation | None,
    *,
    kind: str,
    code: str,
    given: Mapping[str, Any],
) -> Organisation:
    """Register an organisation, or change the given details of the registered one.

    Args:
        actor: the operator.
        known: the registered one; None when it is new.
        kind, code: which it is; the code is checked only when it is new.
        given: any of `name`, `division`, `office_hours` (as stored), `may_know_of_mappa` and
            `may_know_of_victims`; None counts as not given.

    Raises:
        Refused: the kind, the code or a detail is not permitted; it has every fault.
    """
    permitted.check_kind(kind)
    name = given.get("name")
    require_all(
        lambda: None if known else permitted.check_code(kind, code),
        lambda: name is None or permitted.line(name, "a name", "name"),
        lambda: _check_named(known, kind, code, name),
        lambda: _check_calendar(known, given),
        lambda: permitted.check_knowledge(kind, given.get("may_know_of_mappa")),
    )
    details = dict(given) if name is None else {**given, "name": permitted.line(name, "a name", "name")}
    found = writes.write_organisation(session, actor, known, kind=kind, code=code, **details)
    if found.office_hours is not None and (given.get("office_hours") is not None or given.get("division")):
        _publish_calendar(session, actor, found)
    return found


def _check_named(known: Organisation | None, kind: str, code: str, name: str | None) -> None:
    if known is None and name is None:
        raise Refused(f"{kind}/{code} is not registered yet: give its name", "name")


def _check_calendar(known: Organisation | None, given: Mapping[str, Any]) -> None:
    hours = given.get("office_hours")
    division = given.get("division") or (known.division if known else writes.DIVISION)
    if hours is None:
        hours = known.office_hours if known else None
    try:
        calendars.of_organisation(division, hours or {})
    except ValueError as fault:
        at = "division" if division not in calendars.DIVISIONS else "office_hours"
        raise Refused(str(fault), at) from None


def _publish_calendar(session: Session, actor: Actor, found: Organisation) -> None:
    """Publish the calendar of an organisation with its own hours; running clocks keep the old one."""
    made = timers.publish_calendar(
        session, found.id, calendars.of_organisation(found.division, found.office_hours or {})
    )
    if made is not None:
        audit.record(
            session,
            actor,
            "key_event",
            object_kind="calendar",
            object_id=made.id,
            object_version=made.version,
            reason="published",
        )


def answer_for(
    session: Session, actor: Actor, found: Organisation, duty: str, area: str, *, take_over: str | None = None
) -> None:
    """Register an organisation for a duty in an area; what waits for it is released once this is committed.

    Args:
        take_over: the reason for taking the duty from the organisation that holds it now.

    Raises:
        Refused: it may not answer for it, or the reason is not one line.
        Clash: another organisation holds the duty there, and no reason is given; or it has been removed.
    """
    writes.require_not_ended(found)
    require_all(
        lambda: permitted.check_duty(found.kind, duty, area),
        lambda: take_over is None or permitted.line(take_over, "a reason", "take_over"),
    )
    reason = take_over if take_over is None else permitted.line(take_over, "a reason")
    writes.set_responsibility(session, actor, found.id, duty, area, take_over=reason)
    writes.add_duty_taken_up(session, duty)


def stop_answering(session: Session, actor: Actor, organisation_id: UUID, duty: str, area: str) -> None:
    """Remove a duty from an organisation; no organisation holds it there until another is registered.

    Raises:
        NotRegistered: it does not hold the duty there.
    """
    writes.remove_responsibility(session, actor, organisation_id, duty, area)

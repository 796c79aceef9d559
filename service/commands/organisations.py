"""Operator commands for organisations: names, hours, closures, duties and role holders."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from service import audit, clock, config, stack
from service.access.actor import Actor
from service.commands import hours_text
from service.commands.group import CommandGroup
from service.commands.operator import operating
from service.duties import DUTIES
from service.errors import NotRegistered, Refused
from service.organisations.model import Client, Organisation, StaffRole
from service.organisations.queries import organisation_by_code
from service.organisations.register import in_force
from service.organisations.writes import organisations as registry
from service.organisations.writes import staff
from service.registration import areas, permitted, queries, views
from service.registration.actions import organisations as actions
from service.registration.actions import removal
from service.registration.actions.waiting import look_through_what_was_sent, release_taken_up
from service.registration.areas import AREAS
from service.registration.hours import CLOSURES, OFFICE_HOURS, OPEN_ON_BANK_HOLIDAYS
from service.registration.hours import shown as shown_hours
from service.registration.queries import Duty, find_organisation
from service.timers import calendars

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
removed = click.option("--removed", is_flag=True, help="Only those that have been removed.")
take_over = click.option(
    "--take-over", is_flag=True, help="Transfer a duty from the organisation that holds it."
)
why = click.option("--reason", help="Recorded on the audit trail: leave out personal data.")


@click.group(cls=CommandGroup)
def organisations() -> None:
    """Register organisations, their hours, duties and role holders."""


@organisations.command("register")
@click.argument("kind")
@click.argument("code")
@click.argument("name", required=False)
@click.option(
    "--division", type=click.Choice(calendars.DIVISIONS), help="The nation whose bank holidays it keeps."
)
@click.option("--answers-for", multiple=True, metavar="DUTY@AREA", help="Such as cas3@N55; may be repeated.")
@click.option("--role", multiple=True, metavar="ROLE=HOLDER", help="Such as spo=s.okafor; may be repeated.")
@click.option(
    "--may-know-of-mappa/--may-not-know-of-mappa", default=None, help="Whether it may know of MAPPA."
)
@click.option(
    "--may-know-of-victims/--may-not-know-of-victims", default=None, help="Whether it may know of victims."
)
@take_over
@why
def register(
    *,
    kind: str,
    code: str,
    name: str | None,
    division: str | None,
    answers_for: tuple[str, ...],
    role: tuple[str, ...],
    may_know_of_mappa: bool | None,
    may_know_of_victims: bool | None,
    take_over: bool,
    reason: str | None,
) -> None:
    """Register an organisation, or change the given details. NAME is required the first time."""
    permitted.check_kind(kind)
    given = {
        "name": name,
        "division": division,
        "may_know_of_mappa": may_know_of_mappa,
        "may_know_of_victims": may_know_of_victims,
    }
    with operating() as (session, actor):
        actions.lock(session)
        found = actions.register(
            session, actor, organisation_by_code(session, kind, code), kind=kind, code=code, given=given
        )
        _add_duties(session, actor, found, answers_for, _why_over(take_over, reason))
        for key, holders in _by_role(role).items():
            _set_role(session, actor, found, key, holders)
    _follow_registration()
    click.echo(f"{kind}/{code} is registered")


def _by_role(entries: Iterable[str]) -> dict[str, list[str]]:
    held: dict[str, list[str]] = {}
    for entry in entries:
        role, equals, holder = entry.partition("=")
        if not equals:
            raise Refused(f"write a role as ROLE=HOLDER, not {entry!r}")
        held.setdefault(role, []).append(holder)
    return held


def _why_over(take_over: bool, reason: str | None) -> str | None:
    if not take_over:
        return None
    if reason is None:
        raise Refused("--take-over needs a --reason")
    return reason


def _add_duties(
    session: Session, actor: Actor, found: Organisation, written: Iterable[str], reason: str | None
) -> None:
    for each in written:
        duty, _, area = each.partition("@")
        actions.answer_for(session, actor, found, duty, area, take_over=reason)


def _follow_registration() -> None:
    """Send what waited for a duty, and look through what was sent to who may know less, once committed."""
    with stack.database(config.load()):
        release_taken_up("owner")
        look_through_what_was_sent("owner")


def _set_role(
    session: Session,
    actor: Actor,
    found: Organisation,
    role: str,
    holders: Iterable[str],
    *,
    unit: str | None = None,
) -> None:
    permitted.check_role(found.kind, found.code, role, unit)
    names = [permitted.line(holder, "a role holder") for holder in holders]
    staff.set_role_holder(session, actor, found.id, role, *names, unit=unit)


@organisations.command("add-duty")
@click.argument("organisation", metavar=queries.WRITTEN)
@click.argument("duty", nargs=-1, required=True, metavar="DUTY@AREA...")
@take_over
@why
def add_duty(organisation: str, duty: tuple[str, ...], take_over: bool, reason: str | None) -> None:
    """Register an organisation for a duty in an area.

    Referrals and requests already sent stay with the organisation that held the duty before.
    """
    with operating() as (session, actor):
        actions.lock(session)
        _add_duties(
            session, actor, find_organisation(session, organisation), duty, _why_over(take_over, reason)
        )
    _follow_registration()
    click.echo(f"{organisation} answers for {', '.join(duty)}")


@organisations.command("remove-duty")
@click.argument("organisation", metavar=queries.WRITTEN)
@click.argument("duty", nargs=-1, required=True, metavar="DUTY@AREA...")
def remove_duty(organisation: str, duty: tuple[str, ...]) -> None:
    """Remove a duty from an organisation. No organisation holds it there until another is registered."""
    with operating() as (session, actor):
        found = find_organisation(session, organisation)
        for each in duty:
            name, _, area = each.partition("@")
            actions.stop_answering(session, actor, found.id, name, area)
    click.echo(f"{organisation} no longer answers for {', '.join(duty)}")


@organisations.command("set-role")
@click.argument("organisation", metavar=queries.WRITTEN)
@click.argument("role")
@click.argument("holder", nargs=-1, required=True)
@click.option("--unit", help="A probation delivery unit that has holders of its own.")
def set_role(organisation: str, role: str, holder: tuple[str, ...], unit: str | None) -> None:
    """Set the holders of a role. They replace all earlier ones."""
    with operating() as (session, actor):
        unit = unit if unit is None else permitted.line(unit, "a unit")
        _set_role(session, actor, find_organisation(session, organisation), role, holder, unit=unit)
    click.echo(f"{role} of {_in(unit, organisation)}: {', '.join(holder)}")


@organisations.command("remove-role")
@click.argument("organisation", metavar=queries.WRITTEN)
@click.argument("role")
@click.option("--unit", help="A probation delivery unit that has holders of its own.")
def remove_role(organisation: str, role: str, unit: str | None) -> None:
    """Remove the holders of a role. Its notices go to the next role up."""
    with operating() as (session, actor):
        found = find_organisation(session, organisation)
        held = select(StaffRole.id).where(
            StaffRole.organisation_id == found.id,
            StaffRole.role == role,
            StaffRole.unit.is_not_distinct_from(unit),
            ~StaffRole.deputy,
            in_force(clock.now()),
        )
        if session.scalar(held.limit(1)) is None:
            raise NotRegistered(f"no one holds {role} in {_in(unit, organisation)}")
        staff.set_role_holder(session, actor, found.id, role, unit=unit)
    click.echo(f"no one holds {role} in {_in(unit, organisation)}")


def _in(unit: str | None, organisation: str) -> str:
    return organisation if unit is None else f"{unit}, {organisation}"


@organisations.command("set-hours")
@click.argument("organisation", metavar=queries.WRITTEN)
@click.argument("entries", nargs=-1, metavar="DAYS=HOURS...")
@click.option("--usual", is_flag=True, help="Reset to the usual hours: Monday to Friday, 9 to 5.")
@click.option(
    "--bank-holidays",
    "bank_holidays",
    type=click.Choice(["open", "shut"]),
    help="Whether it works through them.",
)
def set_hours(organisation: str, entries: tuple[str, ...], usual: bool, bank_holidays: str | None) -> None:
    """Set when an organisation is open, such as mon-fri=08:30-17:00 sat=shut; other days stay as they are.

    New clocks use these hours; running clocks keep their calendar.
    """
    if not (entries or usual or bank_holidays):
        raise Refused("name hours such as mon-fri=09:00-17:00, --usual or --bank-holidays")
    with operating() as (session, actor):
        found = find_organisation(session, organisation)
        stored: Mapping[str, Any] | None = found.office_hours
        if usual:
            stored = hours_text.usual_hours(stored)
        changed = hours_text.changed_hours(stored, entries) if entries else dict(stored or {})
        if bank_holidays:
            changed[OPEN_ON_BANK_HOLIDAYS] = bank_holidays == "open"
        _set_office_hours(session, actor, found, changed)
        shown = _hours_text(changed)
    click.echo(f"{organisation} is open {shown}")


def _set_office_hours(session: Session, actor: Actor, found: Organisation, changed: dict[str, Any]) -> None:
    actions.register(session, actor, found, kind=found.kind, code=found.code, given={"office_hours": changed})


@organisations.command("add-closure")
@click.argument("organisation", metavar=queries.WRITTEN)
@click.argument("day", nargs=-1, required=True, metavar="DATE...")
def add_closure(organisation: str, day: tuple[str, ...]) -> None:
    """Add days on which an organisation is shut, such as 2026-12-24."""
    with operating() as (session, actor):
        found = find_organisation(session, organisation)
        changed = hours_text.changed_closures(found.office_hours, add=day)
        _set_office_hours(session, actor, found, changed)
    click.echo(f"{organisation} is shut on {', '.join(changed[CLOSURES])}")


@organisations.command("remove-closure")
@click.argument("organisation", metavar=queries.WRITTEN)
@click.argument("day", nargs=-1, required=True, metavar="DATE...")
def remove_closure(organisation: str, day: tuple[str, ...]) -> None:
    """Remove closures of an organisation: it is open on those days."""
    with operating() as (session, actor):
        found = find_organisation(session, organisation)
        changed = hours_text.changed_closures(found.office_hours, remove=day)
        _set_office_hours(session, actor, found, changed)
    click.echo(f"{organisation} is shut on {', '.join(changed.get(CLOSURES, ())) or 'no further day'}")


@organisations.command("remove")
@click.argument("organisation", metavar=queries.WRITTEN)
def remove(organisation: str) -> None:
    """Remove an organisation: its duties, clients and webhooks end with it, and nothing is deleted."""
    with operating() as (session, actor):
        actions.lock(session)
        removal.remove_organisation(session, actor, find_organisation(session, organisation))
    click.echo(f"{organisation} is removed")


@organisations.command("list")
@click.option("--kind", help="Only those of one kind.")
@click.option("--duty", help="Only those that answer for it, such as cas3.")
@click.option("--area", help="Only those that answer for this area, such as N55.")
@as_json
def list_organisations(kind: str | None, duty: str | None, area: str | None, as_json: bool) -> None:
    """List the registered organisations and their duties."""
    if kind is not None:
        permitted.check_kind(kind)
    if duty is not None:
        permitted.check_known_duty(duty)
    with operating() as (session, actor):
        rows = queries.organisations(session, kind=kind, duty=duty, area=area)
        duties = queries.duties_of(session, [row.id for row in rows])
        shown = [_described(session, row, duties[row.id]) for row in rows]
        audit.record(session, actor, "consultation", object_kind="organisation", object_id="-")
    if as_json:
        click.echo(json.dumps(shown, indent=1, ensure_ascii=False))
        return
    for one in shown:
        says = f"removed {one['ended_at']}" if one["ended_at"] else " ".join(one["duties"])
        click.echo(f"{one['kind']}/{one['code']}  {one['name']}  {says}".rstrip())


@organisations.command("duties")
@as_json
def list_duties(as_json: bool) -> None:
    """List what organisations can answer for: by which kind of organisation, and in which areas."""
    shown = views.duties("", len(DUTIES))
    if as_json:
        click.echo(json.dumps(shown, indent=1, ensure_ascii=False))
        return
    for one in shown:
        codes = " ".join(area["code"] for area in one["areas"])
        click.echo(f"{one['duty']}  {one['organisation_kind']}  {codes}")


@organisations.command("areas")
@click.option("--kind", type=click.Choice(sorted(AREAS)), help="Only those of one kind.")
@as_json
def list_areas(kind: str | None, as_json: bool) -> None:
    """List the areas there are, with the delivery units of each region."""
    shown = [views.area(one) for one in areas.listed(kind)]
    if as_json:
        click.echo(json.dumps(shown, indent=1, ensure_ascii=False))
        return
    for one in shown:
        units = "; ".join(one["delivery_units"] or ())
        click.echo(f"{one['kind']}  {one['code']}  {one['name']}  {units}".rstrip())


@organisations.command("show")
@click.argument("organisation", metavar=queries.WRITTEN)
@as_json
def show(organisation: str, as_json: bool) -> None:
    """Show all details of an organisation."""
    with operating() as (session, actor):
        found = find_organisation(session, organisation)
        one = _described(session, found, queries.duties_of(session, [found.id])[found.id])
        audit.record(session, actor, "consultation", object_kind="organisation", object_id=found.id)
    if as_json:
        click.echo(json.dumps(one, indent=1, ensure_ascii=False))
        return
    roles = [f"{each['role']}: {each['holder']}{_of_unit(each['unit'])}" for each in one["roles"]]
    for title, lines in (
        ("organisation", [f"{one['kind']}/{one['code']}", one["name"]]),
        ("bank holidays", [f"{one['division']}, {'open' if one['open_on_bank_holidays'] else 'shut'}"]),
        ("open", [one["office_hours"]]),
        ("closures", one["closures"]),
        ("answers for", one["duties"]),
        ("may know of", [what for what in ("mappa", "victims") if one[f"may_know_of_{what}"]]),
        ("roles", roles),
        *([("removed", [one["ended_at"]])] if one["ended_at"] else []),
        ("clients", one["clients"]),
    ):
        click.echo(f"{title}: {'; '.join(lines) or 'none'}")


def _of_unit(unit: str | None) -> str:
    return "" if unit is None else f" ({unit})"


def _described(session: Session, found: Organisation, duties: Sequence[Duty]) -> dict[str, Any]:
    roles = session.scalars(
        select(StaffRole)
        .where(StaffRole.organisation_id == found.id, ~StaffRole.deputy, in_force(clock.now()))
        .order_by(StaffRole.role, StaffRole.unit, StaffRole.staff_id)
    )
    hours = shown_hours(found.office_hours)
    return {
        "kind": found.kind,
        "code": found.code,
        "id": str(found.id),
        "name": found.name,
        "division": found.division,
        **hours,
        "office_hours": _hours_text(found.office_hours),
        "may_know_of_mappa": found.may_know_of_mappa,
        "may_know_of_victims": found.may_know_of_victims,
        "ended_at": found.ended_at and found.ended_at.isoformat(),
        "duties": [registry.written_duty(duty, area) for duty, area in duties],
        "roles": [{"role": one.role, "unit": one.unit, "holder": one.staff_id} for one in roles],
        "clients": list(
            session.scalars(select(Client.id).where(Client.organisation_id == found.id).order_by(Client.id))
        ),
    }


def _hours_text(stored: Mapping[str, Any] | None) -> str:
    return " ".join(
        f"{one['day']}={one['opens']}-{one['closes']}" for one in shown_hours(stored)[OFFICE_HOURS]
    )

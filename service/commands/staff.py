"""Operator commands for the staff register of an organisation, by the same functions as its API."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import click
from marshmallow import ValidationError
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from service import audit, clock
from service.access.actor import Actor
from service.access.identifiers import known_as
from service.commands.group import CommandGroup
from service.commands.operator import operating
from service.commands.organisations import as_json
from service.errors import NotRegistered, Refused
from service.fields import moment_text
from service.organisations import register
from service.organisations.model import Organisation, Staff
from service.organisations.writes.staff import AbsenceEntry, RoleEntry, StaffEntry
from service.registration import permitted
from service.registration.queries import find_organisation
from service.staff import actions
from service.staff.schemas import moment_of


@click.group(cls=CommandGroup)
def staff() -> None:
    """Keep the staff register of an organisation that has no system for it."""


@staff.command("set")
@click.argument("organisation", metavar="KIND/CODE")
@click.argument("member")
@click.option("--name", help="Required the first time.")
@click.option("--phone", help="The work phone.")
@click.option("--email", help="The work email address.")
@click.option("--role", "roles", multiple=True, metavar="ROLE[@UNIT]", help="May be repeated.")
@click.option("--deputy", "deputies", multiple=True, metavar="ROLE[@UNIT]", help="May be repeated.")
def set_member(
    *,
    organisation: str,
    member: str,
    name: str | None,
    phone: str | None,
    email: str | None,
    roles: tuple[str, ...],
    deputies: tuple[str, ...],
) -> None:
    """Enter a member of staff, or change the given details; roles replace all earlier ones."""
    with operating() as (session, actor):
        found = find_organisation(session, organisation)
        entry = _entry(session, found, member)
        if entry is None and name is None:
            raise NotRegistered(f"{member} is not in the register yet: give a --name")
        entry = entry or StaffEntry(id=permitted.staff_id(member), name="")
        entry = replace(
            entry,
            name=entry.name if name is None else permitted.line(name, "a name"),
            phone=entry.phone if phone is None else permitted.line(phone, "a phone"),
            email=entry.email if email is None else permitted.line(email, "an email address"),
        )
        if roles or deputies:
            written = [*((one, False) for one in roles), *((one, True) for one in deputies)]
            entry = replace(entry, roles=_roles(found, entry.roles, written))
        _keep(session, actor, found, entry)
    click.echo(f"{member} is in the register of {organisation}")


def _roles(
    found: Organisation, held: Iterable[RoleEntry], written: Iterable[tuple[str, bool]]
) -> list[RoleEntry]:
    """Return the roles that were written, with their times where the register has them already."""
    known = {(one.role, one.unit, one.deputy): one for one in held}
    wanted = []
    for text, deputy in written:
        role, _, unit = text.partition("@")
        permitted.check_role(found.kind, found.code, role, unit or None)
        key = (role, unit or None, deputy)
        wanted.append(known.get(key) or RoleEntry(role=role, unit=unit or None, deputy=deputy))
    return wanted


@staff.command("end")
@click.argument("organisation", metavar="KIND/CODE")
@click.argument("member")
@click.argument("day", metavar="DATE")
def end(organisation: str, member: str, day: str) -> None:
    """Say that DATE is the last day of a member of staff. Their cases must then be reassigned."""
    with operating() as (session, actor):
        found = find_organisation(session, organisation)
        entry = replace(_entry_of(session, found, member), ended_at=_moment(day, last=True))
        _keep(session, actor, found, entry)
    click.echo(f"the last day of {member} in {organisation} is {day}")


@staff.command("away")
@click.argument("organisation", metavar="KIND/CODE")
@click.argument("member")
@click.argument("first", metavar="FROM")
@click.argument("last", metavar="UNTIL")
def away(organisation: str, member: str, first: str, last: str) -> None:
    """Say that a member of staff is away FROM a date UNTIL a date, both included."""
    absence = AbsenceEntry(from_at=_moment(first), until_at=_moment(last, last=True))
    if absence.until_at <= absence.from_at:
        raise Refused("UNTIL must not be before FROM")
    with operating() as (session, actor):
        found = find_organisation(session, organisation)
        entry = _entry_of(session, found, member)
        _keep(session, actor, found, replace(entry, absences=[*entry.absences, absence]))
    click.echo(f"{member} of {organisation} is away from {first} until {last}")


@staff.command("back")
@click.argument("organisation", metavar="KIND/CODE")
@click.argument("member")
def back(organisation: str, member: str) -> None:
    """Say that a member of staff is back, and away no more."""
    with operating() as (session, actor):
        found = find_organisation(session, organisation)
        entry = _entry_of(session, found, member)
        if not entry.absences:
            raise Refused(f"{member} of {organisation} is not away")
        _keep(session, actor, found, replace(entry, absences=()))
    click.echo(f"{member} of {organisation} is back")


@staff.command("list")
@click.argument("organisation", metavar="KIND/CODE")
@as_json
def list_staff(organisation: str, as_json: bool) -> None:
    """List who works in an organisation, with their roles."""
    now = clock.now()
    with operating() as (session, actor):
        found = find_organisation(session, organisation)
        works_here = or_(Staff.ended_at.is_(None), Staff.ended_at > now)
        members = select(Staff).where(Staff.organisation_id == found.id, works_here).order_by(Staff.id)
        shown = _described(session, found, session.scalars(members).all())
        audit.record(session, actor, "search", object_kind="staff", object_id="list", shape="all")
    if as_json:
        click.echo(json.dumps(shown, indent=1, ensure_ascii=False))
        return
    for one in shown:
        click.echo(f"{one['id']}  {one['name']}  {' '.join(map(_role_text, one['roles']))}".rstrip())


@staff.command("show")
@click.argument("organisation", metavar="KIND/CODE")
@click.argument("member")
@as_json
def show(organisation: str, member: str, as_json: bool) -> None:
    """Show a member of staff, also one who has left."""
    with operating() as (session, actor):
        found = find_organisation(session, organisation)
        (one,) = _described(session, found, [_member(session, found, member)])
        audit.record(session, actor, "consultation", object_kind="staff", object_id=one["id"])
    if as_json:
        click.echo(json.dumps(one, indent=1, ensure_ascii=False))
        return
    absences = [f"{each['from']} to {each['until']}" for each in one["absences"]]
    for title, text in (
        ("member of staff", f"{one['id']}; {one['name']}"),
        ("phone", one["phone"]),
        ("email", one["email"]),
        ("leaves", one["ended"]),
        ("roles", "; ".join(map(_role_text, one["roles"]))),
        ("away", "; ".join(absences)),
    ):
        click.echo(f"{title}: {text or 'none'}")


def _role_text(role: dict[str, Any]) -> str:
    unit = f"@{role['unit']}" if role["unit"] else ""
    return f"{role['role']}{unit}{' (deputy)' if role['deputy'] else ''}"


def _moment(text: str, *, last: bool = False) -> datetime:
    try:
        return moment_of(text, last=last)
    except ValidationError:
        raise Refused(f"write a date such as 2026-03-02, not {text!r}") from None


def _member(session: Session, found: Organisation, member: str) -> Staff:
    row = session.get(Staff, (found.id, known_as(member)))
    if row is None:
        raise NotRegistered(f"{member} is not in the register of {found.kind}/{found.code}")
    return row


def _entry(session: Session, found: Organisation, member: str) -> StaffEntry | None:
    """Return the entry of a member of staff as it stands, without what is over; None if there is none."""
    row = session.get(Staff, (found.id, known_as(member)))
    if row is None:
        return None
    standing = register.standing(session, found.id, [row.id], clock.now())
    return StaffEntry(
        id=row.id,
        name=row.name,
        phone=row.phone,
        email=row.email,
        ended_at=row.ended_at,
        roles=[
            RoleEntry(
                role=one.role, unit=one.unit, deputy=one.deputy, from_at=one.from_at, until_at=one.until_at
            )
            for one in standing.roles[row.id]
        ],
        absences=[
            AbsenceEntry(from_at=one.from_at, until_at=one.until_at)
            for one in standing.absences[row.id]
            if one.until_at is not None
        ],
    )


def _entry_of(session: Session, found: Organisation, member: str) -> StaffEntry:
    entry = _entry(session, found, member)
    if entry is None:
        raise NotRegistered(f"{member} is not in the register of {found.kind}/{found.code}")
    return entry


def _keep(session: Session, actor: Actor, found: Organisation, entry: StaffEntry) -> None:
    actions.keep(session, actor, found.id, [entry], "operator")


def _described(session: Session, found: Organisation, members: Iterable[Staff]) -> list[dict[str, Any]]:
    members = list(members)
    kept = register.standing(session, found.id, [member.id for member in members], clock.now())
    return [
        {
            "id": member.id,
            "name": member.name,
            "phone": member.phone,
            "email": member.email,
            "ended": _text(member.ended_at),
            "roles": [
                {
                    "role": one.role,
                    "unit": one.unit,
                    "deputy": one.deputy,
                    "from": _text(one.from_at),
                    "until": _text(one.until_at),
                }
                for one in kept.roles[member.id]
            ],
            "absences": [
                {"from": _text(one.from_at), "until": _text(one.until_at)} for one in kept.absences[member.id]
            ],
        }
        for member in members
    ]


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment_text(moment)

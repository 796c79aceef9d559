"""Operator commands for people: whose case it is, and access to limited cases.

It is recorded on the audit trail, like any other change.
"""

import uuid

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.identifiers import is_person_identifier
from service.cases.actions import transfers
from service.commands.group import CommandGroup
from service.commands.operator import operating
from service.errors import NotRegistered, Refused
from service.people import aliases
from service.people.actions import handing_over
from service.people.actions.recording import name_in_restriction
from service.people.model import Person
from service.registration.queries import find_organisation


@click.group(cls=CommandGroup)
def people() -> None:
    """Set whose case it is, and who may see a person's record."""


def _region(session: Session, code: str) -> uuid.UUID:
    return find_organisation(session, f"probation_region/{code}").id


def _person(session: Session, crn: str) -> Person:
    found = session.scalar(select(Person).where(Person.id == aliases.of_crn(crn).scalar_subquery()))
    if found is None:
        raise NotRegistered("there is no record with this CRN")
    return found


def _require_identifier(practitioner: str) -> None:
    if not is_person_identifier(practitioner):
        raise Refused("give the practitioner's id, as their case system sends it")


@people.command("allow")
@click.argument("crn")
@click.argument("region")
@click.argument("practitioner", required=False)
def allow(crn: str, region: str, practitioner: str | None) -> None:
    """Allow a PRACTITIONER of a probation REGION, or the whole REGION, to see a limited case."""
    if practitioner is not None:
        _require_identifier(practitioner)
    with operating() as (session, actor):
        person = _person(session, crn)
        limited = person.restricted
        name_in_restriction(
            session,
            actor,
            person,
            organisation_id=_region(session, region),
            practitioner_id=practitioner,
        )
    who = f"{practitioner or 'Every practitioner'} of {region}"
    if limited:
        click.echo(f"{who} may see this case")
    else:
        click.echo(f"This case is not limited: {who} is named for when it is")


@people.command("hand-over")
@click.argument("crn")
@click.argument("region")
@click.argument("practitioner")
@click.option("--pdu", help="The delivery unit of the practitioner.")
def hand_over(crn: str, region: str, practitioner: str, pdu: str | None) -> None:
    """Hand a case over to a PRACTITIONER of a probation REGION, who answers for it from now on.

    In another region, that region holds the record from now on, and the one before sees it no longer.
    """
    _require_identifier(practitioner)
    with operating() as (session, actor):
        transfers.hand_over(
            session,
            actor,
            _person(session, crn),
            _region(session, region),
            practitioner=practitioner,
            pdu=pdu,
        )
    click.echo(f"{practitioner} of {region} answers for this case")


@people.command("ownerless")
@click.argument("region")
@click.argument("practitioner")
def ownerless(region: str, practitioner: str) -> None:
    """Record that a PRACTITIONER has left a probation REGION: its SPO must reassign every case of theirs."""
    _require_identifier(practitioner)
    with operating() as (session, actor):
        left = handing_over.practitioner_left(session, actor, _region(session, region), practitioner)
    cases = "case" if len(left.newly) == 1 else "cases"
    click.echo(f"{len(left.newly)} {cases} newly ownerless; {len(left.ownerless)} in all")


@people.command("list-ownerless")
@click.argument("region")
def list_ownerless(region: str) -> None:
    """List the cases of a probation REGION whose accountable practitioner has left, by CRN."""
    with operating() as (session, actor):
        found = [
            f"{person.crn} {holding.practitioner_id}{f' {holding.pdu}' if holding.pdu else ''}"
            for person, holding in handing_over.ownerless_cases(session, actor, _region(session, region))
        ]
    for line in found:
        click.echo(line)

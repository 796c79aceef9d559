"""Operator commands for people: access to limited cases, and the end of a region's involvement.

Each is recorded on the audit trail, like any other change.
"""

import uuid

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.access.identifiers import is_person_identifier
from service.commands.group import CommandGroup
from service.commands.operator import operating
from service.commands.organisations import find_organisation
from service.errors import NotRegistered, Refused
from service.people.actions.recording import end_involvement, name_in_restriction
from service.people.model import Person
from service.referrals.queries import open_referrals_of


@click.group(cls=CommandGroup)
def people() -> None:
    """Set who may see a person's record."""


def _region(session: Session, code: str) -> uuid.UUID:
    return find_organisation(session, f"probation_region/{code}").id


def _person(session: Session, crn: str) -> Person:
    found = session.scalar(select(Person).where(Person.crn == crn))
    if found is None:
        raise NotRegistered("there is no record with this CRN")
    return found


@people.command("allow")
@click.argument("crn")
@click.argument("region")
@click.argument("practitioner", required=False)
def allow(crn: str, region: str, practitioner: str | None) -> None:
    """Allow a PRACTITIONER of a probation REGION, or the whole REGION, to see a limited case."""
    if practitioner is not None and not is_person_identifier(practitioner):
        raise Refused("give the practitioner's id, as their case system sends it")
    with operating() as (session, actor):
        name_in_restriction(
            session,
            actor,
            _person(session, crn),
            organisation_id=_region(session, region),
            practitioner_id=practitioner,
        )
    click.echo(f"{practitioner or 'Every practitioner'} of {region} may see this case")


@people.command("end-involvement")
@click.argument("crn")
@click.argument("region")
def end(crn: str, region: str) -> None:
    """End a REGION's access to a person whom it no longer supervises or refers.

    It also releases the record: another region may then submit a referral.
    """
    with operating() as (session, actor):
        person, organisation_id = _person(session, crn), _region(session, region)
        end_involvement(session, actor, person, organisation_id)
        still_open = [
            one for one in open_referrals_of(session, person.id) if one.probation_id == organisation_id
        ]
    click.echo(f"{region} no longer works with this person.")
    if still_open:
        click.echo(f"Open referrals that {region} can no longer see: {len(still_open)}", err=True)

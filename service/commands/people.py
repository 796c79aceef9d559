"""Operator commands about people: who may know of a case of limited access, and whose case it no longer is.

Each is on the audit trail like any other change; there is no way to do it without leaving an entry.
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
        raise NotRegistered("nobody with this CRN is on record")
    return found


@people.command("allow")
@click.argument("crn")
@click.argument("region")
@click.argument("practitioner", required=False)
def allow(crn: str, region: str, practitioner: str | None) -> None:
    """Allow a PRACTITIONER of a probation REGION, or the whole REGION, to see a limited case."""
    if practitioner is not None and not is_person_identifier(practitioner):
        raise Refused("a practitioner is named by the id that their case system sends")
    with operating() as (session, actor):
        name_in_restriction(
            session,
            actor,
            _person(session, crn),
            organisation_id=_region(session, region),
            practitioner_id=practitioner,
        )
    click.echo(f"{practitioner or 'Everybody'} of {region} may know of this case")


@people.command("end-involvement")
@click.argument("crn")
@click.argument("region")
def end(crn: str, region: str) -> None:
    """End a REGION's sight of a person whom it no longer supervises or refers.

    Its hold of the record ends with it: another region may submit a referral from then on.
    """
    with operating() as (session, actor):
        person, organisation_id = _person(session, crn), _region(session, region)
        end_involvement(session, actor, person, organisation_id)
        still_open = [
            one for one in open_referrals_of(session, person.id) if one.probation_id == organisation_id
        ]
    click.echo(f"{region} no longer works with this person.")
    if still_open:
        click.echo(f"Open referrals that nobody in {region} sees any more: {len(still_open)}", err=True)

"""Operator commands about people: who may know of a case of limited access, and whose case it no longer is.

Each is on the audit trail like any other change; there is no way to do it without leaving an entry.
"""

import uuid

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from service import config, db, stack
from service.access.actor import Actor
from service.access.queries import organisation_by_code
from service.people.actions import end_involvement, name_in_restriction
from service.people.model import Person
from service.referrals.queries import open_referrals_of


@click.group()
def people() -> None:
    """Say who may know of somebody."""


def _region(session: Session, code: str) -> uuid.UUID:
    found = organisation_by_code(session, "probation_region", code)
    if found is None:
        raise click.BadParameter("no such region is registered", param_hint="region")
    return found.id


def _person(session: Session, crn: str) -> Person:
    found = session.scalar(select(Person).where(Person.crn == crn))
    if found is None:
        raise click.BadParameter("nobody with this CRN is on record", param_hint="crn")
    return found


@people.command("allow")
@click.argument("crn")
@click.argument("region")
@click.argument("practitioner", required=False)
def allow(crn: str, region: str, practitioner: str | None) -> None:
    """Name a PRACTITIONER of a probation REGION, or all of it, as somebody who may know of a limited case."""
    with stack.database(config.load()), db.transaction("owner") as session:
        name_in_restriction(
            session,
            Actor.for_service("registration"),
            _person(session, crn),
            organisation_id=_region(session, region),
            practitioner_id=practitioner,
        )


@people.command("end-involvement")
@click.argument("crn")
@click.argument("region")
def end(crn: str, region: str) -> None:
    """End a REGION's sight of somebody whom it neither supervises nor refers any more.

    Its hold of the record ends with it: another region may submit a referral from then on.
    """
    with stack.database(config.load()), db.transaction("owner") as session:
        person, organisation_id = _person(session, crn), _region(session, region)
        end_involvement(session, Actor.for_service("registration"), person, organisation_id)
        still_open = [
            one for one in open_referrals_of(session, person.id) if one.probation_id == organisation_id
        ]
    click.echo(f"{region} no longer works with this person.")
    if still_open:
        click.echo(f"Open referrals that nobody in {region} sees any more: {len(still_open)}", err=True)

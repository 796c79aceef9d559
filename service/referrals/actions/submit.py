"""Takes a canonical referral: everything that follows from it is made in one transaction, or nothing is."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service import audit, clock, events
from service.access import Actor, Practitioner
from service.checks import actions as checks
from service.checks.model import Check
from service.db import Json, new_id
from service.errors import conflict
from service.people import actions as people
from service.people.model import Person
from service.referrals import door
from service.referrals.actions.plan import Draft, draft_parts, states_of_person
from service.referrals.actions.sharing import disclose
from service.referrals.document import restricted
from service.referrals.document.paths import Document, value_at
from service.referrals.lifecycle import State
from service.referrals.model import DestinationReferral, Referral, ReferralVersion, RestrictedPart
from service.referrals.queries import Part


def submit_referral(session: Session, actor: Actor, document: Json) -> Referral:
    """Take a referral, and send each destination's part as far as it can go.

    Args:
        document: a valid submission, plain JSON.

    Raises:
        Problem: 409 when this client has used the submission reference before; 422 when a destination is named that
            does not exist.
    """
    practitioner = named(actor)
    referral_id = _claim_reference(session, actor, document["submission_reference"])
    person = people.record_person(session, actor, document)
    referral = Referral(
        id=referral_id,
        client_id=actor.client_id,
        submission_reference=document["submission_reference"],
        probation_id=actor.organisation_id,
        person_id=person.id,
        practitioner=practitioner.id,
        region=practitioner.region,
        pdu=practitioner.pdu or value_at(document, "referrer.pdu"),
        urgency=document.get("urgency", "routine"),
        current_version=1,
        revision=1,
        submitted_at=clock.now(),
    )
    return referral

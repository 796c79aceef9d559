"""Writes referrals and their versions."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from service import audit, clock, events
from service.access import Actor, Practitioner
from service.db import Json
from service.document import restricted
from service.document.paths import value_at
from service.gathering import note_made
from service.organisations.delivery_units import unit_called
from service.people import holding_queries
from service.people.model import Person
from service.referrals.document_queries import remember_document
from service.referrals.model import DestinationReferral, Referral, ReferralVersion, RestrictedPart

_STORE_UNLESS_USED: Final = (
    insert(Referral).on_conflict_do_nothing().returning(Referral).execution_options(dml_strategy="orm")
)


def store_referral(
    session: Session,
    actor: Actor,
    practitioner: Practitioner,
    person: Person,
    document: Json,
    *,
    referral_id: UUID,
    destinations: Sequence[str],
    staff_safety: bool = False,
) -> Referral | None:
    """Store a referral with its first version; return None when its reference has been used.

    Whoever is accountable for the case is its practitioner; who submitted it is in its event and version.

    Args:
        referral_id: a new id.
        destinations: the keys of the destination referrals that it makes.
        staff_safety: whether a record that is held elsewhere says that staff are at high risk.
    """
    held = holding_queries.holding_of(session, person.id)
    stated_unit = value_at(document, "referrer.pdu")
    referral = Referral(
        id=referral_id,
        client_id=actor.client_id,
        submission_reference=document["submission_reference"],
        reference_use=1,
        probation_id=actor.organisation_id,
        person_id=person.id,
        practitioner=held.practitioner_id if held else practitioner.id,
        region=practitioner.region,
        held_elsewhere=not person.held,
        staff_safety=staff_safety,
        pdu=held.pdu if held else practitioner.pdu or unit_called(practitioner.region, stated_unit),
        urgency=document.get("urgency", "routine"),
        current_version=1,
        revision=1,
        submitted_at=clock.now(),
    )
    columns = {name: value for name, value in vars(referral).items() if not name.startswith("_")}
    # Of two with one reference at the same time, the second waits here until the first has committed.
    stored: Referral | None = session.scalar(_STORE_UNLESS_USED, columns)
    if stored is None:
        return None
    referral = stored
    note_made(session, referral)
    _store_version(session, actor, referral, document, sorted(document))
    events.append(
        session,
        actor,
        "referral.submitted",
        subject_kind="referral",
        subject_id=referral.id,
        audience=[referral.probation_id],
        person_id=person.id,
        referral_id=referral.id,
        version=1,
        data={"destinations": list(destinations), "urgency": referral.urgency},
    )
    _audit(session, actor, "collection", referral, sorted(document))
    return referral


def follow_case(session: Session, person_id: UUID, case: Mapping[str, Any]) -> None:
    """Bring a person's referrals in line with who holds the case now, and on a transfer their parts as well.

    A reference stays one of the region that used it: where the referral comes to another region, it does not
    count as used there.

    Args:
        case: by column: `practitioner` and `pdu`, and on a transfer `probation_id` and `region`.
    """
    values: dict[str, Any] = {**case, "revision": Referral.revision + 1}
    if "probation_id" in case:
        there = aliased(Referral)
        used = (
            select(func.max(there.reference_use))
            .where(
                there.probation_id == case["probation_id"],
                there.submission_reference == Referral.submission_reference,
            )
            .scalar_subquery()
        )
        values["reference_use"] = func.greatest(used, 1) + Referral.reference_use
        session.execute(
            update(DestinationReferral)
            .where(DestinationReferral.person_id == person_id)
            .values(probation_id=case["probation_id"])
        )
    session.execute(
        update(Referral)
        .where(Referral.person_id == person_id)
        .values(values)
        .execution_options(synchronize_session="fetch")
    )


def make_version(
    session: Session, actor: Actor, referral: Referral, document: Json, sections: list[str], *, event: str
) -> None:
    """Store the next version of a referral. An urgent referral stays urgent, whatever a later version says.

    Args:
        referral: locked.
        document: the whole document.
        sections: the sections that changed.
    """
    referral.current_version += 1
    referral.revision += 1
    if document.get("urgency") == "urgent":
        referral.urgency = "urgent"
    _store_version(session, actor, referral, document, sections)
    events.append(
        session,
        actor,
        event,
        subject_kind="referral",
        subject_id=referral.id,
        audience=[referral.probation_id],
        person_id=referral.person_id,
        referral_id=referral.id,
        version=referral.current_version,
        data={"sections": sections},
    )
    _audit(session, actor, "alteration", referral, sections)


def _store_version(
    session: Session, actor: Actor, referral: Referral, document: Mapping[str, object], sections: list[str]
) -> None:
    open_part, apart = restricted.split(document)
    number = referral.current_version
    session.add(
        ReferralVersion(
            referral_id=referral.id,
            number=number,
            document=open_part,
            sections=sections,
            practitioner=actor.practitioner.id if actor.practitioner else None,
            made_at=clock.now(),
        )
    )
    session.add(RestrictedPart(referral_id=referral.id, number=number, document=apart))
    remember_document(session, referral, dict(document))


def _audit(session: Session, actor: Actor, verb: str, referral: Referral, fields: list[str]) -> None:
    audit.record(
        session,
        actor,
        verb,
        object_kind="referral",
        object_id=referral.id,
        object_version=referral.current_version,
        person_id=referral.person_id,
        fields=fields,
    )

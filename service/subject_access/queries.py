"""Finds requests for subject access, and what is held that a copy may draw on. Reads only."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.people import queries as people
from service.people import restricted, visibility
from service.people.model import Address
from service.people.protected import protected_by
from service.referrals.document_queries import open_documents
from service.referrals.model import (
    DestinationMove,
    DestinationReferral,
    DestinationUpdate,
    Disclosure,
    Placement,
    Referral,
)
from service.referrals.queries import parts_of, referrals_of_person
from service.subject_access import given, rules
from service.subject_access.model import SubjectAccess
from service.subject_access.rules import Asked, Held, Prepared
from service.subject_access.states import State

SECTION: Final = "protected_contacts"
"""Whoever prepares a copy must see whom the record protects."""
_WHO: Final = (
    "title",
    "given_name",
    "family_name",
    "aliases",
    "date_of_birth",
    "sex",
    "crn",
    "noms_number",
    "pnc_number",
)
_PURPOSE: Final = "case_management"


def find(session: Session, actor: Actor, subject_access_id: UUID, *, lock: bool = False) -> SubjectAccess:
    """Find a request that a caller may know of.

    Args:
        lock: hold it until the transaction ends.

    Raises:
        Problem: 404; 409 `held-elsewhere` when it is to be locked and another region holds the record.
    """
    return visibility.find_on_record(session, actor, SubjectAccess, subject_access_id, SECTION, lock=lock)


def is_open(session: Session, person_id: UUID) -> bool:
    """Return whether a request about a person is being prepared."""
    asked = select(SubjectAccess.id).where(
        SubjectAccess.person_id == person_id, SubjectAccess.state == State.OPEN
    )
    return session.scalar(asked) is not None


def prepared(session: Session, actor: Actor, asked: SubjectAccess) -> Prepared | None:
    """Return the copy of a request as it is prepared now; None once it is released or taken back."""
    if asked.state != State.OPEN:
        return None
    around = people.household(session, asked.person_id)
    parts = _told_of(session, asked)
    referrals = list({part.referral_id: part.referral for part in parts}.values())
    documents = open_documents(session, referrals)
    reports = _by_part(session, DestinationUpdate, parts)
    held = Held(
        person=_plain({name: getattr(around.person, name) for name in _WHO}),
        homes=_homes(session, actor, around.addresses),
        documents=documents,
        asked=_asked(session, parts, reports),
    )
    matcher = rules.matcher_of(protected_by(session, asked.person_id), staff=_staff(documents, reports))
    return rules.prepared(rules.composed(held), asked.texts, matcher)


def _told_of(session: Session, asked: SubjectAccess) -> list[DestinationReferral]:
    """Return the destination referrals that the person knows of, in the order in which they came to be.

    They know of one of a kind that a copy tells of, that was sent, and of which they were told, or where
    they have stayed.
    """
    referrals: Sequence[Referral] = referrals_of_person(session, asked.person_id, asked.probation_id)
    parts = [part for part in parts_of(session, *referrals) if part.kind in given.CATEGORIES and part.shown]
    told = set(
        session.scalars(
            select(Disclosure.destination_referral_id).where(
                Disclosure.destination_referral_id.in_([part.id for part in parts]),
                Disclosure.person_told.is_(True),
            )
        )
    )
    told |= set(
        session.scalars(
            select(Placement.id).where(
                Placement.id.in_([part.id for part in parts]), Placement.arrived_on.is_not(None)
            )
        )
    )
    return [part for part in parts if part.id in told]


def _homes(session: Session, actor: Actor, addresses: Sequence[Address]) -> list[Mapping[str, Any]]:
    """Return the person's own homes, also those where somebody lives or lived who is protected now.

    Without them, the copy would say who has become protected.
    """
    own = [one for one in addresses if one.kind in given.HOMES and one.source in given.FROM_THE_PERSONS_OWN]
    apart = restricted.address_details(session, actor, [one.id for one in own if one.protected], _PURPOSE)
    return [
        _plain(
            {
                "kind": one.kind,
                "lines": apart.get(one.id, {}).get("lines") or one.lines,
                "postcode": apart.get(one.id, {}).get("postcode") or one.postcode,
                "from": one.from_date,
                "to": one.to_date,
            }
        )
        for one in own
    ]


def _asked(
    session: Session,
    parts: Sequence[DestinationReferral],
    reports: Mapping[UUID, Sequence[DestinationUpdate]],
) -> list[Asked]:
    ids = [part.id for part in parts]
    first = _first_sent(session, ids)
    moves = session.scalars(
        select(DestinationMove)
        .where(DestinationMove.destination_referral_id.in_(ids), DestinationMove.part == "referral")
        .order_by(DestinationMove.moved_at, DestinationMove.id)
    ).all()
    stays = {one.id: one for one in session.scalars(select(Placement).where(Placement.id.in_(ids)))}
    return [
        Asked(
            category=given.CATEGORIES[part.kind],
            service=part.destination.service_categories.get(part.service_category or ""),
            first_sent_on=first[part.id],
            state=rules.state_of(part.state),
            decided=rules.decided(
                (move.to_state, _day(move)) for move in moves if move.destination_referral_id == part.id
            ),
            stay=_stay(stays.get(part.id)),
            reports=[(one.kind, one.content) for one in reports.get(part.id, ())],
        )
        for part in parts
    ]


def _first_sent(session: Session, part_ids: Sequence[UUID]) -> dict[UUID, date]:
    sent = session.execute(
        select(Disclosure.destination_referral_id, Disclosure.made_at)
        .where(Disclosure.destination_referral_id.in_(part_ids))
        .order_by(Disclosure.made_at.desc())
    )
    return {part_id: made_at.astimezone(clock.LONDON).date() for part_id, made_at in sent}


def _by_part(
    session: Session, kind: type[DestinationUpdate], parts: Sequence[DestinationReferral]
) -> dict[UUID, list[DestinationUpdate]]:
    rows = session.scalars(
        select(kind)
        .where(kind.destination_referral_id.in_([part.id for part in parts]))
        .order_by(kind.destination_referral_id, kind.ordinal)
    )
    return {part_id: list(mine) for part_id, mine in groupby(rows, lambda one: one.destination_referral_id)}


def _day(move: DestinationMove) -> date:
    return move.moved_at.astimezone(clock.LONDON).date()


def _stay(stay: Placement | None) -> Mapping[str, Any] | None:
    if stay is None:
        return None
    days = {name: getattr(stay, name) for name in ("starts_on", "ends_on", "arrived_on", "departed_on")}
    return _plain({"state": stay.state.replace("_", " "), **days})


def _staff(
    documents: Sequence[Mapping[str, Any]], reports: Mapping[UUID, Sequence[DestinationUpdate]]
) -> set[str]:
    """Return the names of staff that the record has: of those who refer and manage, and who report."""
    named = {one.author for mine in reports.values() for one in mine}
    for document in documents:
        referrer = document.get("referrer") or {}
        for section in (referrer, referrer.get("manager") or {}, document.get("case_manager") or {}):
            named.add(section.get("name"))
    return {name for name in named if name}


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}

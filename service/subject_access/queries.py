"""Finds requests for subject access, and what is held that a copy may draw on. Reads only."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.arrangements import queries as arrangements
from service.arrangements.rules import ITEMS
from service.corrections.rules import standing
from service.db import Json
from service.destinations.states import State as PartState
from service.mentions import Somebody
from service.people import aliases, restricted, visibility
from service.people import queries as people
from service.people.model import Address
from service.people.protected import protected_by
from service.referrals.document_queries import open_documents
from service.referrals.model import DestinationMove, DestinationReferral, DestinationUpdate, Placement
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
        SubjectAccess.person_id.in_(aliases.same_person_as(person_id)), SubjectAccess.state == State.OPEN
    )
    return session.scalar(asked) is not None


def prepared(session: Session, actor: Actor, asked: SubjectAccess) -> Prepared | None:
    """Return the copy of a request as it is prepared now; None once it is released or taken back.

    It is of all records of the person.
    """
    if asked.state != State.OPEN:
        return None
    records = people.households(session, aliases.ids_of(session, asked.person_id))
    documents, parts, stays = _known_to_the_person(session, asked)
    reports = _reports(session, parts)
    held = Held(
        person=_plain({name: getattr(records[0].person, name) for name in _WHO}),
        homes=_homes(session, actor, [address for around in records for address in around.addresses]),
        documents=documents,
        asked=_asked(session, parts, stays, reports),
        arrangements=_arrangements(session, [around.person.id for around in records]),
    )
    matcher = rules.matcher_of(
        protected_by(session, asked.person_id, in_error=True),
        staff=_staff(documents, reports),
        in_error=[one for around in records for one in _in_error(session, around.person.id)],
    )
    return rules.prepared(rules.composed(held), asked.texts, matcher)


def _in_error(session: Session, person_id: UUID) -> list[Somebody]:
    return [
        Somebody(one.given_name or "", one.family_name or "")
        for one in people.ever_recorded(session, person_id).contacts
        if one.in_error_at is not None and not one.protected
    ]


def _known_to_the_person(
    session: Session, asked: SubjectAccess
) -> tuple[list[Json], list[DestinationReferral], dict[UUID, Placement]]:
    """Return the destination referrals that the person knows of, with the documents they are of, and stays.

    They know of one of a kind that a copy tells of where they were told that it is shared, or have stayed.
    Whether and when it was sent does not matter: that may wait for what they may not know.
    """
    referrals = sorted(
        referrals_of_person(session, asked.person_id, asked.probation_id), key=lambda one: one.submitted_at
    )
    documents = dict(zip((one.id for one in referrals), open_documents(session, referrals), strict=True))
    every = parts_of(session, *referrals)
    of_parts = select(Placement).where(Placement.id.in_([part.id for part in every]))
    stays = {one.id: one for one in session.scalars(of_parts)}
    told = {id_ for id_, document in documents.items() if document["sharing_basis"]["person_told"]}
    stayed = {id_ for id_, stay in stays.items() if stay.arrived_on is not None}
    parts = [
        part
        for part in every
        if part.kind in given.CATEGORIES
        and part.state != PartState.ENTERED_IN_ERROR
        and (part.referral_id in told or part.id in stayed)
    ]
    theirs = {part.referral_id for part in parts}
    return [documents[one.id] for one in referrals if one.id in theirs], parts, stays


def _homes(session: Session, actor: Actor, addresses: Sequence[Address]) -> list[Mapping[str, Any]]:
    """Return the person's own homes, also those where somebody lives or lived who is protected now.

    Without them, the copy would say who has become protected.
    """
    own = [one for one in addresses if one.kind in given.HOMES and one.source in given.FROM_THE_PERSONS_OWN]
    apart = restricted.address_details(session, actor, [one.id for one in own if one.protected], _PURPOSE)
    homes = [
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
    return [one for place, one in enumerate(homes) if one not in homes[:place]]


def _asked(
    session: Session,
    parts: Sequence[DestinationReferral],
    stays: Mapping[UUID, Placement],
    reports: Mapping[UUID, Sequence[DestinationUpdate]],
) -> list[Asked]:
    moves = session.scalars(
        select(DestinationMove)
        .where(
            DestinationMove.destination_referral_id.in_([part.id for part in parts]),
            DestinationMove.part == "referral",
        )
        .order_by(DestinationMove.moved_at, DestinationMove.id)
    ).all()
    return [
        Asked(
            category=given.CATEGORIES[part.kind],
            service=part.destination.service_categories.get(part.service_category or ""),
            asked_on=_day(part.created_at),
            state=rules.state_of(part.state),
            decided=rules.decided(
                (move.to_state, _day(move.moved_at))
                for move in moves
                if move.destination_referral_id == part.id
            ),
            stay=_stay(stays.get(part.id)),
            reports=[(one.kind, one.content) for one in reports.get(part.id, ())],
        )
        for part in parts
    ]


def _reports(session: Session, parts: Sequence[DestinationReferral]) -> dict[UUID, list[DestinationUpdate]]:
    rows = session.scalars(
        select(DestinationUpdate)
        .where(DestinationUpdate.destination_referral_id.in_([part.id for part in parts]))
        .order_by(DestinationUpdate.destination_referral_id, DestinationUpdate.ordinal)
    ).all()
    found: dict[UUID, list[DestinationUpdate]] = {}
    # What was put right stands as it was put right, and what was withdrawn was never so.
    for each in standing(rows):
        found.setdefault(each.last.destination_referral_id, []).append(each.last)
    return found


def _arrangements(session: Session, record_ids: Sequence[UUID]) -> list[Mapping[str, Any]]:
    return [
        _plain(
            {
                "arranged": ITEMS[one.item].states[one.state].words,
                "day": one.day,
                "time": one.time,
                "said_on": _day(one.recorded_at),
            }
        )
        for one in reversed(arrangements.said_of(session, record_ids))
    ]


def _day(moment: datetime) -> date:
    return moment.astimezone(clock.LONDON).date()


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

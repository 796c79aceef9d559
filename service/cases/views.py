"""The views of who holds a case and of transfers, for probation. Every disclosure is recorded."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from service import audit, clock, timers
from service.access.actor import Actor
from service.checks import views as checks
from service.checks.model import Check
from service.events.subjects import href
from service.http import etag
from service.organisations.queries import Registered, organisations_by_id
from service.people import queries
from service.people.actions import transferring
from service.people.model import CaseHolding, Person, Transfer
from service.people.views import href_of

View = dict[str, Any]


def show_holding(session: Session, actor: Actor, person: Person) -> tuple[View, str]:
    """Show who answers for a case, now and before, and the team; with the ETag of the present."""
    holdings = queries.holdings_of(session, person.id)
    shown = _holdings(session, holdings)
    held = queries.holding_of(session, person.id)
    ownerless = _is_ownerless(session, held)
    view = {
        "person_id": person.id,
        "href": f"{href_of(person.id)}/holding",
        "held": shown[-1] if held else None,
        "acting": _acting(held),
        "ownerless": ownerless,
        "history": shown[:-1] if held else shown,
        "team": [
            {"practitioner": one.practitioner_id, "part": one.part, "since": one.from_at}
            for one in queries.team_of(session, person.id)
        ],
    }
    _consulted(session, actor, person, ("holding", "team"))
    return view, _tag_of_holding(session, person, held, ownerless=ownerless)


def tag_of_holding(session: Session, person: Person) -> str:
    """Return the ETag that a change of who holds a case, or works on it, must match."""
    held = queries.holding_of(session, person.id)
    return _tag_of_holding(session, person, held, ownerless=_is_ownerless(session, held))


def _tag_of_holding(session: Session, person: Person, held: CaseHolding | None, *, ownerless: bool) -> str:
    team = [(one.practitioner_id, one.part) for one in queries.team_of(session, person.id)]
    return etag("holding", person.id, held and held.id, _acting(held), ownerless, team)


def _is_ownerless(session: Session, held: CaseHolding | None) -> bool:
    clocks = timers.clocks_of(session, [timers.Subject("case_holding", held.id)] if held else [])
    return any(one["timer"] == "owner" for of in clocks.values() for one in of)


def show_opened(session: Session, actor: Actor, person: Person, raised: Sequence[Check]) -> View:
    """Show a case that has been opened, with the checks that arose."""
    holdings = queries.holdings_of(session, person.id)
    _consulted(session, actor, person, ("crn", "holding"))
    return {
        "person_id": person.id,
        "href": href_of(person.id),
        "crn": person.crn,
        "held_elsewhere": not person.held,
        "held": _holdings(session, holdings)[-1],
        "checks": checks.show_checks(session, actor, "person", person.id, raised),
    }


def show_transfers(session: Session, actor: Actor, transfers: Sequence[Transfer]) -> list[View]:
    """Show transfers; the record and the region behind it only to those who see the record."""
    regions = organisations_by_id(
        session, {one for each in transfers for one in (each.from_id, each.to_id, each.asked_by_id)}
    )
    seen = queries.seen_among(session, actor, {each.person_id for each in transfers})
    movable = queries.transfers_to_move(session, actor, transfers)
    views = []
    for each in transfers:
        allowed = transferring.allowed_actions(actor, each, movable)
        views.append(_transfer(actor, each, regions, allowed, sees=each.person_id in seen))
        audit.record(
            session,
            actor,
            "consultation",
            object_kind="transfer",
            object_id=each.id,
            object_version=each.version,
            person_id=each.person_id,
            fields=("state", "reason", *(["outstanding"] if each.person_id in seen else [])),
        )
    return views


def show_transfer(session: Session, actor: Actor, transfer: Transfer) -> tuple[View, str]:
    """Show a transfer, with the ETag that a change of it must match."""
    (view,) = show_transfers(session, actor, [transfer])
    sees, allowed = view["person_id"] is not None, view["allowed_transitions"]
    return view, _tag_of_transfer(transfer, allowed, sees=sees)


def tag_of_transfer(session: Session, actor: Actor, transfer: Transfer) -> str:
    """Return the ETag of a transfer as one caller sees it."""
    sees = bool(queries.seen_among(session, actor, {transfer.person_id}))
    movable = queries.transfers_to_move(session, actor, [transfer])
    return _tag_of_transfer(transfer, transferring.allowed_actions(actor, transfer, movable), sees=sees)


def _tag_of_transfer(transfer: Transfer, allowed: Sequence[str], *, sees: bool) -> str:
    return etag("transfer", transfer.id, transfer.version, sees, allowed)


def _transfer(
    actor: Actor,
    each: Transfer,
    regions: Mapping[UUID, Registered],
    allowed: Sequence[str],
    *,
    sees: bool,
) -> View:
    # Where one region is both, its limited case is asked for: whoever asked must not learn that.
    gave = actor.organisation_id == each.from_id != each.to_id
    return {
        "id": each.id,
        "href": href("transfer", each.id),
        "person_id": each.person_id if sees else None,
        "state": each.state,
        "from_region": regions[each.from_id].code if sees or gave else None,
        "to_region": regions[each.to_id].code,
        "asked_by": each.asked_by,
        "asked_by_region": regions[each.asked_by_id].code,
        "asked_at": each.asked_at,
        "reason": each.reason,
        "practitioner": each.practitioner_id,
        "pdu": each.pdu,
        "outstanding": [
            {**one, "href": href(one["subject_kind"], UUID(one["subject_id"]))} for one in each.outstanding
        ]
        if sees
        else None,
        "answered_by": each.answered_by,
        "answered_at": each.answered_at,
        "answer_reason": each.answer_reason,
        "version": each.version,
        "allowed_transitions": allowed,
    }


def _holdings(session: Session, holdings: Sequence[CaseHolding]) -> list[View]:
    regions = organisations_by_id(session, {one.organisation_id for one in holdings})
    now = clock.now()
    return [
        {
            "region": regions[one.organisation_id].code,
            "pdu": one.pdu,
            "practitioner": one.practitioner_id,
            "caretaker": {
                "practitioner": one.caretaker_id,
                "until": one.caretaker_until,
                "acting": one.ended_at is None and now < one.caretaker_until,
            }
            if one.caretaker_until is not None
            else None,
            "because": one.because,
            "since": one.since,
            "ended_at": one.ended_at,
        }
        for one in holdings
    ]


def _acting(held: CaseHolding | None) -> str | None:
    if held is None:
        return None
    if held.caretaker_until is not None and clock.now() < held.caretaker_until:
        return held.caretaker_id
    return held.practitioner_id


def _consulted(session: Session, actor: Actor, person: Person, fields: Sequence[str]) -> None:
    audit.record(
        session,
        actor,
        "consultation",
        object_kind="person",
        object_id=person.id,
        object_version=person.version,
        person_id=person.id,
        fields=fields,
    )

"""The views of who holds a case and of transfers, for probation. Every disclosure is recorded."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from service import audit, clock, timers
from service.access.actor import Actor
from service.access.ringing import THE_HOLDER, to_ring
from service.cases.actions import opening
from service.cases.lists import Case
from service.cases.queries import SECTION_OF, SECTIONS_COUNTED
from service.checks import views as checks
from service.checks.model import Check
from service.events.subjects import href
from service.http import etag
from service.organisations import register
from service.organisations.queries import Registered, organisations_by_id
from service.people import holding_queries, transfer_queries, visibility
from service.people import queries as people
from service.people.actions import transferring
from service.people.model import CaseHolding, Person, Transfer
from service.people.views import href_of, name_of, show_may_be

View = dict[str, Any]
Seen = frozenset[str] | None
"""The sections of a record that a caller sees, of those that are counted; None without sight of it."""


def show_holding(session: Session, actor: Actor, person: Person) -> tuple[View, str]:
    """Show who answers for a case, now and before, and the team; with the ETag of the present."""
    holdings = holding_queries.holdings_of(session, person.id)
    shown = _holdings(session, holdings)
    held = holding_queries.holding_of(session, person.id)
    ownerless, acting = _is_ownerless(session, held), _acting(session, held)
    view = {
        "person_id": person.id,
        "href": f"{href_of(person.id)}/holding",
        "held": shown[-1] if held else None,
        "acting": acting,
        "ownerless": ownerless,
        "history": shown[:-1] if held else shown,
        "team": [
            {"practitioner": one.practitioner_id, "part": one.part, "since": one.from_at}
            for one in holding_queries.team_of(session, person.id)
        ],
    }
    _consulted(session, actor, person, ("holding", "team"))
    return view, _tag_of_holding(session, person, held, acting, ownerless=ownerless)


def tag_of_holding(session: Session, person: Person) -> str:
    """Return the ETag that a change of who holds a case, or works on it, must match."""
    held = holding_queries.holding_of(session, person.id)
    ownerless = _is_ownerless(session, held)
    return _tag_of_holding(session, person, held, _acting(session, held), ownerless=ownerless)


def _tag_of_holding(
    session: Session, person: Person, held: CaseHolding | None, acting: str | None, *, ownerless: bool
) -> str:
    team = [(one.practitioner_id, one.part) for one in holding_queries.team_of(session, person.id)]
    return etag("holding", person.id, held and held.id, acting, ownerless, team)


def _is_ownerless(session: Session, held: CaseHolding | None) -> bool:
    clocks = timers.clocks_of(session, [timers.Subject("case_holding", held.id)] if held else [])
    return any(one["timer"] == "owner" for of in clocks.values() for one in of)


def show_cases(session: Session, actor: Actor, cases: Sequence[Case], shape: str) -> list[View]:
    """Show cases in a list, and record that they were looked for.

    Args:
        shape: what narrowed the list, in codes.
    """
    audit.record(session, actor, "search", object_kind="person", object_id="list", shape=shape)
    for case in cases:
        _consulted(session, actor, case.person, ("crn", "name", "holding"))
    return [
        {
            "id": case.person.id,
            "href": href_of(case.person.id),
            "crn": case.person.crn,
            "name": name_of(case.person),
            "held": case.person.held,
            "practitioner": case.holding.practitioner_id,
            "pdu": case.holding.pdu,
            "caretaker": _caretaker(case.holding),
            "ownerless": case.ownerless,
            "has_referral": case.has_referral,
            "since": case.holding.since,
        }
        for case in cases
    ]


def show_opened(session: Session, actor: Actor, person: Person, raised: Sequence[Check]) -> View:
    """Show a case that has been opened, with the checks that arose."""
    holdings = holding_queries.holdings_of(session, person.id)
    _consulted(session, actor, person, ("crn", "holding"))
    return {
        "person_id": person.id,
        "href": href_of(person.id),
        "crn": person.crn,
        "held_elsewhere": not person.held,
        "staff_safety": opening.warns_of_danger_to_staff(session, person),
        "ring": [] if person.held else to_ring(THE_HOLDER, people.numbers_of_holder(session, person.id)),
        "held": _holdings(session, holdings)[-1],
        "checks": checks.show_checks(session, actor, "person", person.id, raised),
        "may_be": show_may_be(session, actor, person),
    }


def show_transfers(session: Session, actor: Actor, transfers: Sequence[Transfer]) -> list[View]:
    """Show transfers; the record and the region behind it only to those who see the record.

    What is not finished is shown of the sections that the caller sees.
    """
    return _show_transfers(session, actor, transfers, _seen(session, actor, transfers))


def _show_transfers(
    session: Session, actor: Actor, transfers: Sequence[Transfer], seen: Mapping[UUID, Seen]
) -> list[View]:
    regions = organisations_by_id(
        session, {one for each in transfers for one in (each.from_id, each.to_id, each.asked_by_id)}
    )
    movable = transfer_queries.transfers_to_move(session, actor, transfers)
    views = []
    for each in transfers:
        allowed = transferring.allowed_actions(actor, each, movable)
        view = _transfer(actor, each, regions, allowed, seen.get(each.person_id))
        views.append(view)
        audit.record(
            session,
            actor,
            "consultation",
            object_kind="transfer",
            object_id=each.id,
            object_version=each.version,
            person_id=each.person_id,
            fields=("state", "reason", *(["outstanding"] if view["outstanding"] else [])),
        )
    return views


def show_transfer(session: Session, actor: Actor, transfer: Transfer) -> tuple[View, str]:
    """Show a transfer, with the ETag that a change of it must match."""
    seen = _seen(session, actor, [transfer])
    (view,) = _show_transfers(session, actor, [transfer], seen)
    return view, _tag_of_transfer(transfer, view["allowed_transitions"], seen.get(transfer.person_id))


def tag_of_transfer(session: Session, actor: Actor, transfer: Transfer) -> str:
    """Return the ETag of a transfer as one caller sees it."""
    seen = _seen(session, actor, [transfer]).get(transfer.person_id)
    movable = transfer_queries.transfers_to_move(session, actor, [transfer])
    return _tag_of_transfer(transfer, transferring.allowed_actions(actor, transfer, movable), seen)


def _tag_of_transfer(transfer: Transfer, allowed: Sequence[str], seen: Seen) -> str:
    shown = None if seen is None else sorted(seen)
    return etag("transfer", transfer.id, transfer.version, shown, allowed)


def _seen(session: Session, actor: Actor, transfers: Sequence[Transfer]) -> Mapping[UUID, Seen]:
    return visibility.sections_seen_of_each(
        session, actor, {each.person_id for each in transfers}, SECTIONS_COUNTED
    )


def _transfer(
    actor: Actor, each: Transfer, regions: Mapping[UUID, Registered], allowed: Sequence[str], seen: Seen
) -> View:
    sees = seen is not None
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
        "outstanding": None
        if seen is None
        else [
            {**one, "href": href(one["subject_kind"], UUID(one["subject_id"]))}
            for one in each.outstanding
            if SECTION_OF[one["kind"]] in seen
        ],
        "answered_by": each.answered_by,
        "answered_at": each.answered_at,
        "answer_reason": each.answer_reason,
        "version": each.version,
        "allowed_transitions": allowed,
    }


def _holdings(session: Session, holdings: Sequence[CaseHolding]) -> list[View]:
    regions = organisations_by_id(session, {one.organisation_id for one in holdings})
    return [
        {
            "region": regions[one.organisation_id].code,
            "pdu": one.pdu,
            "practitioner": one.practitioner_id,
            "caretaker": _caretaker(one),
            "because": one.because,
            "since": one.since,
            "ended_at": one.ended_at,
        }
        for one in holdings
    ]


def _caretaker(one: CaseHolding) -> View | None:
    if one.caretaker_until is None:
        return None
    return {
        "practitioner": one.caretaker_id,
        "until": one.caretaker_until,
        "acting": one.ended_at is None and clock.now() < one.caretaker_until,
    }


def _acting(session: Session, held: CaseHolding | None) -> str | None:
    """Return who acts in a case: a caretaker who is there, otherwise whoever is accountable."""
    if held is None:
        return None
    caretaker = holding_queries.caretaker_now(held)
    gone = register.not_there(session, held.organisation_id, [caretaker] if caretaker else [])
    return caretaker if caretaker and caretaker not in gone else held.practitioner_id


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

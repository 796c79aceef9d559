"""Looks through what was sent about a person when somebody around them becomes protected.

What is found is an obligation of the accountable practitioner: a gap that says which text, and a clock.
What was sent cannot be called back; the practitioner words it anew, or records what was done about it.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from service.access import Actor
from service.access.row_visibility import bypasses_row_security
from service.db import Json
from service.destinations.case import Known
from service.destinations.rewording import SENT, UNTOLD, closed_to
from service.destinations.states import PRIVATE, WAITING
from service.events.model import Event
from service.gathering import is_made
from service.people.model import Address, Person
from service.people.newly_protected import register_look_through
from service.people.protected import protected_by
from service.referrals import writes
from service.referrals.actions.comparing import given_away_by_address, may_know_of
from service.referrals.actions.departure_gate import OVERRIDE, PROPOSE, proposed_at, withdraw_agreement
from service.referrals.actions.placing import CONFIRMED, TOLD, whereabouts
from service.referrals.actions.release import assigned_organisations, release_waiting, stopped_parts
from service.referrals.actions.routing import draft_parts, ended_elsewhere, states_of_person
from service.referrals.document_queries import whole_document
from service.referrals.model import DestinationMove, DestinationReferral, Message, Placement, Referral
from service.referrals.queries import parts_of

_LISTS: Final = {"referral": "/moves/", "placement": "/placement/moves/"}
"""Where a destination reads the moves of its part, and of its placement."""
_Written = Mapping[UUID, Mapping[str, str | Json]]
"""By part, what it was told beside its document, by pointer: a text, or an address."""
_REASONS: Final = frozenset({"reason", "answer", "instead", "note"})
"""The members of a move that are words of probation."""


@bypasses_row_security
def look_through_sent(session: Session, actor: Actor, person_id: UUID, compared: UUID | None) -> None:
    """Compare every text about a person that a destination has, or waits for, with whom the record protects.

    A confirmation that was given before counts for nothing here: it was given without knowing this.

    Args:
        person_id: of a locked record.
        compared: a referral whose document has just been compared; what was written beside it has not been.
    """
    if is_made(session, session.get_one(Person, person_id)):
        return
    referrals = session.scalars(
        select(Referral)
        .where(Referral.person_id == person_id)
        .order_by(Referral.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if not referrals:
        return
    written = _written_beside(session, [part.id for part in parts_of(session, *referrals)])
    for referral in referrals:
        if referral.id == compared:
            _look_through_beside(session, actor, referral, written)
            continue
        if not any(part.shown or part.state in WAITING for part in parts_of(session, referral)):
            continue
        known = _known(session, referral)
        unconfirmed = [one for one in known.document.get("wordings") or [] if "text" in one]
        known = replace(known, document={**known.document, "wordings": unconfirmed})
        _look_through(session, actor, referral, known, written)
        release_waiting(session, actor, referral, trigger="contact_protected", known=known)


register_look_through(look_through_sent)


def _look_through(
    session: Session, actor: Actor, referral: Referral, known: Known, written: _Written
) -> None:
    parts = {part.key: part for part in parts_of(session, referral) if part.shown}
    if not parts:
        return
    drafts = draft_parts(
        session,
        known,
        person_id=referral.person_id,
        region=referral.region,
        others=states_of_person(session, referral.person_id, referral.probation_id),
        ended=ended_elsewhere(session, referral),
        assigned=assigned_organisations(parts.values()),
        stopped=stopped_parts(parts.values()),
    )
    for key, part in parts.items():
        if key not in drafts:
            continue
        owed = part.owes_wording
        unsent = {gap["pointer"] for gap in part.missing if gap.get("why") != SENT}
        found = [
            (gap if gap.pointer in unsent else replace(gap, why=SENT)).stored
            for gap in drafts[key].readiness.gaps
            if gap.reword_for
        ]
        found += _beside(session, part, known, written)
        others = [gap for gap in part.missing if "reword_for" not in gap or gap["why"] == UNTOLD]
        writes.set_lacking(part, {"missing": sorted((*others, *found), key=lambda gap: gap["pointer"])})
        writes.follow_wording(session, actor, part, owed=owed)


def _known(session: Session, referral: Referral) -> Known:
    # A worker compares too: what an earlier call found says nothing of what may not be known any more.
    document = whole_document(session, referral)
    return Known(document, protected_by(session, referral.person_id, document, referral.client_id))


def _look_through_beside(session: Session, actor: Actor, referral: Referral, written: _Written) -> None:
    parts = [part for part in parts_of(session, referral) if part.shown]
    if written.keys().isdisjoint(part.id for part in parts):
        return
    known = _known(session, referral)
    for part in parts:
        confirmed = {path for key, path in known.wordings if key == part.key}
        noted = {gap["pointer"] for gap in part.missing if gap["why"] != UNTOLD}
        found = [
            gap for gap in _beside(session, part, known, written) if gap["pointer"] not in confirmed | noted
        ]
        if found:
            owed = part.owes_wording
            writes.set_lacking(
                part, {"missing": sorted((*part.missing, *found), key=lambda gap: gap["pointer"])}
            )
            writes.follow_wording(session, actor, part, owed=owed)


def tell_addresses(session: Session, actor: Actor, person_id: UUID) -> None:
    """Tell destinations of an address to move on to as it was put right, where they may know it.

    Where they may not they go on reading what they were told, and probation owes another proposal: it agrees
    to no address that it has not looked at in that light.

    Args:
        person_id: of a locked record that says otherwise than before.
    """
    proposed = session.execute(
        select(DestinationReferral, Placement, Address)
        .join(DestinationReferral.referral)
        .join(Placement, Placement.id == DestinationReferral.id)
        .join(Address, Address.id == Placement.move_on_address_id)
        .where(Address.person_id == person_id, Placement.departed_on.is_(None))
        .order_by(Placement.id)
        .options(contains_eager(DestinationReferral.referral))
    )
    for part, stay, address in proposed.all():
        where, owed = whereabouts(session, address), part.owes_wording
        missing = [gap for gap in part.missing if gap["why"] != UNTOLD]
        if where != stay.details.get(TOLD):
            kinds = given_away_by_address(session, part, where, _known(session, part.referral))
            if kinds:
                at = {"pointer": proposed_at(session, part), "why": UNTOLD}
                missing.append({**at, "reword_for": part.key, "gives_away": sorted(kinds)})
                if stay.move_on_agreed_for is not None:
                    # That it counts no longer, with the address as they read it, would say who lives there.
                    withdraw_agreement(session, Actor.for_service("departure_gate"), part, stay)
            else:
                writes.keep_told(stay, {**stay.details, TOLD: where})
        if missing != part.missing:
            writes.set_lacking(part, {"missing": sorted(missing, key=lambda gap: gap["pointer"])})
            writes.follow_wording(session, actor, part, owed=owed)


def _beside(session: Session, part: DestinationReferral, known: Known, written: _Written) -> list[Json]:
    closed = closed_to(part.destination, may_know_of(session, part))
    found: list[Json] = []
    for pointer, said in written.get(part.id, {}).items():
        if isinstance(said, str):
            kinds = known.matcher.kinds(said, part.destination.permitted) & closed
        else:
            kinds = given_away_by_address(session, part, said, known)
        if kinds:
            gap = {"pointer": pointer, "why": SENT, "reword_for": part.key, "gives_away": sorted(kinds)}
            found.append(gap)
    return found


def _written_beside(session: Session, part_ids: Collection[UUID]) -> dict[UUID, dict[str, str | Json]]:
    """Return what probation told destinations beside their documents: messages, and reasons of moves.

    So is the address to move on to, as it was told last, unless that was confirmed with a reason.

    Args:
        part_ids: of destination referrals.

    Returns:
        by part, each text by its pointer in what a confirmation names.
    """
    written: dict[UUID, dict[str, str | Json]] = {}
    messages = session.scalars(
        select(Message)
        .where(Message.destination_referral_id.in_(part_ids), Message.side == "probation")
        .order_by(Message.ordinal)
    )
    for message in messages:
        written.setdefault(message.destination_referral_id, {})[f"/messages/{message.id}"] = message.body
    moves = session.scalars(
        select(DestinationMove)
        .join(Event, Event.id == DestinationMove.event_id)
        .where(DestinationMove.destination_referral_id.in_(part_ids))
        .order_by(Event.ordinal)
    )
    proposed: dict[UUID, str] = {}
    places: Counter[tuple[UUID, str]] = Counter()
    for move in moves:
        list_, place = (move.destination_referral_id, move.part), _LISTS[move.part]
        if move.side == "probation" and move.action != OVERRIDE:
            texts = written.setdefault(move.destination_referral_id, {})
            told = (_REASONS & move.detail.keys()) - PRIVATE.get(move.action, frozenset())
            texts |= {f"{place}{places[list_]}/{name}": move.detail[name] for name in told}
        if move.action == PROPOSE:
            proposed[move.destination_referral_id] = f"{place}{places[list_]}/address"
            if CONFIRMED in move.detail:
                del proposed[move.destination_referral_id]
        places[list_] += 1
    stays = session.scalars(select(Placement).where(Placement.id.in_(proposed))) if proposed else ()
    for stay in stays:
        if TOLD in stay.details:
            written.setdefault(stay.id, {})[proposed[stay.id]] = stay.details[TOLD]
    return written

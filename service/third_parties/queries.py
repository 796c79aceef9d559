"""What is on record of disclosure decisions, for those who may see it. Reads only."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, any_, literal, select
from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.events.model import Event
from service.gathering import is_key_made, rows_of
from service.http.problems import not_found
from service.keyset import counted, in_pages
from service.organisations.confidences import NEVER_OF_MAPPA, MayKnow
from service.organisations.queries import Registered
from service.people import visibility
from service.people.model import Address, Contact, Person
from service.third_parties.model import DisclosureDecision, DisclosureStep, RightToKnow
from service.third_parties.rules import MAPPA
from service.third_parties.states import ENDED, Action, State

_TOLD: Final = "third_parties.told_of_mappa"
CORRECTED: Final = "disclosure_decision.corrected"
SECTION = "circumstances"
"""The section of a record to which disclosure decisions belong."""


def find_decision(
    session: Session, actor: Actor, decision_id: UUID, *, lock: bool = False
) -> DisclosureDecision:
    """Find a disclosure decision that a caller may know of.

    Args:
        lock: hold it until the transaction ends.

    Raises:
        Problem: 404; 409 `held-elsewhere` when it is to be locked and another region holds the record.
    """
    return visibility.find_on_record(session, actor, DisclosureDecision, decision_id, SECTION, lock=lock)


def list_decisions(
    session: Session,
    actor: Actor,
    person_id: UUID,
    *,
    newest: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[DisclosureDecision]:
    """List the disclosure decisions about a person; one more than `limit` when there are more.

    Args:
        newest: the newest first, otherwise the oldest.
    """
    place = (DisclosureDecision.opened_at, DisclosureDecision.id)
    query = in_pages(_about(actor, person_id), place, newest=newest, after=after, limit=limit)
    return session.scalars(query).all()


def count_decisions(session: Session, actor: Actor, person_id: UUID) -> dict[str, int]:
    """Count the disclosure decisions that `list_decisions` would list on all pages, by their state."""
    return counted(session, _about(actor, person_id), DisclosureDecision.state)


def _about(actor: Actor, person_id: UUID) -> Select[DisclosureDecision]:
    return select(DisclosureDecision).where(
        DisclosureDecision.person_id == person_id,
        DisclosureDecision.person_id.in_(visibility.visible_to(actor, SECTION)),
    )


def steps_of(session: Session, decision_ids: Collection[UUID]) -> dict[UUID, list[DisclosureStep]]:
    """Return what was said at each step, in order, by the decision."""
    found: dict[UUID, list[DisclosureStep]] = {}
    rows: list[DisclosureStep] = rows_of(session, DisclosureStep.decision_id, decision_ids)
    for row in sorted(rows, key=lambda one: one.number):
        found.setdefault(row.decision_id, []).append(row)
    return found


def asked_now(session: Session, decision_id: UUID) -> RightToKnow | None:
    """Return what a force is asked now about a decision, locked; None where it is asked in other ways."""
    asked = select(RightToKnow).where(RightToKnow.decision_id == decision_id, RightToKnow.ended_at.is_(None))
    return session.scalar(asked.with_for_update())


def last_asked(session: Session, decision_id: UUID) -> RightToKnow | None:
    """Return what a force was asked last about a decision, locked; None where none was asked here."""
    asked = select(RightToKnow).where(RightToKnow.decision_id == decision_id)
    latest = asked.order_by(RightToKnow.asked_at.desc(), RightToKnow.id.desc()).limit(1)
    return session.scalar(latest.with_for_update())


def answer_of_force(session: Session, asked: RightToKnow) -> str | None:
    """Return the event of what a force itself has answered since it was asked; None where nothing stands.

    Where probation takes back what it recorded of the police, the force is asked anew, whatever it said late.
    """
    asked_anew = and_(Event.name == CORRECTED, Event.to_state == State.WITH_POLICE)
    since = select(Event.name).where(
        Event.person_id == asked.person_id,
        Event.subject_kind == "disclosure_decision",
        Event.subject_id == asked.decision_id,
        (Event.organisation_id == asked.police_id) | asked_anew,
        Event.occurred_at >= asked.asked_at,
    )
    name = session.scalar(since.order_by(Event.version.desc()).limit(1))
    return None if name == CORRECTED else name


def was_asked_again(session: Session, asked: RightToKnow) -> bool:
    """Return whether the same force was asked about the same decision once more, after this."""
    later = select(RightToKnow.id).where(
        RightToKnow.decision_id == asked.decision_id,
        RightToKnow.police_id == asked.police_id,
        RightToKnow.asked_at > asked.asked_at,
    )
    return session.scalar(later.limit(1)) is not None


def all_asked(session: Session, decision_ids: Collection[UUID]) -> dict[UUID, RightToKnow]:
    """Return what forces are asked now about several decisions, by the decision."""
    rows: list[RightToKnow] = rows_of(session, RightToKnow.decision_id, decision_ids)
    return {row.decision_id: row for row in rows if row.ended_at is None}


def every_asked(session: Session, person_id: UUID) -> Sequence[tuple[RightToKnow, DisclosureDecision]]:
    """Return whatever forces were ever asked about a person, oldest first, each with its decision."""
    asked = (
        select(RightToKnow, DisclosureDecision)
        .join(DisclosureDecision, DisclosureDecision.id == RightToKnow.decision_id)
        .where(RightToKnow.person_id == person_id)
        .order_by(RightToKnow.asked_at, RightToKnow.id)
    )
    return [(row, decision) for row, decision in session.execute(asked)]


def find_asked(session: Session, actor: Actor, asked_id: UUID) -> RightToKnow:
    """Find what a force was asked, for that force.

    Raises:
        Problem: 404 to everybody else.
    """
    mine = select(RightToKnow).where(
        RightToKnow.id == asked_id, RightToKnow.police_id == actor.organisation_id
    )
    found = session.scalar(mine)
    if found is None:
        raise not_found()
    return found


def proposed_in(steps: Sequence[DisclosureStep]) -> Mapping[str, Any]:
    """Return the last proposal among the steps of a decision.

    Raises:
        StopIteration: nothing was proposed.
    """
    return next(one.said for one in reversed(steps) if one.action == Action.PROPOSE)


def homes_of(session: Session, contact_id: UUID) -> list[Address]:
    """Return the addresses of a contact, of now and of before, in the order in which they were recorded."""
    lives_at = select(Contact.lives_at).where(Contact.id == contact_id).scalar_subquery()
    return list(
        session.scalars(
            select(Address)
            .where(
                (Address.contact_id == contact_id) | (Address.id == lives_at), Address.in_error_at.is_(None)
            )
            .order_by(Address.recorded_at, Address.id)
        )
    )


def homes_of_each(session: Session, contact_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Return the ids of the addresses of several contacts, of now and of before, by the contact."""
    found: dict[UUID, set[UUID]] = {}
    if contact_ids:
        lived_at = select(Contact.id, Address.id).where(
            Contact.id.in_(contact_ids),
            (Address.contact_id == Contact.id) | (Address.id == Contact.lives_at),
            Address.in_error_at.is_(None),
        )
        for contact_id, address_id in session.execute(lived_at):
            found.setdefault(contact_id, set()).add(address_id)
    return found


def not_ended(session: Session, person_id: UUID, contact_ids: Collection[UUID]) -> list[DisclosureDecision]:
    """Return the decisions about a person that are not made or carried out, about some contacts, locked."""
    about = DisclosureDecision.contact_id.in_(list(contact_ids))
    return _locked(session, person_id, DisclosureDecision.state.not_in(sorted(ENDED)), about)


def not_ended_by_changes(session: Session, person_id: UUID) -> list[DisclosureDecision]:
    """Return the decisions that changes opened and that are not made or carried out, locked."""
    opened = DisclosureDecision.change_id.is_not(None)
    return _locked(session, person_id, DisclosureDecision.state.not_in(sorted(ENDED)), opened)


def all_not_ended(session: Session, person_id: UUID) -> list[DisclosureDecision]:
    """Return every decision about a person that is not made or carried out, locked."""
    return _locked(session, person_id, DisclosureDecision.state.not_in(sorted(ENDED)))


def not_told_yet(session: Session, person_id: UUID) -> Sequence[DisclosureDecision]:
    """Return the decisions about a person that were proposed or agreed to, and not carried out yet."""
    waiting = DisclosureDecision.state.in_((State.PROPOSED, State.TO_BE_TOLD))
    found = select(DisclosureDecision).where(DisclosureDecision.person_id == person_id, waiting)
    return session.scalars(found.order_by(DisclosureDecision.opened_at, DisclosureDecision.id)).all()


def lapsed(session: Session, person_id: UUID) -> list[DisclosureDecision]:
    """Return the decisions about a person that have lapsed, but of who was entered in error, locked."""
    in_error = select(Contact.id).where(Contact.person_id == person_id, Contact.in_error_at.is_not(None))
    known = DisclosureDecision.contact_id.is_(None) | DisclosureDecision.contact_id.not_in(in_error)
    return _locked(session, person_id, DisclosureDecision.state == State.LAPSED, known)


def _locked(session: Session, person_id: UUID, *conditions: ColumnElement[bool]) -> list[DisclosureDecision]:
    return list(
        session.scalars(
            select(DisclosureDecision)
            .where(DisclosureDecision.person_id == person_id, *conditions)
            .order_by(DisclosureDecision.opened_at, DisclosureDecision.id)
            .with_for_update()
        )
    )


def opened_by_changes(session: Session, change_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """Return the ids of the disclosure decisions that changes opened, by the change, for who may see them."""
    rows: Iterable[Any] = session.execute(
        select(DisclosureDecision.change_id, DisclosureDecision.id)
        .where(DisclosureDecision.change_id.in_(list(change_ids)))
        .order_by(DisclosureDecision.opened_at, DisclosureDecision.id)
    )
    found: dict[UUID, list[UUID]] = {}
    for change_id, decision_id in rows:
        found.setdefault(change_id, []).append(decision_id)
    return found


@bypasses_row_security
def may_know(session: Session, organisation: Registered, person_id: UUID) -> MayKnow:
    """Return what an organisation may know of one person: what it may know of anybody, and what was decided.

    Of MAPPA it may know too where a manager has agreed that it is told, as a MAPPA meeting decided. A kind of
    organisation that never may does not, whatever was decided (people-and-sight, "Who may know of MAPPA").
    """
    ever, known = organisation.kind not in NEVER_OF_MAPPA, organisation.may_know
    if known.mappa or not ever:
        return known._replace(mappa=ever and known.mappa)
    return known._replace(mappa=organisation.id in _told_of_mappa(session, person_id))


def _told_of_mappa(session: Session, person_id: UUID) -> frozenset[UUID]:
    """Return the organisations that are told of MAPPA about a person, read once until `forget_told`."""
    known: dict[UUID, frozenset[UUID]] = session.info.setdefault(_TOLD, {})
    if person_id not in known:
        if is_key_made(session, Person, (person_id,)):
            return frozenset()
        decided = select(DisclosureDecision.organisation_id).where(
            DisclosureDecision.person_id == person_id,
            DisclosureDecision.organisation_id.is_not(None),
            DisclosureDecision.state.in_((State.TO_BE_TOLD, State.TOLD)),
            literal(MAPPA) == any_(DisclosureDecision.subjects),
        )
        known[person_id] = frozenset(one for one in session.scalars(decided) if one is not None)
    return known[person_id]


def forget_told(session: Session, person_id: UUID) -> None:
    """Forget who is told of MAPPA about a person, because a decision has changed."""
    session.info.get(_TOLD, {}).pop(person_id, None)

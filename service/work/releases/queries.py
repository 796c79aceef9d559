"""Reads who is released, or arrives, within the days of the board, and what is on record about it.

Everything is read for all lines together: the number of statements does not grow with them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, literal, or_, select, union_all
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from service import clock
from service.access import Actor
from service.checks.model import CheckRequest
from service.checks.states import SET_ASIDE
from service.destinations.states import UNDECIDED_ABOUT, State
from service.events.model import Event
from service.people import aliases, holding_queries, visibility
from service.people.model import Address, CaseHolding, Person
from service.people.sight import DOCUMENTS
from service.referrals.model import DestinationReferral, Placement, Referral, ReferralVersion
from service.referrals.placement_states import PlacementState
from service.timers.model import Clock
from service.timers.queries import RUNNING

OVER = (State.WITHDRAWN, State.ENTERED_IN_ERROR)
_COMING = (PlacementState.OFFERED, PlacementState.CONFIRMED, PlacementState.ARRIVED)
_TIMED = frozenset({"destination_referral", "placement", "check_request"})
"""The subjects of clocks by which a column is late."""
_DECISIONS = frozenset(
    {("adjustment", "decision"), *(("probation_move", about) for about in UNDECIDED_ABOUT)}
)
"""The clocks of what probation has to decide before a destination can go on."""
SENT_BY_PRISON = "person.release_date_sent"


class Line(NamedTuple):
    """Somebody who is released, or arrives at a placement, on a day."""

    person_id: UUID
    day: date
    is_release: bool


@dataclass(frozen=True, slots=True)
class Around:
    """What is on record about the people of some lines, each by the record that stands for the person."""

    people: Mapping[UUID, Person]
    holdings: Mapping[UUID, CaseHolding]
    parts: Mapping[UUID, Sequence[tuple[DestinationReferral, Placement | None]]]
    requests: Mapping[UUID, Sequence[CheckRequest]]
    sees_checks: Collection[UUID]
    overdue: Collection[UUID]
    to_decide: Collection[UUID]
    documents: Mapping[UUID, Sequence[tuple[UUID, Mapping[str, Any], Mapping[str, Any]]]]
    addresses: Mapping[UUID, UUID]
    sent_by_prison: Mapping[UUID, Event]


def lines(
    session: Session, actor: Actor, wanted: Mapping[str, Any], *, first: date, last: date, newest: bool
) -> list[Line]:
    """Return whom the caller's region releases within some days, each once, in the order of the days.

    The day is that of the release, where one is within them, and otherwise that of an arrival. A case that
    the caller may not read the documents of is not among them.

    Args:
        wanted: only those of this `pdu`; those for which the practitioner behind the call is accountable, or
            the caretaker now, or is neither (`mine`: `yes` or `no`).
        newest: the last day first.
    """
    there = _there(actor, wanted)
    stands = aliases.stands_for(Person)
    releases = (
        select(
            stands.label("person"), Referral.releases_on.label("day"), literal(value=True).label("is_release")
        )
        .join(Person, Person.id == Referral.person_id)
        .where(Referral.probation_id == actor.organisation_id, Referral.releases_on.between(first, last))
        .where(_is_live(), *there)
    )
    arrivals = (
        select(stands, Placement.starts_on, literal(value=False))
        .select_from(Placement)
        .join(DestinationReferral, DestinationReferral.id == Placement.id)
        .join(Person, Person.id == DestinationReferral.person_id)
        .where(
            DestinationReferral.probation_id == actor.organisation_id,
            DestinationReferral.state.not_in(OVER),
            Placement.state.in_(_COMING),
            Placement.starts_on.between(first, last),
            *there,
        )
    )
    each = union_all(releases, arrivals).subquery()
    one = select(each.c.person, each.c.day, each.c.is_release).ext(distinct_on(each.c.person))
    rows = session.execute(one.order_by(each.c.person, each.c.is_release.desc(), each.c.day)).all()
    return sorted((Line(*row) for row in rows), key=lambda row: (row.day, row.person_id), reverse=newest)


def _is_live() -> ColumnElement[bool]:
    """Return the condition that a referral was not withdrawn or entered in error as a whole."""
    return exists().where(
        DestinationReferral.referral_id == Referral.id, DestinationReferral.state.not_in(OVER)
    )


def _there(actor: Actor, wanted: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Person.died_on.is_(None)]
    found += [Person.id.in_(visibility.visible_to(actor, section)) for section in DOCUMENTS]
    found.append(aliases.stands_for(Person).in_(visibility.visible_to(actor)))
    held = select(CaseHolding.person_id).where(
        CaseHolding.organisation_id == actor.organisation_id, CaseHolding.ended_at.is_(None)
    )
    if "pdu" in wanted:
        found.append(Person.id.in_(held.where(CaseHolding.pdu == wanted["pdu"])))
    if "mine" in wanted:
        who = actor.practitioner.id if actor.practitioner else None
        mine = or_(
            Person.id.in_(held.where(CaseHolding.practitioner_id == who)),
            Person.id.in_(holding_queries.caretaken_by(actor)),
        )
        found.append(mine if wanted["mine"] == "yes" else ~mine)
    return found


def around(session: Session, actor: Actor, people: Collection[UUID]) -> Around:
    """Return what is on record about some people, who are on the board of this caller."""
    if not people:
        return Around({}, {}, {}, {}, (), (), (), {}, {}, {})
    records = session.scalars(
        select(Person).where(or_(Person.id.in_(people), Person.same_as_id.in_(people)))
    ).all()
    whose = {one.id: one.same_as_id or one.id for one in records}
    ids = list(whose)
    sees = visibility.sections_seen_of_each(session, actor, people, ("checks",))
    clocks = session.execute(_clocks(ids)).all()
    return Around(
        {one.id: one for one in records if one.id in people},
        holding_queries.current_holdings(session, people),
        _by_person(session, whose, _parts(ids)),
        _by_person(session, whose, _requests(ids)),
        {person_id for person_id, seen in sees.items() if "checks" in seen},
        {each for each, kind, _, is_late in clocks if is_late and kind in _TIMED},
        {each for each, kind, timer, _ in clocks if (kind, timer) in _DECISIONS},
        _by_person(session, whose, _documents(ids)),
        {whose[of]: address for of, address in session.execute(_addresses(ids))},
        {whose[one.person_id]: one for one in session.scalars(_sent_by_prison(ids)) if one.person_id},
    )


def _by_person(session: Session, whose: Mapping[UUID, UUID], query: Any) -> dict[UUID, list[Any]]:
    """Return rows by the person they are about, whose record is named in the first column."""
    found: dict[UUID, list[Any]] = {}
    for of, *row in session.execute(query):
        found.setdefault(whose[of], []).append(row[0] if len(row) == 1 else tuple(row))
    return found


def _parts(ids: Collection[UUID]) -> Select[UUID, DestinationReferral, Placement]:
    return (
        select(DestinationReferral.person_id, DestinationReferral, Placement)
        .outerjoin(Placement, Placement.id == DestinationReferral.id)
        .where(DestinationReferral.person_id.in_(ids), DestinationReferral.state.not_in(OVER))
        .order_by(DestinationReferral.created_at, DestinationReferral.kind, DestinationReferral.id)
    )


def _requests(ids: Collection[UUID]) -> Select[UUID, CheckRequest]:
    return (
        select(CheckRequest.person_id, CheckRequest)
        .where(CheckRequest.person_id.in_(ids), CheckRequest.state.not_in(sorted(SET_ASIDE)))
        .order_by(CheckRequest.required_at, CheckRequest.area, CheckRequest.id)
    )


def _clocks(ids: Collection[UUID]) -> Select[UUID, str, str, bool]:
    """Select the running clocks of people by their subjects, and whether each is past its target."""
    return select(
        Clock.subject_id, Clock.subject_kind, Clock.timer, (Clock.due_at <= clock.now()).label("late")
    ).where(Clock.person_id.in_(ids), Clock.state == RUNNING)


def _documents(ids: Collection[UUID]) -> Select[UUID, UUID, Any, Any]:
    """Select what the live referrals say of the release and the conditions, newest first."""
    document = ReferralVersion.document
    return (
        select(Referral.person_id, Referral.id, document["release"], document["licence"])
        .join(
            ReferralVersion,
            and_(
                ReferralVersion.referral_id == Referral.id,
                ReferralVersion.number == Referral.current_version,
            ),
        )
        .where(Referral.person_id.in_(ids), _is_live())
        .order_by(ReferralVersion.made_at.desc(), Referral.id)
    )


def _addresses(ids: Collection[UUID]) -> Select[UUID, UUID]:
    return (
        select(Address.person_id, Address.id)
        .where(Address.person_id.in_(ids), Address.kind == "proposed_release", Address.in_error_at.is_(None))
        .where(or_(Address.to_date.is_(None), Address.to_date >= clock.today()))
        .order_by(Address.recorded_at, Address.id)
    )


def _sent_by_prison(ids: Collection[UUID]) -> Select[Event]:
    """Select what a prison said last of the release of each."""
    return (
        select(Event)
        .ext(distinct_on(Event.person_id))
        .where(Event.person_id.in_(ids), Event.name == literal(SENT_BY_PRISON, literal_execute=True))
        .order_by(Event.person_id, Event.ordinal.desc())
    )


def page_of(
    every: Sequence[Line], after: tuple[datetime, UUID] | None, limit: int, *, newest: bool
) -> list[Line]:
    """Return a page of lines in their order, and one more where there are more."""
    if after is not None:
        place = (after[0].date(), after[1])
        every = [
            one
            for one in every
            if ((one.day, one.person_id) < place if newest else (one.day, one.person_id) > place)
        ]
    return list(every[: limit + 1])

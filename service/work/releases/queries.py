"""Reads who is released, or arrives, within the days of the board, and what is on record about it.

Everything is read for all lines together: the number of statements does not grow with them.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, or_, select, union_all
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import InstrumentedAttribute, Session

from service import clock
from service.access import Actor
from service.arrangements import queries as arrangements
from service.arrangements.model import Arrangement
from service.checks import queries as checks
from service.checks.model import CheckRequest
from service.checks.states import SET_ASIDE
from service.checks.states import State as Request
from service.circumstances.actions.planned_release import last_recalls
from service.destinations.states import OPEN, State
from service.events.model import Event
from service.people import aliases, holding_queries, visibility
from service.people.model import Address, CaseHolding, GuardedPerson, Person
from service.people.sight import DOCUMENTS
from service.referrals.model import DestinationReferral, Placement, Referral, ReferralVersion
from service.referrals.placement_states import PlacementState
from service.timers.conditions import PRACTITIONER
from service.timers.model import Clock, NoticeItem
from service.timers.queries import RUNNING, STOPPED
from service.work.releases.rules import DECISIONS

OVER = (State.WITHDRAWN, State.ENTERED_IN_ERROR)
_COMING = (PlacementState.OFFERED, PlacementState.CONFIRMED, PlacementState.ARRIVED)
_TIMED = frozenset({"destination_referral", "placement"})
"""The subjects of clocks by which a column is late, whatever the timer."""
_TIMED_AS: Final[Mapping[str, Collection[str]]] = MappingProxyType(
    {
        Request.AWAITING_DETAILS: ("ask", "registration"),
        Request.RETURNED_FOR_INFORMATION: ("reply",),
        Request.REQUESTED: ("answer",),
        Request.ACKNOWLEDGED: ("answer",),
        Request.PARTIALLY_RETURNED: ("answer",),
        Request.RETURNED: ("review", "meeting_after_end"),
    }
)
"""By the state of a check request, the timers of the move that the board names: others run besides."""
SENT_BY_PRISON = "person.release_date_sent"
TIMER: Final = "handover"
_PROPOSED: Final = literal("proposed_release", literal_execute=True)
"""A literal, as in the index of these addresses."""
READY: Final = "ready"
"""Why the clock of a release stopped on whose line nothing was red when it was due."""
_HANDOVER: Final = (Clock.subject_kind == "person", Clock.timer == TIMER, Clock.state == RUNNING)
_NAMED, _SENT, _ARRIVAL = range(3)
"""Whose word of a day counts first: a referral's of a release, a prison's, a placement's of an arrival."""


class Line(NamedTuple):
    """Somebody who is released, or arrives at a placement, on a day."""

    person_id: UUID
    day: date
    is_release: bool


class Release(NamedTuple):
    """Somebody whom a region releases on a day; or who arrives at a placement, without a release."""

    person_id: UUID
    region_id: UUID
    day: date
    is_release: bool


_Day = TypeVar("_Day", Line, Release)


class HandedOver(NamedTuple):
    """To whom what is red on a line was handed over last, and when."""

    role: str | None
    holder: str | None
    region_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Around:
    """What is on record about the people of some lines, each by the record that stands for the person."""

    people: Mapping[UUID, Person]
    holdings: Mapping[UUID, CaseHolding]
    parts: Mapping[UUID, Sequence[tuple[DestinationReferral, Placement | None]]]
    requests: Mapping[UUID, Sequence[CheckRequest]]
    sees_checks: Collection[UUID]
    overdue: Collection[UUID]
    to_countersign: Collection[UUID]
    to_decide: Mapping[UUID, str]
    documents: Mapping[UUID, Sequence[tuple[UUID, Mapping[str, Any]]]]
    arranged: Mapping[UUID, Mapping[str, Arrangement]]
    addresses: Mapping[UUID, UUID]
    sent_by_prison: Mapping[UUID, Event]
    handed_over: Mapping[UUID, HandedOver]


def lines(
    session: Session, actor: Actor, wanted: Mapping[str, Any], *, first: date, last: date, newest: bool
) -> list[Line]:
    """Return whom the caller's region releases within some days, each once, in the order of the days.

    The day is that of the release, where one is within them: as a referral names it or, where none does, as a
    prison has sent it; otherwise that of an arrival. Nobody is among them who was recalled and of whom no day
    of release is known, and no case that the caller may not read the documents of.

    Args:
        wanted: only those of this `pdu`; those for which the practitioner behind the call is accountable, or
            the caretaker now, or is neither (`mine`: `yes` or `no`).
        newest: the last day first.
    """
    rows = session.execute(_days(first, last, _there(actor, wanted), region=actor.organisation_id)).all()
    found = [Line(row.person, row.day, row.rank < _ARRIVAL) for row in _that_stand(session, rows)]
    return sorted(first_of_each(found).values(), key=lambda row: (row.day, row.person_id), reverse=newest)


def _that_stand(session: Session, rows: Sequence[Any]) -> list[Any]:
    """Return the days without those of people who are back in prison, and without those before a recall."""
    recalls = last_recalls(session, {row.person for row in rows}) if rows else {}
    return [
        row
        for row in rows
        if row.person not in recalls
        or (not recalls[row.person].back and (row.rank == _ARRIVAL or row.day >= recalls[row.person].day))
    ]


def first_of_each(days: Iterable[_Day]) -> dict[UUID, _Day]:
    """Return the first of the days of each person, by the record that stands for them.

    Args:
        days: in the order in which they count.
    """
    first = dict[UUID, _Day]()
    for one in days:
        first.setdefault(one.person_id, one)
    return first


def releases(
    session: Session, first: date, last: date, *, people: Collection[UUID] | None = None
) -> list[Release]:
    """Return whom any region releases within some days, by the record that stands for each; for a worker.

    Each of several days of one person is there, that which counts first. The days on which somebody arrives
    at a placement are there only where no release is.

    Args:
        people: only these.
    """
    there: list[ColumnElement[bool]] = [Person.died_on.is_(None)]
    if people is not None:
        there.append(or_(Person.id.in_(people), Person.same_as_id.in_(people)))
    rows = session.execute(_days(first, last, there, region=None)).all()
    standing = _that_stand(session, rows)
    released = {row.person for row in standing if row.rank < _ARRIVAL}
    return [
        Release(row.person, row.region, row.day, row.rank < _ARRIVAL)
        for row in standing
        if row.rank < _ARRIVAL or row.person not in released
    ]


def handovers(session: Session) -> list[tuple[UUID, Clock]]:
    """Return every clock of a release that runs, by the record that stands for its person; for a worker.

    The one that is due first is first, where records that each have one are one person's now.
    """
    of_person = select(aliases.stands_for(Person), Clock).join(Person, Person.id == Clock.subject_id)
    rows = session.execute(of_person.where(*_HANDOVER).order_by(Clock.due_at, Clock.id)).all()
    return [(person_id, row) for person_id, row in rows]


def found_ready(session: Session, since: datetime) -> list[tuple[UUID, Clock]]:
    """Return the clocks of releases that were due since a moment and ended ready, by the record that stands.

    Some were handed over before that. What ended otherwise, as by another day, may be taken up again.
    """
    of_person = select(aliases.stands_for(Person), Clock).join(Person, Person.id == Clock.subject_id)
    rows = session.execute(
        of_person.where(
            Clock.subject_kind == "person",
            Clock.timer == TIMER,
            Clock.state == STOPPED,
            Clock.due_at >= since,
            # A literal, as in the index of these.
            Clock.stop_reason == literal(READY, literal_execute=True),
        )
    ).all()
    return [(person_id, row) for person_id, row in rows]


def follows_alone(session: Session) -> bool:
    """Return whether no other worker follows the days of release, until the transaction ends."""
    lock = func.hashtext("releases.follow")
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(lock))))


def was_ever_followed(session: Session) -> bool:
    """Return whether there has ever been a clock of a release."""
    of_release = select(Clock.id).where(Clock.subject_kind == "person", Clock.timer == TIMER)
    return session.scalar(of_release.limit(1)) is not None


def standing_for(session: Session, record_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return the record that stands for the person of each of some records."""
    found = select(Person.id, aliases.stands_for(Person)).where(Person.id.in_(record_ids))
    rows = session.execute(found).all() if record_ids else ()
    return {row.id: row[1] for row in rows}


def due_handovers(
    session: Session, now: datetime, after: UUID | None, limit: int, *, all_handed_over: bool
) -> Sequence[Clock]:
    """Return the clocks of releases that are to fire now, locked, in the order of their ids; for a worker.

    Args:
        after: only those after this one.
        all_handed_over: also those that have fired, and run on.
    """
    due = Clock.due_at <= now if all_handed_over else Clock.next_fires_at <= now
    onward = () if after is None else (Clock.id > after,)
    return session.scalars(
        select(Clock)
        .where(*_HANDOVER, due, *onward)
        .order_by(Clock.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def guarded(session: Session, people: Collection[UUID]) -> set[UUID]:
    """Return those of some people of whom not all staff of their region may know."""
    return set(
        session.scalars(select(GuardedPerson.person_id).where(GuardedPerson.person_id.in_(people)))
        if people
        else ()
    )


def _days(
    first: date, last: date, there: Collection[ColumnElement[bool]], *, region: UUID | None
) -> Select[Any]:
    """Select people with their days, first what counts first: a referral's, then what a prison has sent.

    Args:
        there: conditions on the records.
        region: only those whom it releases; of any region when None.
    """

    def of(whose: InstrumentedAttribute[UUID]) -> list[ColumnElement[bool]]:
        return [] if region is None else [whose == region]

    stands = aliases.stands_for(Person).label("person")

    def rank(place: int) -> ColumnElement[int]:
        return literal(place).label("rank")

    releases = (
        select(
            stands,
            Referral.probation_id.label("region"),
            Referral.releases_on.label("day"),
            rank(_NAMED),
        )
        .join(Person, Person.id == Referral.person_id)
        .where(*of(Referral.probation_id), Referral.releases_on.between(first, last), _is_live(), *there)
    )
    sent = select(stands, Person.holder_id, Person.releases_on, rank(_SENT)).where(
        *of(Person.holder_id), Person.held, Person.releases_on.between(first, last), ~_is_named(), *there
    )
    arrivals = (
        select(stands, DestinationReferral.probation_id, Placement.starts_on, rank(_ARRIVAL))
        .select_from(Placement)
        .join(DestinationReferral, DestinationReferral.id == Placement.id)
        .join(Person, Person.id == DestinationReferral.person_id)
        .where(
            *of(DestinationReferral.probation_id),
            DestinationReferral.state.not_in(OVER),
            Placement.state.in_(_COMING),
            Placement.starts_on.between(first, last),
            *there,
        )
    )
    each = union_all(releases, sent, arrivals).subquery()
    one = select(each.c.person, each.c.region, each.c.day, each.c.rank)
    return one.order_by(each.c.person, each.c.rank, each.c.day)


def _is_named() -> ColumnElement[bool]:
    """Return the condition that an open referral of the record names a day of release."""
    return exists().where(
        Referral.person_id == Person.id,
        Referral.releases_on.is_not(None),
        DestinationReferral.referral_id == Referral.id,
        DestinationReferral.state.in_(sorted(OPEN)),
    )


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


def around(session: Session, people: Collection[UUID], actor: Actor | None = None) -> Around:
    """Return what is on record about some people.

    Args:
        actor: whose board they are on, and who sees the checks of some; a worker judges by all there is.
    """
    if not people:
        return Around({}, {}, {}, {}, (), (), (), {}, {}, {}, {}, {}, {})
    records = session.scalars(
        select(Person).where(or_(Person.id.in_(people), Person.same_as_id.in_(people)))
    ).all()
    whose = {one.id: one.same_as_id or one.id for one in records}
    ids = list(whose)
    sees_checks = people if actor is None else _seen_checks(session, actor, people)
    clocks = session.execute(_clocks(ids)).all()
    requests = _by_person(session, whose, _requests(ids))
    return Around(
        {one.id: one for one in records if one.id in people},
        holding_queries.current_holdings(session, people),
        _by_person(session, whose, _parts(ids)),
        requests,
        sees_checks,
        _overdue({(each, kind, timer) for each, kind, timer, is_late in clocks if is_late}, requests),
        _to_countersign(session, requests),
        _to_decide({(each, (kind, timer)) for each, kind, timer, _ in clocks}),
        _by_person(session, whose, _documents(ids)),
        arrangements.standing(session, whose),
        {whose[of]: address for of, address in session.execute(_addresses(ids))},
        {whose[one.person_id]: one for one in session.scalars(_sent_by_prison(ids)) if one.person_id},
        {whose[row[0]]: HandedOver(*row[1:]) for row in session.execute(_handed_over(ids))},
    )


def _overdue(
    late: Collection[tuple[UUID, str, str]], requests: Mapping[UUID, Sequence[CheckRequest]]
) -> set[UUID]:
    """Return of which parts and check requests the move that the board names is late."""
    found = {each for each, kind, _ in late if kind in _TIMED}
    for one in chain.from_iterable(requests.values()):
        if any((one.id, "check_request", timer) in late for timer in _TIMED_AS.get(one.state, ())):
            found.add(one.id)
    return found


def _to_countersign(session: Session, requests: Mapping[UUID, Sequence[CheckRequest]]) -> Collection[UUID]:
    """Return which answers were reviewed and wait for a manager."""
    every = chain.from_iterable(requests.values())
    return checks.reviews_due(session, [one for one in every if one.state == Request.RETURNED]).waiting


def _to_decide(running: Collection[tuple[UUID, tuple[str, str]]]) -> dict[UUID, str]:
    """Return what is to be decided about each part, the first of several."""
    found = dict[UUID, str]()
    for key, code in DECISIONS.items():
        for part_id in (subject_id for subject_id, of in running if of == key):
            found.setdefault(part_id, code)
    return found


def _seen_checks(session: Session, actor: Actor, people: Collection[UUID]) -> set[UUID]:
    sees = visibility.sections_seen_of_each(session, actor, people, ("checks",))
    return {person_id for person_id, seen in sees.items() if "checks" in seen}


def _handed_over(ids: Collection[UUID]) -> Select[UUID, str | None, str | None, UUID, datetime]:
    """Select to whom what is red was handed over last, of those of some people who are still on it."""
    return (
        select(Clock.subject_id, NoticeItem.role, NoticeItem.holder, NoticeItem.organisation_id, Clock.due_at)
        .ext(distinct_on(Clock.subject_id))
        .join(NoticeItem, NoticeItem.clock_id == Clock.id)
        .where(Clock.person_id.in_(ids), *_HANDOVER, NoticeItem.role != PRACTITIONER)
        .order_by(Clock.subject_id, NoticeItem.fired_at.desc(), NoticeItem.role, NoticeItem.holder)
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


def _documents(ids: Collection[UUID]) -> Select[UUID, UUID, Any]:
    """Select what the live referrals say of the conditions, newest first."""
    return (
        select(Referral.person_id, Referral.id, ReferralVersion.document["licence"])
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
        .where(Address.person_id.in_(ids), Address.kind == _PROPOSED, Address.in_error_at.is_(None))
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

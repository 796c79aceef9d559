"""Finds the referrals and destination referrals a caller may see. Changes nothing.

A destination sees what was sent to it and nothing else; a referral belongs to the record of its person, and
is seen by whoever sees that. For any other caller they do not exist.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from functools import cache
from typing import Final, Literal, TypeVar
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Session, aliased, contains_eager
from sqlalchemy.orm.attributes import set_committed_value

from service import clock, timers
from service.access import Actor
from service.access.row_visibility import bypasses_row_security
from service.destinations.sharing import last_end_before, stored_bases
from service.destinations.states import NOT_BEGUN, OPEN, TERMINAL, WAITING, Action, State
from service.events.model import Event
from service.gathering import rows_of
from service.http.problems import conflict, not_found
from service.keyset import in_pages
from service.people import aliases, visibility
from service.people.model import Person
from service.people.sight import DOCUMENTS, SECTIONS
from service.referrals.model import (
    ChangeNotice,
    DestinationMove,
    DestinationReferral,
    DestinationUpdate,
    Message,
    Placement,
    Referral,
)
from service.referrals.shared import is_read_after_its_end
from service.timers.conditions import condition_of
from service.timers.model import Clock
from service.timers.queries import calls_for_attention

_Written = TypeVar("_Written", Message, DestinationUpdate)
_Said = TypeVar("_Said", DestinationUpdate, DestinationMove)

ADJUSTMENT: Final = "adjustment"
AGREEMENT: Final = "move_on_agreement"
"""The kind of update by which a destination that holds confidences agrees to an address, or does not."""
DECISION: Final = "decision"
"""The subject and the timer of what a destination cannot meet, and probation has to decide about."""

_Repeated = aliased(DestinationReferral)
_IS_PART: Final = DestinationReferral.id == bindparam("part_id")


def referrals_visible_to(actor: Actor) -> Select[Referral]:
    """Select the referrals this caller may know of: those on the records of which it sees them."""
    if actor.side != "probation":
        return select(Referral).where(false())
    return select(Referral).where(Referral.person_id.in_(visibility.visible_to(actor, "referrals")))


def parts_visible_to(actor: Actor) -> Select[DestinationReferral]:
    """Select the destination referrals this caller may know of, each with its referral."""
    every = _with_referral()
    match actor.side:
        case "probation":
            seen = visibility.visible_to(actor, "referrals")
            return every.where(DestinationReferral.person_id.in_(seen))
        case "destination":
            return every.where(*_sent_to(actor.organisation_id))
        case _:
            return every.where(false())


def _sent_to(organisation_id: UUID | BindParameter[UUID]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a destination was sent a destination referral, and reads it."""
    return (*_ever_sent_to(organisation_id), DestinationReferral.state != State.ENTERED_IN_ERROR)


def _ever_sent_to(organisation_id: UUID | BindParameter[UUID]) -> tuple[ColumnElement[bool], ...]:
    return (
        DestinationReferral.organisation_id == organisation_id,
        DestinationReferral.sent_version.is_not(None),
    )


def part_visible_to(actor: Actor) -> Select[DestinationReferral]:
    """Select the destination referral `:part_id`, if this caller, of `:organisation_id`, may know of it."""
    return _part_sent_to() if actor.side == "destination" else parts_visible_to(actor).where(_IS_PART)


@cache  # every call of a destination about one asks for it, and to build it costs as much as to send it
def _part_sent_to() -> Select[DestinationReferral]:
    return _with_referral().where(*_sent_to(bindparam("organisation_id")), _IS_PART)


def find_referral(session: Session, actor: Actor, referral_id: UUID, *, lock: bool = False) -> Referral:
    """Find a referral that this caller may see.

    Args:
        lock: hold it, and with it everything under it, until the transaction ends.

    Raises:
        Problem: 404.
    """
    query = referrals_visible_to(actor).where(Referral.id == referral_id)
    if lock:
        query = (
            query.where(Referral.person_id.in_(visibility.open_to_change(actor)))
            .with_for_update(of=Referral)
            .execution_options(populate_existing=True)
        )
    found = session.scalar(query)
    if found is None:
        raise not_found()
    if lock:
        visibility.require_holder(actor, found.probation_id)
    return found


def require_documents(session: Session, actor: Actor, referral: Referral) -> frozenset[str]:
    """Require that a caller who sees a referral may also read what it says; return the sections it sees.

    Raises:
        Problem: 404 when only other sections of the record are shared with the caller's region.
    """
    seen = sections_seen(session, actor, referral)
    if not seen.issuperset(DOCUMENTS):
        raise not_found()
    return seen


def sections_seen(session: Session, actor: Actor, referral: Referral) -> frozenset[str]:
    """Return the sections that a caller sees of the record that a visible referral belongs to.

    For the other sides they decide nothing: what a destination may read, it was sent.
    """
    if actor.side != "probation":
        return frozenset(SECTIONS)
    return visibility.sections_seen(session, actor, session.get_one(Person, referral.person_id))


def sections_beside(session: Session, actor: Actor, referral: Referral) -> list[str]:
    """Return the sections that another region sees: what it is shown beside the version depends on them."""
    if not actor.only_reads(referral.probation_id):
        return []
    seen = sections_seen(session, actor, referral)
    return [] if seen.issuperset(SECTIONS) else sorted(seen)


def find_part(
    session: Session, actor: Actor, destination_referral_id: UUID, *, lock: bool = False
) -> DestinationReferral:
    """Find a destination referral that this caller may see.

    Args:
        lock: hold its referral, and with it everything under it, until the transaction ends.

    Raises:
        Problem: 404.
    """
    return _find(session, actor, part_visible_to(actor), destination_referral_id, lock=lock)


@bypasses_row_security
def find_reported_on(
    session: Session, actor: Actor, destination_referral_id: UUID, *, lock: bool = False
) -> DestinationReferral:
    """Find a destination referral about which its destination reports.

    It was sent it, and may read it no more, as where it was entered in error: news of danger always has a
    way in (people-and-sight, "Who gets what").

    Args:
        lock: as of `find_part`.

    Raises:
        Problem: 404.
    """
    ever = _with_referral().where(*_ever_sent_to(actor.organisation_id), _IS_PART)
    return _find(session, actor, ever, destination_referral_id, lock=lock)


def _find(
    session: Session,
    actor: Actor,
    one: Select[DestinationReferral],
    destination_referral_id: UUID,
    *,
    lock: bool,
) -> DestinationReferral:
    query = one
    given = {"part_id": destination_referral_id, "organisation_id": actor.organisation_id}
    if lock and actor.side == "probation":
        query = query.where(DestinationReferral.person_id.in_(visibility.open_to_change(actor)))
    if lock:
        query = query.with_for_update(of=Referral).execution_options(populate_existing=True)
    found = session.scalars(query, given).one_or_none()
    if found is None:
        raise not_found()
    if lock:
        # Whoever held the referral before us may have changed this part after our statement began to look.
        found = session.scalars(one.execution_options(populate_existing=True), given).one_or_none()
        if found is None:
            raise not_found()
        visibility.require_holder(actor, found.referral.probation_id)
    return found


def parts_of(session: Session, *referrals: Referral) -> list[DestinationReferral]:
    """Return all parts of some referrals, in the order in which they came to be."""
    by_id = {referral.id: referral for referral in referrals}
    parts: list[DestinationReferral] = rows_of(session, DestinationReferral.referral_id, list(by_id))
    for part in parts:
        set_committed_value(part, "referral", by_id[part.referral_id])
    return sorted(parts, key=lambda part: (part.created_at, part.kind, part.service_category or ""))


def referrals_of_person(session: Session, person_id: UUID, probation_id: UUID) -> list[Referral]:
    """Return the referrals of a region about a person, by id: for rules of the service itself.

    On all records of the person.
    """
    found: list[Referral] = rows_of(session, Referral.person_id, aliases.ids_of(session, person_id))
    return sorted(
        (one for one in found if one.probation_id == probation_id), key=lambda referral: referral.id
    )


def supervision_ended(
    session: Session, person_id: UUID, probation_id: UUID, *, besides: UUID | None = None
) -> date | None:
    """Return the day on which supervision ended by a region's referrals about a person; None if it is not so.

    Args:
        besides: a referral that is not asked.
    """
    parts = parts_of(session, *referrals_of_person(session, person_id, probation_id))
    return last_end_before(
        (
            stored_bases(part.sharing)
            for part in parts
            if part.referral_id != besides and part.state != State.ENTERED_IN_ERROR
        ),
        clock.today(),
    )


def open_referrals_of(
    session: Session, person_id: UUID, *, lock: bool = False, merged: bool = False, read: bool = False
) -> list[Referral]:
    """Return the referrals about a person of which at least one part is still open or waiting.

    Args:
        lock: hold them, in the order of their ids, until the transaction ends.
        merged: also those on records that were merged with this one.
        read: also those that a destination may read still, whose work has ended.
    """
    counting: ColumnElement[bool] = DestinationReferral.state.in_(OPEN)
    if read:
        counting = counting | is_read_after_its_end()
    query = (
        select(Referral)
        .where(
            Referral.person_id.in_(aliases.same_person_as(person_id))
            if merged
            else Referral.person_id == person_id,
            Referral.id.in_(select(DestinationReferral.referral_id).where(counting)),
        )
        .order_by(Referral.id)
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return list(session.scalars(query))


def live_referrals_of(session: Session, person_id: UUID) -> Sequence[Referral]:
    """Return the referrals about a person, on whichever record, that were not withdrawn as a whole."""
    over = (State.WITHDRAWN, State.ENTERED_IN_ERROR)
    live = select(DestinationReferral.referral_id).where(DestinationReferral.state.not_in(over))
    whose = Referral.person_id.in_(aliases.same_person_as(person_id))
    return session.scalars(select(Referral).where(whose, Referral.id.in_(live)).order_by(Referral.id)).all()


def notices_of(session: Session, part: DestinationReferral) -> Sequence[ChangeNotice]:
    """Return the change notices of a part, oldest first."""
    return session.scalars(
        select(ChangeNotice)
        .where(ChangeNotice.destination_referral_id == part.id)
        .order_by(ChangeNotice.version_number)
    ).all()


def updates_of(
    session: Session, part: DestinationReferral, *, newest: bool, after: UUID | None, limit: int
) -> Sequence[DestinationUpdate]:
    """Return what a destination reported; see `_written_beside`."""
    return _written_beside(session, DestinationUpdate, part, newest=newest, after=after, limit=limit)


def every_update(
    session: Session, part: DestinationReferral, kind: str | None = None
) -> Sequence[DestinationUpdate]:
    """Return all that a destination reported, of a kind or of all, whether it stands or not, oldest first."""
    of_kind = [] if kind is None else [DestinationUpdate.kind == kind]
    return session.scalars(
        select(DestinationUpdate)
        .where(DestinationUpdate.destination_referral_id == part.id, *of_kind)
        .order_by(DestinationUpdate.ordinal)
    ).all()


def find_said(session: Session, part: DestinationReferral, kind: type[_Said], entry_id: UUID) -> _Said:
    """Find what the destination of a part itself has said, an update or a move of a placement.

    Raises:
        Problem: 404; 409 with the entry that puts it right or withdraws it.
    """
    of_part = kind.destination_referral_id == part.id
    found = session.scalar(select(kind).where(of_part, kind.id == entry_id, kind.side == "destination"))
    if found is None:
        raise not_found()
    later = session.scalar(select(kind.id).where(of_part, kind.corrects_id == entry_id))
    if later is not None:
        raise conflict("This has already been corrected. Correct the latest entry.", corrected_by=later)
    return found


def require_to_stand(part: DestinationReferral, said: _Said, *, withdraws: bool) -> None:
    """Require that what a destination puts right has not been withdrawn.

    What was withdrawn is said anew while the work goes on, and put right where it has ended: nothing can be
    reported then.

    Args:
        withdraws: it is to be withdrawn, and not put right.

    Raises:
        Problem: 409.
    """
    if said.withdrawn and (withdraws or part.state not in TERMINAL):
        raise conflict("This has been withdrawn. Record it again.")


def placement_of(session: Session, part: DestinationReferral) -> Placement | None:
    """Return the placement beside a part, when there is one."""
    return session.get(Placement, part.id) if part.destination.placement is not None else None


def moves_of(
    session: Session, part: DestinationReferral, of: Literal["referral", "placement"]
) -> Sequence[DestinationMove]:
    """Return the moves of a part or of its placement, oldest first."""
    return session.scalars(
        select(DestinationMove)
        .join(Event, Event.id == DestinationMove.event_id)
        .where(DestinationMove.destination_referral_id == part.id, DestinationMove.part == of)
        .order_by(Event.ordinal)
    ).all()


def messages_of(
    session: Session, part: DestinationReferral, *, newest: bool, after: UUID | None, limit: int
) -> Sequence[Message]:
    """Return what the two sides wrote to each other; see `_written_beside`."""
    return _written_beside(session, Message, part, newest=newest, after=after, limit=limit)


def _written_beside(
    session: Session,
    kind: type[_Written],
    part: DestinationReferral,
    *,
    newest: bool,
    after: UUID | None,
    limit: int,
) -> Sequence[_Written]:
    """Return a page of what was written beside a part, and one more when there are more.

    Args:
        newest: the newest first, otherwise the oldest.
        after: the id of the last one that was read. Its number would say how much others write.
    """
    query = select(kind).where(kind.destination_referral_id == part.id)
    last = None
    if after:
        read = select(kind.ordinal).where(kind.destination_referral_id == part.id, kind.id == after)
        last = (read.scalar_subquery(),)
    return session.scalars(in_pages(query, (kind.ordinal,), newest=newest, after=last, limit=limit)).all()


def owes_wording() -> ColumnElement[bool]:
    """Return the condition that a destination referral was sent and lacks a wording; see the model."""
    return and_(
        DestinationReferral.sent_version.is_not(None),
        DestinationReferral.state != State.ENTERED_IN_ERROR,
        func.jsonb_path_exists(DestinationReferral.missing, text("'$[*].reword_for'")),
    )


def is_settled(part: DestinationReferral) -> bool:
    """Return whether its state calls for nothing: it rests or is stopped, or a decline is settled."""
    stopped = part.state in WAITING and part.stopped_because is not None
    return bool(part.rests) or stopped or part.decline_settled is not None


def unsettled() -> ColumnElement[bool]:
    """Return the condition that the state of a destination referral calls for something: not `is_settled`."""
    return and_(
        func.cardinality(DestinationReferral.rests) == 0,
        DestinationReferral.decline_settled.is_(None),
        or_(
            DestinationReferral.stopped_because.is_(None),
            DestinationReferral.state.not_in(sorted(WAITING)),
        ),
    )


def owes_decision() -> ColumnElement[bool]:
    """Return the condition that probation owes a decision about what a destination cannot meet."""
    return DestinationReferral.id.in_(timers.subjects_with_clock(ADJUSTMENT, DECISION))


def owes_move() -> ColumnElement[bool]:
    """Return the condition that probation owes something else for a referral, by a clock that runs."""
    itself = and_(Clock.subject_kind == "referral", Clock.subject_id == Referral.id)
    about = or_(Clock.referral_id == Referral.id, itself)
    return exists().where(Clock.person_id == Referral.person_id, about, calls_for_attention())


def moves_owed(session: Session, referrals: Collection[Referral]) -> dict[UUID, list[str]]:
    """Return what probation owes for some referrals by clocks that run, the first due first, as codes."""
    ids = [referral.id for referral in referrals]
    found = dict[UUID, list[str]]()
    about = case((Clock.subject_kind == "referral", Clock.subject_id), else_=Clock.referral_id)
    rows = session.execute(
        select(about, Clock.subject_kind, Clock.timer, Clock.label, Clock.owner_role.is_not(None))
        .where(
            Clock.person_id.in_([referral.person_id for referral in referrals]),
            about.in_(ids),
            calls_for_attention(),
        )
        .order_by(Clock.due_at, Clock.id)
    )
    for referral_id, subject_kind, timer, label, handed_back in rows:
        condition = condition_of(subject_kind, timer, label=label, handed_back=handed_back)
        codes = found.setdefault(referral_id, [])
        if condition and condition.attention and condition.attention not in codes:
            codes.append(condition.attention)
    return found


def is_duplicate() -> ColumnElement[bool]:
    """Return the condition that a destination referral has not begun and repeats one that is still open."""
    still_open = exists().where(
        _Repeated.id == DestinationReferral.duplicate_of_id, _Repeated.state.in_(sorted(OPEN))
    )
    return and_(
        DestinationReferral.duplicate_of_id.is_not(None),
        DestinationReferral.state.in_(sorted(NOT_BEGUN)),
        still_open,
    )


def repeated_by(session: Session, parts: Iterable[DestinationReferral]) -> dict[UUID, DestinationReferral]:
    """Return, for each part that repeats one that is still open, that one."""
    of = {part.id: part.duplicate_of_id for part in parts if part.duplicate_of_id and part.state in NOT_BEGUN}
    if not of:
        return {}
    others = session.scalars(select(DestinationReferral).where(DestinationReferral.id.in_(set(of.values()))))
    still_open = {other.id: other for other in others if other.state in OPEN}
    return {part: still_open[other] for part, other in of.items() if other in still_open}


def open_elsewhere(session: Session, referral: Referral) -> dict[str, UUID]:
    """Return what is open about the person in other referrals of the region, by key: the oldest of each."""
    others = [
        one
        for one in referrals_of_person(session, referral.person_id, referral.probation_id)
        if one.id != referral.id
    ]
    found: dict[str, UUID] = {}
    for part in parts_of(session, *others):
        if part.state in OPEN:
            found.setdefault(part.key, part.id)
    return found


def quality_declines(session: Session, parts: Iterable[DestinationReferral]) -> set[UUID]:
    """Return the parts that were last declined for what the referral said or lacked."""
    declined = {part.id: part for part in parts if part.state == State.DECLINED}
    if not declined:
        return set()
    moves = session.execute(
        select(DestinationMove.destination_referral_id, DestinationMove.detail["reason_code"].astext)
        .join(Event, Event.id == DestinationMove.event_id)
        .where(
            DestinationMove.destination_referral_id.in_(declined),
            DestinationMove.action == Action.DECLINE,
        )
        .order_by(Event.ordinal)
    )
    last = {part_id: code for part_id, code in moves}  # noqa: C416 - the last one counts
    return {part_id for part_id, code in last.items() if code in declined[part_id].destination.of_quality}


def parts_of_person(session: Session, person_id: UUID) -> Sequence[DestinationReferral]:
    """Return all parts about a person, in any organisation: for rules of the service itself.

    On all records of the person.
    """
    return session.scalars(
        _with_referral()
        .where(Referral.person_id.in_(aliases.same_person_as(person_id)))
        .order_by(DestinationReferral.created_at, DestinationReferral.id)
    ).all()


def people_open_with(session: Session, organisation_ids: Iterable[UUID]) -> set[UUID]:
    """Return whom the open referrals are about that some organisations have been sent."""
    return set(
        session.scalars(
            select(DestinationReferral.person_id).where(
                DestinationReferral.organisation_id.in_(organisation_ids),
                DestinationReferral.sent_version.is_not(None),
                DestinationReferral.state.in_(sorted(OPEN)),
            )
        )
    )


def part_of(session: Session, part_id: UUID) -> DestinationReferral:
    """Return a part with its referral, without checking who may see it."""
    return session.scalars(_with_referral().where(DestinationReferral.id == part_id)).one()


def _with_referral() -> Select[DestinationReferral]:
    referral = DestinationReferral.referral
    return select(DestinationReferral).join(referral).options(contains_eager(referral))

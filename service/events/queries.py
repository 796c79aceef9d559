"""Reads events: an organisation's own feed, and timelines. Writes nothing."""

import uuid
from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import BigInteger, Text, Uuid, and_, bindparam, case, cast, func, literal, or_, select
from sqlalchemy.orm import Session

from service.access.actor import SIDE_OF
from service.events.catalogue import WITHHELD
from service.events.model import Event, FeedEntry, FeedHead
from service.events.subjects import href
from service.fields import moment_text
from service.keyset import in_pages
from service.organisations.model import Organisation

_event, _entry_of, _head_of = Event.__table__.c, FeedEntry.__table__.c, FeedHead.__table__.c
_READER: Final = bindparam("reader", type_=Uuid())
_PROBATION: Final = tuple(kind for kind, side in SIDE_OF.items() if side == "probation")
_OF_PROBATION: Final = (
    select(Organisation.__table__.c.kind.in_(_PROBATION))
    .where(Organisation.__table__.c.id == _READER)
    .scalar_subquery()
)
# From the referral, two destinations could learn that they work with the same person. An event about a person
# is shown to each region that works with them, and names the referral of the region that caused it.
_NAMES_REFERRAL: Final = and_(
    _OF_PROBATION, or_(_event.subject_kind != "person", _event.organisation_id == _READER)
)
# As they are sent: identifiers as text.
_SHOWN: Final = (
    cast(_event.id, Text).label("id"),
    _event.name,
    _event.subject_kind,
    cast(_event.subject_id, Text).label("subject_id"),
    _event.version,
    _event.occurred_at,
    _event.data,
    _OF_PROBATION.label("of_probation"),
    case((_NAMES_REFERRAL, cast(_event.referral_id, Text))).label("referral_id"),
    case((_OF_PROBATION, cast(_event.person_id, Text))).label("person_id"),
    (_event.organisation_id == _READER).label("caused"),
)
_ASKED_BY_ACTOR: Final = {
    "person.submitted_elsewhere": True,
    "person.share_requested": True,
    "share_request.answered": False,
}
"""The events of a held record that also reach a region without sight of it: whether that region acted."""
_ONE: Final = select(bindparam("position", type_=BigInteger()).label("position"), *_SHOWN).where(
    _event.id == bindparam("event", type_=Uuid())
)
# The last position and the entries are read together, so that neither is ahead of the other.
_STRETCH: Final = (
    select(
        _head_of.position.label("head"),
        cast(_entry_of.event_id, Text).label("event_id"),
        _entry_of.position,
        *_SHOWN,
    )
    .select_from(FeedHead.__table__)
    .outerjoin(
        FeedEntry.__table__,
        and_(
            _entry_of.organisation_id == _head_of.organisation_id,
            _entry_of.position > bindparam("after", type_=BigInteger()),
            _entry_of.position <= bindparam("up_to", type_=BigInteger()),
        ),
    )
    .outerjoin(Event.__table__, _event.id == _entry_of.event_id)
    .where(_head_of.organisation_id == _READER)
    .order_by(_entry_of.position)
)


def feed_of(organisation_id: uuid.UUID) -> str:
    """Return the name under which an organisation's feed is invalidated."""
    return f"feed:{organisation_id}"


def head(session: Session, organisation_id: uuid.UUID) -> int:
    """Return the last position given in an organisation's feed, 0 when it has never had an entry."""
    statement = select(FeedHead.position).where(FeedHead.organisation_id == organisation_id)
    return session.execute(statement).scalar_one_or_none() or 0


def read(
    session: Session, organisation_id: uuid.UUID, *, after: int, limit: int, named: bool = False
) -> tuple[int, list[dict[str, Any]]]:
    """Return the last position given in an organisation's feed, and its entries in order, oldest first.

    The entries are as `FeedEntryView` describes them, ready to be sent. An entry about a limited access case
    keeps its place, and shows nothing else to a caller that reads for a practitioner who is not named: the
    database does not show such a caller the event.

    Args:
        after: the position the reader has; entries begin with the next one.
        limit: entries at most.
        named: whether the caller reads for a named practitioner, and not as a client alone.
    """
    stretch = {"reader": organisation_id, "after": after, "up_to": after + limit}
    rows = session.execute(_STRETCH, stretch).all()
    # Without entries there is one row, with the head; without a head there is none.
    head = rows[0].head if rows else 0
    return head, [
        _entry(row[2:], named) if row.id is not None else _withheld(row)
        for row in rows
        if row.position is not None
    ]


def entry(session: Session, organisation_id: uuid.UUID, position: int, event_id: uuid.UUID) -> dict[str, Any]:
    """Return one entry of a feed as `read` shows it to a client alone, from its position and its event."""
    of_event = {"reader": organisation_id, "event": event_id, "position": position}
    return _entry(session.execute(_ONE, of_event).one(), named=False)


def oldest(session: Session, organisation_id: uuid.UUID) -> int | None:
    """Return the first position that an organisation's feed still holds; None when it holds none."""
    return session.scalar(
        select(func.min(FeedEntry.position)).where(FeedEntry.organisation_id == organisation_id)
    )


def _entry(row: Sequence[Any], named: bool) -> dict[str, Any]:
    # By their places and not by name: a page has a hundred of them.
    position, event_id, name, kind, subject, version, occurred_at, data, of_probation, referral_id = row[:10]
    person_id, caused = row[10:]
    # A practitioner reads what happened to a record only where that record is open to them.
    record = person_id if named and kind == "person" else _record(name, data, person_id, caused)
    return {
        "position": position,
        **({"referral_id": referral_id} if of_probation else {}),
        "id": event_id,
        "event": name,
        "subject": {"kind": kind, "id": subject, "href": href(kind, subject, record)},
        "version": version,
        "occurred_at": moment_text(occurred_at),
        "data": data,
    }


def _record(name: str, data: Any, person_id: str | None, caused: bool | None) -> str | None:
    """Return the record under which the reader reads a subject: its own, if it asked about another's."""
    actor_asked = _ASKED_BY_ACTOR.get(name)
    side: str | None = data.get("side_record")
    return person_id if actor_asked is None or actor_asked is not caused else side


def _withheld(row: Any) -> dict[str, Any]:
    return {
        "position": row.position,
        **({"referral_id": row.referral_id} if row.of_probation else {}),
        "id": row.event_id,
        "event": WITHHELD.name,
        "subject": {"kind": "event", "id": row.event_id, "href": None},
        "version": None,
        "occurred_at": None,
        "data": {},
    }


def timeline(
    session: Session,
    referral_id: uuid.UUID | None,
    *,
    person_id: uuid.UUID | None = None,
    subjects: Collection[uuid.UUID] | None = None,
    sections: Collection[str] | None = None,
    newest: bool = False,
    after: int | None = None,
    limit: int = 500,
) -> list[dict[str, Any]]:
    """Return the events of a referral or a person in order, with their actors.

    The caller has checked who may read it.

    Args:
        referral_id: the referral; None for everything about the person.
        person_id: its person, to include events about the person that belong to no single referral.
        subjects: only what happened to these; all when None.
        sections: only events about who the person is and about these sections of the record; all when None.
        newest: the last first, otherwise the first.
        after: the `ordinal` of the last one already returned.
        limit: one more when there are more.
    """
    story = Event.referral_id == referral_id
    if referral_id is None:
        story = Event.person_id == person_id
    elif person_id is not None:
        story = or_(story, and_(Event.person_id == person_id, Event.referral_id.is_(None)))
    if subjects is not None:
        story = and_(story, Event.subject_id.in_(subjects))
    if sections is not None:
        section = func.section_of(Event.subject_kind, Event.name)
        story = and_(story, or_(section.is_(None), section.in_(sections)))
    statement = (
        select(Event, Organisation.name.label("organisation"))
        .outerjoin(Organisation, Organisation.id == Event.organisation_id)
        .where(story)
    )
    # Callers send it: as a type that holds every number a cursor can.
    last = None if after is None else (literal(after, BigInteger),)
    page = in_pages(statement, (Event.ordinal,), newest=newest, after=last, limit=limit)
    return [_timeline_entry(event, organisation) for event, organisation in session.execute(page)]


def _timeline_entry(event: Event, organisation: str | None) -> dict[str, Any]:
    return {
        "ordinal": event.ordinal,
        "id": event.id,
        "event": event.name,
        "subject": {
            "kind": event.subject_kind,
            "id": str(event.subject_id),
            "href": href(event.subject_kind, event.subject_id, event.person_id),
        },
        "from_state": event.from_state,
        "to_state": event.to_state,
        "version": event.version,
        "occurred_at": event.occurred_at,
        "by": {
            "organisation": organisation,
            "organisation_id": event.organisation_id,
            "practitioner": event.practitioner_id,
            "role": event.practitioner_role,
        },
        "data": event.data,
    }

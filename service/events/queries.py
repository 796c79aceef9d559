"""Reads events: an organisation's own feed, and the timeline of a referral. Writes nothing."""

import uuid
from typing import Any, Final

from sqlalchemy import Select, Uuid, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from service.access.actor import SIDE_OF
from service.events.catalogue import WITHHELD
from service.events.model import Event, FeedEntry, FeedHead
from service.events.subjects import href
from service.fields import moment_text
from service.organisations.model import Organisation

_SHOWN: Final = (
    Event.id,
    Event.name,
    Event.subject_kind,
    Event.subject_id,
    Event.version,
    Event.occurred_at,
    Event.data,
)

_PROBATION: Final = tuple(kind for kind, side in SIDE_OF.items() if side == "probation")


def _shown() -> Select[Any]:
    """Select the columns of events a reader is shown; the referral only for its own region."""
    reader = bindparam("reader", type_=Uuid())
    # From the referral, two destinations could learn that they work with the same person. An event about a
    # person is shown to each region that works with them, and names the referral of the region that caused
    # it.
    belongs = or_(Event.subject_kind != "person", Event.organisation_id == reader)
    of_probation = (
        select(Organisation.kind.in_(_PROBATION)).where(Organisation.id == reader).scalar_subquery()
    )
    return select(
        *_SHOWN,
        of_probation.label("of_probation"),
        case((and_(of_probation, belongs), Event.referral_id)).label("referral_id"),
    )


_ONE: Final = _shown().where(Event.id == bindparam("event", type_=Uuid()))
_STRETCH: Final = (
    _shown()
    .add_columns(FeedEntry.position, FeedEntry.event_id)
    .select_from(FeedEntry)
    .outerjoin(Event, Event.id == FeedEntry.event_id)
    .where(
        FeedEntry.organisation_id == bindparam("reader", type_=Uuid()),
        FeedEntry.position > bindparam("after"),
        FeedEntry.position <= bindparam("up_to"),
    )
    .order_by(FeedEntry.position)
)


def feed_of(organisation_id: uuid.UUID) -> str:
    """Return the name under which an organisation's feed is invalidated."""
    return f"feed:{organisation_id}"


def head(session: Session, organisation_id: uuid.UUID) -> int:
    """Return the last position given in an organisation's feed, 0 when it has never had an entry."""
    statement = select(FeedHead.position).where(FeedHead.organisation_id == organisation_id)
    return session.execute(statement).scalar_one_or_none() or 0


def entries(
    session: Session, organisation_id: uuid.UUID, *, after: int, up_to: int, limit: int
) -> list[dict[str, Any]]:
    """Return an organisation's feed entries in order, oldest first.

    They are as `FeedEntryView` describes them, ready to be sent. An entry about a limited access case keeps
    its place, and shows nothing else to a caller that reads for a practitioner who is not named: the database
    does not show such a caller the event.

    Args:
        after: the position the reader has; entries begin with the next one.
        up_to: the last position to show, as `head` gave it.
        limit: entries at most.
    """
    if after >= up_to:
        return []
    stretch = {"reader": organisation_id, "after": after, "up_to": min(up_to, after + limit)}
    return [
        _entry(row.position, row) if row.id is not None else _withheld(row)
        for row in session.execute(_STRETCH, stretch)
    ]


def entry(session: Session, organisation_id: uuid.UUID, position: int, event_id: uuid.UUID) -> dict[str, Any]:
    """Return one entry of a feed as `entries` shows it, from its position and its event."""
    of_event = {"reader": organisation_id, "event": event_id}
    return _entry(position, session.execute(_ONE, of_event).one())


def oldest(session: Session, organisation_id: uuid.UUID) -> int | None:
    """Return the first position that an organisation's feed still holds; None when it holds none."""
    return session.scalar(
        select(func.min(FeedEntry.position)).where(FeedEntry.organisation_id == organisation_id)
    )


def _entry(position: int, row: Any) -> dict[str, Any]:
    return {
        "position": position,
        **_referral(row),
        "id": str(row.id),
        "event": row.name,
        "subject": _subject(row.subject_kind, row.subject_id),
        "version": row.version,
        "occurred_at": moment_text(row.occurred_at),
        "data": row.data,
    }


def _withheld(row: Any) -> dict[str, Any]:
    return {
        "position": row.position,
        **_referral(row),
        "id": str(row.event_id),
        "event": WITHHELD.name,
        "subject": _subject("event", row.event_id),
        "version": None,
        "occurred_at": None,
        "data": {},
    }


def _referral(row: Any) -> dict[str, Any]:
    return {"referral_id": row.referral_id and str(row.referral_id)} if row.of_probation else {}


def timeline(
    session: Session,
    referral_id: uuid.UUID,
    *,
    person_id: uuid.UUID | None = None,
    after: int = 0,
    limit: int = 500,
) -> list[dict[str, Any]]:
    """Return the events of one referral in order, with their actors; the caller has checked who may read it.

    Args:
        referral_id: the referral.
        person_id: its person, to include events about the person that belong to no single referral.
        after: the `ordinal` of the last one already returned.
        limit: events at most.
    """
    story = Event.referral_id == referral_id
    if person_id is not None:
        story = or_(story, and_(Event.person_id == person_id, Event.referral_id.is_(None)))
    statement = (
        select(Event, Organisation.name.label("organisation"))
        .outerjoin(Organisation, Organisation.id == Event.organisation_id)
        .where(story, Event.ordinal > after)
        .order_by(Event.ordinal)
        .limit(limit)
    )
    return [_timeline_entry(event, organisation) for event, organisation in session.execute(statement)]


def _timeline_entry(event: Event, organisation: str | None) -> dict[str, Any]:
    return {
        "ordinal": event.ordinal,
        "id": event.id,
        "event": event.name,
        "subject": _subject(event.subject_kind, event.subject_id),
        "from_state": event.from_state,
        "to_state": event.to_state,
        "version": event.version,
        "occurred_at": event.occurred_at,
        "by": {
            "organisation": organisation,
            "practitioner": event.practitioner_id,
            "role": event.practitioner_role,
        },
        "data": event.data,
    }


def _subject(kind: str, subject_id: uuid.UUID) -> dict[str, Any]:
    return {"kind": kind, "id": str(subject_id), "href": href(kind, subject_id)}

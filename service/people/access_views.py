"""The views of who may see a record beside its holder, and why, as plain values. Reading is recorded."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy.orm import Session

from service import clock
from service.access.actor import Actor
from service.http import etag
from service.organisations import queries as organisations
from service.organisations import register
from service.people import access_queries, writes
from service.people.model import Person, Restriction, Sight
from service.people.protected import as_shown
from service.people.sight import Record, Share, anybody_sees
from service.people.views import href_of

View = dict[str, Any]


def tag_of_share(person: Person, share: Sight, rows: Sequence[Restriction]) -> str:
    """Return the ETag that a change of a share must match.

    Args:
        rows: who is named for the record and who is excluded.
    """
    return _tag_of_share(share, seen=_is_seen(person, share, rows))


def _tag_of_share(share: Sight, *, seen: bool) -> str:
    return etag("share", share.id, share.ended_at, share.reviewed_at, _in_force(share), seen)


def show_shares(
    session: Session,
    actor: Actor,
    person: Person,
    shares: Sequence[Sight],
    rows: Sequence[Restriction] | None = None,
) -> list[View]:
    """Show the shares of a record, and record that they were read.

    Args:
        rows: who is named for the record and who is excluded, if that has been read.
    """
    rows = access_queries.restrictions_of(session, person.id) if rows is None else rows
    views = as_shown(session, actor, person.id, _shares(session, person, shares, rows))
    if views:
        writes.record(session, actor, person, "consultation", ["sight"])
    return views


def show_emergency_access(share: Sight) -> View:
    """Show emergency access to whoever took it."""
    return {
        "id": share.id,
        "person": href_of(share.person_id),
        "sections": share.sections,
        "until": share.until_at,
    }


def show_access(session: Session, actor: Actor, person: Person) -> tuple[View, str]:
    """Show who may see a record now, and why, with its ETag."""
    rows = access_queries.restrictions_of(session, person.id)
    shares = access_queries.shares_in_force(session, person.id)
    codes = _codes(session, [row.organisation_id for row in rows] + [person.holder_id])
    view = {
        "holder": codes[person.holder_id],
        "restricted": person.restricted,
        "named": [_named(row, codes) for row in rows if not row.excluded and person.restricted],
        "excluded": _excluded(session, person, [row for row in rows if row.excluded], codes),
        "shares": _shares(session, person, shares, rows),
    }
    view = as_shown(session, actor, person.id, view)
    writes.record(session, actor, person, "consultation", ["restriction", "sight"])
    return view, _tag(person, rows, shares)


def tag_of_access(session: Session, person: Person) -> str:
    """Return the ETag that a change of who may see a record must match."""
    rows = access_queries.restrictions_of(session, person.id)
    return _tag(person, rows, access_queries.shares_in_force(session, person.id))


def _tag(person: Person, rows: Sequence[Restriction], shares: Sequence[Sight]) -> str:
    tags = (_tag_of_share(share, seen=_is_seen(person, share, rows)) for share in shares)
    return etag("access", person.id, person.restricted, *(row.id for row in rows), *tags)


def _shares(
    session: Session, person: Person, shares: Sequence[Sight], rows: Sequence[Restriction]
) -> list[View]:
    seen = {share.id: _is_seen(person, share, rows) for share in shares}
    codes = _codes(session, [share.organisation_id for share in shares])
    return [
        {
            "id": share.id,
            "href": f"{href_of(person.id)}/shares/{share.id}",
            "etag": _tag_of_share(share, seen=seen[share.id]),
            "organisation": codes[share.organisation_id],
            "practitioner": share.practitioner_id,
            "basis": share.basis,
            "sections": share.sections,
            "from_at": share.from_at,
            "until": share.until_at,
            "reason": share.reason,
            "given_by": share.given_by,
            "in_force": _in_force(share),
            "seen": seen[share.id],
            "ended_at": share.ended_at,
            "ended_by": share.ended_by,
            "end_reason": share.end_reason,
            "review": share.reviewed_at
            and {
                "outcome": share.review_outcome,
                "reason": share.review_reason,
                "by": share.reviewed_by,
                "at": share.reviewed_at,
            },
        }
        for share in shares
    ]


def _in_force(share: Sight) -> bool:
    return share.ended_at is None and share.from_at <= clock.now() < share.until_at


def _is_seen(person: Person, share: Sight, rows: Sequence[Restriction]) -> bool:
    """Return whether anybody sees the record by a share now.

    Args:
        rows: who is named for the record and who is excluded.
    """
    record = Record(
        holder_id=person.holder_id,
        restricted=person.restricted,
        named=[(row.organisation_id, row.practitioner_id) for row in rows if not row.excluded],
        excluded=[(row.organisation_id, row.practitioner_id) for row in rows if row.excluded],
    )
    given = Share(
        share.organisation_id,
        share.practitioner_id,
        share.basis,
        frozenset(share.sections),
        share.from_at,
        share.until_at,
        ended=share.ended_at is not None,
    )
    return anybody_sees(record, given, clock.now())


def _named(row: Restriction, codes: dict[Any, str]) -> View:
    return {
        "region": codes[row.organisation_id],
        "practitioner": row.practitioner_id,
        "because": row.because,
        "reason": row.reason,
        "named_by": row.named_by,
        "named_at": row.named_at,
    }


def _excluded(
    session: Session, person: Person, rows: Sequence[Restriction], codes: dict[Any, str]
) -> list[View]:
    own = [row.practitioner_id for row in rows if row.organisation_id == person.holder_id]
    # An id that was mistyped excludes nobody; one who is to come may be excluded before.
    strangers = register.strangers(session, person.holder_id, [one for one in own if one]) if own else set()
    return [
        {
            "id": row.id,
            "region": codes[row.organisation_id],
            "practitioner": row.practitioner_id,
            "in_register": row.practitioner_id not in strangers if row.practitioner_id in own else None,
            "reason": row.reason,
            "excluded_by": row.named_by,
            "excluded_at": row.named_at,
        }
        for row in rows
    ]


def _codes(session: Session, ids: Iterable[Any]) -> dict[Any, str]:
    known = organisations.organisations_by_id(session, set(ids))
    return {one: found.code for one, found in known.items()}

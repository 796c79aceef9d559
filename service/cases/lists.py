"""The list of the cases that a region holds, narrowed as a caller asks: pages of what it may see."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, not_, or_, select
from sqlalchemy.orm import Session

from service import clock, timers
from service.access.actor import Actor
from service.keyset import in_pages
from service.people import holding_queries, visibility
from service.people.model import CaseHolding, Person
from service.referrals.model import Referral

COUNTED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "cases": "all that match your filters",
        "ownerless": "those whose accountable practitioner has left",
        "no_referral": "those with no referral",
        "caretaker": "those with a caretaker now",
    }
)
"""What is counted of a list."""


class Case(NamedTuple):
    """A case in a list."""

    person: Person
    holding: CaseHolding
    ownerless: bool
    has_referral: bool


def list_cases(
    session: Session,
    actor: Actor,
    *,
    wanted: Mapping[str, Any],
    newest: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[Case]:
    """List the cases that the caller's region holds and the caller may see.

    One more than `limit` when there are more. They are in the order in which they came to be
    held as they are.

    Args:
        newest: the newest first, otherwise the oldest.
        wanted: only those of this `pdu`; those for which the practitioner behind the call is accountable, or
            the caretaker now, or is neither (`mine`); that are or are not `ownerless`; that have no referral
            or have one (`no_referral`), each `yes` or `no`.
    """
    place = (CaseHolding.since, CaseHolding.person_id)
    query = in_pages(_narrowed(actor, wanted), place, newest=newest, after=after, limit=limit)
    return [Case(*row) for row in session.execute(query)]


def count_cases(session: Session, actor: Actor, *, wanted: Mapping[str, Any]) -> dict[str, int]:
    """Count the cases that `list_cases` would list on all pages, as `COUNTED` says."""
    each = _narrowed(actor, wanted).with_only_columns(
        _ownerless().label("ownerless"),
        not_(_has_referral()).label("no_referral"),
        (CaseHolding.caretaker_until > clock.now()).label("caretaker"),
    )
    rows = each.subquery()
    row = session.execute(
        select(
            func.count(), *(func.count().filter(rows.c[name]) for name in COUNTED if name != "cases")
        ).select_from(rows)
    ).one()
    return dict(zip(COUNTED, row, strict=True))


def _narrowed(actor: Actor, wanted: Mapping[str, Any]) -> Select[Person, CaseHolding, bool, bool]:
    query = (
        select(Person, CaseHolding, _ownerless(), _has_referral())
        .join(CaseHolding, CaseHolding.person_id == Person.id)
        .where(
            CaseHolding.organisation_id == actor.organisation_id,
            CaseHolding.ended_at.is_(None),
            Person.holder_id == actor.organisation_id,
            visibility.open_to(actor),
        )
    )
    if "pdu" in wanted:
        query = query.where(CaseHolding.pdu == wanted["pdu"])
    for name, condition in (
        ("mine", _mine(actor)),
        ("ownerless", _ownerless()),
        ("no_referral", not_(_has_referral())),
    ):
        if name in wanted:
            query = query.where(condition if wanted[name] == "yes" else not_(condition))
    return query


def _mine(actor: Actor) -> ColumnElement[bool]:
    accountable = CaseHolding.practitioner_id == (actor.practitioner.id if actor.practitioner else None)
    return or_(accountable, CaseHolding.person_id.in_(holding_queries.caretaken_by(actor)))


def _ownerless() -> ColumnElement[bool]:
    return CaseHolding.id.in_(timers.subjects_with_clock("case_holding", "owner"))


def _has_referral() -> ColumnElement[bool]:
    # Looked up for each case that is listed: `EXISTS` among the columns would read all referrals instead.
    return select(Referral.id).where(Referral.person_id == Person.id).limit(1).scalar_subquery().is_not(None)

"""The lists of referrals and of their parts, narrowed as a caller asks: pages of what it may see."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, not_, or_, select
from sqlalchemy.orm import Session

from service.access import Actor
from service.destinations.states import State
from service.keyset import counted, in_pages
from service.people import aliases, holding_queries
from service.referrals.model import DestinationReferral, Referral
from service.referrals.overall import NEEDS_ATTENTION, TABLE
from service.referrals.queries import (
    is_duplicate,
    owes_decision,
    owes_move,
    owes_wording,
    parts_visible_to,
    referrals_visible_to,
    unsettled,
)


def list_referrals(
    session: Session,
    actor: Actor,
    *,
    wanted: Mapping[str, Any],
    newest: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[Referral]:
    """List the referrals of the caller's region, or those about a person; one more than `limit` if there are.

    Args:
        newest: the newest first, otherwise the oldest.
        wanted: only those about this `person`, with this `status`, `submission_reference` or `pdu`; those
            that do or do not need attention (`needs_attention`), and for which the practitioner behind the
            call is accountable, or the caretaker now, or is neither (`mine`), each `yes` or `no`.
    """
    place = (Referral.submitted_at, Referral.id)
    query = in_pages(_narrowed(actor, wanted), place, newest=newest, after=after, limit=limit)
    return session.scalars(query).all()


def count_referrals(session: Session, actor: Actor, *, wanted: Mapping[str, Any]) -> dict[str, int]:
    """Count the referrals that `list_referrals` would list on all pages, by their overall status."""
    listed = _narrowed(actor, wanted).with_only_columns(Referral.id)
    status = case(
        *(
            (
                and_(
                    *(func.bool_or(DestinationReferral.state.in_(sorted(some))) for some in rule.some),
                    ~func.bool_or(DestinationReferral.state.in_(sorted(rule.none))),
                ),
                rule.status,
            )
            for rule in TABLE
        )
    )
    each = (
        select(status.label("status"))
        .where(DestinationReferral.referral_id.in_(listed))
        .group_by(DestinationReferral.referral_id)
        .subquery()
    )
    return counted(session, select(each.c.status), each.c.status)


def _narrowed(actor: Actor, wanted: Mapping[str, Any]) -> Select[Referral]:
    """Select a caller's referrals as the filters of `list_referrals` narrow them."""
    query = referrals_visible_to(actor)
    if "person" in wanted:
        query = query.where(Referral.person_id.in_(aliases.same_person_as(wanted["person"])))
    else:
        query = query.where(Referral.probation_id == actor.organisation_id)
    for column in (Referral.submission_reference, Referral.pdu):
        if column.key in wanted:
            query = query.where(column == wanted[column.key])
    if "mine" in wanted:
        accountable = Referral.practitioner == (actor.practitioner.id if actor.practitioner else None)
        mine = or_(accountable, Referral.person_id.in_(holding_queries.caretaken_by(actor)))
        query = query.where(mine if wanted["mine"] == "yes" else not_(mine))
    if "needs_attention" in wanted:
        # What another region owes is its own.
        own = Referral.probation_id == actor.organisation_id
        needing = or_(
            _a_part_in(NEEDS_ATTENTION, unsettled()),
            and_(own, _a_part_that(owes_wording())),
            _a_part_that(owes_decision()),
            _a_part_that(is_duplicate()),
            and_(own, owes_move()),
        )
        query = query.where(needing if wanted["needs_attention"] == "yes" else not_(needing))
    if "status" in wanted:
        rule = next(rule for rule in TABLE if rule.status == wanted["status"])
        query = query.where(*map(_a_part_in, rule.some), not_(_a_part_in(rule.none)))
    return query


def _a_part_in(states: Iterable[State], *and_also: ColumnElement[bool]) -> ColumnElement[bool]:
    # Each condition by itself: the database then looks at the parts in these states alone, and asks of no
    # others whether the caller may see them.
    return exists().where(
        DestinationReferral.referral_id == Referral.id,
        DestinationReferral.state.in_(sorted(states)),
        *and_also,
    )


def _a_part_that(owes: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(DestinationReferral.referral_id == Referral.id, owes)


def list_parts(
    session: Session,
    actor: Actor,
    *,
    states: Sequence[str] = (),
    newest: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[DestinationReferral]:
    """List the caller's destination referrals; one more than `limit` when there are more.

    A destination's list is in the order in which they were sent, so that one that had to wait is not missed.
    """
    since = DestinationReferral.sent_at if actor.side == "destination" else DestinationReferral.created_at
    place = (since, DestinationReferral.id)
    query = in_pages(_parts(actor, states), place, newest=newest, after=after, limit=limit)
    return session.scalars(query).all()


def count_parts(session: Session, actor: Actor, *, states: Sequence[str] = ()) -> dict[str, int]:
    """Count the destination referrals that `list_parts` would list on all pages, by their state."""
    return counted(session, _parts(actor, states), DestinationReferral.state)


def _parts(actor: Actor, states: Sequence[str]) -> Select[DestinationReferral]:
    query = parts_visible_to(actor)
    if actor.side == "probation":
        query = query.where(DestinationReferral.probation_id == actor.organisation_id)
    return query.where(DestinationReferral.state.in_(states)) if states else query

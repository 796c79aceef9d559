"""Counts over a region's referrals, for reports: what was asked of destinations and what they could do."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Row,
    and_,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    union,
)
from sqlalchemy.dialects.postgresql import JSONB, distinct_on
from sqlalchemy.orm import Session

from service.access import Actor
from service.clock import LONDON
from service.corrections.model import stands
from service.destinations.states import OPEN_WITH_DESTINATION, Action, State
from service.referrals import adjustments
from service.referrals.document_queries import INTERPRETER
from service.referrals.model import (
    ConfidentialDisclosure,
    DestinationMove,
    DestinationReferral,
    DestinationUpdate,
    Disclosure,
)
from service.referrals.queries import parts_visible_to

COUNTED: Final = ("asked", "met", "not_met", "decided")


def count_adjustments(
    session: Session, actor: Actor, *, sent_from: date | None, sent_until: date | None
) -> Sequence[Row[tuple[str, int, int, int, int]]]:
    """Count the adjustments that destinations were asked for: by kind, those asked, met, not met and decided.

    Each counts once for each destination referral of the caller's region that it sees, as it stands now.

    Args:
        sent_from, sent_until: only what was first sent on one of these days, or between them.
    """
    part, sent = DestinationReferral, Disclosure
    document = func.coalesce(sent.document, ConfidentialDisclosure.document, type_=JSONB)
    parts = (
        parts_visible_to(actor)
        .with_only_columns(part.id, part.state, document.label("document"))
        .join(sent, and_(sent.destination_referral_id == part.id, sent.version_number == part.sent_version))
        .outerjoin(ConfidentialDisclosure, ConfidentialDisclosure.id == sent.id)
        .where(part.probation_id == actor.organisation_id, part.state != State.ENTERED_IN_ERROR)
        .where(*_sent_between(sent_from, sent_until))
        .cte("parts")
    )
    listed = func.jsonb_array_elements(
        func.coalesce(parts.c.document["adjustments"], literal([], JSONB)), type_=JSONB
    ).table_valued("value")
    asked = union(
        select(parts.c.id, parts.c.state, listed.c.value.op("->>")("kind").label("kind"))
        .select_from(parts)
        .join(listed, true())
        .where(listed.c.value.op("->>")("needed") == "yes"),
        select(parts.c.id, parts.c.state, literal("language").label("kind")).where(
            parts.c.document["person"][INTERPRETER].astext == "true"
        ),
    ).cte("asked")
    said = func.jsonb_array_elements(DestinationUpdate.content["answers"], type_=JSONB).table_valued("value")
    kind = said.c.value.op("->>")("kind")
    answers = (
        select(
            DestinationUpdate.destination_referral_id.label("id"),
            kind.label("kind"),
            (said.c.value.op("->>")("can_meet") == "true").label("met"),
        )
        .ext(distinct_on(DestinationUpdate.destination_referral_id, kind))
        .join(said, true())
        .where(
            DestinationUpdate.kind == adjustments.KIND,
            stands(DestinationUpdate),
            DestinationUpdate.destination_referral_id.in_(select(parts.c.id)),
        )
        .order_by(DestinationUpdate.destination_referral_id, kind, DestinationUpdate.ordinal.desc())
        .cte("answers")
    )
    gone_without = exists().where(
        DestinationMove.destination_referral_id == asked.c.id,
        DestinationMove.action == Action.GO_ON_WITHOUT,
        DestinationMove.detail["adjustment"].astext == asked.c.kind,
    )
    ended = asked.c.state.not_in(sorted(OPEN_WITH_DESTINATION))
    not_met = answers.c.met.is_(False)
    return session.execute(
        select(
            asked.c.kind,
            func.count(),
            func.count().filter(answers.c.met),
            func.count().filter(not_met),
            func.count().filter(and_(not_met, or_(gone_without, ended))),
        )
        .outerjoin(answers, and_(answers.c.id == asked.c.id, answers.c.kind == asked.c.kind))
        .group_by(asked.c.kind)
        .order_by(asked.c.kind)
    ).all()


def _sent_between(first: date | None, last: date | None) -> list[ColumnElement[bool]]:
    at = DestinationReferral.sent_at
    within = []
    if first is not None:
        within.append(at >= datetime.combine(first, time(), LONDON))
    if last is not None:
        within.append(at < datetime.combine(last + timedelta(days=1), time(), LONDON))
    return within

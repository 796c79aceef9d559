"""Lets out what was held or blocked, by the service itself, as soon as the reason to wait has ended."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, false, literal, or_, select
from sqlalchemy.orm import Session

from service import clock, db
from service.access import Actor
from service.clock import LONDON
from service.destinations import DESTINATIONS
from service.destinations.case import Ask, Known
from service.destinations.states import LIVE, TABLE, WAITING, Action, Facts, Row, State
from service.document.paths import Document
from service.gathering import forget_read
from service.http.problems import conflict
from service.referrals import deadlines, writes
from service.referrals.actions.circumstances_at_rest import stopped_for
from service.referrals.actions.comparing import known_of
from service.referrals.actions.disclosures import changed_sections, disclose
from service.referrals.actions.routing import Assigned, Draft, draft_parts, ended_elsewhere, states_of_person
from service.referrals.actions.sharing import GONE
from service.referrals.document_queries import sent_documents
from service.referrals.model import DestinationReferral, Referral
from service.referrals.queries import parts_of, referrals_of_person

_HELD = literal(State.HELD.value, literal_execute=True)
"""As the index of held parts names it: a prepared statement that only says `$1` cannot use it."""

STEP_TO = {
    State.INCOMPLETE: Action.FIND_INCOMPLETE,
    State.HELD: Action.HOLD,
    State.BLOCKED: Action.BLOCK,
    State.SENT: Action.SEND,
}


def progress(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    draft: Draft,
    document: Document,
    *,
    trigger: str,
) -> None:
    """Bring a waiting destination referral up to date: sent, or waiting for what it now waits for.

    Args:
        part: of a locked referral, in one of the states of waiting.
        draft: its part as it would be if it were made now.
        trigger: a code of why it is looked at.
    """
    new_reasons = writes.set_reasons(part, draft.reasons)
    if draft.state == part.state:
        if new_reasons:
            writes.bump_version(part)
            deadlines.follow_lacking(session, actor, part)
        return
    row = TABLE.move(State(part.state), STEP_TO[draft.state], "service", Facts())
    if draft.state is not State.SENT:
        writes.move(session, actor, part, row, data={"because": trigger})
        return
    # What it waited for is probation's: it may be about another destination, or somebody who is protected.
    writes.move(session, actor, part, row)
    disclose(session, actor, part, draft, document, trigger=trigger)
    writes.follow_wording(session, actor, part, owed=False)


def release_waiting(
    session: Session,
    actor: Actor,
    referral: Referral,
    *,
    trigger: str,
    kinds: Collection[str] = DESTINATIONS.keys(),
    known: Known | None = None,
) -> None:
    """Reassess each waiting part of a referral and send those that can be sent; one may wait for another.

    Args:
        referral: locked.
        trigger: a code of what happened that may have ended the waiting.
        kinds: the destinations whose waiting it may have ended; nothing is done while none of them waits.
        known: of its current version, where that has been looked at already.
    """
    parts = {part.key: part for part in parts_of(session, referral) if part.state not in GONE}
    if not any(part.state in WAITING and part.kind in kinds for part in parts.values()):
        return
    # Whoever moved another referral's part meanwhile passed this one by, because it is locked here.
    forget_read(session, Referral.__table__)
    known = known or known_of(session, referral, parts=parts.values())
    while True:
        before = [part.state for part in parts.values()]
        drafts = draft_parts(
            session,
            known,
            person_id=referral.person_id,
            region=referral.region,
            others=states_of_person(session, referral.person_id, referral.probation_id),
            ended=ended_elsewhere(session, referral),
            assigned=assigned_organisations(parts.values()),
            stopped=stopped_parts(parts.values()),
        )
        for key, part in parts.items():
            if part.state in WAITING and key in drafts:
                progress(session, actor, part, drafts[key], known.document, trigger=trigger)
        if before == [part.state for part in parts.values()]:
            return


def send_again(
    session: Session, actor: Actor, part: DestinationReferral, row: Row, detail: Mapping[str, str]
) -> None:
    """Send a destination the current version of what it declined for its quality.

    Args:
        part: of a locked referral.
        row: of the table, which permits it.
        detail: what was given with it.

    Raises:
        Problem: 409 while it lacks what the destination requires, with that, or says nothing else than what
            was declined.
    """
    referral = part.referral
    known = known_of(session, referral)
    draft = draft_parts(
        session,
        known,
        person_id=referral.person_id,
        region=referral.region,
        others=states_of_person(session, referral.person_id, referral.probation_id),
        ended=ended_elsewhere(session, referral),
        assigned=assigned_organisations([part]),
    ).get(part.key)
    if draft is None or draft.state is not State.SENT:
        raise conflict(
            "The referral lacks answers that the destination requires, or must wait.",
            state=part.state,
            missing=draft.lacking["missing"] if draft else [],
        )
    if not changed_sections(sent_documents(session, [part])[part.id], draft.projection.document):
        raise conflict(
            "The referral has not changed since the destination declined it. Amend what it was declined for.",
            state=part.state,
        )
    writes.set_reasons(part, draft.reasons)
    writes.move(session, actor, part, row, detail=dict(detail))
    disclose(session, actor, part, draft, known.document, trigger=row.action)
    writes.follow_wording(session, actor, part, owed=False)


def release_after_move(session: Session, actor: Actor, part: DestinationReferral, before: State) -> None:
    """Reassess what waits for a part, in every referral of the person, after the part has moved.

    Only a part that has become live, or has ceased to be, can change anything for another.

    Args:
        part: of a locked referral, with its new state.
        before: the state it moved from.
    """
    kinds = [kind for kind, destination in DESTINATIONS.items() if part.key in destination.waits_for]
    if not kinds or (before in LIVE) == (part.state in LIVE):
        return
    trigger = f"{part.kind}_{part.state}"
    release_waiting(session, actor, part.referral, trigger=trigger, kinds=kinds)
    release_waiting_elsewhere(session, actor, part.referral, trigger=trigger, kinds=kinds)


def release_waiting_elsewhere(
    session: Session,
    actor: Actor,
    referral: Referral,
    *,
    trigger: str,
    kinds: Collection[str] = DESTINATIONS.keys(),
) -> None:
    """Reassess what waits in a person's other referrals of the region; one that is locked is left alone.

    Args:
        trigger, kinds: as of `release_waiting`.
    """
    forget_read(session, Referral.__table__)
    known = referrals_of_person(session, referral.person_id, referral.probation_id)
    waiting = {
        part.referral_id for part in parts_of(session, *known) if part.state in WAITING and part.kind in kinds
    }
    if waiting <= {referral.id}:
        return
    others = session.scalars(
        select(Referral)
        .where(Referral.id.in_(waiting - {referral.id}))
        .order_by(Referral.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    for other in others.all():
        release_waiting(session, actor, other, trigger=trigger, kinds=kinds)


def assigned_organisations(parts: Iterable[DestinationReferral]) -> dict[str, Assigned]:
    """Return who has each part that has gone out, and since when: those stay where they are."""
    return {
        part.key: Assigned(part.organisation_id, part.sent_at.astimezone(LONDON).date())
        for part in parts
        if part.sent_at is not None and part.organisation_id is not None
    }


def stopped_parts(parts: Iterable[DestinationReferral]) -> dict[str, str]:
    """Return why some parts are not sent for now, by key."""
    return {part.key: part.stopped_because for part in parts if part.stopped_because is not None}


def stopped_with_others(parts: Mapping[str, DestinationReferral], asked: Iterable[str]) -> dict[str, str]:
    """Return why some parts are not sent for now, by key, also those that are to be made beside the others.

    Args:
        parts: those that there are, by key.
        asked: the keys of all that are asked for.
    """
    others = stopped_for(parts.values())
    new = dict.fromkeys((key for key in asked if key not in parts), others) if others else {}
    return {**stopped_parts(parts.values()), **{key: why for key, why in new.items() if why}}


def open_what_may_be_sent(now: datetime | None = None) -> int:
    """Send every part whose date has come, one referral a transaction; several workers may do so together.

    Args:
        now: the present moment when None.

    Returns:
        how many referrals were looked at.
    """
    today = (now or clock.now()).astimezone(LONDON).date()
    due = DestinationReferral.state == _HELD, DestinationReferral.held_until <= today
    return _each_referral(due, "worker", trigger="date_reached")


def release_for_duty(duty: str, role: db.Role) -> int:
    """Reassess every part that waits because no organisation had a duty, after one was registered.

    One referral a transaction.

    Args:
        duty: such as `cas3` or `crs:accommodation`.
        role: `worker`, or the `owner` in an operator's command.

    Returns:
        how many referrals were looked at.
    """
    keys = [
        (kind, category)
        for kind, destination in DESTINATIONS.items()
        for category in destination.service_categories or (None,)
        if destination.duty(Ask(0, kind, category, None, {})) == duty
    ]
    waits = (
        DestinationReferral.state == State.INCOMPLETE,
        DestinationReferral.organisation_id.is_(None),
        or_(
            *(
                (DestinationReferral.kind == kind)
                & DestinationReferral.service_category.is_not_distinct_from(category)
                for kind, category in keys
            ),
            false(),
        ),
    )
    return _each_referral(waits, role, trigger="organisation_registered")


def _each_referral(parts: Sequence[ColumnElement[bool]], role: db.Role, *, trigger: str) -> int:
    actor = Actor.for_service("opening")
    seen: list[UUID] = []
    while True:
        with db.transaction(role) as session:
            referral = session.scalar(
                select(Referral)
                .where(
                    Referral.id.in_(select(DestinationReferral.referral_id).where(*parts)),
                    Referral.id.not_in(seen),
                )
                .order_by(Referral.id)
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            if referral is None:
                return len(seen)
            # Another worker may have released it after our statement began to look.
            waits = select(DestinationReferral.id).where(
                DestinationReferral.referral_id == referral.id, *parts
            )
            if session.scalar(waits.limit(1)) is None:
                continue
            seen.append(referral.id)
            release_waiting(session, actor, referral, trigger=trigger)

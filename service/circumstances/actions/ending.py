"""Does to everything that is open what a change that ends, suspends or resumes supervision does to it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from service import clock
from service.access import Actor
from service.checks import actions as checks
from service.circumstances import queries, writes
from service.circumstances.consequences import Standing
from service.circumstances.endings import (
    CURFEW,
    DEATH_IN_ERROR,
    ENDINGS,
    HAPPENS,
    OUT,
    OVERTAKEN_BY,
    RECALLED,
    SAYS_RELEASE,
    SUPERVISION,
    Ending,
    Happened,
    Stands,
    stands,
)
from service.circumstances.model import Change
from service.clock import LONDON
from service.destinations.states import WITH_DESTINATION
from service.people import aliases
from service.people.actions.dying import record_death, withdraw_death
from service.people.model import Person
from service.referrals import deadlines
from service.referrals.actions import circumstances, closing
from service.referrals.actions.circumstances_at_rest import MAY_WAKE
from service.referrals.actions.dates import wake_curfew
from service.referrals.actions.release_dates import end_supervision, give_back_dates, release_on
from service.referrals.actions.required_checks import RELEASE_DATE
from service.referrals.actions.starting_again import start_again
from service.referrals.model import DestinationReferral, Referral
from service.referrals.queries import open_referrals_of, parts_of
from service.referrals.resting import register_rest_as_now, register_resting
from service.third_parties import queries as third_parties
from service.third_parties.actions import moving
from service.third_parties.hooks import register_called_for_no_more

register_called_for_no_more(queries.called_for_no_more)


def begin(session: Session, actor: Actor, person: Person, given: Mapping[str, Any]) -> None:
    """Let somebody who has not died be asked about again, before anything follows from a change.

    Args:
        person: locked.
        given: the change; an allegation undoes no death.
    """
    ending = ENDINGS.get(given["kind"])
    if ending is not None and ending.undoes_death and given["standing"] == Standing.ESTABLISHED:
        for record in (person, *aliases.others_of(session, person)):
            withdraw_death(session, actor, record)
            _resume_decisions(session, record.id)


def _resume_decisions(session: Session, person_id: UUID) -> None:
    """Have decided again about whom to tell, but of what was shown meanwhile not to be so."""
    lapsed = third_parties.lapsed(session, person_id)
    no_more = {one.id for one in queries.called_for_no_more(session, person_id, lapsed)}
    moving.resume(session, (one for one in lapsed if one.id not in no_more), closing.DIED)


def follow(
    session: Session,
    actor: Actor,
    person: Person,
    still_open: Collection[Referral],
    change: Change,
    *,
    newest: Collection[Referral],
) -> None:
    """Let a change end, suspend or resume what its row of the table says.

    Args:
        person: locked.
        still_open: the person's referrals, locked.
        change: recorded; an allegation ends nothing.
        newest: of each of the person's records, locked where none is open: by it the police and children's
            services are asked, and a bed that was declined may still be looked for.
    """
    ending = ENDINGS.get(change.kind)
    if ending is None or change.standing != Standing.ESTABLISHED:
        return
    if is_overtaken(session, change):
        if ending.is_release and person.died_on is None:
            _note_release(session, actor, still_open, change)
        return
    if ending.ends_life:
        # Said again, it happened on another day.
        _end_life(session, actor, person, change.occurred_on)
    if person.died_on is not None:
        return
    if ending.undoes_death:
        _follow_what_was_missed(session, actor, person, still_open, change)
    # What happened since, and was recorded before, is followed with it: he is at large after the recall.
    now = stands_of(session, person.id, last=change)
    released = bool(still_open) and ending.is_release and not is_release_overtaken(session, change)
    for referral in still_open or newest:
        _follow_referral(session, actor, referral, change, ending, now=now, released=released)
        if ending.undoes_death:
            start_again(session, actor, referral, curfew_ended=now.curfew_ended)
        if ending.ends_supervision:
            _end_supervision(session, actor, referral, change)


def _note_release(session: Session, actor: Actor, still_open: Iterable[Referral], change: Change) -> None:
    """Write the day of a release which ends no recall that came after it, unless another is known.

    Whoever was referred in spite of that recall is referred for the next release.
    """
    if is_release_overtaken(session, change):
        return
    recalled = queries.happened(session, change.person_id, {RECALLED})
    overtook = [one for one in recalled if one.occurred_on > change.occurred_on][:1]
    for referral in still_open:
        if not is_in_spite_of(referral, overtook):
            release_on(session, actor, referral, change.occurred_on, goes_on=False)


def undo(
    session: Session,
    actor: Actor,
    person: Person,
    still_open: Collection[Referral],
    change: Change,
    *,
    newest: Collection[Referral],
) -> None:
    """Give back what an ending, or another day of release, did that was established and is refuted now.

    Work that was put on hold stays so: its destination resumes it. What was ended with a death stays so, as
    after a death in error.

    Args:
        person: locked.
        still_open: the person's referrals, locked.
        change: which refutes it, recorded.
        newest: as for `follow`.
    """
    ending = ENDINGS.get(change.kind)
    says_release = change.kind in SAYS_RELEASE
    if change.follows_id is None or (ending is None and not says_release) or person.died_on is not None:
        return
    said = (session.get_one(Change, change.follows_id), *queries.following(session, change.follows_id))
    fallen = [one for one in said if one.standing == Standing.ESTABLISHED]
    if not fallen:
        return
    now = stands_of(session, person.id)
    recalled = queries.happened(session, person.id, {RECALLED}) if now.stopped and says_release else ()
    for referral in still_open or newest:
        if change.kind in OVERTAKEN_BY:
            _stand_as(session, actor, referral, now, change.kind)
        elif recalled and not is_in_spite_of(referral, recalled):
            # That it was known when they would be released was not so.
            circumstances.stop_waiting(session, actor, referral, RECALLED)
        for one in fallen:
            give_back_dates(session, actor, referral, _day_of(one), one.recorded_at)
    for record_id in records_without_open(session, person, still_open) if says_release else ():
        for one in fallen:
            checks.give_back_needed_by(
                session, actor, record_id, clock.at(_day_of(one)), one.recorded_at, reason=RELEASE_DATE
            )


def records_without_open(session: Session, person: Person, still_open: Iterable[Referral]) -> list[UUID]:
    """Return the records of a person on which no referral is open: no document says when answers are needed.

    Args:
        still_open: the person's referrals that are open, on whichever record.
    """
    with_one = {referral.person_id for referral in still_open}
    return [record_id for record_id in aliases.ids_of(session, person.id) if record_id not in with_one]


def _day_of(change: Change) -> date:
    """Return the day that a change made the release, or the end of supervision."""
    return change.release_date or change.occurred_on


def bring_in_line(
    session: Session,
    actor: Actor,
    person: Person,
    before: Iterable[Change],
    now: Collection[Change],
) -> None:
    """Let what is open on one record rest, or go on, where its person stands otherwise than before.

    Args:
        person: locked, with its referrals.
        before, now: what had happened by the records that were one with this one, and by those that are, in
            the order in which it happened.
    """
    stood, stand = stands(in_order(before)), stands(in_order(now))
    custody = (stand.recalled, stand.stopped) != (stood.recalled, stood.stopped)
    if person.died_on is not None or not (custody or stand.suspended != stood.suspended):
        return
    recalled = [one for one in now if one.kind == RECALLED]
    for referral in open_referrals_of(session, person.id, lock=True):
        rested = circumstances.rests_of_parts(session, referral)
        if stand.suspended != stood.suspended:
            _stand_as(session, actor, referral, stand, "supervision_suspended")
        if custody and not (stand.recalled and is_in_spite_of(referral, recalled)):
            _stand_as(session, actor, referral, stand, RECALLED)
        circumstances.count_rests(session, referral, rested)


def is_in_spite_of(referral: Referral, recalled: Collection[Change]) -> bool:
    """Return whether a referral was made after the last recall, so in spite of it.

    Args:
        recalled: the recalls that count.
    """
    made_on = referral.submitted_at.astimezone(LONDON).date()
    return bool(recalled) and made_on > max(one.occurred_on for one in recalled)


def stands_of(session: Session, person_id: UUID, *, last: Change | None = None) -> Stands:
    """Return how somebody stands by all that is established.

    Args:
        last: what is being recorded, which comes after all else of its day.
    """
    happened = queries.happened(session, person_id, HAPPENS)
    return stands(in_order(sorted(happened, key=lambda one: (one.occurred_on, one is last))))


def deaths_of(session: Session, person_id: UUID) -> list[Change]:
    """Return the deaths that count: not refuted nor undone since, and not taken back by who reported them."""
    said = queries.happened(session, person_id, {closing.DIED, DEATH_IN_ERROR})
    since = max((one.recorded_at for one in said if one.kind != closing.DIED), default=None)
    return [
        one
        for one in said
        if one.kind == closing.DIED
        and (since is None or one.recorded_at > since)
        and _is_still_reported(session, one)
    ]


def _is_still_reported(session: Session, death: Change) -> bool:
    if death.destination_referral_id is None:
        return True
    part = session.get_one(DestinationReferral, death.destination_referral_id)
    return closing.says_died(session, part)


@dataclass(frozen=True, slots=True)
class Custody:
    """Whether a prison has somebody, and since when.

    Args:
        out_since: released or at large since this day; None where neither, or recalled since.
        recalled_on: recalled on this day, and not out since.
        recalled_at: when that was recorded, where nobody has said since when the release is.
    """

    out_since: date | None = None
    recalled_on: date | None = None
    recalled_at: datetime | None = None


def custody_of(session: Session, person_id: UUID) -> Custody:
    """Return whether a prison has somebody, by all that is established."""
    happened = queries.happened(session, person_id, HAPPENS)
    now = stands(in_order(happened))
    if now.out:
        return Custody(out_since=max(one.occurred_on for one in happened if one.kind in OUT))
    if not now.recalled:
        return Custody()
    recall = next(one for one in reversed(happened) if one.kind == RECALLED)
    return Custody(recalled_on=recall.occurred_on, recalled_at=recall.recorded_at if now.stopped else None)


def in_order(changes: Iterable[Change]) -> Iterable[Happened]:
    """Return changes, in the order in which they happened, as they count for how somebody stands."""
    return (Happened(one.kind, one.release_date is not None) for one in changes)


def is_overtaken(session: Session, change: Change) -> bool:
    """Return whether what undoes a change is on record already, and happened on a later day."""
    return _happened_since(session, change, OVERTAKEN_BY.get(change.kind, frozenset()))


def is_release_overtaken(session: Session, change: Change) -> bool:
    """Return whether something that happened since says when the release is, or was."""
    if change.kind not in SAYS_RELEASE:
        return False
    later = (one for one in queries.happened(session, change.person_id, SAYS_RELEASE) if one.id != change.id)
    return any(
        one.occurred_on > change.occurred_on and (one.kind == "released" or one.release_date is not None)
        for one in later
    )


def _happened_since(session: Session, change: Change, kinds: frozenset[str]) -> bool:
    return bool(kinds) and any(
        one.occurred_on > change.occurred_on for one in queries.happened(session, change.person_id, kinds)
    )


def _follow_referral(
    session: Session,
    actor: Actor,
    referral: Referral,
    change: Change,
    ending: Ending,
    *,
    now: Stands,
    released: bool,
) -> None:
    if ending.not_sent == "stops" and now.stopped:
        circumstances.stop_waiting(session, actor, referral, change.kind)
    elif ending.not_sent == "stops" and now.recalled:
        circumstances.stop_searching(session, referral, change.kind)
    if ending.rests:
        circumstances.rest(session, referral, change.kind)
    if ending.stops_curfew:
        deadlines.stop_curfew(session, referral, change.kind)
    if released:
        release_on(session, actor, referral, change.occurred_on)
    if ending.not_sent == "goes_on":
        circumstances.after_release(session, actor, referral, change.kind)
    if ending.wakes is not None:
        circumstances.wake(session, actor, referral, ending.wakes)
        wake_curfew(session, actor, referral, has_ended=now.curfew_ended)
    elif change.kind == RECALLED and not now.recalled:
        circumstances.wake(session, actor, referral, RECALLED)


def _end_supervision(session: Session, actor: Actor, referral: Referral, change: Change) -> None:
    end_supervision(session, actor, referral, change.occurred_on, trigger=change.kind)
    checks.raise_urgency(session, actor, referral.id)
    checks.hurry_reviews(session, referral.person_id)


def _stand_as(session: Session, actor: Actor, referral: Referral, now: Stands, kind: str) -> None:
    """Bring a referral in line with how somebody stands, when what made them stand otherwise was not so."""
    if kind in SUPERVISION and now.suspended:
        circumstances.rest(session, referral, "supervision_suspended")
    elif kind in SUPERVISION:
        circumstances.wake(session, actor, referral, "supervision_suspended")
    elif kind not in CURFEW:
        _stand_in_custody(session, actor, referral, now, kind)
    if now.suspended or now.recalled:
        deadlines.stop_curfew(session, referral, "supervision_suspended" if now.suspended else RECALLED)
    elif kind in CURFEW and now.curfew_ended:
        deadlines.stop_curfew(session, referral, "hdc_ended")
    else:
        wake_curfew(session, actor, referral, has_ended=now.curfew_ended)


def _stand_in_custody(session: Session, actor: Actor, referral: Referral, now: Stands, kind: str) -> None:
    if now.stopped:
        circumstances.stop_waiting(session, actor, referral, RECALLED)
    else:
        circumstances.after_release(session, actor, referral, kind)
    if now.recalled:
        _recall_again(session, actor, referral, now, kind)
    else:
        circumstances.wake(session, actor, referral, RECALLED)


def _recall_again(session: Session, actor: Actor, referral: Referral, now: Stands, kind: str) -> None:
    for part in parts_of(session, referral):
        if part.state in WITH_DESTINATION:
            circumstances.suspend(session, part, planned=not now.stopped)
    if not now.stopped:
        circumstances.plan_for_release(session, actor, referral, trigger=kind)


def _follow_what_was_missed(
    session: Session, actor: Actor, person: Person, still_open: Collection[Referral], change: Change
) -> None:
    """Follow what was recorded while somebody was on record as dead, and what nobody had reviewed by then."""
    for record in (person, *aliases.others_of(session, person)):
        checks.await_reviews(session, record.id)
    since = max(
        (one.recorded_at for one in queries.happened(session, person.id, {closing.DIED})),
        default=change.recorded_at,
    )
    now = stands_of(session, person.id)
    ends = {kind for kind, row in ENDINGS.items() if row.ends_supervision}
    ended = [one for one in queries.happened(session, person.id, ends) if one.recorded_at >= since]
    for referral in still_open:
        if now.suspended:
            circumstances.rest(session, referral, "supervision_suspended")
        for one in ended:
            _end_supervision(session, actor, referral, one)


def _end_life(session: Session, actor: Actor, person: Person, day: date) -> None:
    lived = person.died_on is None
    for record in (person, *aliases.others_of(session, person)):
        record_death(session, actor, record, day)
        if lived:
            closing.close_case(session, record.id, closing.DIED)


def _close_reviews(session: Session, person_id: UUID, reason: str) -> None:
    for review, change in queries.open_reviews_of(session, person_id):
        writes.close(session, Actor.for_service("circumstances"), change, review, reason)


def _rests_of(session: Session, person_id: UUID) -> list[str]:
    """Return what puts work with a person to rest, by all that has happened."""
    return ["supervision_suspended"] if stands_of(session, person_id).suspended else []


def _rest_as_now(session: Session, part: DestinationReferral) -> None:
    """Put one part to rest by all that has happened, as if it had been open all the time."""
    now = stands_of(session, part.person_id)
    if now.suspended:
        circumstances.rest_part(session, part, "supervision_suspended")
    back = queries.happened(session, part.person_id, {RECALLED})
    # What has not begun is counted by the day of the next release, once that is known.
    rests = now.stopped or part.state not in MAY_WAKE
    if now.recalled and rests and not is_in_spite_of(part.referral, back):
        circumstances.suspend(session, part, planned=not now.stopped)


register_resting(_rests_of)
register_rest_as_now(_rest_as_now)
closing.register_closing(_close_reviews)

"""Puts right or withdraws what a destination reported: a new entry that names the old one, which stays.

What followed from the old one is worked out again from what stands. A correction undoes no decision of
probation's: where one may rest on it, probation reads it and decides again.
"""

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy.orm import Session

from service import settling
from service.access import Actor
from service.access.row_visibility import bypasses_row_security
from service.corrections.rules import Instead, standing
from service.corrections.schemas import require_to_differ
from service.db import Json
from service.destinations.states import PROPOSALS, SETTLES, TERMINAL, Proposal, State
from service.errors import Fault
from service.http.problems import invalid
from service.referrals import adjustments, deadlines, writes
from service.referrals.actions.departure_gate import withdraw_agreements
from service.referrals.actions.late_news import Correction, follow_late_news, follow_seen, follow_taken_back
from service.referrals.actions.messages import read_content
from service.referrals.actions.moves import REVIEW_ON, proposes_the_same
from service.referrals.model import DestinationReferral, DestinationUpdate
from service.referrals.queries import AGREEMENT, every_update, moves_of


def _always(_was: Json, _now: Json | None) -> bool:
    return True


def _another_absence(was: Json, now: Json | None) -> bool:
    return _absent(was) != _absent(now)


def _absent(said: Json | None) -> object:
    if not said:
        return False
    return said["attended"] == "no" and (said.get("acceptable_absence"), said["on"][:10])


DECIDED_UPON: Final[Mapping[str, Callable[[Json, Json | None], bool]]] = MappingProxyType(
    {
        "level_decision": _always,
        AGREEMENT: _always,
        "visitor": _always,
        "curfew_breach": _always,
        "missed_sign_in": _always,
        "attendance": _another_absence,
    }
)
"""By kind of report, whether probation may have decided something upon it, so that it must decide again."""


@bypasses_row_security
def correct_update(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    update: DestinationUpdate,
    instead: Instead,
) -> DestinationUpdate:
    """Put right or withdraw a report.

    Args:
        part: of a locked referral.
        update: of this destination; it stands.
        instead: what should have been reported, as `kind` and `content`.

    Raises:
        Problem: 422 naming every fault.
    """
    said, reason = instead
    content, cannot_meet = _read(session, part, update, said) if said is not None else (None, None)
    require_to_differ(content, update.content, withdrawn=update.withdrawn)
    if update.kind == adjustments.KIND:
        cannot_meet = cannot_meet or []
    correction = writes.correct_update(
        session, actor, part, update, content, reason=reason, cannot_meet=cannot_meet
    )
    if update.kind == adjustments.KIND:
        writes.follow_adjustments(session, actor, [part])
    proposal = PROPOSALS.get(update.kind)
    if proposal and not proposes_the_same(
        (content or {}).get(proposal.member), update.content.get(proposal.member)
    ):
        undecided = _proposes_what_is_undecided(session, part, update.kind, proposal)
        writes.set_undecided(session, actor, part, proposal.about, undecided=undecided)
    if update.kind == AGREEMENT:
        withdraw_agreements(session, part.referral.person_id, refused=True)
        settling.mark(session, actor, part.person_id, only=settling.DEPARTURE_GATE)
    if REVIEW_ON in update.content or REVIEW_ON in (content or {}):
        follow_review_day(session, actor, part, update.kind)
    if DECIDED_UPON.get(update.kind, _never)(update.content, content):
        since = update.recorded_at if update.corrects_id else None
        follow_taken_back(session, actor, part, Correction(update.kind, reason, since))
    if content is not None:
        follow_seen(session, actor, part, update.kind, content)
    follow_late_news(session, actor, part, reason)
    return correction


def _proposes_what_is_undecided(
    session: Session, part: DestinationReferral, kind: str, proposal: Proposal
) -> bool:
    """Return whether probation has not decided about what stands proposed.

    Something else is decided about anew; what is withdrawn leaves what was proposed before, if anything.

    Args:
        kind: of the reports that propose it.
    """
    proposed = standing(every_update(session, part, kind))
    decided = [
        move.detail[f"{proposal.about}_proposed"]
        for move in moves_of(session, part, "referral")
        if SETTLES.get(move.action) == proposal.about
    ]
    if not proposed:
        return False
    stands = proposed[-1].last.content[proposal.member]
    return not any(proposes_the_same(stands, one) for one in decided)


def _never(_was: Json, _now: Json | None) -> bool:
    return False


def _read(
    session: Session, part: DestinationReferral, update: DestinationUpdate, said: Mapping[str, Any]
) -> tuple[Json, list[str] | None]:
    """Read what should have been reported; it is of the same kind, or else another report."""
    found = [
        Fault(f"/said/{name}", "Is no member of a report.") for name in said.keys() - {"kind", "content"}
    ]
    if said.get("kind", update.kind) != update.kind:
        found.append(Fault("/said/kind", f"Must be {update.kind}: withdraw this one, and report the other."))
    if not isinstance(said.get("content"), dict):
        found.append(Fault("/said/content", "Must be an object."))
    if found:
        raise invalid(found)
    return read_content(session, part, update.kind, said["content"], instead_of=update.content, at="/said")


def follow_review_day(session: Session, actor: Actor, part: DestinationReferral, kind: str) -> None:
    """Await the day on which a destination looks again, by what stands of what it said."""
    if State(part.state) in TERMINAL | {State.DECLINED}:
        return
    named = [
        last.content[REVIEW_ON]
        for _, last in standing(every_update(session, part, kind))
        if REVIEW_ON in last.content
    ]
    deadlines.await_review(session, actor, part, date.fromisoformat(named[-1]) if named else None)

"""What the two sides of a destination referral send each other: messages, updates, acknowledgements.

None of it moves a state; all of it is kept as it was said.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from marshmallow import Schema, ValidationError
from sqlalchemy.orm import Session

from service import settling
from service.access import Actor
from service.access.row_visibility import bypasses_row_security
from service.clock import LONDON
from service.db import Json
from service.destinations.crs import OF_ANOTHER_CATEGORY, of_another_category
from service.destinations.states import OPEN_WITH_DESTINATION, PROPOSALS, WAITING, Proposal, State
from service.errors import Fault
from service.http import refused
from service.http.problems import invalid
from service.people import aliases
from service.people.model import Address
from service.referrals import adjustments, deadlines, writes
from service.referrals.actions.allowed_actions import not_now
from service.referrals.actions.comparing import require_sendable
from service.referrals.actions.departure_gate import places_since, withdraw_agreements
from service.referrals.actions.late_news import follow_late_news, follow_seen
from service.referrals.actions.moves import REVIEW_ON, agreed, proposes_the_same
from service.referrals.document_queries import adjustments_of
from service.referrals.jsonable import jsonable
from service.referrals.model import ChangeNotice, DestinationReferral, DestinationUpdate, Message
from service.referrals.queries import AGREEMENT, notices_of

MAY_REPORT = OPEN_WITH_DESTINATION | {State.WITHDRAWAL_REQUESTED}
"""States in which a destination reports."""
_ON: Final = "on"
"""The member of a report that says when work was done, or was to be."""
_BEFOREHAND: Final = timedelta(weeks=4)
"""How long before the referral work may have begun, whose paperwork followed."""


def require_exchange(session: Session, actor: Actor, part: DestinationReferral) -> None:
    """Require that the destination has the referral: before it is sent, it cannot be written to.

    Raises:
        Problem: 409.
    """
    if part.state in WAITING or not part.shown:
        raise not_now(session, actor, part, "The destination does not have it.")


@bypasses_row_security
def send_message(session: Session, actor: Actor, part: DestinationReferral, words: str) -> Message:
    """Send a message to the other side; when sharing has ended, the SPO of the last unit reads it.

    Raises:
        Problem: 422 when it gives away what the destination may not know.
    """
    require_sendable(session, actor, part, {"body": words})
    message = writes.record_message(session, actor, part, words)
    follow_late_news(session, actor, part, words)
    return message


def require_reporting(session: Session, actor: Actor, part: DestinationReferral) -> None:
    """Require a state in which the destination works on the referral.

    Raises:
        Problem: 409.
    """
    if part.state not in MAY_REPORT:
        raise not_now(session, actor, part, "There is nothing to report on.")


@bypasses_row_security
def record_update(
    session: Session, actor: Actor, part: DestinationReferral, kind: str, content: Mapping[str, Any]
) -> DestinationUpdate:
    """Put a destination's report on record, in the structure that this kind of report has; its silence ends.

    Args:
        kind: one of the destination's kinds of update, or `adjustments`.
        content: as sent; read here, because its form depends on the kind.

    Raises:
        Problem: 422 naming every fault.
    """
    answered, cannot_meet = read_content(session, part, kind, content)
    if kind == AGREEMENT and answered["agreed"]:
        _require_decided_since(session, answered)
    update = writes.record_update(session, actor, part, kind, answered, cannot_meet=cannot_meet)
    if cannot_meet is not None:
        writes.follow_adjustments(session, actor, [part])
    if kind in PROPOSALS:
        writes.set_undecided(session, actor, part, PROPOSALS[kind].about, undecided=True)
    if kind == AGREEMENT:
        withdraw_agreements(session, part.referral.person_id, refused=True)
        settling.mark(session, actor, part.person_id, only=settling.DEPARTURE_GATE)
    if REVIEW_ON in answered:
        deadlines.await_review(session, actor, part, date.fromisoformat(answered[REVIEW_ON]))
    follow_seen(session, actor, part, kind, answered)
    follow_late_news(session, actor, part, None)
    return update


def read_content(
    session: Session,
    part: DestinationReferral,
    kind: str,
    content: Mapping[str, Any],
    *,
    instead_of: Json | None = None,
    at: str = "",
) -> tuple[Json, list[str] | None]:
    """Read a report by the form of its kind.

    Args:
        kind, content: as of `record_update`.
        instead_of: what was reported, where this puts it right.
        at: where the report is in the body, for pointers.

    Returns:
        What is stored, and the adjustments that it cannot meet; None when it is about something else.

    Raises:
        Problem: 422 naming every fault.
    """
    schemas: dict[str, type[Schema]] = {
        **part.destination.updates,
        adjustments.KIND: adjustments.AdjustmentAnswers,
    }
    if kind not in schemas:
        raise invalid([Fault(f"{at}/kind", "Must be one of: " + ", ".join(sorted(schemas)) + ".")])
    try:
        answered: Json = jsonable(schemas[kind]().load(dict(content)))
    except ValidationError as error:
        raise refused(error.messages, f"{at}/content") from None
    _require_since_referred(part, answered, at)
    if kind == AGREEMENT:
        _require_on_record(session, part, answered, at)
    if kind in PROPOSALS:
        _require_of_category(part, answered, at)
        _require_another(session, part, PROPOSALS[kind], answered, at, instead_of=instead_of)
    if kind != adjustments.KIND:
        return answered, None
    _require_requested(session, part, answered, at)
    return answered, [one["kind"] for one in answered["answers"] if not one["can_meet"]]


def _require_since_referred(part: DestinationReferral, answered: Json, at: str) -> None:
    """Require of a report of work, on a day of its own, that the person had been referred, or nearly so."""
    if _ON not in answered:
        return
    day = datetime.fromisoformat(answered[_ON]).astimezone(LONDON).date()
    referred = part.referral.submitted_at.astimezone(LONDON).date()
    if day < referred - _BEFOREHAND:
        too_early = "Is more than 4 weeks before the person was referred to you."
        raise invalid([Fault(f"{at}/content/{_ON}", too_early)])


def _require_decided_since(session: Session, answered: Json) -> None:
    """Require that an agreement was decided about the place as it is: who lives there, and where it is.

    A correction speaks of the place that it was then.
    """
    since = places_since(session, UUID(answered["address_id"])).astimezone(LONDON).date()
    if date.fromisoformat(answered["decided_on"]) < since:
        said = f"Is before {since.isoformat()}, when the address was proposed or somebody came to live there."
        raise invalid([Fault("/content/decided_on", said)])


def _require_on_record(session: Session, part: DestinationReferral, answered: Json, at: str) -> None:
    address = session.get(Address, UUID(answered["address_id"]))
    whose = aliases.ids_of(session, part.person_id)
    if address is None or address.in_error_at is not None or address.person_id not in whose:
        raise invalid([Fault(f"{at}/content/address_id", "Is no address of this person.")])


def _require_of_category(part: DestinationReferral, answered: Json, at: str) -> None:
    strange = of_another_category(part.service_category, answered.get("desired_outcomes", ()))
    if strange:
        pointers = (f"{at}/content/desired_outcomes/{position}" for position in strange)
        raise invalid(Fault(pointer, OF_ANOTHER_CATEGORY) for pointer in pointers)


def _require_another(
    session: Session,
    part: DestinationReferral,
    proposal: Proposal,
    answered: Json,
    at: str,
    *,
    instead_of: Json | None,
) -> None:
    """Require a proposal of something else than stands.

    What stands may have been agreed because of the very report that is put right: it may go on saying so.
    """
    proposed = answered[proposal.member]
    if instead_of is not None and proposes_the_same(proposed, instead_of.get(proposal.member)):
        return
    if proposes_the_same(proposed, agreed(session, part, proposal)):
        as_it_is = "Is as it stands: propose another, or accept."
        raise invalid([Fault(f"{at}/content/{proposal.member}", as_it_is)])


def _require_requested(session: Session, part: DestinationReferral, answered: Json, at: str) -> None:
    # An answer may be put right at any time: what cannot be met may become possible, or the other way round.
    asked = adjustments_of(session, [part]).get(part.id, adjustments.Standing()).asked
    strange = [
        Fault(f"{at}/content/answers/{index}/kind", f"Is not asked for. These are: {', '.join(asked)}.")
        for index, answer in enumerate(answered["answers"])
        if answer["kind"] not in asked
    ]
    if strange:
        raise invalid(strange)


@bypasses_row_security
def acknowledge_change(
    session: Session, actor: Actor, part: DestinationReferral, edition: int, *, can_continue: bool | None
) -> list[ChangeNotice]:
    """Take note of every change up to a version of what a destination was sent.

    Args:
        edition: up to which, as the destination counts them; at most the one it was sent last.
        can_continue: whether it can go on as accepted; must be said when a change asks for it.

    Returns:
        The notices acknowledged now; none when all were before, and the same was said of them.

    Raises:
        Problem: 422.
    """
    if not 0 < edition <= len(part.editions):
        raise invalid([Fault("/version", "You have not been sent this version.")])
    version = part.editions[edition - 1]
    notices = [notice for notice in notices_of(session, part) if notice.version_number <= version]
    waiting = [notice for notice in notices if notice.acknowledged_at is None]
    if can_continue is None and any(notice.reconfirm for notice in waiting):
        raise invalid(
            [Fault("/can_continue", "The change is material: say whether you can go on as accepted.")]
        )
    if not waiting and can_continue is not None:
        waiting = _said_otherwise(notices, can_continue)
    if not waiting and version <= (part.acknowledged_version or 0):
        return []
    writes.acknowledge(session, actor, part, waiting, version, can_continue=can_continue)
    return waiting


def _said_otherwise(notices: Sequence[ChangeNotice], can_continue: bool) -> list[ChangeNotice]:
    """Return the last change that asked whether the destination can go on, where it said otherwise before."""
    asked = [notice for notice in notices if notice.reconfirm]
    last = max((notice.version_number for notice in asked), default=None)
    return [one for one in asked if one.version_number == last and one.can_continue is not can_continue]

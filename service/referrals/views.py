"""Builds response bodies from rows already found to be visible. Decides nothing."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import clock, tenses, timers
from service.access import Actor
from service.access.four_eyes import OwnWork
from service.access.ringing import THE_HOLDER, to_ring
from service.checks import queries as checks
from service.corrections import rules as corrections
from service.corrections.model import corrections_of
from service.destinations.states import OPEN_WITH_DESTINATION, PRIVATE, State
from service.document.paths import Document, day_at, value_at
from service.legal_bases import LegalBasis
from service.organisations.queries import organisations_by_id
from service.people import one_person_queries
from service.people import queries as people
from service.people.errors_again import advice_on_errors
from service.people.facts import NOT_TAKEN, NOT_TAKEN_WORDS, placeholders
from service.people.model import Address, Person
from service.people.names import IN_DOUBT, MAY_BE_NO_NAME, in_doubt
from service.people.protected import as_shown
from service.people.sameness import ALIKE_BECAUSE
from service.people.views import advice_on_alias, advice_on_numbers
from service.referrals import deadlines
from service.referrals.actions import placing
from service.referrals.actions.allowed_actions import allowed_to
from service.referrals.actions.departure_gate import (
    COVERS,
    OVERRIDE,
    WITHDRAW,
    agreements_asked_of,
    as_shown_to,
    binding_on,
)
from service.referrals.actions.persons_days import said_otherwise
from service.referrals.actions.routing import Draft
from service.referrals.actions.submit import Submitted
from service.referrals.adjustments import Standing
from service.referrals.document_queries import adjustments_of, latest_disclosure
from service.referrals.four_eyes import standing_to
from service.referrals.model import (
    ChangeNotice,
    DestinationMove,
    DestinationReferral,
    DestinationUpdate,
    Disclosure,
    Message,
    Placement,
    Referral,
    ReferralVersion,
)
from service.referrals.overall import overall_status
from service.referrals.placement_states import NOT_OFFERED, PlacementAction, PlacementState, replay
from service.referrals.queries import (
    is_duplicate,
    is_settled,
    moves_of,
    moves_owed,
    owes_decision,
    owes_wording,
    parts_of,
    repeated_by,
    sections_seen,
    unsettled,
)
from service.referrals.shared import basis_now, has_ended, law_of

View = dict[str, Any]
FOR_PROBATION = ("missing", "not_representable", "held_until", "blocked_by")


def whom_to_ring(session: Session, referral: Referral) -> list[View]:
    """Return whom to ring about the record of a referral, if that was held elsewhere when it came."""
    if not referral.held_elsewhere:
        return []
    return to_ring(THE_HOLDER, people.numbers_of_holder(session, referral.person_id))


def referral_view(session: Session, actor: Actor, referral: Referral, ring: Sequence[View]) -> View:
    """Show a referral with its destinations.

    Args:
        ring: as `whom_to_ring` returns it.
    """
    parts = parts_of(session, referral)
    summaries = [_steady(view) for view in part_summaries(session, actor, parts)]
    undecided = any(view["adjustments_to_decide"] for view in summaries)
    crn = session.get_one(Person, referral.person_id).crn
    return {
        **_referral_summary(
            referral,
            crn,
            [part.state for part in parts],
            wording=any(part.owes_wording for part in parts) and not actor.only_reads(referral.probation_id),
            adjustment=undecided and deadlines.decision_owed(session, parts),
            duplicate=any(view.get("duplicate_of") for view in summaries),
            # What another region owes is its own.
            moves=()
            if actor.only_reads(referral.probation_id)
            else moves_owed(session, [referral]).get(referral.id, ()),
            settled={part.state for part in parts} - {part.state for part in parts if not is_settled(part)},
        ),
        "held_elsewhere": referral.held_elsewhere,
        "staff_safety": referral.staff_safety,
        "ring": ring,
        "destinations": summaries,
    }


def advice_on_people(session: Session, actor: Actor, referral: Referral, document: Document) -> list[View]:
    """Return what is said of the people of a referral that was just submitted or amended.

    Args:
        document: as it was submitted, or as it is after the amendment.
    """
    person = session.get_one(Person, referral.person_id)
    asked = one_person_queries.asked_about(session, actor, person)
    return [
        *advice_on_numbers((one.number, one.other.id) for one in asked),
        *advice_on_alias(session, person),
        *advice_on_errors(session, actor, person, document, referral.client_id),
        *_advice_on_names(document),
        *_advice_on_the_release(document),
        *_advice_on_days_elsewhere(session, referral, document),
        *_advice_on_what_was_set_aside(document),
    ]


def referral_summaries(session: Session, actor: Actor, referrals: Sequence[Referral]) -> list[View]:
    """Show referrals in a list, each with its overall status."""
    ids = [referral.id for referral in referrals]
    states: dict[UUID, list[str]] = {referral_id: [] for referral_id in ids}
    wording: set[UUID] = set()
    adjustment: set[UUID] = set()
    duplicate: set[UUID] = set()
    calling: dict[UUID, set[str]] = {referral_id: set() for referral_id in ids}
    owed = (owes_wording(), owes_decision(), is_duplicate(), unsettled())
    for referral_id, state, to_word, to_decide, repeats, calls in session.execute(
        select(DestinationReferral.referral_id, DestinationReferral.state, *owed).where(
            DestinationReferral.referral_id.in_(ids)
        )
    ):
        states[referral_id].append(state)
        wording |= {referral_id} if to_word else set()
        adjustment |= {referral_id} if to_decide else set()
        duplicate |= {referral_id} if repeats else set()
        calling[referral_id] |= {state} if calls else set()
    crns = _crns(session, [referral.person_id for referral in referrals])
    # What another region owes is its own.
    own = [referral for referral in referrals if not actor.only_reads(referral.probation_id)]
    moves = moves_owed(session, own) if own else {}
    wording &= {referral.id for referral in own}
    return [
        _referral_summary(
            referral,
            crns[referral.person_id],
            states[referral.id],
            wording=referral.id in wording,
            adjustment=referral.id in adjustment,
            duplicate=referral.id in duplicate,
            moves=moves.get(referral.id, ()),
            settled=set(states[referral.id]) - calling[referral.id],
        )
        for referral in referrals
    ]


def _referral_summary(referral: Referral, crn: str, states: Sequence[str], **owed: Any) -> View:
    """Show a referral in short; `owed` as of `overall_status`."""
    overall = overall_status(states, **owed)
    return {
        "id": referral.id,
        "href": f"/v1/referrals/{referral.id}",
        "submission_reference": referral.submission_reference,
        "crn": crn,
        "person": {"id": referral.person_id, "href": f"/v1/people/{referral.person_id}"},
        "practitioner": referral.practitioner,
        "pdu": referral.pdu,
        "urgency": referral.urgency,
        "current_version": referral.current_version,
        "submitted_at": referral.submitted_at,
        "overall": {
            "status": overall.status,
            "counts": overall.counts,
            "needs_attention": overall.needs_attention,
        },
    }


def part_summaries(
    session: Session, actor: Actor, parts: Sequence[DestinationReferral], own: OwnWork | None = None
) -> list[View]:
    """Show destination referrals in a list, each with what this caller may do now.

    Args:
        own: how the caller stands to their cases, if that has been read.
    """
    adjustments = adjustments_of(session, parts)
    own = standing_to(session, actor, parts) if own is None else own
    allowed = allowed_to(session, actor, parts, own, adjustments)
    organisations = organisation_views(session, [part.organisation_id for part in parts])
    repeats = repeated_by(session, parts) if actor.side == "probation" else {}
    now = clock.now()
    views = []
    for part in parts:
        row, standing = part, adjustments.get(part.id, Standing())
        # When an answer that waits for probation will be due depends on how long it waits.
        due = row.next_update_due
        ahead = due is not None and due >= now and row.state not in deadlines.PUT_OFF
        if ahead and deadlines.answer_waits(row, partial(bool, standing.to_decide)):
            due = None
        view: View = {
            "id": row.id,
            "href": f"/v1/destination-referrals/{row.id}",
            "kind": row.kind,
            "service_category": row.service_category,
            "organisation": organisations.get(row.organisation_id),
            "state": row.state,
            "version": row.version,
            "sent_version": row.sent_version,
            "acknowledged_version": row.acknowledged_version,
            "sent_at": row.sent_at,
            "next_update_due": due,
            "overdue": due is not None and due < now,
            "sharing_ended": has_ended(part),
            "allowed_transitions": allowed[row.id],
            "adjustments_to_answer": standing.to_answer,
            "adjustments_to_decide": standing.to_decide,
            "to_decide": row.undecided if row.state in OPEN_WITH_DESTINATION else (),
        }
        if part.side_of(actor) != "probation":
            view |= {name: view[name] and row.edition_of(view[name]) for name in _COUNTED}
            if has_ended(part):
                view |= {"adjustments_to_answer": (), "adjustments_to_decide": (), "to_decide": ()}
        else:
            view |= {"referral_id": row.referral_id, "shared_until": row.shared_until}
            other = repeats.get(row.id)
            view["duplicate_of"] = f"/v1/destination-referrals/{other.id}" if other else None
            view["decline_settled"] = row.decline_settled
            view |= {name: getattr(row, name) for name in FOR_PROBATION}
            if actor.only_reads(row.referral.probation_id):
                # What is missing points at people and places that may not be shared.
                view |= {"missing": [], "not_representable": []}
        views.append(view)
    return views


_COUNTED = ("sent_version", "acknowledged_version")
"""Versions of a referral, which its destination counts in its own way."""


def _steady(view: View) -> View:
    # Whether it is overdue turns by itself, and the tag of a single resource would not: only lists say it.
    return {name: value for name, value in view.items() if name != "overdue"}


def part_view(
    session: Session,
    actor: Actor,
    part: DestinationReferral,
    clocks: Sequence[Mapping[str, Any]],
    *,
    own: OwnWork,
    notices: Iterable[tuple[ChangeNotice, datetime | None]],
) -> View:
    """Show one destination referral with its history.

    Args:
        clocks: its own.
        own: how the caller stands to its case.
        notices: of its changes, each with when it must be acknowledged, if it must.
    """
    view = _steady(part_summaries(session, actor, [part], own)[0])
    view["deadlines"] = [
        {**one, "due_at": None} if one["state"] == "paused" and not one["overdue"] else one
        for one in clocks
        if one["state"] != "stopped"
    ]
    view["notices"] = [notice_view(actor, part, notice, due_at) for notice, due_at in notices]
    view["agreements_to_give"] = agreements_asked_of(session, part)
    moves = _moves_as_known(actor, part, moves_of(session, part, "referral"))
    said = any(move["detail"] or move["correction"] for move in moves)
    view["moves"] = as_shown(session, actor, part.person_id, moves) if said else moves
    if part.side_of(actor) == "probation":
        disclosure = latest_disclosure(session, part)
        view["withheld"] = disclosure.withheld if disclosure else []
    elif has_ended(part):
        # That there was a referral, and what was done when; no longer what was said of the person.
        view |= {"notices": [], "agreements_to_give": []}
        view["moves"] = [_without_words(move) for move in view["moves"]]
    return view


def _moves_as_known(actor: Actor, part: DestinationReferral, moves: Sequence[DestinationMove]) -> list[View]:
    """Show the moves of a part: to its destination it began when it was sent, whatever it waited for."""
    side = part.side_of(actor)
    later = corrections.corrected_by(moves)
    views = [{**move_view(move), **corrections.shown(move, later, move.corrected_because)} for move in moves]
    if side != "probation" or actor.only_reads(part.referral.probation_id):
        for view in views:
            private = PRIVATE.get(view["action"], frozenset())
            view["detail"] = {name: one for name, one in view["detail"].items() if name not in private}
    if side == "probation":
        return views
    sent = next(at for at, move in enumerate(views) if move["to_state"] == State.SENT)
    return [{**views[sent], "action": "open", "from_state": None}, *views[sent + 1 :]]


def placement_view(
    session: Session, actor: Actor, part: DestinationReferral, placement: Placement | None, own: OwnWork
) -> View:
    """Show a stay, and what the end of it still waits for, as far as the caller may know.

    Args:
        own: what the caller did in the case, and how they stand to it.
    """
    side, allowed = part.side_of(actor), placing.allowed_to(actor, part, placement, own)
    moves = stay_moves(moves_of(session, part, "placement"))
    if placement is None:
        return {"state": NOT_OFFERED, "allowed_actions": allowed, "moves": moves}
    gated = part.destination.placement is not None and part.destination.placement.departure_gate
    waiting = gated and placement.state == PlacementState.ARRIVED
    seen = sections_seen(session, actor, part.referral) if side == "probation" else None
    whole = seen is None or "protected_contacts" in seen
    address, ended = None, side == "destination" and has_ended(part)
    if placement.move_on_address_id and not ended and (seen is None or "household" in seen):
        address = session.get(Address, placement.move_on_address_id)
    seen_moves = [_as_seen(move, side, ended=ended, whole=whole) for move in moves]
    details = {name: one for name, one in placement.details.items() if name != placing.TOLD}
    written = {"details": {} if ended else details, "moves": seen_moves}
    return {
        **{name: getattr(placement, name) for name in _STAY},
        "move_on": address and {"address_id": address.id, **_move_on(side, placement, address)},
        "outstanding": as_shown_to(side, binding_on(side, session, part, placement), seen)
        if waiting and not ended
        else [],
        "allowed_actions": allowed,
        # Whoever recorded or put right something of the stay says why in words of their own.
        **(written if whole else as_shown(session, actor, part.person_id, written)),
    }


def moved_placement(
    session: Session, actor: Actor, part: DestinationReferral, placement: Placement | None, own: OwnWork
) -> View:
    """Show a stay to whoever has just moved it; after a departure, what whoever reports danger is told.

    The destination is told it however somebody left: who has agreed to what is not to be seen from it.

    Args:
        own: as of `placement_view`.
    """
    view = placement_view(session, actor, part, placement, own)
    last = view["moves"][-1]["action"] if view["moves"] else None
    departed = last == PlacementAction.RECORD_DEPARTURE
    return with_danger_advice(session, actor, part, view) if departed else view


def with_danger_advice(session: Session, actor: Actor, part: DestinationReferral, view: View) -> View:
    """Add what whoever reports danger is told, where a destination has acted: it may have said so."""
    if part.side_of(actor) != "destination":
        return view
    return view | {"advice": people.danger_advice(session, part.referral.probation_id)}


def _as_seen(move: View, side: str, *, ended: bool, whole: bool) -> View:
    # A reason given at the gate is between probation and its managers.
    if move["action"] in _PRIVATE and side != "probation":
        return {**move, **_HIDDEN}
    hidden = {COVERS} if side == "probation" and whole else {COVERS, placing.CONFIRMED}
    move = {**move, "detail": {name: one for name, one in move["detail"].items() if name not in hidden}}
    return _without_words(move) if ended else move


def _without_words(move: View) -> View:
    corrects = move["correction"] and {**move["correction"], "reason": None}
    return {**move, "detail": {}, "correction": corrects}


def _move_on(side: str, placement: Placement, address: Address) -> View:
    """Show the address to move on to: to its destination as it was told it last.

    An address that has become blank says who lives there now. Probation reads what its destination does.
    """
    on_record = {"lines": address.lines, "postcode": address.postcode}
    told: View = placement.details.get(placing.TOLD, on_record)
    if side != "probation":
        return told
    return on_record | ({"told": told} if told != on_record and not address.protected else {})


_STAY = ("state", "starts_on", "ends_on", "arrived_on", "departed_on")
_PRIVATE = frozenset({OVERRIDE, WITHDRAW})
_HIDDEN: Final[Mapping[str, Any]] = {"detail": {}, "side": "probation", "practitioner": None}


def notice_view(
    actor: Actor, part: DestinationReferral, notice: ChangeNotice, due_at: datetime | None
) -> View:
    """Show a change notice.

    Args:
        due_at: when it must be acknowledged, if it must be.
    """
    return {
        "version": _counted(actor, part, notice.version_number),
        "sections": notice.sections,
        "reconfirm": notice.reconfirm,
        "made_at": notice.made_at,
        "due_at": due_at,
        "acknowledged_at": notice.acknowledged_at,
        "can_continue": notice.can_continue,
    }


def move_view(move: DestinationMove) -> View:
    """Show a move with its reasons."""
    return {
        "id": move.id,
        "action": move.action,
        "from_state": move.from_state,
        "to_state": move.to_state,
        "side": move.side,
        "practitioner": move.practitioner,
        "detail": move.detail,
        "moved_at": move.moved_at,
    }


def stay_moves(moves: Sequence[DestinationMove]) -> list[View]:
    """Show the moves of a stay, and which of them count."""
    later, lost = corrections.corrected_by(moves), {move.id for move in replay(moves, None).lost}
    return [
        {
            **move_view(move),
            **corrections.shown(move, later, move.corrected_because),
            "stands": not (move.withdrawn or move.id in later or move.id in lost),
        }
        for move in moves
    ]


def sent_message(session: Session, part: DestinationReferral, message: Message) -> View:
    """Show a message to whoever has just sent it; to a destination, what whoever reports danger is told.

    A text can say anything, and nobody has read it yet: so the words are there whatever it says.
    """
    view = message_view(message)
    if message.side == "destination":
        view["advice"] = people.danger_advice(session, part.referral.probation_id)
    return view


def message_view(message: Message) -> View:
    """Show a message."""
    return {name: getattr(message, name) for name in ("id", "kind", "side", "author", "body", "sent_at")}


def update_views(session: Session, updates: Sequence[DestinationUpdate]) -> list[View]:
    """Show reports, and which of them were put right or withdrawn."""
    later = corrections_of(session, DestinationUpdate, [one.id for one in updates])
    return [update_view(update, later) for update in updates]


def update_view(update: DestinationUpdate, later: Mapping[UUID, UUID]) -> View:
    """Show a report.

    Args:
        later: the report that puts one right, by the id of that.
    """
    shown = {
        name: getattr(update, name) for name in ("id", "kind", "content", "side", "author", "recorded_at")
    }
    return shown | corrections.shown(update, later, update.corrected_because)


def reported(session: Session, part: DestinationReferral, update: DestinationUpdate) -> View:
    """Show a report to whoever has just made it, with what they are told as in `sent_message`."""
    return update_view(update, {}) | {"advice": people.danger_advice(session, part.referral.probation_id)}


def _counted(actor: Actor, part: DestinationReferral, version: int) -> int:
    return version if part.side_of(actor) == "probation" else part.edition_of(version)


def document_view(
    actor: Actor, part: DestinationReferral, disclosure: Disclosure, document: Mapping[str, Any]
) -> View:
    """Show what a destination was sent, and on what basis it is shared now, or was when it was sent."""
    basis = basis_now(part)
    code = basis.code if basis else disclosure.legal_basis
    law: Disclosure | LegalBasis | None = disclosure
    now = law_of(part, code)
    # What was sent before the law was recorded names its basis only. What was recorded before each reader had
    # a law of its own may name arrangements that a destination may not know of.
    if code != disclosure.legal_basis or disclosure.regime is None or part.side_of(actor) == "destination":
        law = now
    return {
        "version": _counted(actor, part, disclosure.version_number),
        "document": document,
        "purpose": disclosure.purpose,
        "legal_basis": code,
        "gateway": law and law.gateway,
        "regime": law and law.regime,
        "condition": law and law.condition,
        "receiver_regime": now and now.receiver_regime(part.kind),
        "person_told": disclosure.person_told,
        "made_at": disclosure.made_at,
    }


def version_view(version: ReferralVersion) -> View:
    """Show a version without its document."""
    return {
        "href": f"/v1/referrals/{version.referral_id}/versions/{version.number}",
        **{name: getattr(version, name) for name in ("number", "sections", "practitioner", "made_at")},
    }


def preview_view(session: Session, actor: Actor, would_be: Submitted, document: Document) -> View:
    """Show what a submission would do, while it is done."""
    requests = checks.requests_of(session, [check.id for check in would_be.checks])
    repeats = repeated_by(session, [part for _, part in would_be.parts])
    organisations = organisation_views(
        session,
        [part.organisation_id for _, part in would_be.parts] + [one.agency_id for one in requests],
    )
    due = timers.clocks_of(session, [timers.Subject("check_request", one.id) for one in requests])
    person, owner = session.get_one(Person, would_be.referral.person_id), would_be.referral.client_id
    return {
        "destinations": [_draft_view(draft, part, organisations, repeats) for draft, part in would_be.parts],
        "checks": [
            {
                "kind": one.kind,
                "area": one.area,
                "organisation": organisations.get(one.agency_id),
                "state": one.state,
                "urgency": checks.urgency_of(one),
                "needed_by_had_passed": checks.needed_by_had_passed(one),
                "missing": [{**gap, "id": None} for gap in one.missing],
                "due_at": min(
                    (clock_["due_at"] for clock_ in due[timers.Subject("check_request", one.id)]),
                    default=None,
                ),
            }
            for one in requests
        ],
        "advice": [
            *advice_on_numbers(would_be.may_be),
            *advice_on_alias(session, person),
            *_advice_on_contacts(would_be.alike, document),
            *advice_on_errors(session, actor, person, document, owner),
            *({"code": KEPT, "words": KEPT_WORDS, "pointer": one.pointer} for one in would_be.kept),
            *_advice_on_names(document),
            *_advice_on_the_release(document),
            *_advice_on_what_was_set_aside(document),
        ],
    }


def _advice_on_contacts(alike: Mapping[str, str], document: Document) -> list[View]:
    """Name the contacts of a document of whom it would be asked whether they are the same as others."""
    return [
        {
            "code": alike[contact["ref"]],
            "words": ALIKE_BECAUSE[alike[contact["ref"]]],
            "pointer": f"/household/contacts/{index}",
        }
        for index, contact in enumerate(value_at(document, "household.contacts") or ())
        if contact["ref"] in alike
    ]


KEPT: Final = "kept"
KEPT_WORDS: Final = "This stays as it is on record, where it was corrected, or this was entered in error."


def _advice_on_names(document: Document) -> list[View]:
    """Point at each name of a contact that stands in place of one, or may; of a date of birth likewise."""
    found = []
    for index, contact in enumerate(value_at(document, "household.contacts") or ()):
        at, unsaid = f"/household/contacts/{index}", placeholders(contact)
        found += [{"code": NOT_TAKEN, "words": NOT_TAKEN_WORDS, "pointer": f"{at}/{name}"} for name in unsaid]
        found += [
            {"code": MAY_BE_NO_NAME, "words": IN_DOUBT, "pointer": f"{at}/{name}"}
            for name in ("given_name", "family_name")
            if name not in unsaid and in_doubt(contact.get(name), family=name == "family_name")
        ]
    return found


RELEASED_LONG_AGO: Final = "released_long_ago"
RELEASED_LONG_AGO_WORDS: Final = (
    "The release date is more than a year ago. Is it the right year? What is asked is urgent because of it. "
    "If it is wrong, record `release_date_changed` with the right day, `may_wait` and why in `details`: what "
    "a new referral made urgent is routine again. What an amendment or a change made urgent stays so, and is "
    "needed by the right day."
)


def _advice_on_the_release(document: Document) -> list[View]:
    """Point at a day of release that a prison or a practitioner would not say now."""
    day = day_at(document, "release.date")
    if day is None or tenses.RELEASE.has(day, clock.today()):
        return []
    return [{"code": RELEASED_LONG_AGO, "words": RELEASED_LONG_AGO_WORDS, "pointer": "/release/date"}]


ANOTHER_DAY: Final = "another_day_elsewhere"
ANOTHER_DAY_WORDS: Final = (
    "Another open referral of this person says another day, and the rest of it does not allow this one. "
    "Put right its other days, then this one."
)


def _advice_on_days_elsewhere(session: Session, referral: Referral, document: Document) -> list[View]:
    """Point at each day of the person that could not be carried into another open referral."""
    return [
        {
            "code": ANOTHER_DAY,
            "words": ANOTHER_DAY_WORDS,
            "pointer": pointer,
            "href": f"/v1/referrals/{other_id}",
        }
        for pointer, other_id in said_otherwise(session, referral, document)
    ]


NOT_UNDERSTOOD: Final = "not_understood"


def _advice_on_what_was_set_aside(document: Document) -> list[View]:
    """Point at each answer of an urgent referral that could not be understood and was not taken."""
    entries = enumerate(document.get("destinations") or ())
    places = [("", document), *((f"/destinations/{index}", entry) for index, entry in entries)]
    return [
        {"code": NOT_UNDERSTOOD, "words": one["why"], "pointer": f"{at}{one['pointer']}"}
        for at, place in places
        for one in place.get(NOT_UNDERSTOOD) or ()
    ]


REPEATED: Final = "A referral of this person to the same destination is open."


def _draft_view(
    draft: Draft,
    part: DestinationReferral,
    organisations: Mapping[UUID | None, View],
    repeats: Mapping[UUID, DestinationReferral],
) -> View:
    row, other = part, repeats.get(part.id)
    repeated: list[View] = []
    if other is not None:
        at, href = f"/destinations/{draft.ask.index}", f"/v1/destination-referrals/{other.id}"
        repeated = [{"code": "already_open", "words": REPEATED, "pointer": at, "href": href}]
    return {
        "kind": row.kind,
        "service_category": row.service_category,
        "organisation": organisations.get(row.organisation_id),
        "state": row.state,
        "document": draft.projection.document,
        "withheld": [{"path": one.path, "reason": one.reason} for one in draft.projection.withheld],
        "advice": repeated
        + [{"code": one.code, "words": one.words, "pointer": one.pointer} for one in draft.readiness.advice],
        "answer_due": row.next_update_due,
        **{name: getattr(row, name) for name in FOR_PROBATION},
    }


def organisation_views(session: Session, ids: Iterable[UUID | None]) -> dict[UUID | None, View]:
    """Show organisations by id."""
    wanted = {organisation_id for organisation_id in ids if organisation_id is not None}
    if not wanted:
        return {}
    found = organisations_by_id(session, wanted)
    return {
        one.id: {"id": one.id, "kind": one.kind, "code": one.code, "name": one.name} for one in found.values()
    }


def _crns(session: Session, person_ids: Iterable[UUID]) -> dict[UUID, str]:
    rows = session.execute(select(Person.id, Person.crn).where(Person.id.in_(set(person_ids))))
    return dict(rows.all())

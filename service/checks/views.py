"""The view of a check for one caller, and its ETag. Every disclosure is recorded on the audit trail.

Probation is shown answers and reviews; an agency its own request, the least it must know to answer, and what
it said itself. Neither is shown the other's part.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from service import audit, clock, timers
from service.access.actor import Actor
from service.access.case_acts import Act, may_act
from service.access.four_eyes import OwnWork
from service.agreements.views import endorsements
from service.checks import queries, showing, writes
from service.checks.actions.comparing import as_sent
from service.checks.actions.deciding import allowed_of_check
from service.checks.four_eyes import facts_of, own_work_on
from service.checks.kinds import KINDS
from service.checks.lists import TIMERS
from service.checks.model import (
    Check,
    CheckCountersignature,
    CheckJoined,
    CheckRequest,
    CheckResult,
    CheckReview,
)
from service.checks.people_facts import document_of
from service.checks.states import SET_ASIDE, TABLE, Side, State
from service.db import Json
from service.events.subjects import href
from service.gathering import rows_of
from service.http import etag
from service.legal_bases import LegalBasis, nation_of, row_of
from service.organisations.queries import organisation
from service.people.protected import as_shown
from service.people.queries import danger_advice


@dataclass(frozen=True, slots=True)
class Around:
    """The rows that the views of requests show in addition to the requests themselves.

    Args:
        clocks: by subject.
        due: what is to be done about their answers.
        own: what this caller did in the cases they belong to.
    """

    clocks: Mapping[timers.Subject, Sequence[Mapping[str, Any]]]
    due: queries.ReviewsDue
    own: OwnWork


_WRITTEN = ("messages", "results", "reviews")
"""What either side wrote, in which it may name anybody."""
_OF_AGENCY = frozenset({"return_results_at"})
_OF_PROBATION = frozenset(
    {"check_id", "referral_id", "missing", "succeeded_by", "review_at", "redirect_disputed"}
)
# When a clock that waits for probation will be due depends on how long it waits.
_NOT_DUE: Final[Mapping[tuple[str, bool], Json]] = {("paused", False): {"due_at": None}}
_CLOCK_SHOWS = ("timer", "state", "due_at", "overdue", "step")
_NOT_ITEMS = frozenset(
    {
        "id",
        "href",
        "kind",
        "state",
        "version",
        "allowed_transitions",
        "return_results_at",
        "review_at",
        "clocks",
    }
)


def around(
    session: Session,
    actor: Actor,
    checks: Iterable[Check],
    requests: Sequence[CheckRequest],
    own: OwnWork | None = None,
) -> Around:
    """Load what the views of several requests show, in a fixed number of queries.

    Args:
        own: what this caller did in the cases, if it has been read and is still true.
    """
    if actor.side == "probation":
        rows_of(session, CheckJoined.request_id, [request.id for request in requests])  # at once, for all
    return Around(
        timers.clocks_of(session, [writes.subject_of(request) for request in requests]),
        queries.reviews_due(session, requests),
        own_work_on(session, actor, checks) if own is None else own,
    )


def tag_of_request(session: Session, actor: Actor, check: Check, request: CheckRequest, own: OwnWork) -> str:
    """Return the ETag of a request for this caller, who did this in the case."""
    return _tag_of_request(actor, check, request, around(session, actor, [check], [request], own))


def tag_of_check(session: Session, actor: Actor, check: Check, own: OwnWork) -> str:
    """Return the ETag of a check for this caller, who did this in the case."""
    requests = queries.requests_of(session, [check.id])
    return _tag_of_check(actor, check, requests, around(session, actor, [check], requests, own))


def _tag_of_request(actor: Actor, check: Check, request: CheckRequest, seen: Around) -> str:
    facts = facts_of(actor, check, request, seen.own)
    standing = _standing(actor, request, seen)
    mine = (facts.manager, facts.acts, _reviews_it(actor, check, seen))
    return etag("check_request", actor.side, mine, request.id, request.version, *standing)


def _tag_of_check(actor: Actor, check: Check, requests: Sequence[CheckRequest], seen: Around) -> str:
    decisions = allowed_of_check(actor, check, requests, seen.due, seen.own)
    standing = [_standing(actor, request, seen) for request in requests]
    return etag("check", actor.side, decisions, check.id, check.version, *standing)


def summary(actor: Actor, check: Check, request: CheckRequest, seen: Around) -> Json:
    """Show a request without personal details."""
    side: Side = "agency" if actor.side == "agency" else "probation"
    facts = facts_of(actor, check, request, seen.own)
    acts = not actor.only_reads(check.probation_id)
    permitted = TABLE.permitted(State(request.state), side, facts) if acts else ()
    answerable = any(row.at == "results" for row in permitted)
    reviewable = acts and request.id in seen.due.to_do and _reviews_it(actor, check, seen)
    shown: Json = {
        "id": request.id,
        "href": href("check_request", request.id),
        "check_id": request.check_id,
        "referral_id": check.referral_id,
        "kind": check.kind,
        "state": request.state,
        "urgency": queries.urgency_of(request),
        "needed_by": request.hard_date,
        "needed_by_had_passed": queries.needed_by_had_passed(request),
        "area": request.area,
        "agency_id": request.agency_id,
        # What is missing, and what is asked about, points at people and places that may not be shared.
        "missing": request.missing if acts else [],
        "required_at": request.required_at,
        "exposed_since": request.exposed_since,
        "sent_at": request.sent_at,
        "answered_at": request.answered_at,
        "asks_about": request.asks_about if side == "agency" or acts else None,
        "redirect_disputed": request.disputed_by_id is not None,
        "succeeded_by": request.succeeded_by_id,
        "clocks": _clocks(actor, request, seen),
        "question_version": request.question_version,
        "acknowledged_version": request.acknowledged_version,
        "version": request.version,
        "allowed_transitions": [row.action for row in permitted if row.at == "transitions"],
        "return_results_at": f"/v1/check-requests/{request.id}/results" if answerable else None,
        "review_at": f"/v1/checks/{check.id}/reviews" if reviewable else None,
    }
    others = _OF_PROBATION if side == "agency" else _OF_AGENCY
    return {name: value for name, value in shown.items() if name not in others}


def _reviews_it(actor: Actor, check: Check, seen: Around) -> bool:
    return may_act(actor, Act.REVIEW_ANSWER, check.person_id, seen.own)


def _messages(session: Session, actor: Actor, request: CheckRequest) -> list[Json]:
    if actor.side == "agency":
        return [showing.message(sent, words) for sent, words in as_sent(session, request)]
    return [showing.message(sent, sent.body) for sent in queries.messages_of(session, [request.id])]


def show_request(session: Session, actor: Actor, check: Check, request: CheckRequest) -> tuple[Json, str]:
    """Show a request to one of its two sides and record it: to the agency, as a disclosure.

    Returns:
        The view, and its tag.
    """
    kind = KINDS[check.kind]
    seen = around(session, actor, [check], [request])
    knows = not actor.only_reads(check.probation_id)  # as in `summary`
    law = _law_of(session, check)
    shown = summary(actor, check, request, seen) | {
        "question": kind.question,
        "purpose": kind.purpose,
        "gateway": law.gateway,
        "regime": law.regime,
        "condition": law.condition,
        "receiver_regime": law.receiver_regime(kind.key),
        "messages": _messages(session, actor, request),
        "subjects": showing.subjects(session, request) if knows else [],
        "results": showing.results(
            session,
            queries.results_of(session, [request.id]),
            [request],
            about=knows and (actor.side != "agency" or _is_told(request)),
        ),
    }
    if actor.side == "agency":
        # An agency that was asked by mistake, or is asked no longer, has no need to know.
        if _is_told(request):
            shown["document"] = document_of(session, actor, request)
        audit.record(
            session,
            actor,
            "disclosure",
            object_kind="check_request",
            object_id=request.id,
            object_version=request.version,
            person_id=check.person_id,
            fields=_names(shown),
            purpose=kind.purpose,
            legal_basis=law.gateway,
            recipients=(actor.organisation_id,),
        )
    else:
        shown["reviews"] = _reviews(session, queries.reviews_of(session, [request.id]))
        shown |= as_shown(session, actor, check.person_id, {name: shown[name] for name in _WRITTEN})
        _consulted(
            session,
            actor,
            shown,
            kind="check_request",
            object_id=request.id,
            person_id=check.person_id,
            version=request.version,
        )
    return shown, _tag_of_request(actor, check, request, seen)


def _is_told(request: CheckRequest) -> bool:
    """Return whether an agency still needs to know whom it was asked about."""
    return State(request.state) not in SET_ASIDE and not request.asked_no_longer


def _law_of(session: Session, check: Check) -> LegalBasis:
    """Return what a check rests on where the case is, as its agency reads it."""
    nation = nation_of(organisation(session, check.probation_id).code)
    law = row_of(KINDS[check.kind].legal_basis, nation, clock.today(), check.kind)
    if law is None:
        raise LookupError(f"nothing lets {check.kind} be asked in {nation}: correct the table of legal bases")
    return law


def show_check(session: Session, actor: Actor, check: Check, own: OwnWork | None = None) -> tuple[Json, str]:
    """Show a check with its results, and record the disclosure.

    Args:
        own: as of `around`.

    Returns:
        The view, and its tag.
    """
    requests = queries.requests_of(session, [check.id])
    ids = [request.id for request in requests]
    # All at once, among them those that wait.
    reviews, results = queries.reviews_of(session, ids), queries.results_of(session, ids)
    seen = around(session, actor, [check], requests, own)
    shown = _check(actor, check, requests, seen)
    shown |= as_shown(
        session,
        actor,
        check.person_id,
        {
            "not_required": shown["not_required"],
            "results": showing.results(
                session, results, requests, about=not actor.only_reads(check.probation_id)
            ),
            "reviews": _reviews(session, reviews),
        },
    )
    _consulted(
        session,
        actor,
        shown,
        kind="check",
        object_id=check.id,
        person_id=check.person_id,
        version=check.version,
    )
    return shown, _tag_of_check(actor, check, requests, seen)


def show_checks(
    session: Session, actor: Actor, kind: str, object_id: uuid.UUID, checks: Sequence[Check]
) -> list[Json]:
    """Show checks without their results, and record the disclosure.

    Args:
        kind, object_id: of the referral or the person whose checks they are, for the audit trail.
    """
    found = queries.requests_by_check(session, [check.id for check in checks])
    seen = around(session, actor, checks, [request for request, _ in found])
    of_each: dict[uuid.UUID, list[CheckRequest]] = {check.id: [] for check in checks}
    for request, served in found:
        for check_id in served:
            of_each[check_id].append(request)
    shown = [_check(actor, check, of_each[check.id], seen) for check in checks]
    # One person may have several records, of which the caller sees more or less.
    for record_id in dict.fromkeys(check.person_id for check in checks):
        places = [place for place, check in enumerate(checks) if check.person_id == record_id]
        decided = [{"not_required": shown[place]["not_required"]} for place in places]
        decided = as_shown(session, actor, record_id, decided)
        for place, left in zip(places, decided, strict=True):
            shown[place] |= left
        of_record = {"checks": [shown[place] for place in places]}
        _consulted(session, actor, of_record, kind=kind, object_id=object_id, person_id=record_id)
    return shown


def _check(actor: Actor, check: Check, requests: Sequence[CheckRequest], seen: Around) -> Json:
    return {
        "id": check.id,
        "href": href("check", check.id),
        "referral_id": check.referral_id,
        "kind": check.kind,
        "cycle": check.cycle,
        "previous_id": check.previous_id,
        "trigger_event": check.trigger_event,
        "state": check.state,
        "urgency": "urgent" if "urgent" in map(queries.urgency_of, requests) else check.urgency,
        "raised_at": check.raised_at,
        "not_required": {
            "by": check.not_required_by,
            "reason": check.not_required_reason,
            "at": check.not_required_at,
        }
        if check.not_required_by
        else None,
        "version": check.version,
        "requests": [summary(actor, check, request, seen) for request in requests],
        "allowed_transitions": allowed_of_check(actor, check, requests, seen.due, seen.own),
    }


def with_danger_advice(session: Session, actor: Actor, request: CheckRequest, shown: Json) -> Json:
    """Add what whoever reports danger is told, where an agency has acted: it may have said so."""
    if actor.side != "agency":
        return shown
    return shown | {"advice": danger_advice(session, request.probation_id)}


def show_result(session: Session, request: CheckRequest, result: CheckResult) -> Json:
    """Show a result to the agency that has just returned it, with what whoever reports danger is told.

    Those words are there whatever it found.
    """
    (shown,) = showing.results(session, [result], [request], about=False)
    return shown | {"advice": danger_advice(session, request.probation_id)}


def _reviews(
    session: Session, reviews: Sequence[tuple[CheckReview, CheckCountersignature | None]]
) -> list[Json]:
    endorsed = endorsements(session, "check_review_endorsed", [review.id for review, _ in reviews])
    return [
        {**showing.review(review, signature), "endorsements": endorsed[review.id]}
        for review, signature in reviews
    ]


def _clocks(actor: Actor, request: CheckRequest, seen: Around) -> list[Json]:
    timers_shown = TIMERS["agency" if actor.side == "agency" else "probation"]
    return [
        {name: clock[name] for name in _CLOCK_SHOWS} | _NOT_DUE.get((clock["state"], clock["overdue"]), {})
        for clock in seen.clocks.get(writes.subject_of(request), ())
        if clock["timer"] in timers_shown
    ]


def _standing(actor: Actor, request: CheckRequest, seen: Around) -> list[object]:
    return [list(clock.values()) for clock in _clocks(actor, request, seen)]


def _consulted(
    session: Session,
    actor: Actor,
    shown: Json,
    *,
    kind: str,
    object_id: uuid.UUID,
    person_id: uuid.UUID,
    version: int | None = None,
) -> None:
    audit.record(
        session,
        actor,
        "consultation",
        object_kind=kind,
        object_id=object_id,
        object_version=version,
        person_id=person_id,
        fields=_names(shown),
    )


def _names(shown: Json) -> set[str]:
    """Return the names of the non-empty fields of a view; of lists, those of their members."""
    found: set[str] = set()
    to_see: list[tuple[str, Any]] = [(name, shown[name]) for name in shown.keys() - _NOT_ITEMS]
    while to_see:
        at, value = to_see.pop()
        if isinstance(value, dict):
            to_see += [(f"{at}.{name}", inner) for name, inner in value.items()]
        elif isinstance(value, list | tuple):
            to_see += [(f"{at}[]", inner) for inner in value]
        elif value is not None:
            found.add(at)
    return found

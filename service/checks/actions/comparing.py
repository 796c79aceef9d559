"""What probation writes to an agency is compared with what that agency may not know: it has no gap."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from service.access.row_visibility import bypasses_row_security
from service.checks import queries
from service.checks.kinds import KINDS
from service.checks.knowing import may_know
from service.checks.model import Check, CheckMessage, CheckRequest
from service.mentions import Kind, Matcher, Place, Protected, Somebody, place, somebody, together
from service.organisations.confidences import ASSUMED, closed_to
from service.organisations.queries import organisations_by_id
from service.people import restricted
from service.people.protected import protected_by
from service.people.sendable import require_sendable


@bypasses_row_security
def require_sendable_to_agencies(
    session: Session, check: Check, requests: Sequence[CheckRequest], texts: Mapping[str, str]
) -> None:
    """Require of words that the agencies of some requests read that they give nothing away.

    Whom and where an agency is asked about it knows from the request itself.

    Args:
        requests: of the check; what waits for an agency is compared with what one of its kind may know.
        texts: by the JSON pointer of each in the body.

    Raises:
        Problem: 422 naming the kind of thing and its place, and never the thing.
    """
    closed = frozenset[Kind]().union(*_closed_to_each(session, requests).values())
    if closed:
        (protected,) = _beside_what_is_asked(session, check.person_id, [requests])
        require_sendable(Matcher(protected), texts, closed)


@bypasses_row_security
def as_sent(session: Session, request: CheckRequest) -> list[tuple[CheckMessage, str]]:
    """Return the messages of a request as its agency may read them, each with its words.

    What was written while it waited for an agency is compared with what the one that it was sent to may know,
    which may be less than was thought, and with whom and what the record protects now.
    """
    messages = queries.messages_of(session, [request.id])
    waited = [one for one in messages if request.sent_at and one.sent_at < request.sent_at]
    closed = _closed_to_each(session, [request])[request] if waited else frozenset[Kind]()
    if not closed:
        return [(one, one.body) for one in messages]
    (protected,) = _beside_what_is_asked(session, request.person_id, [[request]])
    matcher = Matcher(protected)
    return [(one, matcher.without(one.body, closed) if one in waited else one.body) for one in messages]


def _closed_to_each(
    session: Session, requests: Sequence[CheckRequest]
) -> dict[CheckRequest, frozenset[Kind]]:
    """Return what each request must not give away: to its agency, or to one of the kind that it waits for."""
    agencies = organisations_by_id(session, {one.agency_id for one in requests if one.agency_id})
    known = {id_: (one.kind, may_know(session, one, requests[0].person_id)) for id_, one in agencies.items()}
    kinds = {one.kind: KINDS[one.kind].organisation_kind for one in requests}
    return {
        one: closed_to(
            *(known[one.agency_id] if one.agency_id else (kinds[one.kind], ASSUMED[kinds[one.kind]]))
        )
        for one in requests
    }


_Texts = dict[str, tuple[str, frozenset[Kind]]]
"""Texts by the place of each, with what it may say."""


class Told(NamedTuple):
    """A text that an agency has been sent and that gives away what it may not know.

    Args:
        at: where it stands in what the agency reads of the request.
    """

    request: CheckRequest
    at: str
    gives_away: tuple[Kind, ...]


@bypasses_row_security
def given_away(session: Session, person_id: UUID) -> list[Told]:
    """Return which texts that agencies have been sent about a person give away what they may not know.

    What they were asked by, why, and the answers and reasons of probation are compared with whom and what the
    record protects now.
    """
    written = _texts_of_each(session, queries.requests_about(session, person_id))
    agencies = organisations_by_id(session, {one.agency_id for one in written if one.agency_id})
    closed = {each: closed_to(one.kind, may_know(session, one, person_id)) for each, one in agencies.items()}
    protected = _beside_what_is_asked(session, person_id, [[request] for request in written])
    found = []
    for (request, texts), known in zip(written.items(), protected, strict=True):
        matcher = Matcher(known)
        for at, (text, of_it) in texts.items():
            kinds = matcher.kinds(text) & (closed[request.agency_id] if request.agency_id else set())
            if kinds - of_it:
                found.append(Told(request, at, tuple(sorted(kinds - of_it))))
    return found


def _texts_of_each(session: Session, requests: Iterable[CheckRequest]) -> dict[CheckRequest, _Texts]:
    """Return what agencies have been sent in words, by request, in one pass over all that was said."""
    sent = {request.id: request for request in requests if request.agency_id is not None}
    texts: dict[UUID, _Texts] = {id_: {} for id_ in sent}
    for question in queries.questions_of(session, list(sent)):
        why = question.document.get("why") or {}
        reasons = {"why": why} | {f"why/earlier/{n}": one for n, one in enumerate(why.get("earlier", ()))}
        for place_in, reason in reasons.items():
            if reason.get("words"):
                at = f"/questions/{question.version}/{place_in}/words"
                texts[question.request_id][at] = (reason["words"], frozenset())
        for one in question.document["contacts"]:
            if one.get("description"):
                at = f"/questions/{question.version}/contacts/{one['id']}/description"
                texts[question.request_id][at] = (one["description"], frozenset({Kind.NAME}))
    for message in queries.messages_of(session, list(sent)):
        request = sent[message.request_id]
        waited = request.sent_at is not None and message.sent_at < request.sent_at  # see `as_sent`
        if message.organisation_id == request.probation_id and not waited:
            texts[message.request_id][f"/messages/{message.number}"] = (message.body, frozenset())
    return {sent[id_]: of_it for id_, of_it in texts.items() if of_it}


def _beside_what_is_asked(
    session: Session, person_id: UUID, asked: Sequence[Sequence[CheckRequest]]
) -> list[Protected]:
    """Return what a record protects beside whom and where some requests ask about, for each group of them."""
    protected = protected_by(session, person_id)
    queries.subjects_of(session, [one.id for requests in asked for one in requests])  # read at once
    subjects = [queries.subjects_of(session, [one.id for one in requests]) for requests in asked]
    known = restricted.read_asked_about(session, [one.id for requests in asked for one in requests])
    return [
        _without(
            protected,
            [somebody(known[one]) for one in about if one[0] == "contact" and one in known],
            {place(known[one]) for one in about if one[0] == "address" and one in known},
        )
        for about in subjects
    ]


def _without(protected: Protected, asked_about: Sequence[Somebody], asked_at: Collection[Place]) -> Protected:
    # What they are known by was another list at another time.
    by_name = {(one.given, one.family) for one in asked_about}
    return replace(
        protected,
        people=tuple(one for one in protected.people if (one.given, one.family) not in by_name),
        places=tuple(one for one in protected.places if one not in asked_at),
        others=together(protected.others, asked_about),
        homes=together(protected.homes, asked_at),
    )

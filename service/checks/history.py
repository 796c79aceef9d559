"""The history of a check, for probation: what was asked of whom, what was said and what was decided.

Nothing is left out because something later replaced it: as of a moment, it shows what was known then. A
result stands beside the question that it answers, with the identities that were asked about.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import audit
from service.access.actor import Actor
from service.agreements import queries as agreed
from service.agreements.views import decision_of
from service.checks import queries, showing
from service.checks.model import Check, CheckQuestion, CheckRequest
from service.checks.people_facts import documents_of
from service.checks.states import State
from service.db import Json
from service.events.model import Event
from service.people.model import Person
from service.people.protected import as_shown

_IN_TURN: Final = (
    "required",
    "asked",
    "said",
    "answered",
    "reviewed",
    "countersigned",
    "endorsed",
    "not_required",
    "replaced",
    "ended",
)
"""How things follow from each other that happened at the same moment."""
_OVER: Final = {"check_request.superseded": "replaced", "check_request.cancelled": "ended"}
"""What each event of a request says that an agency is asked no longer by."""
_MEMBERS: Final = (
    "question",
    "message",
    "result",
    "review",
    "countersignature",
    "endorsement",
    "not_required",
)
"""What either side said, in which it may name anybody."""
_STOOD: Final[Json] = {"corrected_by": None}
"""What is shown of a result that nobody had put right yet."""

Place = tuple[datetime, int, str, int]


class Entry(NamedTuple):
    """One thing that happened, before it is shown.

    Args:
        id: of the row that says so.
        what: one of the codes of the history.
        request: which it is about; None for what was decided of the check as a whole.
        version: of the question that was asked or answered; 0 where it is neither.
        shown: its content, by the member that has it.
    """

    at: datetime
    id: uuid.UUID
    what: str
    request: CheckRequest | None = None
    version: int = 0
    shown: Mapping[str, Any] = {}

    @property
    def place(self) -> Place:
        """Return where it stands: by time, and then as things follow from each other."""
        return self.at, _IN_TURN.index(self.what), str(self.id), self.version


def entries(
    session: Session, check: Check, *, at: datetime | None, after: Place | None, limit: int
) -> list[Entry]:
    """Return what happened to a check, oldest first; one more than `limit` when there is more.

    Args:
        at: nothing that happened later; None for all of it.
        after: the place of the last entry of the page before.
    """
    found = sorted(_every(session, check, at), key=lambda entry: entry.place)
    asked = [
        entry for entry in found if (at is None or entry.at <= at) and (after is None or entry.place > after)
    ]
    return asked[: limit + 1]


def show(session: Session, actor: Actor, check: Check, page: Sequence[Entry]) -> list[Json]:
    """Show a page of a check's history, and record that it was read.

    What was told of protected contacts is opened for those of this page, and recorded as such.
    """
    person = session.get_one(Person, check.person_id)
    requests = {entry.request.id: entry.request for entry in page if entry.request is not None}
    told = {(one.request_id, one.version): one for one in queries.questions_of(session, requests)}
    wanted = {(entry.request.id, entry.version) for entry in page if entry.request and entry.version}
    documents = documents_of(session, actor, person, [told[key] for key in sorted(wanted & told.keys())])
    items = [_shown(entry, documents) for entry in page]
    written = [{name: item[name] for name in _MEMBERS} for item in items]
    seen = as_shown(session, actor, person.id, written)
    items = [item | left for item, left in zip(items, seen, strict=True)]
    audit.record(
        session,
        actor,
        "consultation",
        object_kind="check",
        object_id=check.id,
        object_version=check.version,
        person_id=check.person_id,
        fields=sorted({f"history.{name}" for item in items for name in _MEMBERS if item[name] is not None}),
    )
    return items


def _shown(entry: Entry, documents: Mapping[tuple[uuid.UUID, int], Json]) -> Json:
    request = entry.request
    sent = request is not None and entry.what != "required"
    return {
        "at": entry.at,
        "what": entry.what,
        "check_request_id": request.id if request else None,
        # Before it was sent nobody had been asked, whoever was later.
        "agency_id": request.agency_id if request and sent else None,
        "area": request.area if request and sent else None,
        **dict.fromkeys(_MEMBERS),
        **entry.shown,
        "question": documents.get((request.id, entry.version)) if request else None,
    }


def _every(session: Session, check: Check, at: datetime | None) -> Iterator[Entry]:
    requests = {request.id: request for request in queries.requests_of(session, [check.id])}
    for request in requests.values():
        yield Entry(request.required_at, request.id, "required", request)
    yield from _asked_no_longer(session, check, requests)
    questions: list[CheckQuestion] = queries.questions_of(session, requests)
    for one in questions:
        yield Entry(one.asked_at, one.request_id, "asked", requests[one.request_id], one.version)
    for message in queries.messages_of(session, requests):
        about = requests[message.request_id]
        yield Entry(
            message.sent_at,
            message.id,
            "said",
            about,
            shown={"message": showing.message(message, message.body)},
        )
    results = queries.results_of(session, requests)
    shown_results = showing.results(session, results, list(requests.values()), about=False)
    # Nobody knew then that it would be put right.
    known = {None, *(result.id for result in results if at is None or result.returned_at <= at)}
    for result, as_returned in zip(results, shown_results, strict=True):
        yield Entry(
            result.returned_at,
            result.id,
            "answered",
            requests[result.request_id],
            result.question_version,
            {"result": as_returned if as_returned["corrected_by"] in known else as_returned | _STOOD},
        )
    yield from _reviewed(session, requests)
    if check.not_required_at is not None:
        decided = {
            "by": check.not_required_by,
            "reason": check.not_required_reason,
            "at": check.not_required_at,
        }
        yield Entry(check.not_required_at, check.id, "not_required", shown={"not_required": decided})


def _reviewed(session: Session, requests: Mapping[uuid.UUID, CheckRequest]) -> Iterator[Entry]:
    """Yield the reviews as they were then, and each thing that a manager said to one when it was said."""
    reviews = queries.reviews_of(session, requests)
    endorsed = agreed.endorsements(session, "check_review_endorsed", [review.id for review, _ in reviews])
    for review, signature in reviews:
        about, shown = requests[review.request_id], showing.review(review, signature)
        then = {**shown, "countersignature": None, "endorsements": []}
        yield Entry(review.reviewed_at, review.id, "reviewed", about, shown={"review": then})
        if signature is not None:
            signed = {"countersignature": shown["countersignature"]}
            yield Entry(signature.signed_at, review.id, "countersigned", about, shown=signed)
        for row in endorsed[review.id]:
            if (said := decision_of(row)) is not None:
                yield Entry(said["at"], row.id, "endorsed", about, shown={"endorsement": said})


def _asked_no_longer(
    session: Session, check: Check, requests: Mapping[uuid.UUID, CheckRequest]
) -> Iterator[Entry]:
    """Yield when those of a check's requests were replaced, or ended by the service, that had been sent.

    One that an agency has redirected, or a manager has ended, is not among them: its message says so.
    """
    said = {one.request_id for one in queries.messages_of(session, requests) if one.about == "cancellation"}
    over = [
        one.id
        for one in requests.values()
        if one.sent_at is not None
        and (
            one.succeeded_by_id is not None
            or (one.id not in said and (one.state == State.CANCELLED or one.asked_no_longer))
        )
    ]
    if not over:
        return
    found = session.scalars(
        select(Event).where(
            Event.person_id == check.person_id,
            Event.name.in_(_OVER),
            Event.subject_id.in_(over),
        )
    )
    for event in found:
        if _OVER[event.name] == "replaced" or event.subject_id not in said:
            yield Entry(event.occurred_at, event.id, _OVER[event.name], requests[event.subject_id])

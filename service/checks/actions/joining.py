"""Has an open request carry more, tells its agency what was corrected, and withdraws what is another's."""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from service.access.actor import Actor
from service.checks import queries, writes
from service.checks.actions import sending
from service.checks.actions.standing import Known
from service.checks.asked import to_answer, untold
from service.checks.completeness import still_open
from service.checks.differences import differs
from service.checks.kinds.contract import CheckKind
from service.checks.model import Check, CheckRequest
from service.checks.people_facts import composed, shown_in
from service.checks.planning import Plan
from service.checks.reasons import CHANGE
from service.checks.rules import SubjectRef
from service.checks.states import SET_ASIDE, WITH_AGENCY, Action, CheckState, State


def serve(session: Session, actor: Actor, check: Check, plan: Plan, *, again: bool, may_tell: bool) -> None:
    """Have the open requests of a record serve a new check, too, with what it asks on top.

    Args:
        check: an urgent one makes them urgent, with its hard date, and none routine again.
        may_tell: whether anything may still be told; where not, the new check asks for itself, and waits.
        again: something has happened: an agency is told that it is asked again, also about nobody new.
    """
    if not may_tell:
        return
    requests = [session.get_one(CheckRequest, one) for one in sorted(plan.serve | plan.join.keys())]
    hurried = set[UUID]()
    for request in requests:
        writes.join(session, check, request)
        with writes.following_the_first_due(session, request):
            anew = plan.ask_anew.get(request.id, frozenset())
            writes.ask_anew(session, request, anew)
            added = _add_what_is_new(session, actor, plan, request)
            told = request.sent_at is not None and bool(added or again or anew)
            if told and not added:
                sending.tell_anew(session, actor, request, "asked_again")
            if check.urgency == "urgent":
                # Where it asks about nobody new, it is all of the question that has become urgent, whether
                # or not a part of it had been answered.
                now = writes.note_urgent(session, [request], only={*added, *anew} if added else None)
                hurried |= frozenset() if told else now
    if check.urgency == "urgent":
        _make_urgent(session, actor, check, requests, hurried)


def carry_more(session: Session, actor: Actor, plan: Plan, checks: Sequence[Check]) -> None:
    """Have open requests carry what comes on top, for some checks.

    Args:
        checks: the newest last: what is asked now is as urgent as what that one asks.
    """
    newest = checks[-1]
    urgent: list[CheckRequest] = []
    for request_id in sorted(plan.join):
        request = session.get_one(CheckRequest, request_id)
        for check in checks:
            writes.join(session, check, request)
        with writes.following_the_first_due(session, request):
            added = _add_what_is_new(session, actor, plan, request)
            if added and hurries(newest):
                writes.note_urgent(session, [request], only=added)
                urgent.append(request)
    _make_urgent(session, actor, newest, urgent, ())


def hurries(check: Check) -> bool:
    """Return whether what is asked now is urgent by a check.

    What once happened makes nothing urgent any more when all that it asked has been answered.
    """
    happened = check.trigger_event.startswith(CHANGE)
    return check.urgency == "urgent" and (check.state == CheckState.OPEN or not happened)


def _make_urgent(
    session: Session,
    actor: Actor,
    check: Check,
    requests: Iterable[CheckRequest],
    hurried: Collection[UUID],
) -> None:
    checks = {one.id: one for one in queries.checks_about(session, check.person_id)}
    writes.make_urgent(session, actor, checks, requests, check.hard_date, hurried=hurried)


def _add_what_is_new(session: Session, actor: Actor, plan: Plan, request: CheckRequest) -> list[SubjectRef]:
    question = plan.join.get(request.id)
    added = [] if question is None else writes.add_subjects(session, request, question)
    if added:
        sending.tell_anew(session, actor, request, "joined")
    return added


def withdraw(session: Session, actor: Actor, known: Known, plan: Plan, asked: Sequence[CheckRequest]) -> None:
    """Withdraw from each agency what another must be asked, and who turned out to be somebody else.

    Where nothing is left, its request is replaced, or ended where nobody else is asked; where nothing
    unanswered is left, it is answered.

    Args:
        asked: the requests made for it now.
    """
    for request_id, subjects in plan.withdraw.items():
        request = session.get_one(CheckRequest, request_id)
        if State(request.state) in SET_ASIDE:
            continue
        _go_with_what_is_owed(session, known, request, subjects, asked)
        with writes.following_the_first_due(session, request):
            writes.withdraw_subjects(session, request, subjects)
            # Before it counts as complete: what was answered is about whom it was about then.
            writes.ask_anew(session, request, plan.ask_anew.get(request_id, frozenset()))
            left = writes.subjects_in(session, request)
            asks = any(not row.context and subject.kind != "person" for subject, row in left.items())
            if asks and request.sent_at is not None:
                sending.tell_anew(session, actor, request, "withdrawn")
            elif asks:
                writes.record_event(session, actor, request, "check_request.details_changed", ("subjects",))
        if asks:
            _complete(session, actor, request)
            drop_question(session, actor, request)
            continue
        if _complete(session, actor, request):
            continue  # what it has answered in part stays an answer, which is reviewed
        by = _asked_instead(session, known, request, subjects, asked) or _answered_in(session, request, left)
        if by is not None:
            writes.move_all(session, actor, [writes.replaced(request, by)])
        else:
            writes.move(session, actor, request, writes.require(request, Action.CANCEL, side="service"))


def _go_with_what_is_owed(
    session: Session,
    known: Known,
    request: CheckRequest,
    subjects: Collection[SubjectRef],
    asked: Sequence[CheckRequest],
) -> None:
    """Let what another request of its agency asks from now on be owed since it was first, and as urgent."""
    by = _asked_instead(session, known, request, subjects, asked)
    if by is None or by.agency_id is None or by.agency_id != request.agency_id:
        return
    before = {
        subject: row for subject, row in writes.subjects_in(session, request).items() if subject in subjects
    }
    with writes.following_the_first_due(session, by):
        writes.note_exposure(session, by, {subject: row.exposed_since for subject, row in before.items()})
        writes.note_urgent(
            session, [by], only={subject for subject, row in before.items() if row.urgency == "urgent"}
        )


def _complete(session: Session, actor: Actor, request: CheckRequest) -> bool:
    """Take what an agency has answered for the whole answer, where nothing unanswered is left."""
    if request.state != State.PARTIALLY_RETURNED or still_open(to_answer(session, request), ()):
        return False
    last = queries.standing_results_of(session, request)[-1]
    writes.move(
        session,
        actor,
        request,
        writes.require(request, Action.COMPLETE, side="service"),
        changes={"answered_at": last.returned_at},
        data={"result": last.id, "number": last.number},
    )
    return True


def drop_question(session: Session, actor: Actor, request: CheckRequest) -> None:
    """End a question of an agency where all that it was about has been withdrawn."""
    standing = {str(subject.id) for subject in writes.subjects_in(session, request)}
    if request.asks_about and standing.isdisjoint(request.asks_about):
        row = writes.require(request, Action.DROP_QUESTION, side="service")
        writes.move(session, actor, request, row, changes={"asks_about": None})


def _asked_instead(
    session: Session,
    known: Known,
    request: CheckRequest,
    subjects: Iterable[SubjectRef],
    asked: Sequence[CheckRequest],
) -> CheckRequest | None:
    """Return the request that asks about what was withdrawn from another, if there is one.

    Whoever is said to be the same as somebody else is asked about as that one.
    """
    another = {one.id: one.asked_as for one in known.household.contacts if one.asked_as is not None}
    about = {SubjectRef(kind, another.get(id_, id_)) for kind, id_ in subjects}
    others = (one for one in queries.requests_about(session, request.person_id) if one is not request)
    for one in (*asked, *others):
        stands = one.kind == request.kind and State(one.state) not in SET_ASIDE
        if stands and about & writes.subjects_in(session, one).keys():
            return one
    return None


def correct(session: Session, actor: Actor, kind: CheckKind, known: Known, plan: Plan) -> None:
    """Tell each agency that has not answered what is said differently by now, or that it is asked again."""
    requests = [
        request
        for request in queries.requests_about(session, known.household.person.id)
        if request.kind == kind.key and State(request.state) in {*WITH_AGENCY, State.REFUSED}
    ]
    told = {one.request_id: one for one in queries.questions_of(session, [one.id for one in requests])}
    for request in requests:
        subjects = queries.subjects_of(session, [request.id])
        now = composed(session, request, subjects)
        corrected = request.id in plan.tell_anew or differs(shown_in(told[request.id], kind), now)
        if corrected or untold(session, request):
            _supply(session, request, known, kind)
            with writes.following_the_first_due(session, request):
                writes.ask_anew(session, request, plan.ask_anew.get(request.id, frozenset()))
                sending.tell_anew(session, actor, request, "corrected" if corrected else "taken_back")
            if not corrected:
                writes.note_read(request)


def _supply(session: Session, request: CheckRequest, known: Known, kind: CheckKind) -> None:
    """Name as missing what is so by now, of a request that is asked without."""
    if not kind.allowed.describes:
        return
    about = {one.subject for one in to_answer(session, request)}
    lacking = dict.fromkeys(
        one
        for line in kind.lines(known.household)
        for one in line.missing
        if about & {*line.subjects} and not kind.is_moot_once_asked(one)
    )
    writes.name_missing(request, sending.as_json(lacking))


def _answered_in(
    session: Session, request: CheckRequest, helped: Collection[SubjectRef]
) -> CheckRequest | None:
    """Return the request that was answered about what helped to find whoever was withdrawn from another."""
    for one in queries.requests_about(session, request.person_id):
        if one.kind == request.kind and State(one.state) in {State.RETURNED, State.REVIEWED}:
            answered = {
                subject
                for subject, row in writes.subjects_in(session, one).items()
                if row.answered_by is not None and subject.kind != "person"
            }
            if answered & {*helped}:
                return one
    return None

"""Raises checks from what is on record about a household, and sends what waited once its details are there.

No caller can prevent a check from being raised; only a manager's decision removes one.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, count
from typing import Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import clock, db, settling
from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.checks import queries, writes
from service.checks.actions import joining, sending, standing
from service.checks.actions.contacts import follow_contacts
from service.checks.actions.standing import Known
from service.checks.actions.urgency import raise_urgency
from service.checks.basis import BASIS, has_basis, is_over
from service.checks.danger import cannot_wait
from service.checks.kinds import KINDS
from service.checks.kinds.contract import CheckKind
from service.checks.model import Check, CheckRequest
from service.checks.planning import are_nobody
from service.checks.reasons import Reason
from service.checks.rules import ASKED_BEFORE, Question, SubjectRef, carried_by
from service.checks.states import UNSENT, Action, CheckState, State
from service.people.model import Person

PACKAGE: Final = "checks"
"""By which name the package looks again at a record that was marked."""

FIRST_KNOWN = "household.recorded"
"""The trigger of a check that is raised because the household changed after the referral."""


@dataclass(frozen=True, kw_only=True)
class CheckCase:
    """The case that checks are raised for; their subjects are read from the people tables.

    Args:
        practitioner: the id of the practitioner whose case it is, for the clocks.
        hard_date: a release or arrival by which the answers are needed.
        hearing_at: a hearing for which a case is opened; they are needed by it, whatever becomes of the other
            day.
        rosh_highest: the highest level of risk of serious harm to any group, when known.
        referral_id: None for a case that is opened before anything is referred.
        by_description: danger is alleged, so that a child is asked about without waiting for a name.
        new: the record or the case was made in this transaction, so nobody else can raise or answer its
            checks.
        reason: the change of circumstance because of which they are raised, as agencies may be told of it.
    """

    referral_id: uuid.UUID | None
    person: Person
    probation_id: uuid.UUID
    practitioner: str
    pdu: str | None = None
    urgency: Literal["routine", "urgent"] = "routine"
    hard_date: datetime | None = None
    hearing_at: datetime | None = None
    rosh_highest: str | None = None
    by_description: bool = False
    new: bool = False
    reason: Reason | None = None


@bypasses_row_security
def raise_checks(
    session: Session,
    actor: Actor,
    case: CheckCase,
    trigger_event: str,
    *,
    kinds: Iterable[str] | None = None,
    again: bool = False,
) -> list[Check]:
    """Raise every check that the household calls for, each as a new cycle linked to the one before.

    An agency with an open request about the record is not asked beside it: that request serves the new cycle,
    too, and carries what comes on top. Requests still waiting for details are carried on by the new cycle,
    their exposure counted from the beginning.

    Args:
        case: whose.
        trigger_event: what called for it, a stable name such as `referral.submitted`: the same one again for
            the same referral raises nothing twice.
        kinds: only these kinds; all when None.
        again: something has happened, of which every agency asked is notified.

    Returns:
        The checks of this trigger, raised now or before.
    """
    wanted = list(KINDS if kinds is None else kinds)
    if not case.new:
        writes.lock_record(session, case.person.id)
    has_basis(session, case.person.id, case.probation_id)  # read before anything waits to be written
    known = standing.read(session, case.person)
    raised = _raise_all(session, actor, case, wanted, known, trigger_event=trigger_event, again=again)
    if _waits_for_basis(session, case):
        _bring_all_in_line(session, actor, known)
    if set(wanted) == set(KINDS):
        settling.unmark(session, PACKAGE, case.person.id)
    return raised


@bypasses_row_security
def take_over_checks(
    session: Session, actor: Actor, case: CheckCase, referral_id: uuid.UUID, trigger_event: str
) -> list[Check]:
    """Raise the checks of a person's first referral, and take over those raised when the case was opened.

    What is still open is not raised again: it goes on under the referral, with whatever the document adds.

    Args:
        case: of the referral; its person is locked.

    Returns:
        The checks taken over and those raised now.
    """
    if all(check.referral_id is not None for check in queries.checks_about(session, case.person.id)):
        return raise_checks(session, actor, case, trigger_event)
    writes.lock_record(session, case.person.id)
    adopted = [check for check in queries.checks_about(session, case.person.id) if check.referral_id is None]
    writes.adopt(session, actor, case.person, adopted, referral_id)
    reconcile(session, actor, case.person.id)
    if case.urgency == "urgent":
        raise_urgency(session, actor, referral_id, hard_date=case.hard_date)
    latest = {
        check.kind: check
        for check in sorted(queries.checks_about(session, case.person.id), key=lambda check: check.cycle)
        if check.referral_id == referral_id
    }
    going_on = [check for check in latest.values() if check.state == CheckState.OPEN]
    kinds = sorted(KINDS.keys() - {check.kind for check in going_on})
    return going_on + raise_checks(session, actor, case, trigger_event, kinds=kinds)


@bypasses_row_security
def recheck(
    session: Session,
    actor: Actor,
    person_id: uuid.UUID,
    trigger_event: str,
    *,
    referral_id: uuid.UUID | None,
    kinds: Iterable[str] | None = None,
    urgency: Literal["routine", "urgent"] | None = None,
    hard_date: datetime | None = None,
    by_description: bool = False,
    reason: Reason | None = None,
) -> list[Check]:
    """Raise the checks of a case again because of a change of circumstance.

    Args:
        referral_id: the person's newest referral; None for a case that was opened and has none yet. Its first
            checks have been raised.
        trigger_event: the change, such as `change:<id>`.
        kinds: those that the change calls for; all when None.
        urgency, hard_date: of this cycle; those of the last one when None.
        by_description, reason: as of `CheckCase`.

    Returns:
        Those raised; none where the person has died.

    Raises:
        LookupError: no check was ever raised for this referral, or for this opened case.
    """
    if session.get_one(Person, person_id).died_on is not None:
        return []
    kinds = list(KINDS if kinds is None else kinds)
    of_case = [
        check for check in writes.lock_record(session, person_id).values() if check.referral_id == referral_id
    ]
    if not of_case:
        raise LookupError(f"no check was ever raised for {referral_id or person_id}")
    last = max(of_case, key=lambda check: check.raised_at)
    case = _case_of(session, last, urgency, hard_date)
    case = replace(case, by_description=by_description, reason=reason)
    has_basis(session, person_id, case.probation_id)  # read before anything waits to be written
    known = standing.read(session, case.person)
    raised = _raise_all(session, actor, case, kinds, known, trigger_event=trigger_event, again=True)
    _bring_all_in_line(session, actor, known, besides=kinds)
    settling.unmark(session, PACKAGE, person_id)
    return raised


@bypasses_row_security
def reconcile(session: Session, actor: Actor, person_id: uuid.UUID) -> None:
    """Bring the questions about a person in line with the record, after anything on it has changed.

    Sends the waiting requests that can now be sent; asks about every contact, home and identity that no
    answer and no open request covers; tells an agency that has not answered what has been corrected; and
    withdraws what another agency must be asked.
    """
    checks = writes.lock_record(session, person_id).values()
    if not checks:
        return
    person = session.get_one(Person, person_id)
    if is_over(session, person, checks):
        return
    for probation_id in {check.probation_id: None for check in checks}:
        has_basis(session, person_id, probation_id)  # read before anything waits to be written
    _bring_all_in_line(session, actor, standing.read(session, person))


def _bring_all_in_line(session: Session, actor: Actor, known: Known, *, besides: Iterable[str] = ()) -> None:
    """Bring the questions of every kind in line with the record, but for kinds that have just been raised."""
    person_id = known.household.person.id
    checks = queries.checks_about(session, person_id)
    latest: dict[str, dict[uuid.UUID | None, Check]] = {key: {} for key in KINDS}
    for check in sorted(checks, key=lambda check: (check.raised_at, check.cycle)):
        latest[check.kind][check.referral_id] = check
    for key in sorted(KINDS.keys() - set(besides)):
        if latest[key]:
            _bring_in_line(session, actor, KINDS[key], known, list(latest[key].values()))
    for referral_id in {check.referral_id: None for check in checks}:
        never = sorted(key for key, of_kind in latest.items() if referral_id not in of_kind)
        if never:
            last = max(
                (check for check in checks if check.referral_id == referral_id),
                key=lambda check: check.raised_at,
            )
            case = _case_of(session, last)
            _raise_all(session, actor, case, never, known, trigger_event=FIRST_KNOWN, again=False)
    follow_contacts(session, actor, known.household)


def _raise_all(
    session: Session,
    actor: Actor,
    case: CheckCase,
    kinds: Iterable[str],
    known: Known,
    *,
    trigger_event: str,
    again: bool,
) -> list[Check]:
    if case.person.died_on is not None:
        return []
    raised = [
        _raise(session, actor, case, KINDS[key], known, trigger_event=trigger_event, again=again)
        for key in kinds
    ]
    return [check for check in raised if check is not None]


def _waits_for_basis(session: Session, case: CheckCase) -> bool:
    """Return whether some question waits for a basis that is there by now, such as a new order."""
    waits = any(
        detail["detail"] == BASIS
        for request in queries.requests_about(session, case.person.id)
        if State(request.state) in UNSENT
        for detail in request.missing
    )
    return waits and has_basis(session, case.person.id, case.probation_id)


@bypasses_row_security
def lack_basis(session: Session, check_ids: Iterable[uuid.UUID]) -> bool:
    """Return whether some question of these checks is not asked because sharing of the case has ended."""
    requests = queries.requests_of(session, check_ids)
    return any(detail["detail"] == BASIS for request in requests for detail in request.missing)


def send_for_duty(duty: str, role: db.Role) -> int:
    """Send the requests that waited because no organisation was registered for a duty, once one is.

    One person a transaction.

    Args:
        duty: such as `police_da`.
        role: `worker`, or the `owner` in an operator's command.

    Returns:
        The number of people whose checks were reconsidered.
    """
    kinds = [kind.key for kind in KINDS.values() if kind.duty == duty]
    waits = (
        select(CheckRequest.person_id)
        .where(CheckRequest.kind.in_(kinds), CheckRequest.state == State.AWAITING_DETAILS)
        .distinct()
        .order_by(CheckRequest.person_id)
    )
    with db.transaction(role) as session:
        people = session.scalars(waits).all() if kinds else []
    for person_id in people:
        with db.transaction(role) as session:
            reconcile(session, Actor.for_service("opening"), person_id)
    return len(people)


def _case_of(
    session: Session,
    last: Check,
    urgency: Literal["routine", "urgent"] | None = None,
    hard_date: datetime | None = None,
) -> CheckCase:
    return CheckCase(
        referral_id=last.referral_id,
        person=session.get_one(Person, last.person_id),
        probation_id=last.probation_id,
        practitioner=last.practitioner,
        pdu=last.pdu,
        urgency=urgency or ("urgent" if joining.hurries(last) else "routine"),
        hard_date=hard_date or last.release_at,
        rosh_highest=last.rosh_highest,
    )


def _needed_by(session: Session, case: CheckCase) -> tuple[datetime | None, Literal["routine", "urgent"]]:
    """Return by when the answers are needed, and how urgent they are.

    A day before today cannot be kept: what is asked is urgent, and needed by the next day that can.
    """
    needed_by = queries.needed_by(session, case.person.id, case.hard_date, case.hearing_at)
    if needed_by is None or needed_by >= clock.at(clock.today()):
        return needed_by, case.urgency
    following = queries.next_needed_by(session, case.person.id, case.hearing_at)
    return (needed_by, case.urgency) if following is None else (following, "urgent")


def _raise(
    session: Session,
    actor: Actor,
    case: CheckCase,
    kind: CheckKind,
    known: Known,
    *,
    trigger_event: str,
    again: bool,
) -> Check | None:
    cycles = sorted(
        (
            check
            for check in queries.checks_about(session, case.person.id)
            if (check.referral_id, check.kind) == (case.referral_id, kind.key)
        ),
        key=lambda check: check.cycle,
    )
    for earlier in cycles:
        if earlier.trigger_event == trigger_event:
            return earlier
    if not kind.lines(known.household):
        return None
    waiting = [
        request
        for request in queries.requests_about(session, case.person.id)
        if request.kind == kind.key and State(request.state) in UNSENT
    ]
    basis = has_basis(session, case.person.id, case.probation_id)
    plan = standing.plan_for(session, kind, known, again=True, may_tell=basis, at_once=case.by_description)
    needed_by, urgency = _needed_by(session, case)
    check = writes.add_check(
        session,
        actor,
        referral_id=case.referral_id,
        person_id=case.person.id,
        kind=kind.key,
        cycle=len(cycles) + 1,
        previous_id=cycles[-1].id if cycles else None,
        trigger_event=trigger_event,
        probation_id=case.probation_id,
        practitioner=case.practitioner,
        pdu=case.pdu,
        urgency=urgency,
        hard_date=needed_by,
        hearing_at=case.hearing_at,
        opened_hearing_at=case.hearing_at,
        release_at=case.hard_date,
        rosh_highest=case.rosh_highest,
        reason=case.reason,
    )
    joining.serve(session, actor, check, plan, again=again and basis, may_tell=basis)
    waiting = [request for request in waiting if request.id not in plan.serve]
    by = {request.id: carried_by(request.obligation, plan.ask) for request in waiting}
    carried = [[one for one in waiting if by[one.id] is question] for question in plan.ask]
    longest = [min(some, key=lambda request: request.exposed_since, default=None) for some in carried]
    asked = list(zip(plan.ask, longest, strict=True))
    at_once = case.by_description or cannot_wait(session, kind, case.person.id, plan.ask)
    requests = writes.add_requests(session, actor, check, asked, by_description=at_once)
    agencies = sending.agencies_for(session, kind, plan.ask)
    for request, question in zip(requests, plan.ask, strict=True):
        sending.send_or_wait(session, actor, request, question, agencies)
    replaced = [(old, request) for request, some in zip(requests, carried, strict=True) for old in some]
    # What waited for a detail that is there by now is asked by the request that has joined it.
    into = next((session.get_one(CheckRequest, one) for one in plan.join), None)
    replaced += [(old, into) for old in waiting if by[old.id] is None and into is not None]
    writes.move_all(session, actor, [writes.replaced(old, new) for old, new in replaced])
    if basis:
        joining.withdraw(session, actor, known, plan, requests)
        joining.correct(session, actor, kind, known, plan)
    return check


def _bring_in_line(
    session: Session, actor: Actor, kind: CheckKind, known: Known, newest: Sequence[Check]
) -> None:
    """Bring the questions of one kind in line with the record.

    Args:
        newest: of each referral, the last raised of all last: what is asked now belongs to that one, and
            serves the others.
    """
    person_id = known.household.person.id
    requests = [one for one in queries.requests_about(session, person_id) if one.kind == kind.key]
    sent, placeholders = _send_what_can_be(session, actor, kind, known, requests)
    check = newest[-1]
    basis = has_basis(session, person_id, check.probation_id)
    plan = standing.plan_for(session, kind, known, again=False, may_tell=basis)
    follows = min(placeholders, key=lambda request: request.exposed_since, default=None)
    taken = {request.obligation for request in requests if request.check_id == check.id}
    named = [_named_apart(question, taken) for question in plan.ask]
    asked = writes.add_requests(
        session,
        actor,
        check,
        [(question, follows) for question in named],
        by_description=cannot_wait(session, kind, person_id, named),
        urgent=joining.hurries(check)
        or (check.urgency == "urgent" and _corrects(session, known, requests, named)),
    )
    for request, question in zip(asked, named, strict=True):
        for other in newest[:-1]:
            writes.join(session, other, request)
        sending.send_or_wait(session, actor, request, question)
    if basis:
        joining.carry_more(session, actor, plan, newest)
        joining.withdraw(session, actor, known, plan, asked)
        joining.correct(session, actor, kind, known, plan)
    if asked:
        settling.mark(session, actor, person_id, only=settling.DEPARTURE_GATE)
        for one in newest:
            writes.recount(session, actor, one)
    replacing = next(iter((*asked, *sent)), None)
    if replacing is not None:
        # They had no subject on record yet: the request about the contact recorded now replaces them.
        writes.move_all(session, actor, [writes.replaced(one, replacing) for one in placeholders])


def _corrects(
    session: Session, known: Known, requests: Iterable[CheckRequest], questions: Iterable[Question]
) -> bool:
    """Return whether questions ask about somebody who has been answered about as somebody else alone.

    What was urgent about them has not been answered.
    """
    right, wrong = set[SubjectRef](), set[SubjectRef]()
    for request in requests:
        answered = {
            ref for ref, row in writes.subjects_in(session, request).items() if row.answered_by is not None
        }
        otherwise = known.otherwise.get(request.id, set())
        right |= answered - otherwise
        wrong |= answered & otherwise
    wrong -= right
    return any(not wrong.isdisjoint(set(question.subjects) - question.context) for question in questions)


def _send_what_can_be(
    session: Session, actor: Actor, kind: CheckKind, known: Known, requests: Iterable[CheckRequest]
) -> tuple[list[CheckRequest], list[CheckRequest]]:
    """Send the requests that waited and have all they need; return them, and those without a subject yet."""
    sent: list[CheckRequest] = []
    placeholders: list[CheckRequest] = []
    lines = kind.lines(known.household)
    for request in requests:
        if State(request.state) in UNSENT:
            subjects = writes.subjects_in(session, request)
            about = [subject for subject, row in subjects.items() if not row.context]
            if are_nobody(known.household, lines, about):
                writes.withdraw_subjects(session, request, subjects)
                writes.move(session, actor, request, writes.require(request, Action.CANCEL, side="service"))
                continue
            question = sending.now(known.household, kind, request, subjects)
            if question is None:
                placeholders.append(request)
            elif sending.send_or_wait(session, actor, request, question):
                sent.append(request)
    return sent, placeholders


def _named_apart(question: Question, taken: set[str]) -> Question:
    """Return a question by a name that no other of its check has."""
    names = chain([question.obligation], (f"{question.obligation}{ASKED_BEFORE}{n}" for n in count(2)))
    name = next(name for name in names if name not in taken)
    taken.add(name)
    return replace(question, obligation=name)


settling.register(PACKAGE, 2, reconcile)

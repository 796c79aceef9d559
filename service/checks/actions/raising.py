"""Raises checks from what is on record about a household, and sends what waited once its details are there.

No caller can prevent a check from being raised; only a manager's decision removes one.
"""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service import db
from service.access.actor import Actor
from service.access.row_visibility import bypasses_row_security
from service.checks import queries, writes
from service.checks.actions import sending
from service.checks.actions.urgency import raise_urgency
from service.checks.basis import BASIS, has_basis
from service.checks.kinds import KINDS
from service.checks.kinds.contract import CheckKind
from service.checks.model import Check, CheckRequest
from service.checks.people_facts import household_of
from service.checks.rules import Household, Question, carried_by, not_asked_yet, together
from service.checks.states import UNSENT, Action, CheckState, State
from service.gathering import forget_read, rows_of
from service.people.model import Contact, Person

FIRST_KNOWN = "household.recorded"
"""The trigger of a check that is raised because the household changed after the referral."""


@dataclass(frozen=True, kw_only=True)
class CheckCase:
    """The case that checks are raised for; their subjects are read from the people tables.

    Args:
        practitioner: the id of the practitioner whose case it is, for the clocks.
        hard_date: a release, hearing or move by which the answers are needed.
        rosh_highest: the highest level of risk of serious harm to any group, when known.
        referral_id: None for a case that is opened before anything is referred.
        by_description: danger is alleged, so that a child is asked about without waiting for a name.
        new: the referral or the case was made in this transaction, or is locked, so nobody else can raise its
            checks.
    """

    referral_id: uuid.UUID | None
    person: Person
    probation_id: uuid.UUID
    practitioner: str
    pdu: str | None = None
    urgency: Literal["routine", "urgent"] = "routine"
    hard_date: datetime | None = None
    rosh_highest: str | None = None
    by_description: bool = False
    new: bool = False


@bypasses_row_security
def raise_checks(
    session: Session,
    actor: Actor,
    case: CheckCase,
    trigger_event: str,
    *,
    kinds: Iterable[str] | None = None,
) -> list[Check]:
    """Raise every check that the household calls for, each as a new cycle linked to the one before.

    Requests of earlier cycles that were sent stay open with their own clocks; those still waiting for details
    are carried on by the new cycle, their exposure counted from the beginning.

    Args:
        case: whose.
        trigger_event: what called for it, a stable name such as `referral.submitted`: the same one again for
            the same referral raises nothing twice.
        kinds: only these kinds; all when None.

    Returns:
        The checks of this trigger, raised now or before.
    """
    wanted = [KINDS[key] for key in kinds] if kinds is not None else list(KINDS.values())
    if not case.new:
        _lock_cases(session, [case.referral_id or case.person.id])
        _lock_earlier(session, case.referral_id, case.person.id, [kind.key for kind in wanted])
    has_basis(session, case.person.id, case.probation_id)  # read before anything waits to be written
    household = household_of(session, case.person)
    raised = (_raise(session, actor, case, kind, household, trigger_event=trigger_event) for kind in wanted)
    return [check for check in raised if check is not None]


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
    known: list[Check] = rows_of(session, Check.person_id, [case.person.id])
    if all(check.referral_id is not None for check in known):
        return raise_checks(session, actor, case, trigger_event)
    adopted = writes.lock_without_referral(session, case.person)
    writes.adopt(session, actor, case.person, adopted, referral_id)
    latest = {check.kind: check for check in sorted(adopted, key=lambda check: check.cycle)}
    going_on = [check for check in latest.values() if check.state == CheckState.OPEN]
    household = household_of(session, case.person)
    for check in going_on:
        _reconsider_check(session, actor, check, household, newest=True)
    if case.urgency == "urgent":
        raise_urgency(session, actor, referral_id, hard_date=case.hard_date)
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
) -> list[Check]:
    """Raise the checks of a case again because of a change of circumstance.

    Args:
        referral_id: the person's newest referral; None for a case that was opened and has none yet. Its first
            checks have been raised.
        trigger_event: the change, such as `change:<id>`.
        kinds: those that the change calls for; all when None.
        urgency, hard_date: of this cycle; those of the last one when None.
        by_description: as of `CheckCase`.

    Raises:
        LookupError: no check was ever raised for this referral, or for this opened case.
    """
    kinds = list(KINDS if kinds is None else kinds)
    _lock_cases(session, [referral_id or person_id])
    _lock_earlier(session, referral_id, person_id, kinds)
    known: list[Check] = rows_of(session, Check.person_id, [person_id])
    of_case = [check for check in known if check.referral_id == referral_id]
    if not of_case:
        raise LookupError(f"no check was ever raised for {referral_id or person_id}")
    last = max(of_case, key=lambda check: check.raised_at)
    case = _case_of(session, last, urgency, hard_date)
    return raise_checks(
        session, actor, replace(case, by_description=by_description, new=True), trigger_event, kinds=kinds
    )


@bypasses_row_security
def details_supplied(session: Session, actor: Actor, contact_id: uuid.UUID) -> list[CheckRequest]:
    """Send the requests that waited for the details of a contact; see `reconsider`."""
    contact = session.get_one(Contact, contact_id)
    return reconsider(session, actor, contact.person_id)


@bypasses_row_security
def reconsider(session: Session, actor: Actor, person_id: uuid.UUID) -> list[CheckRequest]:
    """Reconsider a person's checks after a contact or an address was recorded or completed.

    Sends the waiting requests that can now be sent, and asks about every contact and address that no request
    of the latest cycle covers. Removes nothing.

    Returns:
        The requests that were sent or raised.
    """
    person = session.get_one(Person, person_id)
    known: list[Check] = rows_of(session, Check.person_id, [person_id])
    _lock_cases(session, {check.referral_id or person_id for check in known})
    checks = writes.lock_all(session, Check.person_id == person_id).values()
    requests = queries.requests_of(session, [check.id for check in checks])  # read at once, for all of them
    queries.subjects_of(session, [request.id for request in requests])
    for check in checks:
        has_basis(session, person_id, check.probation_id)  # read before anything waits to be written
    household = household_of(session, person)
    latest: dict[tuple[uuid.UUID | None, str], Check] = {}
    for check in sorted(checks, key=lambda check: check.cycle):
        latest[check.referral_id, check.kind] = check
    touched: list[CheckRequest] = []
    for check in checks:
        newest = latest[check.referral_id, check.kind] is check
        touched += _reconsider_check(session, actor, check, household, newest=newest)
    for referral_id in {check.referral_id: None for check in checks}:
        of_referral = [check for (referral, _), check in latest.items() if referral == referral_id]
        never = KINDS.keys() - {check.kind for check in of_referral}
        case = replace(_case_of(session, of_referral[0]), new=True)  # all of it is locked already
        raised = raise_checks(session, actor, case, FIRST_KNOWN, kinds=sorted(never)) if never else []
        touched += queries.requests_of(session, [check.id for check in raised])
    return touched


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
        select(Check.person_id)
        .join(CheckRequest, CheckRequest.check_id == Check.id)
        .where(Check.kind.in_(kinds), CheckRequest.state == State.AWAITING_DETAILS)
        .distinct()
        .order_by(Check.person_id)
    )
    with db.transaction(role) as session:
        people = session.scalars(waits).all() if kinds else []
    for person_id in people:
        with db.transaction(role) as session:
            reconsider(session, Actor.for_service("opening"), person_id)
    return len(people)


def _lock_cases(session: Session, ids: Collection[uuid.UUID]) -> None:
    # Two retries of one trigger must not both find nothing raised; the referral's own row is a layer above.
    # By referral, or by person where there is none yet.
    for one in sorted(ids):
        key = int.from_bytes(one.bytes[:8], "big", signed=True)
        session.execute(select(func.pg_advisory_xact_lock(key)))
    forget_read(session, Check.__table__)


def _lock_earlier(
    session: Session, referral_id: uuid.UUID | None, person_id: uuid.UUID, kinds: Collection[str]
) -> None:
    """Lock the open checks of a case: what has not been sent of them is carried on by the new cycle."""
    of_case = (Check.person_id == person_id) & Check.referral_id.is_not_distinct_from(referral_id)
    writes.lock_all(session, of_case & Check.kind.in_(kinds) & (Check.state == CheckState.OPEN))


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
        urgency=urgency or ("urgent" if last.urgency == "urgent" else "routine"),
        hard_date=hard_date or last.hard_date,
        rosh_highest=last.rosh_highest,
    )


def _raise(
    session: Session,
    actor: Actor,
    case: CheckCase,
    kind: CheckKind,
    household: Household,
    *,
    trigger_event: str,
) -> Check | None:
    known: list[Check] = rows_of(session, Check.person_id, [case.person.id])
    cycles = sorted(
        (check for check in known if (check.referral_id, check.kind) == (case.referral_id, kind.key)),
        key=lambda check: check.cycle,
    )
    for earlier in cycles:
        if earlier.trigger_event == trigger_event:
            return earlier
    questions = together(household, kind.lines(household), always_missing=kind.missing_for_all(household))
    if not questions:
        return None
    unsent = _unsent(session, cycles)
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
        urgency=case.urgency,
        hard_date=case.hard_date,
        rosh_highest=case.rosh_highest,
    )
    waiting = [(request, carried_by(request.obligation, questions)) for request in unsent]
    carried = [[request for request, by in waiting if by is question] for question in questions]
    longest = [min(some, key=lambda request: request.exposed_since, default=None) for some in carried]
    asked = list(zip(questions, longest, strict=True))
    requests = writes.add_requests(session, actor, check, asked, by_description=case.by_description)
    agencies = sending.agencies_for(session, kind, questions)
    for request, question in zip(requests, questions, strict=True):
        sending.send_or_wait(session, actor, request, question, agencies)
    _supersede(
        session,
        actor,
        [(old, request) for request, some in zip(requests, carried, strict=True) for old in some],
    )
    return check


def _ask(
    session: Session,
    actor: Actor,
    check: Check,
    question: Question,
    *,
    follows: CheckRequest | None = None,
) -> CheckRequest:
    request = writes.add_request(session, actor, check, question, follows=follows)
    sending.send_or_wait(session, actor, request, question)
    return request


def _unsent(session: Session, cycles: Iterable[Check]) -> list[CheckRequest]:
    requests = queries.requests_of(session, [check.id for check in cycles])
    return [request for request in requests if State(request.state) in UNSENT]


def _supersede(session: Session, actor: Actor, replaced: Iterable[tuple[CheckRequest, CheckRequest]]) -> None:
    """Replace requests of locked checks, each by another."""
    moves = [
        writes.Move(
            request,
            writes.require(request, Action.SUPERSEDE, side="service"),
            data={"succeeded_by": by.id},
            changes={"succeeded_by_id": by.id},
        )
        for request, by in replaced
    ]
    writes.move_all(session, actor, moves)


def _reconsider_check(
    session: Session, actor: Actor, check: Check, household: Household, *, newest: bool
) -> list[CheckRequest]:
    kind = KINDS[check.kind]
    requests = queries.requests_of(session, [check.id])
    waiting = [request for request in requests if State(request.state) in UNSENT]
    placeholders: list[CheckRequest] = []
    touched: list[CheckRequest] = []
    for request in waiting:
        question = sending.now(household, kind, request, queries.subjects_of(session, [request.id]))
        if question is None:
            placeholders.append(request)
        elif sending.send_or_wait(session, actor, request, question):
            touched.append(request)
    for request in requests:
        sending.supply_to_agency(session, actor, request, kind, household)
    if newest:
        follows = min(placeholders, key=lambda request: request.exposed_since, default=None)
        asked = queries.subjects_of(session, [request.id for request in requests])
        taken = {request.obligation for request in requests}
        fresh = not_asked_yet(kind.lines(household), asked)
        for question in together(household, fresh, always_missing=kind.missing_for_all(household)):
            name = question.obligation
            if name in taken:
                # This agency has been asked already in this cycle: a second question, with its own name.
                name = f"{name}:{min(f'{k}:{i}' for k, i in question.subjects if k != 'person')}"
            named = Question(name, question.area, question.subjects, question.missing)
            touched.append(_ask(session, actor, check, named, follows=follows))
        if touched and fresh:
            writes.recount(session, actor, check)
    if touched:
        # They had no subject on record yet: the request about the contact recorded now replaces them.
        _supersede(session, actor, [(placeholder, touched[0]) for placeholder in placeholders])
    return touched

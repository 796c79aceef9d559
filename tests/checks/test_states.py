"""Whatever the two sides do in whatever order: nothing is answered by accident, nothing falls silent."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count, pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service import db
from service.access.actor import Actor, Practitioner
from service.audit.model import AuditEntry
from service.checks import actions, asked, queries, writes
from service.checks.completeness import still_open
from service.checks.kinds import police_da
from service.checks.model import Check, CheckRequest, CheckResult
from service.checks.states import SET_ASIDE, TABLE, UNANSWERED, Action, Side, State, check_state
from service.events.model import Event
from service.http.problems import Problem
from service.timers.model import Clock
from tests import rows
from tests.cast import Cast
from tests.checks.factories import Case, open_case, police_answer
from tests.conftest import START, TheClock

pytestmark = pytest.mark.long

_crns = count(100_000)


def give_answer(session: Session, actor: Actor, request: CheckRequest, *, complete: bool) -> None:
    body = police_answer(complete=complete, **({} if complete else {"remaining": "More to search."}))
    said = {one.subject.id: "nothing_found" for one in asked.to_answer(session, request)}
    subjects = [{"id": id_, "outcome": outcome} for id_, outcome in said.items()]
    answer = {**body, "valid_as_at": request.required_at.date(), "subjects": subjects if complete else []}
    answer["searched"] = {
        **body["searched"],
        "from": request.required_at.date(),
        "until": request.required_at.date(),
    }
    findings = police_da.PoliceFindings().load(body["findings"])
    actions.return_result(
        session,
        actor,
        request,
        actions.require_answerable(request),
        {**answer, "findings": findings},
        findings=body["findings"],
    )


Do = Callable[[Session, Actor, CheckRequest], Any]
DEEDS: dict[Action, tuple[Side, bool, Do]] = {
    Action.ACKNOWLEDGE: ("agency", False, actions.acknowledge),
    Action.RETURN_FOR_INFORMATION: (
        "agency",
        False,
        lambda s, a, r: actions.return_for_information(s, a, r, "Which flat?"),
    ),
    Action.ANSWER_INFORMATION: (
        "probation",
        False,
        lambda s, a, r: actions.answer_information(s, a, r, "Upper."),
    ),
    Action.RETURN_PART: ("agency", False, lambda s, a, r: give_answer(s, a, r, complete=False)),
    Action.RETURN_ALL: ("agency", False, lambda s, a, r: give_answer(s, a, r, complete=True)),
    Action.REFUSE: ("agency", False, lambda s, a, r: actions.refuse(s, a, r, "other", "No grounds.")),
    Action.MISDIRECT: (
        "agency",
        False,
        lambda s, a, r: actions.misdirect(
            s, a, r, "west-yorkshire" if r.area == "greater-manchester" else "greater-manchester", "Moved."
        ),
    ),
    Action.ASK_AGAIN: ("probation", False, lambda s, a, r: actions.ask_again(s, a, r, "A child was seen.")),
    Action.REVIEW: (
        "probation",
        False,
        lambda s, a, r: actions.review_answer(s, a, r, ["nothing"], "Read it."),
    ),
    Action.SETTLE_REDIRECT: (
        "probation",
        False,
        lambda s, a, r: actions.settle_redirect(s, a, r, r.area or "", "Lives there."),
    ),
    Action.CANCEL: ("probation", True, lambda s, a, r: actions.cancel(s, a, r, "Person has died.")),
}


SUPPLEMENTS = {
    (deed, state): Action.SUPPLEMENT
    for deed in (Action.RETURN_PART, Action.RETURN_ALL)
    for state in (State.RETURNED, State.REVIEWED, *SET_ASIDE)
}
"""An answer that nobody awaits is taken as a supplement, whole or not."""


class Requests(RuleBasedStateMachine):
    """One check of two forces, moved by both sides at random through the real actions and database."""

    def __init__(self, cast: Cast, the_clock: TheClock) -> None:
        super().__init__()
        self.clock = the_clock
        self.clock.set(START)
        self.case: Case = open_case(cast, f"X{next(_crns)}")
        self.case.address()
        self.case.address(force="greater-manchester")
        (check,) = self.case.raise_checks()
        self.check_id = check.id
        self.exposed: dict[UUID, Any] = {}

    def actor(self, side: str, request: CheckRequest, *, manager: bool) -> Actor:
        if side == "agency":
            # One that was never sent, since an open request carries it, is nobody's to move.
            return replace(
                self.case.actor,
                organisation_id=request.agency_id or self.case.cast.police.organisation_id,
                organisation_kind="police_force",
                practitioner=None,
            )
        if manager:
            boss = Practitioner("s.okafor", "s.okafor", "spo", "N55", "Leeds")
            return replace(self.case.actor, practitioner=boss)
        return self.case.actor

    @rule(deed=st.sampled_from(sorted(DEEDS)), which=st.integers(0, 5))
    def somebody_tries(self, deed: Action, which: int) -> None:
        side, manager, do = DEEDS[deed]
        # One that was never sent has joined another, which is tried instead.
        requests = [each for each in self.case.requests() if each.agency_id is not None]
        target = requests[which % len(requests)]
        before, trail = State(target.state), self.trail()
        facts = queries.facts_about(target, manager=manager)
        taken = SUPPLEMENTS.get((deed, before), deed)
        permitted = taken in TABLE.allowed(before, side, facts)
        to_review = self.has_an_answer_to_review(target)
        if deed is Action.REVIEW:
            # The state alone does not say whether a part has been reviewed already.
            permitted = permitted and to_review
        refused: Problem | None = None
        try:
            with rows.transaction() as session:
                request = session.get_one(CheckRequest, target.id)
                writes.lock_request(session, request)
                do(session, self.actor(side, request, manager=manager), request)
        except Problem as problem:
            refused = problem
        if not permitted:
            assert refused is not None
            assert (refused.status, self.trail()) == (409, trail)
            return
        assert refused is None
        assert self.trail() > trail
        (after,) = (each for each in self.case.requests() if each.id == target.id)
        moves = [TABLE.move(before, taken, side, facts)]
        if deed is Action.CANCEL and to_review:
            # A part that nobody has reviewed stays an answer.
            moves.append(TABLE.move(moves[0].target, Action.COMPLETE, "service", facts))
        assert after.state == moves[-1].target
        assert after.version == target.version + len(moves)

    @staticmethod
    def has_an_answer_to_review(request: CheckRequest) -> bool:
        with rows.transaction() as session:
            return request.id in queries.reviews_due(session, [request]).to_do

    @rule(days=st.integers(1, 4))
    def days_pass(self, days: int) -> None:
        self.clock.move(timedelta(days=days))

    def trail(self) -> int:
        with db.transaction("audit_reader") as session:
            return session.scalar(select(func.count()).select_from(AuditEntry)) or 0

    @invariant()
    def whatever_is_unanswered_has_a_next_firing_and_nothing_else_does(self) -> None:
        with rows.transaction() as session:
            for request in queries.requests_of(session, [self.check_id]):
                clocks = session.scalars(
                    select(Clock).where(Clock.subject_id == request.id, Clock.state != "stopped")
                ).all()
                assert all(clock.next_fires_at is not None for clock in clocks)
                expected = {
                    timer
                    for timer, runs in {
                        "answer": request.state in UNANSWERED,
                        "reply": request.asks_about is not None,
                        "redirect": request.disputed_by_id == request.id,
                        "review": request.id in queries.reviews_due(session, [request]).to_do,
                    }.items()
                    if runs
                }
                assert {clock.timer for clock in clocks} == expected

    @invariant()
    def the_check_is_what_its_requests_come_to(self) -> None:
        with rows.transaction() as session:
            found = [State(each.state) for each in queries.requests_of(session, [self.check_id])]
            assert session.get_one(Check, self.check_id).state == check_state(found)

    @invariant()
    def exposure_never_starts_again(self) -> None:
        requests = {each.id: each for each in self.case.requests()}
        for request in requests.values():
            assert self.exposed.setdefault(request.id, request.exposed_since) == request.exposed_since
            if request.succeeded_by_id:
                assert requests[request.succeeded_by_id].exposed_since == request.exposed_since

    @invariant()
    def the_events_tell_the_whole_way(self) -> None:
        with rows.transaction() as session:
            for request in queries.requests_of(session, [self.check_id]):
                events = session.scalars(
                    select(Event)
                    .where(Event.subject_id == request.id, Event.to_state.is_not(None))
                    .order_by(Event.ordinal)
                ).all()
                assert all(later.from_state == earlier.to_state for earlier, later in pairwise(events))
                assert (events[-1].id, events[-1].to_state) == (request.state_event_id, request.state)

    @invariant()
    def an_answer_is_never_taken_away(self) -> None:
        with rows.transaction() as session:
            for request in queries.requests_of(session, [self.check_id]):
                results = queries.results_of(session, [request.id])
                whole = [result for result in results if result.complete and not result.supplement]
                assert len(whole) <= 1
                if request.state in {State.RETURNED, State.REVIEWED}:
                    # What another agency is asked instead has been withdrawn, and what a manager ended is.
                    moves = select(Event.to_state).where(Event.subject_id == request.id)
                    is_ended = State.CANCELLED in session.scalars(moves).all()
                    left = still_open(asked.to_answer(session, request), ()) and not is_ended
                    assert whole or any(result.supplement for result in results) or (results and not left)
                elif request.disputed_by_id is None:
                    assert not whole
                    assert request.state in UNANSWERED or not any(one.supplement for one in results)


@pytest.mark.usefixtures("database")
def test_whatever_anybody_does_nothing_is_lost(cast: Cast, the_clock: TheClock) -> None:
    run_state_machine_as_test(
        lambda: Requests(cast, the_clock),  # type: ignore[arg-type] # any maker of machines will do
        settings=settings(
            max_examples=15,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_state_cannot_be_stored_without_the_event_that_explains_it(case: Case) -> None:
    case.address()
    case.raise_checks()
    request_id = case.request().id

    def cheat() -> None:
        with rows.transaction() as session:
            session.get_one(CheckRequest, request_id).state = "returned"

    with pytest.raises(Exception, match="without an event that says so"):
        cheat()
    assert case.request().state == "requested"


def test_what_was_answered_cannot_be_changed_even_by_the_owner(case: Case) -> None:
    case.address()
    case.raise_checks()
    with rows.transaction() as session:
        request = session.get_one(CheckRequest, case.request().id)
        writes.lock_request(session, request)
        give_answer(session, case.actor, request, complete=True)

    def rewrite() -> None:
        with db.transaction("owner") as session:
            session.scalars(select(CheckResult)).one().nothing_found = False

    with pytest.raises(Exception, match="only ever added to"):
        rewrite()


def test_the_same_obligation_cannot_stand_twice_in_a_check(case: Case) -> None:
    case.address()
    case.raise_checks()

    def again() -> None:
        with rows.transaction() as session:
            request = session.scalars(select(CheckRequest)).one()
            session.add(
                CheckRequest(
                    id=uuid4(),
                    check_id=request.check_id,
                    person_id=request.person_id,
                    kind=request.kind,
                    obligation=request.obligation,
                    probation_id=request.probation_id,
                    state="superseded",
                    succeeded_by_id=request.id,
                    state_event_id=request.state_event_id,
                    agency_id=request.agency_id,
                    version=1,
                    missing=[],
                    urgency="routine",
                    exposed_since=request.exposed_since,
                    required_at=request.required_at,
                    sent_at=request.sent_at,
                )
            )

    with pytest.raises(Exception, match="check_id_obligation"):
        again()

"""Facts that change and endings, in any order: clocks are due as their turns say, and nothing falls silent.

What must run is said by a model of a few words: recalled, suspended, completed, dead, entered in error.
"""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from service import clock, db
from service.checks.model import CheckRequest
from service.timers import ladder, policy_versions
from service.timers.model import Clock
from service.timers.sweep import sweep
from tests.cast import Cast
from tests.conftest import START, TheClock
from tests.people.factories import as_owner
from tests.referrals.driver import Driver
from tests.referrals.samples import asking, darren_and_toby

pytestmark = pytest.mark.long

_crns = count(500_000)
DAYS = st.sampled_from((-3, 0, 2, 9, 40, 120))
ASKED = ("requested", "acknowledged", "partially_returned", "returned_for_information", "refused")
OF_THE_CASE = {"check_request", "destination_referral", "change_notice", "placement", "referral"}
WAITS = ("required", "awaiting_details")


class Course(RuleBasedStateMachine):
    """One person who waits for premises and for a provider, and what becomes of them."""

    def __init__(self, driver: Driver) -> None:
        super().__init__()
        self.driver = driver
        driver.clock.set(START)
        crn = f"X{next(_crns)}"
        document = asking(
            darren_and_toby(f"FAC-{crn}"), lambda one: one["kind"] in {"approved_premises", "crs"}
        )
        document["person"] = {**document["person"], "crn": crn}
        for number in ("noms_number", "pnc_number"):
            document["person"].pop(number, None)
        self.referral = driver.submit(document)
        self.person = self.referral["person"]["id"]
        self.recalled_on: datetime | None = None
        self.stopped = self.suspended = self.completed = self.dead = self.in_error = False

    # What happens.

    def happens(self, kind: str, **given: Any) -> bool:
        """Record what happened today, and return whether it can be so."""
        whole = {
            "kind": kind,
            "occurred_on": clock.today().isoformat(),
            "source": "prison",
            "standing": "established",
            "details": "The prison rang.",
            **given,
        }
        self.driver.clock.move(timedelta(minutes=1))
        answer = self.driver.pdu_head.post(f"/v1/people/{self.person}/changes-of-circumstance", json=whole)
        assert answer.status_code in {201, 422}, answer.text
        return bool(answer.status_code == 201)

    @rule(days=DAYS, may_wait=st.booleans())
    def the_release_is_on_another_day(self, days: int, *, may_wait: bool) -> None:
        day = (clock.today() + timedelta(days=days)).isoformat()
        if self.happens("release_date_changed", release_date=day, may_wait=may_wait):
            self.stopped = False

    @rule(days=DAYS, may_wait=st.booleans())
    def the_hearing_is_on_another_day(self, days: int, *, may_wait: bool) -> None:
        day = (clock.today() + timedelta(days=days)).isoformat()
        self.happens("hearing_date_changed", hearing_date=day, may_wait=may_wait)

    @rule(may_wait=st.booleans())
    def the_hearing_is_vacated(self, *, may_wait: bool) -> None:
        self.happens("hearing_vacated", may_wait=may_wait)

    @rule(days=DAYS)
    def the_placement_begins_on_another_day(self, days: int) -> None:
        document = self.driver.document(self.referral)
        for asked in document["destinations"]:
            if asked["kind"] == "approved_premises":
                day = clock.today() + timedelta(days=days)
                asked["annex"]["placement"] = {"start_date": day.isoformat()}
        path = f"/v1/referrals/{self.referral['id']}"
        tag = self.driver.officer.get(path).headers["ETag"]
        answer = self.driver.officer.post(f"{path}/versions", json=document, if_match=tag)
        assert answer.status_code in {200, 409, 422}, answer.text

    @rule(planned=st.sampled_from((None, 5, 28)))
    def they_are_recalled(self, planned: int | None) -> None:
        day = clock.today() + timedelta(days=planned or 0)
        if self.happens("recalled", **({"release_date": day.isoformat()} if planned else {})):
            self.recalled_on, self.stopped, self.completed = clock.now(), planned is None, False

    @rule(kind=st.sampled_from(("released", "unlawfully_at_large")))
    def they_are_out(self, kind: str) -> None:
        if self.happens(kind):
            self.recalled_on, self.stopped = None, self.stopped and kind != "released"

    @rule(suspended=st.booleans())
    def supervision_is_suspended_or_goes_on(self, *, suspended: bool) -> None:
        if self.happens("supervision_suspended" if suspended else "supervision_resumed"):
            self.suspended = suspended

    @rule()
    def the_order_is_completed_early(self) -> None:
        if self.happens("order_completed_early"):
            self.completed = True

    @rule(dead=st.booleans())
    def they_have_died_or_not(self, *, dead: bool) -> None:
        if self.happens("died" if dead else "death_in_error"):
            self.dead = dead

    @precondition(lambda self: not self.in_error)
    @rule(really=st.integers(0, 4))
    def it_was_entered_in_error(self, really: int) -> None:
        if really:
            return
        for one in self.referral["destinations"]:
            if self.driver.look(self.driver.officer, one)["state"] != "entered_in_error":
                self.driver.move(
                    self.driver.officer, one, "enter_in_error", reason="Somebody else was meant."
                )
        self.in_error = True
        left = {timer for kind, timer in self.running() if kind in OF_THE_CASE}
        assert not left, "nobody is chased about the wrong person"

    @rule(days=st.sampled_from((0, 1, 3, 12)))
    def time_passes(self, days: int) -> None:
        self.driver.clock.move(timedelta(days=days, hours=1))
        sweep(self.driver.clock.at)

    # What must be true after each of these.

    def running(self) -> set[tuple[str, str]]:
        rows = as_owner(
            "SELECT DISTINCT subject_kind, timer FROM clock"
            f" WHERE state <> 'stopped' AND person_id = '{self.person}'"
        )
        return {(one["subject_kind"], one["timer"]) for one in rows}

    @invariant()
    def every_clock_is_what_its_turns_make_it(self) -> None:
        """Due as the ladder says of its pinned policy and its turns, by the day that its request says."""
        with db.transaction("owner") as session:
            mine = select(Clock).where(Clock.person_id == self.person, Clock.state != "stopped")
            for row in session.scalars(mine):
                schedule = policy_versions.schedule_of(session, row)
                fired = policy_versions.fired_keys(session, [row])[row.id]
                following = next(ladder.still_to_fire(schedule, fired))
                assert (row.due_at, row.next_fires_at, row.next_step) == (
                    ladder.target(schedule), following.due_at, following.key,
                ), (row.subject_kind, row.timer)  # fmt: skip
                assert row.urgency == "urgent" or not ladder.is_hurried(schedule)
                if row.subject_kind == "check_request" and row.timer in {"ask", "registration", "answer"}:
                    request = session.get_one(CheckRequest, row.subject_id)
                    assert ladder.hard_date(schedule) == request.hard_date, row.timer

    @invariant()
    def nothing_runs_that_an_ending_has_stopped(self) -> None:
        running = self.running()
        of_destinations = {("destination_referral", "answer"), ("destination_referral", "update"),
                           ("change_notice", "acknowledge")}  # fmt: skip
        # Who is recorded anew after it was all in error is asked about, and so is whoever has not died.
        if self.dead:
            assert not {timer for kind, timer in running if kind in OF_THE_CASE}, running
        if self.suspended or (self.recalled_on and self.stopped):
            assert not running & of_destinations, running
        awaited = self.recalled_on and not (self.stopped or self.dead or self.completed)
        if not self.in_error:
            assert (("recall", "release_day") in running) == bool(awaited), running

    @invariant()
    def whatever_is_left_open_has_a_clock(self) -> None:
        without = as_owner(
            "SELECT r.id, r.state FROM check_request r WHERE r.state = ANY('{"
            + ",".join(ASKED + WAITS)
            + f"}}') AND r.person_id = '{self.person}' AND NOT EXISTS (SELECT FROM clock k"
            " WHERE k.subject_id = r.id AND k.state <> 'stopped' AND k.timer IN ('ask', 'answer'))"
        )
        assert without == []
        unread = as_owner(
            f"SELECT v.id FROM review v WHERE v.person_id = '{self.person}' AND v.state = 'open'"
            " AND NOT EXISTS (SELECT FROM clock k WHERE k.subject_id = v.id AND k.state <> 'stopped')"
        )
        assert unread == []
        if self.suspended or self.recalled_on or self.stopped or self.completed or self.dead or self.in_error:
            return
        silent = as_owner(
            "SELECT d.kind, d.state FROM destination_referral d"
            f" WHERE d.person_id = '{self.person}' AND d.state IN ('sent', 'received') AND NOT EXISTS ("
            "SELECT FROM clock k WHERE k.subject_id = d.id AND k.state <> 'stopped')"
        )
        assert silent == []

    @invariant()
    def nothing_fires_after_it_has_stopped(self) -> None:
        late = as_owner(
            "SELECT k.timer FROM clock_firing f JOIN clock k ON k.id = f.clock_id"
            f" WHERE k.person_id = '{self.person}' AND f.fired_at > k.stopped_at"
        )
        assert late == []


@pytest.mark.usefixtures("database")
def test_whatever_changes_and_ends_clocks_follow_and_nothing_falls_silent(
    cast: Cast, the_clock: TheClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.timers.sweep.FAULTS", ())  # what it would try again later is a failure here
    run_state_machine_as_test(
        lambda: Course(Driver(cast, the_clock)),  # type: ignore[arg-type] # any maker of machines will do
        settings=settings(
            deadline=None,
            suppress_health_check=list(HealthCheck),
            max_examples=5,
            stateful_step_count=12,
        ),
    )

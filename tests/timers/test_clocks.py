"""Starting, pausing, raising and stopping clocks, and what the database itself insists on."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, InternalError

from service import db, timers
from service.timers import Subject, calendars
from service.timers.model import CalendarVersion, Clock, PolicyVersion
from service.timers.policy_members import PolicyInvalid
from service.timers.policy_versions import NotPublished
from service.timers.sweep import sweep
from service.timers.working_time import LONDON, CalendarHorizonPassed
from service.timers.writes.clocks import AlreadyRunning, NoSuchReason
from tests import rows
from tests.conftest import TheClock
from tests.timers.factories import SERVICE, Factory, clock_of, fired, steps, stop
from tests.timers.samples import POLICE_DA


def at(text_: str) -> datetime:
    return datetime.fromisoformat(text_).replace(tzinfo=LONDON).astimezone(UTC)


def shown(subject: Subject) -> dict[str, Any]:
    with rows.transaction() as session:
        return timers.clocks_of(session, [subject])[subject][-1]


def changed(column: str, value: Any, subject: Subject) -> None:
    with db.transaction("owner") as session:
        session.execute(
            text(f"UPDATE clock SET {column} = :value WHERE subject_id = :id"),
            {"value": value, "id": subject.id},
        )


def test_a_started_clock_shows_when_it_is_due_and_when_it_fires_next(factory: Factory) -> None:
    subject = factory.start()
    assert shown(subject) == {
        "timer": "answer",
        "state": "running",
        "due_at": at("2026-03-06T17:00"),
        "overdue": False,
        "urgency": "routine",
        "step": None,
        "exposed_since": at("2026-03-02T09:00"),
        "next_fires_at": at("2026-03-04T13:00"),
    }


def test_exposure_counts_from_the_beginning_and_never_pauses(factory: Factory, the_clock: TheClock) -> None:
    subject = Subject("check_request", db.new_id())
    with rows.transaction() as session:
        timers.start(
            session,
            SERVICE,
            subject,
            "answer",
            policy="police_da.trial",
            case=factory.case(),
            exposed_since=at("2026-02-02T09:00"),
        )
        timers.pause(session, subject, "answer", "returned_for_information")
    the_clock.set("2026-03-04T09:00Z")
    assert shown(subject)["exposed_since"] == at("2026-02-02T09:00")


def test_overdue_is_a_flag_with_a_date(factory: Factory, the_clock: TheClock) -> None:
    subject = factory.start()
    the_clock.set("2026-03-06T16:59Z")
    assert not shown(subject)["overdue"]
    the_clock.set("2026-03-06T17:00Z")
    assert shown(subject)["overdue"]
    assert shown(subject)["state"] == "running"


def test_a_clock_that_is_open_cannot_be_started_again_and_a_stopped_one_begins_another_cycle(
    factory: Factory, the_clock: TheClock
) -> None:
    subject = factory.start()
    with pytest.raises(AlreadyRunning):
        factory.start(subject=subject)
    stop(subject)
    the_clock.move(timedelta(days=7))
    factory.start(subject=subject)
    assert clock_of(subject).cycle == 2
    assert shown(subject)["due_at"] == at("2026-03-13T17:00")


def test_a_stopped_clock_says_when_and_why_and_never_fires(factory: Factory, the_clock: TheClock) -> None:
    subject = factory.start()
    stop(subject)
    row = clock_of(subject)
    assert (row.state, row.stop_reason, row.next_fires_at) == ("stopped", "answered", None)
    the_clock.set("2026-05-01T09:00Z")
    assert sweep(the_clock.at).firings == 0
    assert steps(subject) == []
    assert not shown(subject)["overdue"]


def test_a_clock_stops_only_for_a_reason_its_policy_knows(factory: Factory) -> None:
    subject = factory.start()
    with pytest.raises(NoSuchReason):
        stop(subject, "busy")
    assert clock_of(subject).state == "running"


def test_stopping_what_is_not_running_does_nothing(factory: Factory) -> None:
    subject = factory.start()
    stop(subject)
    stop(subject, "cancelled")
    assert clock_of(subject).stop_reason == "answered"


def test_stopping_one_timer_leaves_the_others(factory: Factory) -> None:
    subject = factory.start()
    factory.start("review", subject=subject, policy="review.due")
    with rows.transaction() as session:
        timers.stop(session, subject, "reviewed", timer="review")
    assert clock_of(subject).state == "running"
    assert clock_of(subject, "review").state == "stopped"


def test_a_pause_moves_the_due_time_by_the_working_time_it_took(
    factory: Factory, the_clock: TheClock
) -> None:
    subject = factory.start()
    the_clock.set("2026-03-03T09:00Z")
    with rows.transaction() as session:
        assert timers.pause(session, subject, "answer", "returned_for_information")
    assert shown(subject)["state"] == "paused"
    assert shown(subject)["next_fires_at"] == at("2026-03-04T17:00"), "the pause is looked at after two days"
    the_clock.set("2026-03-04T09:00Z")
    with rows.transaction() as session:
        assert timers.resume(session, subject, "answer")
        assert not timers.resume(session, subject, "answer")
    assert shown(subject)["state"] == "running"
    assert shown(subject)["due_at"] == at("2026-03-09T17:00")


def test_a_pause_for_another_reason_leaves_the_clock_running(factory: Factory) -> None:
    subject = factory.start()
    with rows.transaction() as session:
        assert not timers.pause(session, subject, "answer", "acknowledged")
    assert clock_of(subject).state == "running"


def test_a_pause_that_nobody_ends_ends_itself_and_the_ladder_goes_on(
    factory: Factory, the_clock: TheClock
) -> None:
    subject = factory.start()
    with rows.transaction() as session:
        timers.pause(session, subject, "answer", "returned_for_information")
    the_clock.set("2026-03-06T17:00Z")
    sweep(the_clock.at)
    assert steps(subject) == ["pause_1_review_1", "pause_1_review_2", "pause_1_ended"]
    assert clock_of(subject).state == "running"
    with rows.transaction() as session:
        assert not timers.resume(session, subject, "answer"), "it runs already"
        assert not timers.pause(session, subject, "answer", "returned_for_information"), "nothing is left"
    the_clock.set("2026-03-16T17:00Z")
    sweep(the_clock.at)
    assert steps(subject)[3:] == ["chaser_50", "chaser_100", "spo"]


def test_urgency_is_raised_in_flight_and_brings_the_ladder_forward(
    factory: Factory, the_clock: TheClock
) -> None:
    subject = factory.start()
    the_clock.set("2026-03-02T12:00Z")
    with rows.transaction() as session:
        timers.raise_urgency(session, {subject: at("2026-03-04T12:00")})
    row = clock_of(subject)
    assert (row.urgency, row.due_at) == ("urgent", at("2026-03-02T16:00")), "not late by being urgent"
    sweep(the_clock.at)
    assert steps(subject) == []
    the_clock.set("2026-03-02T16:00Z")
    sweep(the_clock.at)
    assert steps(subject) == ["chaser_50", "chaser_100", "spo"]
    assert not any(firing.late for firing in fired(subject)[1:])


def test_nothing_starts_under_a_policy_that_nobody_published(factory: Factory) -> None:
    with pytest.raises(NotPublished):
        factory.start(policy="gang_intelligence.allocation")


def test_a_responders_own_agreement_overrides_the_policy(factory: Factory) -> None:
    own = {**POLICE_DA, "answer": {**POLICE_DA["answer"], "targets": {"routine": "10wd", "urgent": "2wd"}}}
    with db.transaction("owner") as session:
        timers.publish_policies(session, [own], responder_id=factory.ids["police"])
    assert shown(factory.start())["due_at"] == at("2026-03-13T17:00")
    elsewhere = factory.start(responder_id=factory.ids["other_police"])
    assert shown(elsewhere)["due_at"] == at("2026-03-06T17:00")


def test_an_answer_is_counted_in_the_responders_calendar_and_asking_in_probations(factory: Factory) -> None:
    with db.transaction("owner") as session:
        session.execute(
            text("UPDATE organisation SET office_hours = CAST(:hours AS jsonb) WHERE id = :id"),
            {"id": factory.ids["police"], "hours": '{"wed": ["09:00", "17:00"]}'},
        )
        timers.publish_calendars(session)
    subject = factory.start()
    factory.start("ask", subject=subject)
    assert clock_of(subject).due_at == at("2026-04-01T17:00"), "five Wednesdays"
    assert clock_of(subject, "ask").due_at == at("2026-03-03T17:00")
    assert clock_of(subject, "ask").responder_id is None


def test_editing_a_policy_or_a_calendar_moves_nothing_that_is_running(
    factory: Factory, the_clock: TheClock
) -> None:
    subject = factory.start()
    the_clock.set("2026-03-09T17:00Z")
    sweep(the_clock.at)
    assert steps(subject) == ["chaser_50", "chaser_100", "spo"]
    edited = {**POLICE_DA, "answer": {**POLICE_DA["answer"], "chasers": ["25%"]}}
    calendar = calendars.document("england-and-wales", closures=["2026-03-10", "2026-03-11"])
    with db.transaction("owner") as session:
        timers.publish_policies(session, [edited])
        timers.publish_calendar(session, None, calendar)
    the_clock.set("2026-03-11T17:00Z")
    sweep(the_clock.at)
    assert steps(subject) == ["chaser_50", "chaser_100", "spo", "pdu_head"]
    assert fired(subject)[-1].due_at == at("2026-03-11T17:00")
    other = factory.start()
    assert clock_of(other).policy_id != clock_of(subject).policy_id


def test_a_policy_that_has_not_changed_keeps_its_version(factory: Factory) -> None:
    with db.transaction("owner") as session:
        assert timers.publish_policies(session, [POLICE_DA, {**POLICE_DA, "version": 9}]) == []
        timers.publish_calendars(session)
        numbers = session.execute(
            select(PolicyVersion.version, CalendarVersion.version).join(
                CalendarVersion, CalendarVersion.organisation_id.is_(None)
            )
        ).all()
    assert set(numbers) == {(1, 1)}


def test_a_policy_that_cannot_be_followed_is_not_published(factory: Factory) -> None:
    with pytest.raises(PolicyInvalid), db.transaction("owner") as session:
        timers.publish_policies(session, [{"key": "silent", "answer": {"target": "1wd", "steps": []}}])


def test_no_promise_is_made_beyond_the_known_bank_holidays(factory: Factory, the_clock: TheClock) -> None:
    the_clock.set("2028-12-28T09:00Z")
    with pytest.raises(CalendarHorizonPassed):
        factory.start()


def test_an_open_clock_goes_on_beyond_the_horizon_and_is_marked(
    factory: Factory, the_clock: TheClock
) -> None:
    the_clock.set("2028-12-18T09:00Z")
    subject = factory.start()
    the_clock.set("2029-01-20T09:00Z")
    assert sweep(the_clock.at).faulted == 0
    assert {"region", "director"} <= set(steps(subject))
    assert clock_of(subject).next_is_assumed
    assert next(firing.step_key for firing in fired(subject) if firing.assumed) == "region"


# What the database enforces on every writer.


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("next_fires_at", None),
        ("next_step", None),
        ("state", "stopped"),
        ("state", "overdue"),
        ("anchor", "2026-01-01T00:00Z"),
        ("policy_id", "00000000-0000-0000-0000-000000000001"),
        ("moved_onto_id", "00000000-0000-0000-0000-000000000001"),
        ("cycle", 2),
        ("fired", -1),
        ("stop_reason", "answered"),
    ],
)
def test_the_database_refuses_to_silence_or_to_bend_an_open_clock(
    factory: Factory, column: str, value: Any
) -> None:
    subject = factory.start()
    with pytest.raises((IntegrityError, InternalError)):
        changed(column, value, subject)


def test_the_database_never_lowers_urgency_and_never_restarts_a_stopped_clock(factory: Factory) -> None:
    urgent = factory.start(urgency="urgent")
    with pytest.raises(DBAPIError, match="never lowered"):
        changed("urgency", "routine", urgent)
    stop(urgent)
    with pytest.raises(DBAPIError, match="stays stopped"):
        changed("due_at", at("2027-01-01T00:00"), urgent)


def test_urgency_is_lowered_only_with_the_reason_why_a_date_that_had_passed_may_wait(
    factory: Factory,
) -> None:
    subject = factory.start()
    for day, put_back, urgency in (
        ("2026-02-02T09:00", False, "urgent"),
        ("2026-06-02T09:00", False, "urgent"),
        ("2026-02-02T09:00", False, "urgent"),
        ("2026-06-02T09:00", True, "routine"),
    ):
        follow(subject, at(day), put_back=put_back)
        assert shown(subject)["urgency"] == urgency


def follow(subject: Subject, day: datetime, *, put_back: bool) -> None:
    """Give a clock another hard date."""
    with rows.transaction() as session:
        timers.follow_hard_dates(
            session, {subject: day}, timers=("answer",), reason="release_date", put_back=put_back
        )


def test_the_database_keeps_what_has_happened_to_a_clock(factory: Factory) -> None:
    subject = factory.start()
    with rows.transaction() as session:
        timers.pause(session, subject, "answer", "returned_for_information")
    for changes in ("[]", '[{"kind": "resumed"}]', '[{"kind": "raised"}, {"kind": "paused"}]'):
        with pytest.raises(DBAPIError, match="only added to"), db.transaction("owner") as session:
            session.execute(text("UPDATE clock SET turns = CAST(:turns AS jsonb)"), {"turns": changes})


def test_the_database_refuses_a_firing_after_the_stop_and_the_same_step_twice(
    factory: Factory, the_clock: TheClock
) -> None:
    subject = factory.start()
    the_clock.set("2026-03-04T13:00Z")
    sweep(the_clock.at)
    again = text(
        "INSERT INTO clock_firing SELECT gen_random_uuid(), clock_id, step_key, ordinal + 1, kind,"
        " probation_id, due_at, fired_at, late, assumed, event_id FROM clock_firing"
    )
    with pytest.raises(IntegrityError, match="a_step_fires_once"), db.transaction("worker") as session:
        session.execute(again)
    stop(subject)
    with pytest.raises(DBAPIError, match="nothing fires after"), db.transaction("worker") as session:
        session.execute(again)


@pytest.mark.parametrize("table", ["policy", "calendar", "clock_firing", "notice"])
def test_what_was_published_or_fired_is_only_added_to(factory: Factory, table: str) -> None:
    with pytest.raises(DBAPIError, match="only ever added to"), db.transaction("owner") as session:
        session.execute(text(f"TRUNCATE {table} CASCADE"))


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("api", "INSERT INTO clock_firing DEFAULT VALUES"),
        ("api", "UPDATE notice_item SET dropped_at = now()"),
        ("worker", "INSERT INTO policy DEFAULT VALUES"),
        ("api", "UPDATE policy SET valid_until = now()"),
        ("worker", "UPDATE clock SET moved_onto_id = policy_id"),
        ("api", "DELETE FROM clock"),
        ("worker", "UPDATE clock SET policy_id = calendar_id"),
        ("worker", "UPDATE notice_item SET holder = 'nobody'"),
        ("worker", "INSERT INTO step_acknowledgement DEFAULT VALUES"),
    ],
)
def test_each_role_may_do_no_more_than_it_needs(factory: Factory, role: db.Role, statement: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied"), db.transaction(role) as session:
        session.execute(text(statement))


def test_two_starts_of_one_timer_leave_one_clock(factory: Factory) -> None:
    subject = factory.start()
    row = clock_of(subject)
    values = {one.key: getattr(row, one.key) for one in inspect(Clock).column_attrs}
    with pytest.raises(IntegrityError, match="one_open_cycle"), rows.transaction() as session:
        session.add(Clock(**{**values, "id": db.new_id(), "cycle": 2}))

"""A danger clock counts every hour, asks whoever is on call at night, and ends only by a named person."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service import db, timers
from service.access.actor import Actor
from service.circumstances.policies import DANGER, POLICIES
from service.organisations.writes.staff import AbsenceEntry, StaffEntry, enter, set_role_holder
from service.timers import calendars, ladder
from service.timers.delivery import deliver
from service.timers.ladder import Schedule
from service.timers.policy import parse
from service.timers.policy_members import PolicyInvalid
from service.timers.subjects import Subject
from service.timers.sweep import sweep
from service.timers.working_time import EVERY_HOUR
from tests.cast import Cast
from tests.conftest import TheClock
from tests.timers.factories import Factory, all_fired, clock_of, items

POLICY = next(one for one in POLICIES if one["key"] == DANGER)
OFFICE = calendars.read(calendars.document("england-and-wales"))
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001
LENGTHS = st.timedeltas(timedelta(0), timedelta(days=30))


@given(MOMENTS, LENGTHS, LENGTHS)
def test_round_the_clock_adding_one_length_then_another_is_adding_both(
    start: datetime, one: timedelta, other: timedelta
) -> None:
    after = EVERY_HOUR.add_working(EVERY_HOUR.add_working(start, one), other)
    assert after == EVERY_HOUR.add_working(start, one + other)
    assert EVERY_HOUR.between(start, after) == one + other
    assert EVERY_HOUR.less_working(after, one + other) == start


@given(MOMENTS)
def test_a_danger_climbs_at_the_same_pace_at_any_hour_and_over_a_change_of_the_clocks(
    anchor: datetime,
) -> None:
    schedule = Schedule(timer=parse(POLICY).timer("danger"), calendar=OFFICE, anchor=anchor)
    due = {one.key: one.due_at - anchor for one, _ in zip(ladder.firings(schedule), range(6), strict=False)}
    first = timedelta(minutes=1)
    assert due == {
        "first": first,
        "spo": first + timedelta(minutes=30),
        "pdu_head": first + timedelta(hours=1),
        "region": first + timedelta(hours=2),
        "repeat_1": first + timedelta(hours=3),
        "repeat_2": first + timedelta(hours=4),
    }


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"targets": {"routine": "1wh"}}, "counts in h and m"),
        ({"targets": {"routine": "H"}}, "no target"),
        ({"chasers": ["50%"]}, "a chaser"),
        ({"round_the_clock": False}, "only a clock that runs round the clock can"),
        ({"round_the_clock": "yes"}, "neither true nor false"),
        (
            {"tail": {"every": "1h", "to": "spo", "out_of_hours": {"partner": "on_call_officer"}}},
            "unknown partner",
        ),
    ],
)
def test_a_policy_of_a_danger_that_could_wait_for_the_morning_is_refused(
    change: dict[str, object], why: str
) -> None:
    with pytest.raises(PolicyInvalid, match=why):
        parse({**POLICY, "answer": {**POLICY["answer"], **change}})


@pytest.fixture
def danger(factory: Factory) -> Factory:
    with db.transaction("owner") as session:
        timers.publish_policies(session, [POLICY])
    return factory


def start(factory: Factory, **case: Any) -> Subject:
    given = {"policy": DANGER, "label": "concern_reported", **case}
    subject = Subject("change_of_circumstance", db.new_id())
    return factory.start("danger", subject=subject, urgency="urgent", **given)


def on_call(factory: Factory, **holders: tuple[str, str]) -> None:
    with db.transaction("owner") as session:
        for role, (part, who) in holders.items():
            set_role_holder(session, Actor.for_service("registration"), factory.ids[part], role, who)


def asked() -> list[tuple[str, str, str | None, str | None]]:
    return sorted((one.side, str(one.role), one.holder, one.fell_from) for one in items())


def test_at_night_whoever_is_on_call_is_asked_on_both_sides(danger: Factory, the_clock: TheClock) -> None:
    on_call(danger, on_call_manager=("probation", "n.ight"), on_call_officer=("police", "l.ate"))
    the_clock.set("2026-03-08T02:00Z")
    start(danger)
    the_clock.set("2026-03-08T02:01Z")
    assert sweep(the_clock.at).firings == 1
    assert asked() == [
        ("partner", "on_call_officer", "l.ate", None),
        ("probation", "on_call_manager", "n.ight", None),
    ]
    assert deliver(the_clock.at).notices == 2, "it waits for no digest"


def test_by_day_the_ordinary_roles_are_asked(danger: Factory, the_clock: TheClock) -> None:
    on_call(danger, on_call_manager=("probation", "n.ight"), on_call_officer=("police", "l.ate"))
    the_clock.set("2026-03-09T11:00Z")
    start(danger)
    the_clock.set("2026-03-09T11:01Z")
    sweep(the_clock.at)
    assert asked() == [
        ("partner", "duty_manager", "duty.manager", None),
        ("probation", "practitioner", "p.shah", None),
    ]


HERE, OVER = datetime(2026, 3, 9, 9, tzinfo=UTC), datetime(2026, 3, 9, 10, tzinfo=UTC)
FOR_MONTHS = datetime(2026, 10, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("practitioner", "caretaker", "asked_first"),
    [
        (
            {"absences": [AbsenceEntry(from_at=HERE, until_at=FOR_MONTHS)]},
            {},
            ("spo", "s.okafor", "practitioner"),
        ),
        ({"ended_at": HERE}, {}, ("spo", "s.okafor", "practitioner")),
        ({"absences": [AbsenceEntry(from_at=HERE, until_at=OVER)]}, {}, ("practitioner", "p.shah", None)),
        ({"ended_at": FOR_MONTHS}, {}, ("practitioner", "p.shah", None)),
        ({"ended_at": HERE}, {"name": "C"}, ("practitioner", "C.Taker", None)),
        ({}, {"ended_at": HERE}, ("practitioner", "p.shah", None)),
        ({"ended_at": HERE}, {"ended_at": HERE}, ("spo", "s.okafor", "practitioner")),
    ],
    ids=["away", "left", "back", "leaves later", "caretaker acts", "caretaker left", "both left"],
)
def test_a_danger_asks_nobody_who_is_away_or_has_left(
    danger: Factory,
    the_clock: TheClock,
    practitioner: dict[str, Any],
    caretaker: dict[str, Any],
    asked_first: tuple[str, str, str | None],
) -> None:
    entries = [StaffEntry(id="P.Shah", **{"name": "P", **practitioner})]
    acts: dict[str, Any] = {}
    if caretaker:
        entries.append(StaffEntry(id="c.taker", **{"name": "C", **caretaker}))
        acts = {"caretaker": "C.Taker", "caretaker_until": FOR_MONTHS}
    the_clock.set("2026-03-06T11:00Z")
    with db.transaction("owner") as session:
        operator = Actor.for_service("registration")
        enter(session, operator, danger.ids["probation"], entries, "operator")
    the_clock.set("2026-03-09T11:00Z")
    start(danger, **acts)
    the_clock.set("2026-03-09T11:01Z")
    sweep(the_clock.at)
    assert [(role, who, fell) for side, role, who, fell in asked() if side == "probation"] == [asked_first]


def test_what_another_region_states_stays_with_the_practitioner_while_a_caretaker_acts(
    danger: Factory, the_clock: TheClock
) -> None:
    the_clock.set("2026-03-09T11:00Z")
    start(danger, caretaker="c.taker", caretaker_until=FOR_MONTHS, label="danger")
    the_clock.set("2026-03-09T11:01Z")
    sweep(the_clock.at)
    assert ("probation", "practitioner", "p.shah", None) in asked()
    assert "c.taker" not in {holder for _, _, holder, _ in asked()}


def test_with_nobody_on_call_the_region_and_the_head_of_service_are_asked(
    danger: Factory, the_clock: TheClock
) -> None:
    the_clock.set("2026-03-08T02:00Z")
    start(danger)
    the_clock.set("2026-03-08T02:01Z")
    sweep(the_clock.at)
    assert asked() == [
        ("partner", "head_of_service", "head.of.service", "on_call_officer"),
        ("probation", "region", "r.mercer", "on_call_manager"),
    ]


def test_only_a_named_person_of_probation_who_is_asked_ends_it(
    danger: Factory, cast: Cast, the_clock: TheClock
) -> None:
    on_call(danger, on_call_manager=("probation", "n.ight"))
    the_clock.set("2026-03-08T02:00Z")
    subject = start(danger)
    the_clock.set("2026-03-08T02:01Z")
    sweep(the_clock.at)
    path = f"/v1/escalations/{all_fired()[subject.id][-1].id}"
    body = {"done": "Spoke to the duty inspector: an officer is at the address."}
    night = cast.probation.as_practitioner("n.ight", "on_call_manager")
    assert night.get("/v1/escalations").status_code == cast.police.get("/v1/escalations").status_code == 200
    assert cast.police.post(f"{path}/acknowledgement").status_code == 200
    assert night.post(f"{path}/acknowledgement").status_code == 200
    assert clock_of(subject, "danger").state == "running", "neither reading nor acknowledging ends it"
    assert cast.police.post(f"{path}/confirmation", json=body).status_code == 403
    stranger = cast.probation.as_practitioner("q.brown")
    assert stranger.post(f"{path}/confirmation", json=body).status_code == 403
    assert night.post(f"{path}/confirmation", json={}).status_code == 422
    confirmed = night.post(f"{path}/confirmation", json=body)
    assert confirmed.status_code == 200, confirmed.text
    assert confirmed.get_json()["open"] is False
    (note,) = confirmed.get_json()["notes"]
    assert (note["kind"], note["by"], note["text"]) == ("confirmation", "n.ight", body["done"])
    assert clock_of(subject, "danger").stop_reason == "confirmed"
    assert night.post(f"{path}/confirmation", json=body).status_code == 409
    the_clock.set("2026-03-09T12:00Z")
    assert sweep(the_clock.at).firings == 0

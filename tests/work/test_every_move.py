"""Whatever happens to a case: every open thing is somebody's move, and nobody's who waits for another."""

from collections.abc import Callable

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.cast import Cast
from tests.conftest import TheClock
from tests.work.longer_case import LongerCase
from tests.work.moving_case import MovingCase

pytestmark = pytest.mark.long


def test_whatever_happens_every_open_thing_is_somebodys_move(
    server: str, template: str, app: Flask, the_clock: TheClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.timers.sweep.FAULTS", ())  # what it would try again later is a failure here
    run_state_machine_as_test(
        lambda: LongerCase.begun(server, template, app, the_clock),  # type: ignore[arg-type] # any maker of machines will do
        settings=settings(
            deadline=None,
            suppress_health_check=list(HealthCheck),
            max_examples=4,
            stateful_step_count=10,
        ),
    )


def destination(part: str, action: str, how: int = 0) -> Callable[[MovingCase], None]:
    return lambda case: case.act(case.by_id(case.part(part).organisation_id), case.part(part), how, (action,))


def probation(part: str, action: str, how: int = 0) -> Callable[[MovingCase], None]:
    return lambda case: case.act(case.practitioner, case.part(part), how, (action,))


def home(action: str) -> Callable[[MovingCase], None]:
    part = "approved_premises"
    return lambda case: case.stay(case.by_id(case.part(part).organisation_id), case.part(part), 0, (action,))


def unmet(part: str) -> Callable[[MovingCase], None]:
    return lambda case: case.answer_adjustments(
        case.by_id(case.part(part).organisation_id), case.part(part), can_meet=False
    )


def taken_on(part: str) -> Callable[[MovingCase], None]:
    return lambda case: case.take_on(case.part(part), needed=True)


STORY: list[Callable[[MovingCase], object]] = [
    lambda case: case.somebody_is_referred_again(urgent=False),
    lambda case: case.somebody_is_referred_again(urgent=True),
    destination("crs:accommodation", "receive"),
    destination("crs:accommodation", "request_information"),
    lambda case: case.hours_pass(30),
    probation("crs:accommodation", "answer_information"),
    lambda case: case.done(
        case.cast.crs.get(f"/v1/destination-referrals/{case.part('crs:accommodation').id}/document")
    ),
    unmet("crs:accommodation"),
    lambda case: case.a_provider_proposes_another_complexity(which=2, level="high"),
    probation("crs:accommodation", "go_on_without"),
    probation("crs:accommodation", "settle_complexity"),
    lambda case: case.something_happens("supervision_suspended", urgent=False),
    lambda case: case.days_pass(3),
    lambda case: case.something_happens("supervision_resumed", urgent=False),
    destination("mappa", "receive"),
    destination("mappa", "decline", 3),
    probation("mappa", "challenge"),
    lambda case: case.something_happens("recalled", urgent=False),
    lambda case: case.days_pass(2),
    lambda case: case.something_happens("released", urgent=False),
    destination("mappa", "uphold"),
    probation("mappa", "settle_decline"),
    taken_on("approved_premises"),
    home("offer"),
    lambda case: case.probation_confirms_or_cancels_a_bed(which=0, how=0),
    home("record_arrival"),
    lambda case: case.days_pass(6),
    home("record_departure"),
    lambda case: case.somebody_may_have_to_be_told(urgent=False),
    lambda case: case.it_is_proposed_that_they_are_told(which=0),
    lambda case: case.days_pass(4),
    lambda case: case.a_manager_decides(which=0, agreed=True),
    lambda case: case.a_manager_is_asked(which=0, kind="check_request_cancelled"),
    lambda case: case.an_agency_asks_back(which=1, part=False),
    lambda case: case.an_agency_refuses(which=2),
    lambda case: case.an_agency_answers(which=0, whole=False),
    lambda case: case.an_answer_is_reviewed(which=0, changed=True),
    lambda case: case.a_review_is_completed(which=0, changed=False),
    lambda case: case.the_case_is_offered_to_another_region("wait"),
    lambda case: case.the_case_is_offered_to_another_region("decline"),
    lambda case: case.somebody_is_said_to_have_died_who_has_not(days=1),
    lambda case: case.an_order_is_said_to_be_completed_that_is_not(),
]


@pytest.mark.usefixtures("database")
def test_each_move(cast: Cast, the_clock: TheClock) -> None:
    """Then whoever owes something does it, as often as there is something that anybody can do from a list."""
    case = MovingCase(cast, the_clock)
    case.all_must_be_true()
    for step in STORY:
        step(case)
        case.all_must_be_true()
    for number in range(6):
        case.somebody_does_what_their_list_says(which=4 * number)
    case.all_must_be_true()


LONGER_STORY: list[Callable[[LongerCase], object]] = [
    lambda case: case.another_region_asks_to_read(ask=True, given=False),
    lambda case: case.somebody_takes_emergency_access(head=True),
    lambda case: case.a_copy_is_asked_for(),
    lambda case: case.a_partner_may_have_to_be_told(urgent=False, chance=True),
    lambda case: case.a_manager_decides(which=0, agreed=True),
    lambda case: case.a_partner_may_have_to_be_told(urgent=True, chance=False),
    lambda case: case.the_police_are_asked_to_tell(which=0, force="west-yorkshire"),
    lambda case: case.a_colleague_acts_for_the_practitioner(days=5),
    lambda case: case.somebody_is_away(days=9, who="practitioner"),
    lambda case: case.days_pass(6),
    lambda case: case.a_prison_sends_a_day_that_is_no_more_than_likely(days=1, kind="conditional"),
    lambda case: case.hours_pass(30),
    lambda case: case.there_is_a_second_record(urgent=False),
    lambda case: case.the_two_are_found_to_be_one(first=True),
    lambda case: case.the_two_are_found_to_be_two(),
    lambda case: case.the_case_is_handed_to_a_colleague(),
    lambda case: case.a_practitioner_leaves_and_somebody_else_takes_over(days=1),
    lambda case: case.the_case_is_offered_to_another_region("wait"),
    lambda case: case.a_referral_is_withdrawn_whole(which=0, error=False),
    lambda case: case.a_referral_is_withdrawn_whole(which=0, error=True),
]


@pytest.mark.usefixtures("database")
def test_each_move_of_a_longer_time(cast: Cast, the_clock: TheClock) -> None:
    case = LongerCase(cast, the_clock)
    for step in LONGER_STORY:
        step(case)
        case.all_must_be_true()
    for number in range(6):
        case.somebody_does_what_their_list_says(which=3 * number)
    case.all_must_be_true()

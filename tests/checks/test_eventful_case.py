"""Whatever happens to a case, and at whatever moment: nobody is left out or asked about in vain."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from service.timers.sweep import sweep
from tests.cast import Cast
from tests.checks.corrected_case import corrections_hold_of
from tests.checks.eventful_case import EventfulCase
from tests.checks.factories import LEEDS, MANCHESTER, THERE, at_once
from tests.checks.whole_case import NAMES, held_true_of
from tests.conftest import TheClock

pytestmark = pytest.mark.long


@pytest.mark.usefixtures("database")
def test_whatever_happens_to_a_case_nobody_at_risk_is_left_out(
    cast: Cast, the_clock: TheClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.timers.sweep.FAULTS", ())  # what it would try again later is a failure here
    run_state_machine_as_test(
        lambda: EventfulCase(cast, the_clock),  # type: ignore[arg-type] # any maker of machines will do
        settings=settings(
            deadline=None,
            suppress_health_check=list(HealthCheck),
            max_examples=6,
            stateful_step_count=14,
        ),
    )


STORY: list[tuple[str, dict[str, Any]]] = [
    ("somebody_is_said_to_have_died_who_has_not", {"days": 0}),
    ("an_order_is_said_to_be_completed_that_is_not", {}),
    ("the_case_goes_to_another_region_and_comes_back", {"days": 1}),
    ("the_hearing_is_on_another_day", {"days": 3, "may_wait": False}),
    ("the_hearing_is_on_another_day", {"days": 20, "may_wait": True}),
    ("the_hearing_does_not_take_place", {"may_wait": True}),
    ("a_prison_sends_the_day_of_release", {"days": 9}),
    ("a_question_is_redirected_to_nobody", {"which": 1}),
    ("probation_says_who_is_asked", {"which": 0, "area": 1}),
]


@pytest.mark.usefixtures("database")
def test_each_event(cast: Cast, the_clock: TheClock) -> None:
    case = EventfulCase(cast, the_clock)
    case.an_adult_is_recorded("partner", "Kirsty", 0)
    for name, how in STORY:
        getattr(case, name)(**how)
        case.whatever_must_be_true_of_a_record_is()
        case.every_clock_is_what_its_turns_make_it()
        case.every_clock_says_what_its_subjects_say()
        case.destinations_read_what_the_record_says()


LATER = (409, 412, 422, 503)
"""Who comes second reads again, or is told to come back."""


def at_random(case: EventfulCase, number: int) -> list[Callable[[], object]]:
    """Return what everybody does at the same moment, another agency and another subject each time."""

    def patched(sort: str, which: int, **members: object) -> Callable[[], object]:
        one = case.on_record(sort, which)
        assert one is not None
        return lambda: case.patched(one, *LATER, **members)

    def in_error(sort: str, which: int) -> Callable[[], object]:
        one = case.on_record(sort, which)
        assert one is not None
        path, body = f"{one['href']}/entered-in-error", {"reason": "A slip."}
        return lambda: case.done(case.practitioner.post(path, json=body, if_match=one["etag"]), 200, *LATER)

    def submitted() -> object:
        """Send another referral, of which the office knows what it knew before, and somebody more."""
        document = copy.deepcopy(case.document) | {"submission_reference": f"AGAIN-{case.crn}-{number}"}
        document["household"]["contacts"].append(
            {"ref": f"more{number}", "relationship": "partner", "details_status": "provided"}
            | {"given_name": "Billie", "family_name": "Testcase", "date_of_birth": f"199{number}-05-01"}
        )
        return case.done(case.practitioner.post("/v1/referrals", json=document), 201, 503)

    return [
        submitted,
        lambda: case.the_person_is_named_rightly(NAMES[number], *LATER),
        lambda: case.changed("contacts", number, *LATER, local_authority=MANCHESTER),
        patched("contacts", number + 1, given_name="Jade"),
        patched("addresses", number, because="correction", police_force=THERE),
        in_error("contacts" if number % 2 else "addresses", number + 1),
        lambda: case.an_agency_answers(number, *LATER),
        lambda: case.a_question_is_redirected(number + 1, *LATER),
        lambda: case.something_happens("arrest", *LATER, urgent=bool(number % 2)),
        lambda: case.there_is_a_new_partner("Robin", 0, *LATER),
        lambda: case.a_prison_sends_the_day_of_release(9 + number),
        lambda: sweep(case.clock.at),
    ]


@pytest.mark.usefixtures("database")
def test_bursts_of_everything_at_once_leave_nobody_out(cast: Cast, the_clock: TheClock) -> None:
    case = EventfulCase(cast, the_clock)
    case.an_address_is_recorded(THERE, MANCHESTER)
    case.an_adult_is_recorded("partner", "Kirsty", 0)
    case.an_adult_is_recorded("ex_partner", "Sam", 1)
    case.a_child_is_recorded(LEEDS, "Sam", 0)
    for caller in (*(cast.police, cast.other_police, cast.council, cast.other_council), cast.prison):
        caller.token()
    for number in range(3):
        at_once(*at_random(case, number))
        held_true_of(case.person_id)
        corrections_hold_of(case.person_id)
        case.document = case.newest(case.practitioner)

"""A whole case, changed and answered at random or in stories: nobody is left out or asked about in vain."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from service.timers.sweep import sweep
from tests.cast import Cast
from tests.checks.factories import LEEDS, MANCHESTER, at_once
from tests.checks.whole_case import WholeCase, held_true_of
from tests.conftest import TheClock
from tests.referrals.samples import toby

pytestmark = pytest.mark.long

Deed = Callable[[WholeCase], object]


@pytest.mark.usefixtures("database")
def test_all_at_once_leaves_nobody_out(cast: Cast, the_clock: TheClock) -> None:
    """What threads do to one record at the same moment is done one after the other, and all of it counts."""
    for number in range(3):
        case = WholeCase(cast, the_clock)
        case.an_address_is_recorded("greater-manchester")
        case.an_adult_is_recorded("partner", "Kirsty", 0)
        case.a_child_is_recorded(LEEDS, "Sam", 0)
        cast.police.token(), cast.other_police.token(), cast.council.token(), case.practitioner.token()
        deeds: list[Callable[[], object]] = [
            lambda case=case: case.changed(  # type: ignore[misc]
                "contacts", 1, 409, 412, given_name="Jade", local_authority=MANCHESTER
            ),
            lambda case=case: case.changed("addresses", 1, 409, 412, police_force="west-yorkshire"),  # type: ignore[misc]
            lambda case=case: case.something_happens(urgent=True),  # type: ignore[misc]
            lambda case=case: case.there_is_a_new_partner("Robin", 0),  # type: ignore[misc]
            lambda case=case, number=number: case.an_agency_answers(number, 409, 422),  # type: ignore[misc]
            lambda case=case: sweep(case.clock.at),  # type: ignore[misc]
        ]
        at_once(*deeds)
        held_true_of(case.person_id)


@pytest.mark.usefixtures("database")
def test_a_redirect_a_correction_and_another_referral_at_once_leave_nobody_out(
    cast: Cast, the_clock: TheClock
) -> None:
    for number in range(3):
        case = WholeCase(cast, the_clock)
        case.an_adult_is_recorded("partner", "Kirsty", 0)
        cast.police.token(), cast.other_police.token(), cast.council.token(), case.practitioner.token()
        another = toby(f"ALSO-{case.crn}-{number}", crn=case.crn)
        another |= {name: case.document[name] for name in ("person", "household", "addresses")}
        deeds: list[Callable[[], object]] = [
            lambda case=case: case.a_question_is_redirected(0, 412),  # type: ignore[misc]
            lambda case=case: case.the_person_is_named_rightly("Robin", 409, 412),  # type: ignore[misc]
            lambda case=case, another=another: case.done(  # type: ignore[misc]
                case.practitioner.post("/v1/referrals", json=another), 201, 409
            ),
        ]
        at_once(*deeds)
        held_true_of(case.person_id)


def run(cast: Cast, the_clock: TheClock, **how: Any) -> None:
    run_state_machine_as_test(
        lambda: WholeCase(cast, the_clock),  # type: ignore[arg-type] # any maker of machines will do
        settings=settings(deadline=None, suppress_health_check=list(HealthCheck), **how),
    )


@pytest.mark.usefixtures("database")
def test_whatever_changes_nobody_at_risk_is_left_out(
    cast: Cast, the_clock: TheClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.timers.sweep.FAULTS", ())  # what it would try again later is a failure here
    run(cast, the_clock, max_examples=6, stateful_step_count=14)


def police(deed: Callable[..., object], *given: Any, **how: Any) -> Deed:
    """Do something about the question to a force."""
    return of_kind("police_da", deed, *given, **how)


def children(deed: Callable[..., object], *given: Any, **how: Any) -> Deed:
    """Do something about the question to children's services."""
    return of_kind("childrens_safeguarding", deed, *given, **how)


def of_kind(kind: str | None, deed: Callable[..., object], *given: Any, **how: Any) -> Deed:
    def done(case: WholeCase) -> None:
        case.only = kind
        deed(case, *given, **how)
        case.only = None

    return done


def then(deed: Callable[..., object], *given: Any, **how: Any) -> Deed:
    return of_kind(None, deed, *given, **how)


Who = WholeCase
STORIES: dict[str, list[Deed]] = {
    "who and where is not known any more is asked about once it is known": [
        then(Who.an_address_is_recorded, "greater-manchester", MANCHESTER),
        then(Who.an_adult_is_recorded, "partner", "Kirsty", 1),
        then(Who.a_child_is_recorded, LEEDS, "Sam", 0),
        then(Who.an_unborn_child_is_recorded, LEEDS, 0, 9),
        then(Who.what_somebody_is_found_by_is_withdrawn, "contacts", 2),
        then(Who.what_somebody_is_found_by_is_withdrawn, "contacts", 1),
        then(Who.a_mother_is_named, 2, 0),
        then(Who.somebody_is_named_rightly, 1, "Robin", 2011),
        then(Who.what_somebody_is_found_by_is_withdrawn, "addresses", 1),
        then(Who.what_somebody_is_found_by_is_withdrawn, "contacts", 0),
        police(Who.an_agency_answers, 0),
        then(Who.what_somebody_is_found_by_is_withdrawn, "addresses", 0),
        then(Who.an_address_is_written_rightly, 1, 2),
        then(Who.somebody_is_called_otherwise, 0, "Jade"),
        then(Who.an_address_is_written_rightly, 0, 3),
    ],
    "whoever moves away and back is asked about where they are": [
        then(Who.an_address_is_recorded, "greater-manchester", MANCHESTER),
        then(Who.an_adult_is_recorded, "partner", "Kirsty", 1),
        then(Who.a_child_is_recorded, LEEDS, "Sam", 0),
        then(Who.somebody_is_named_rightly, 0, "Jade", 2010),
        then(Who.an_address_is_written_rightly, 0, 3),
        then(Who.somebody_moves_in_here, 0, 0),
        then(Who.somebody_moves_in_here, 0, 1),
        then(Who.an_agency_answers, 0),
        then(Who.the_history_is_read, 0),
        then(Who.an_address_is_in_another_area, 1, "west-yorkshire", LEEDS),
        then(Who.somebody_becomes_something_else, 0, "friend"),
    ],
    "an answer is about whom it was about": [
        police(Who.an_agency_answers, 0),
        then(Who.the_person_is_named_rightly, "Robin"),
        police(Who.an_agency_answers, 0),
        then(Who.an_address_is_written_rightly, 0, 3),
        police(Who.an_agency_answers, 0),
        then(Who.an_adult_is_recorded, "partner", "Kirsty", 0),
        police(Who.an_agency_answers, 0),
        then(Who.somebody_is_named_rightly, 0, "Jade", 2010),
        police(Who.an_agency_answers, 0, whole=False),
        then(Who.the_person_is_named_rightly, "Sam"),
        then(Who.the_person_is_named_rightly, "Robin"),
        police(Who.an_agency_answers, 0),
        then(Who.the_history_is_read, 0),
    ],
    "whoever lives at an address is not asked about with it": [
        police(Who.an_agency_answers, 0),
        then(Who.an_adult_is_recorded, "friend", "Kirsty", 0),
        then(Who.somebody_becomes_something_else, 0, "partner"),
        then(Who.an_adult_is_recorded, "partner", "Jade", 0, named=False),
        police(Who.an_agency_answers, 0),
        then(Who.a_child_is_recorded, LEEDS, "Sam", 0),
        children(Who.an_agency_answers, 0),
        then(Who.a_child_is_recorded, LEEDS, "Robin", 0),
    ],
    "a second redirect leaves both asked": [
        police(Who.a_question_is_redirected, 0),
        police(Who.an_agency_says_something_late, 0),
        police(Who.a_question_is_redirected, 0),
        police(Who.an_agency_answers, 0),
        then(Who.the_person_is_named_rightly, "Robin"),
        police(Who.a_question_is_redirected, 0),
        police(Who.a_question_is_redirected, 0),
        then(Who.days_pass, 3),
        then(Who.a_redirect_is_settled, 0, 0),
    ],
    "whoever is looked for at a home is where that was sent on to": [
        then(Who.an_address_is_recorded, "greater-manchester", MANCHESTER),
        then(Who.an_adult_is_recorded, "partner", "Kirsty", 1),
        police(Who.a_question_is_redirected, 0),
        police(Who.an_agency_answers, 0),
    ],
    "whoever is looked for at the person's home is where that was sent on to": [
        then(Who.an_address_is_recorded, "greater-manchester", MANCHESTER),
        then(Who.an_adult_is_recorded, "partner", "Kirsty", 1),
        police(Who.a_question_is_redirected, 1),
        police(Who.an_agency_answers, 0),
    ],
    "what is added in a dispute reaches whoever goes on": [
        then(Who.an_adult_is_recorded, "partner", "Kirsty", 0),
        police(Who.a_question_is_redirected, 0),
        police(Who.a_question_is_redirected, 0),
        then(Who.an_adult_is_recorded, "partner", "Jade", 0),
        then(Who.an_address_is_recorded, "west-yorkshire", LEEDS),
        then(Who.somebody_is_named_rightly, 0, "Robin", 2010),
        police(Who.an_agency_answers, 1),
        police(Who.a_question_is_redirected, 0),
        police(Who.a_question_is_redirected, 0),
        then(Who.an_adult_is_recorded, "ex_partner", "Sam", 0),
        police(Who.a_redirect_is_settled, 0, 2),
        then(Who.an_adult_is_recorded, "partner", "Robin", 1),
    ],
    "what is added in a dispute of councils reaches whoever goes on": [
        then(Who.a_child_is_recorded, None, "Sam", 0),
        children(Who.a_question_is_redirected, 0),
        children(Who.a_question_is_redirected, 0),
        then(Who.a_child_is_recorded, None, "Jade", 0),
        then(Who.an_unborn_child_is_recorded, None, 5, 0),
        children(Who.a_redirect_is_settled, 0, 1),
        then(Who.a_child_is_recorded, None, "Robin", 0),
        children(Who.an_agency_answers, 0),
    ],
    "who is asked again is asked about the record as it is by then": [
        then(Who.an_address_is_recorded, "west-yorkshire", LEEDS),
        then(Who.an_adult_is_recorded, "partner", "Kirsty", 0),
        then(Who.an_adult_is_recorded, "partner", "Jade", 1),
        police(Who.a_question_is_redirected, 0),
        police(Who.an_agency_says_something_late, 0, about="contact"),
        then(Who.somebody_is_called_otherwise, 0, "Robin"),
        then(Who.the_person_is_named_rightly, "Robin"),
        then(Who.somebody_becomes_something_else, 1, "friend"),
        then(Who.an_address_is_in_another_area, 1, "greater-manchester", MANCHESTER),
        then(Who.the_day_of_release_is_another, 9, may_wait=False),
        then(Who.something_happens, "possible_separation", urgent=True),
        police(Who.a_question_is_redirected, 0),
        then(Who.a_redirect_is_settled, 0, 0),
        police(Who.an_agency_answers, 0),
    ],
    "a part is about whom it was about, whatever else is withdrawn": [
        then(Who.an_adult_is_recorded, "partner", "Kirsty", 0),
        police(Who.an_agency_answers, 0),
        then(Who.somebody_is_called_otherwise, 0, "Jade"),
        then(Who.an_address_is_recorded, "west-yorkshire", LEEDS),
        police(Who.an_agency_answers_about, 0, "contact"),
        then(Who.somebody_is_called_otherwise, 0, "Kirsty"),
        then(Who.an_adult_is_recorded, "partner", "Sam", 0),
        police(Who.an_agency_answers_about, 0, "contact"),
        then(Who.somebody_is_called_otherwise, 1, "Robin", 1),
    ],
    "what is left after a part stays asked": [
        then(Who.an_address_is_recorded, "west-yorkshire", LEEDS),
        then(Who.an_adult_is_recorded, "partner", "Kirsty", 0),
        police(Who.an_agency_answers, 0, whole=False),
        then(Who.an_address_is_written_rightly, 0, 3),
        then(Who.an_address_is_written_rightly, 1, 2),
        then(Who.days_pass, 3),
        police(Who.an_agency_asks_back, 0, part=True),
        then(Who.somebody_is_named_rightly, 0, "Jade", 2010),
        then(Who.the_person_is_named_rightly, "Robin"),
        police(Who.an_agency_answers, 0, whole=False),
        police(Who.a_question_is_redirected, 0),
        police(Who.an_agency_answers, 0, whole=False),
        police(Who.an_agency_refuses, 0),
        police(Who.probation_asks_again, 0),
        police(Who.an_agency_answers, 0),
    ],
    "what is left when all of it waits for probation counts from when it was asked": [
        then(Who.an_agency_answers, 0, whole=False),
        then(Who.something_happens, "police_call_out", urgent=False),
        then(Who.a_child_turns_out_to_be_grown_up, 0),
        then(Who.an_agency_asks_back, 0, part=False),
        then(Who.an_agency_answers, 0, whole=False),
    ],
    "what is asked is needed by the day of release, sooner at once and later only where it may wait": [
        then(Who.the_day_of_release_is_another, 40, may_wait=False),
        then(Who.an_adult_is_recorded, "partner", "Kirsty", 0),
        then(Who.the_day_of_release_is_another, 9, may_wait=False),
        police(Who.an_agency_asks_back, 0, part=False),
        then(Who.the_day_of_release_is_another, 2, may_wait=False),
        police(Who.an_agency_answers, 0, whole=False),
        then(Who.the_day_of_release_is_another, 200, may_wait=True),
        then(Who.something_happens, "recalled", urgent=False),
        then(Who.days_pass, 3),
        then(Who.something_happens, "released", urgent=True),
        then(Who.the_day_of_release_is_another, -3, may_wait=False),
        police(Who.a_question_is_redirected, 0),
        police(Who.an_agency_answers, 0),
    ],
    "whoever is urgent hurries nobody else": [
        then(Who.days_pass, 1),
        then(Who.an_adult_is_recorded, "partner", "Kirsty", 0),
        then(Who.there_is_a_new_partner, "Jade", 0),
        then(Who.something_happens, urgent=True),
        police(Who.an_agency_answers, 0, whole=False),
        then(Who.days_pass, 2),
        police(Who.an_agency_answers, 0),
    ],
    "who is urgent and comes back into the question is due as it says of them": [
        then(Who.days_pass, 1),
        then(Who.there_is_a_new_partner, "Jade", 0, urgent=True),
        police(Who.an_agency_answers, 0, whole=False),
        police(Who.an_agency_answers, 0, whole=False),
        then(Who.details_are_supplied, 0, None, "Kate"),
        then(Who.days_pass, 1),
        police(Who.an_agency_answers, 0, whole=False),
        then(Who.something_happens, urgent=False),
        police(Who.an_agency_asks_back, 0, part=True),
        then(Who.days_pass, 2),
        police(Who.probation_replies, 0),
    ],
    "what happens asks again about whoever the record has again": [
        police(Who.an_agency_answers, 0),
        then(Who.the_person_is_named_rightly, "Robin"),
        police(Who.an_agency_answers, 0),
        then(Who.days_pass, 2),
        then(Who.something_happens, urgent=False),
        police(Who.an_agency_answers, 0),
        then(Who.the_person_is_named_rightly, "Toby"),
        police(Who.an_agency_answers, 0),
        then(Who.an_address_is_in_another_area, 0, "greater-manchester", MANCHESTER),
        police(Who.an_agency_answers, 0),
        then(Who.days_pass, 2),
        then(Who.something_happens, urgent=False),
        police(Who.an_agency_answers, 0),
        then(Who.an_address_is_in_another_area, 0, "west-yorkshire", LEEDS),
    ],
    "what has been answered in part is reviewed whatever becomes of the rest": [
        then(Who.an_adult_is_recorded, "partner", "Kirsty", 0),
        police(Who.an_agency_answers, 0, whole=False),
        then(Who.an_address_is_in_another_area, 0, "greater-manchester", MANCHESTER),
        police(Who.an_agency_answers, 0, whole=False),
        police(Who.a_manager_ends_a_request, 0),
    ],
    "who is said to be the same is asked about as one": [
        then(Who.an_adult_is_recorded, "partner", "Kirsty", 0),
        then(Who.an_adult_is_recorded, "friend", "Kirsty", 1),
        police(Who.an_agency_answers, 0),
        then(Who.an_adult_is_recorded, "partner", "Kirsty", 1),
        then(Who.an_unborn_child_is_recorded, LEEDS, 0, 0),
        then(Who.a_mother_is_named, 3, 1),
        children(Who.an_agency_answers, 0),
        then(Who.a_mother_is_named, 3, 0),
    ],
    "a child who was grown up is asked about no more": [
        then(Who.a_child_is_recorded, LEEDS, "Sam", 0),
        then(Who.a_child_turns_out_to_be_grown_up, 0),
        then(Who.a_child_is_recorded, LEEDS, "Jade", 0),
        children(Who.a_manager_ends_a_request, 0),
        then(Who.somebody_is_named_rightly, 1, "Robin", 2011),
        children(Who.an_agency_answers, 0),
    ],
}


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("story", STORIES)
def test_after_each_deed_of_a_story(cast: Cast, the_clock: TheClock, story: str) -> None:
    """What the deeds of the machine come to in an order that reaches each rule: whatever must be true is."""
    case = WholeCase(cast, the_clock)
    for deed in STORIES[story]:
        deed(case)
        for which in range(4):
            case.an_agency_reads(which)
        case.whatever_must_be_true_of_a_record_is()
        case.every_clock_is_what_its_turns_make_it()
        case.every_clock_says_what_its_subjects_say()
        case.what_was_sent_stays_as_it_was_sent()
        case.an_answer_stands_beside_what_was_asked()

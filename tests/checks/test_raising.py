"""What is raised, for whom, once; what waits, and what happens when its details come."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from service.checks import actions, queries
from service.checks.model import CheckRequestSubject
from service.people import writes as people
from service.people.model import Address, Contact, Person
from service.timers.model import Clock
from service.timers.sweep import sweep
from tests import rows
from tests.checks.factories import (
    LEEDS,
    MANCHESTER,
    Case,
    answer,
    children_answer,
    clock_of,
    move,
    police_answer,
    read,
    register_authority,
)
from tests.conftest import TheClock


def clocks(case: Case) -> dict[tuple[str, str], str]:
    """Return the state of each clock by the obligation's subject and the timer."""
    with rows.transaction() as session:
        return {
            (str(clock.subject_id), clock.timer): clock.state
            for clock in session.scalars(select(Clock).where(Clock.referral_id == case.referral_id))
        }


def test_every_referral_raises_a_police_check_whatever_the_risk(case: Case) -> None:
    case.address()
    (check,) = case.raise_checks(rosh=None)
    assert (check.kind, check.state, check.cycle) == ("police_da", "open", 1)
    request = case.request()
    assert (request.state, request.agency_id) == ("requested", case.cast.police.organisation_id)


def test_tobys_two_forces_are_asked_and_his_son_waits_with_the_clock_running(case: Case) -> None:
    case.address()
    her = case.contact("ex_partner")
    case.address("partner", force="greater-manchester", authority=MANCHESTER, protected=True, contact_id=her)
    case.contact("child", child=True, named=False, born=None, authority=LEEDS)
    case.raise_checks()
    police = case.requests("police_da")
    assert {(each.area, each.state) for each in police} == {
        ("west-yorkshire", "requested"),
        ("greater-manchester", "requested"),
    }
    (son,) = case.requests("childrens_safeguarding")
    assert son.state == "awaiting_details"
    assert {each["detail"] for each in son.missing} == {"name", "date_of_birth"}
    assert clocks(case)[str(son.id), "ask"] == "running"
    assert all(clocks(case)[str(each.id), "answer"] == "running" for each in police)


def test_no_recorded_answer_about_children_is_not_no_children(case: Case) -> None:
    case.address()
    case.children("not_recorded")
    case.raise_checks()
    (request,) = case.requests("childrens_safeguarding")
    assert [each["detail"] for each in request.missing] == ["whether_children"]


def test_children_no_raises_no_safeguarding_check(case: Case) -> None:
    case.address()
    case.raise_checks()
    assert case.requests("childrens_safeguarding") == []


def test_details_supplied_send_what_waited(case: Case, the_clock: TheClock) -> None:
    case.address()
    son = case.contact("child", child=True, named=False, born=None, authority=LEEDS)
    case.raise_checks()
    (waiting,) = case.requests("childrens_safeguarding")
    the_clock.move(timedelta(days=3))
    case.complete(son)
    (sent,) = case.requests("childrens_safeguarding")
    assert (sent.state, sent.missing, sent.exposed_since) == ("requested", [], waiting.required_at)
    assert clocks(case)[str(sent.id), "ask"] == "stopped"
    assert clocks(case)[str(sent.id), "answer"] == "running"


def test_what_probation_asked_late_is_not_late_at_the_council(case: Case, the_clock: TheClock) -> None:
    """T3: the details came after 13 weeks, when the release had long been."""
    case.address()
    son = case.contact("child", child=True, born=None, authority=LEEDS)
    case.raise_checks(hard_date=the_clock.at + timedelta(days=14))
    the_clock.move(timedelta(weeks=13))
    case.complete(son)
    (sent,) = case.requests("childrens_safeguarding")
    answer = clock_of(sent.id, "answer")
    assert (answer.anchor, answer.urgency) == (the_clock.at, "urgent")
    assert answer.due_at > the_clock.at
    sweep(the_clock.at)
    assert clock_of(sent.id, "answer").fired == 0


def test_some_of_the_details_supplied_leave_it_waiting_for_the_rest(case: Case) -> None:
    case.address()
    son = case.contact("child", child=True, named=False, born=None, authority=None)
    case.raise_checks()
    (waiting,) = case.requests("childrens_safeguarding")
    case.complete(son)
    (still,) = case.requests("childrens_safeguarding")
    assert (still.state, still.version) == ("awaiting_details", waiting.version + 1)
    lacking = {each["detail"] for each in still.missing}
    assert lacking
    assert lacking < {each["detail"] for each in waiting.missing}
    told = case.cast.probation.get("/v1/events", limit=100).get_json()["items"]
    assert [one["event"] for one in told if one["subject"]["id"] == str(still.id)][-1] == (
        "check_request.details_changed"
    )


def recorded(case: Case, contact_id: UUID, **facts: Any) -> None:
    """Change what is on record about a contact, as people's own action would, and look at the checks."""
    with rows.transaction() as session:
        contact = session.get_one(Contact, contact_id)
        for name, value in facts.items():
            setattr(contact, name, value)
        session.flush()
        actions.reconcile(session, case.actor, case.person_id)


@pytest.mark.parametrize(
    ("facts", "lacks"),
    [
        ({"named": False, "dated": False}, {"name", "date_of_birth"}),
        ({"named": True, "dated": False}, {"date_of_birth"}),
        ({"named": False, "dated": True}, {"name"}),
    ],
)
def test_no_authority_is_asked_about_an_unidentified_contact(
    case: Case, facts: dict[str, bool], lacks: set[str]
) -> None:
    """Whatever a child on record is called later, the question that waits needs the same details."""
    case.address()
    case.children("yes")
    son = case.contact("child", child=True, named=False, born=None, authority=LEEDS)
    case.raise_checks()
    recorded(case, son, relationship="friend", is_child=False, **facts)
    (waiting,) = case.requests("childrens_safeguarding")[:1]
    assert (waiting.state, {each["detail"] for each in waiting.missing}) == ("awaiting_details", lacks)
    assert case.cast.council.get("/v1/check-requests").get_json()["items"] == []
    case.complete(son)
    # Once it is known who that is, there is nobody to ask about: no child was recorded by that name.
    assert case.requests("childrens_safeguarding")[0].state == "cancelled"
    assert case.cast.council.get("/v1/check-requests").get_json()["items"] == []


def test_naming_an_area_sends_no_request_without_a_subject(case: Case) -> None:
    case.address()
    case.children("yes")
    case.raise_checks()
    (waiting,) = case.requests("childrens_safeguarding")
    assert move(case.practitioner, waiting.id, "supply_details", area=LEEDS).status_code == 200
    case.contact("child", child=True, named=False, born=None, authority=LEEDS)
    with rows.transaction() as session:
        actions.reconcile(session, case.actor, case.person_id)
    assert case.cast.council.get("/v1/check-requests").get_json()["items"] == []


def test_a_question_that_waits_goes_to_the_authority_where_the_child_is_now(case: Case) -> None:
    register_authority(MANCHESTER)
    case.address()
    son = case.contact("child", child=True, named=False, born=None, authority=LEEDS)
    case.raise_checks()
    recorded(case, son, local_authority=MANCHESTER)
    assert case.request("childrens_safeguarding", MANCHESTER).state == "awaiting_details"
    case.complete(son)
    (sent,) = case.requests("childrens_safeguarding")
    assert (sent.state, sent.area) == ("requested", MANCHESTER)
    assert case.cast.council.get("/v1/check-requests").get_json()["items"] == []


def test_a_question_that_waits_for_an_agency_goes_where_the_record_is_corrected_to(case: Case) -> None:
    wrong = case.address(force="west-yorks")
    case.raise_checks()
    assert case.request(area="west-yorks").missing[0]["detail"] == "agency"
    with rows.transaction() as session:
        session.get_one(Address, wrong).police_force = "west-yorkshire"
        session.flush()
        actions.reconcile(session, case.actor, case.person_id)
    (sent,) = case.requests("police_da")
    assert (sent.state, sent.area) == ("requested", "west-yorkshire")


def test_an_area_that_was_named_stays_where_the_record_names_none(case: Case) -> None:
    case.address()
    son = case.contact("child", child=True, named=False, born=None)
    case.raise_checks()
    (waiting,) = case.requests("childrens_safeguarding")
    assert move(case.practitioner, waiting.id, "supply_details", area=LEEDS).status_code == 200
    case.complete(son)
    (sent,) = case.requests("childrens_safeguarding")
    assert (sent.state, sent.area) == ("requested", LEEDS)


def test_the_same_trigger_again_raises_nothing_twice(case: Case) -> None:
    case.address()
    case.contact("child", child=True, authority=LEEDS)
    first = case.raise_checks()
    again = case.raise_checks()
    assert [check.id for check in again] == [check.id for check in first]
    assert len(case.requests()) == 2


def test_a_new_cycle_links_to_the_one_before_and_overwrites_nothing(case: Case) -> None:
    case.address()
    (first,) = case.raise_checks()
    assert answer(case.cast.police, case.request().id, police_answer()).status_code == 201
    with rows.transaction() as session:
        (second,) = actions.recheck(
            session,
            case.actor,
            case.person_id,
            "change:1",
            referral_id=case.referral_id,
            kinds=["police_da"],
            urgency="urgent",
        )
    assert (second.cycle, second.previous_id, second.urgency) == (2, first.id, "urgent")
    assert [request.state for request in case.requests("police_da")] == ["returned", "requested"]


def test_a_new_cycle_replaces_a_waiting_request_and_keeps_its_exposure(
    case: Case, the_clock: TheClock
) -> None:
    case.address()
    case.contact("child", child=True, named=False, born=None, authority=LEEDS)
    case.raise_checks()
    (old,) = case.requests("childrens_safeguarding")
    the_clock.move(timedelta(days=7))
    case.raise_checks("change:1")
    old, new = case.requests("childrens_safeguarding")
    assert (old.state, old.succeeded_by_id) == ("superseded", new.id)
    assert new.exposed_since == old.exposed_since < new.required_at
    assert clocks(case)[str(old.id), "ask"] == "stopped"
    assert clocks(case)[str(new.id), "ask"] == "running"


def test_a_new_cycle_that_knows_the_child_carries_on_what_waited_for_the_answer(
    case: Case, the_clock: TheClock
) -> None:
    case.address()
    case.children("not_recorded")
    case.raise_checks()
    case.contact("child", child=True, authority=LEEDS)
    the_clock.move(timedelta(days=2))
    case.raise_checks("change:1", urgency="urgent")
    old, new = case.requests("childrens_safeguarding")
    assert (old.state, old.succeeded_by_id) == ("superseded", new.id)
    assert (new.state, new.urgency, new.exposed_since) == ("requested", "urgent", old.required_at)
    assert case.check("childrens_safeguarding").cycle == 2


def test_a_new_cycle_joins_what_was_sent_and_leaves_its_clock_alone(case: Case) -> None:
    case.address()
    case.raise_checks()
    (sent,) = case.requests()
    case.raise_checks("change:1")
    (still,) = case.requests()
    assert (still.id, still.state, still.question_version) == (sent.id, "requested", 1)
    assert clocks(case)[str(sent.id), "answer"] == "running"
    answer(case.cast.police, sent.id, police_answer())
    assert {check.state for check in case.checks("police_da")} == {"answered"}


def test_somebody_recorded_later_is_asked_about_in_the_latest_cycle(case: Case) -> None:
    case.address()
    case.raise_checks()
    case.contact("child", child=True, authority=LEEDS)
    with rows.transaction() as session:
        actions.reconcile(session, case.actor, case.person_id)
    (request,) = case.requests("childrens_safeguarding")
    assert request.state == "requested"


def test_children_recorded_at_last_carry_on_what_waited_for_the_answer(
    case: Case, the_clock: TheClock
) -> None:
    case.address()
    case.children("not_recorded")
    case.raise_checks()
    (waiting,) = case.requests("childrens_safeguarding")
    the_clock.move(timedelta(days=5))
    case.contact("child", child=True, authority=LEEDS)
    with rows.transaction() as session:
        actions.reconcile(session, case.actor, case.person_id)
    waiting, request = case.requests("childrens_safeguarding")
    assert (waiting.state, waiting.succeeded_by_id) == ("superseded", request.id)
    assert (request.state, request.exposed_since) == ("requested", waiting.required_at)
    assert case.check("childrens_safeguarding").state == "open"


def test_somebody_new_at_an_agency_already_asked_is_a_second_question_and_reopens_the_check(
    case: Case,
) -> None:
    case.address()
    first = case.contact("child", child=True, authority=LEEDS)
    case.raise_checks()
    answer(case.cast.council, case.request("childrens_safeguarding", LEEDS).id, children_answer(first))
    assert case.check("childrens_safeguarding").state == "answered"
    case.contact("child", child=True, authority=LEEDS)
    with rows.transaction() as session:
        actions.reconcile(session, case.actor, case.person_id)
    assert [each.state for each in case.requests("childrens_safeguarding")] == ["returned", "requested"]
    assert case.check("childrens_safeguarding").state == "open"


def test_urgency_is_raised_in_flight_and_a_hard_date_only_comes_forward(
    case: Case, the_clock: TheClock
) -> None:
    case.address()
    case.raise_checks()
    release = the_clock.at + timedelta(days=10)
    with rows.transaction() as session:
        actions.raise_urgency(session, case.actor, case.referral_id, hard_date=release)
        actions.raise_urgency(session, case.actor, case.referral_id, hard_date=release + timedelta(days=9))
    (request,) = case.requests()
    assert (request.urgency, request.hard_date) == ("urgent", release)
    assert clock_of(request.id, "answer").urgency == "urgent"


def test_an_address_is_outstanding_until_everyone_asked_about_it_has_answered(case: Case) -> None:
    home, elsewhere = case.address(), case.address(force="greater-manchester", authority=MANCHESTER)
    case.contact("child", child=True, lives_at=home)
    with rows.transaction() as session:
        assert not queries.asked_about_address(session, home)
    case.raise_checks()
    police, council = case.request(), case.request("childrens_safeguarding", LEEDS)
    with rows.transaction() as session:
        assert queries.asked_about_address(session, home)
        assert {each.id for each in queries.outstanding_for_address(session, home)} == {police.id, council.id}
    answer(case.cast.police, police.id, police_answer())
    with rows.transaction() as session:
        assert {each.id for each in queries.outstanding_for_address(session, home)} == {council.id}
        assert len(queries.outstanding_for_address(session, elsewhere)) == 1


def test_who_is_named_late_joins_the_open_request_and_keeps_the_exposure(
    case: Case, the_clock: TheClock
) -> None:
    case.address()
    named = case.contact("child", child=True, authority=LEEDS)
    late = case.contact("child", child=True, named=False, born=None, authority=LEEDS)
    case.raise_checks()
    (waiting,) = (one for one in case.requests("childrens_safeguarding") if one.sent_at is None)
    the_clock.move(timedelta(days=3))
    case.complete(late)
    (asked,) = (one for one in case.requests("childrens_safeguarding") if one.succeeded_by_id is None)
    assert (asked.state, asked.question_version) == ("requested", 2)
    with rows.transaction() as session:
        since = {
            row.subject_id: row.exposed_since
            for row in session.scalars(
                select(CheckRequestSubject).where(CheckRequestSubject.request_id == asked.id)
            )
        }
    assert {named, late} <= since.keys()
    assert since[late] == waiting.required_at


def test_a_corrected_name_after_the_answer_asks_each_force_again(case: Case) -> None:
    case.address()
    case.raise_checks()
    (first,) = case.requests("police_da")
    answer(case.cast.police, first.id, police_answer())
    with rows.transaction() as session:
        person = session.get_one(Person, case.person_id)
        people.write_person(session, case.actor, person, {"family_name": "Quennell"}, submitted="")
    old, new = case.requests("police_da")
    assert (old.id, old.state, new.state) == (first.id, "returned", "requested")
    assert case.check().state == "open"
    view, _ = read(case.practitioner, old.id)
    assert view["results"][0]["about"]["person"]["family_name"] == "Testcase"
    assert read(case.cast.police, new.id)[0]["document"]["person"]["family_name"] == "Quennell"

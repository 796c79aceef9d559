"""Agencies that redirect a question to each other: all stay asked, until probation says who answers."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from service import clock
from service.checks import actions
from service.checks.model import CheckRequest
from service.checks.reasons import Reason
from service.people.model import Address, Contact
from service.timers.model import Clock
from service.timers.sweep import sweep
from tests import rows
from tests.cast import Caller
from tests.checks.factories import (
    HERE,
    LEEDS,
    MANCHESTER,
    THERE,
    Case,
    answer,
    clock_of,
    move,
    police_answer,
    read,
    redirect,
)  # fmt: skip
from tests.conftest import TheClock

pytestmark = pytest.mark.long

NOBODYS = "E08000036"
"""An authority for which nobody is registered."""


def disputed(case: Case, the_clock: TheClock) -> tuple[CheckRequest, CheckRequest]:
    """Have two forces redirect a question to each other; return what each is asked."""
    case.address()
    case.raise_checks()
    first = case.request(area=HERE)
    the_clock.move(timedelta(days=1))
    assert redirect(case.cast.police, first, THERE) == "misdirected"
    second = case.request(area=THERE)
    the_clock.move(timedelta(days=1))
    assert redirect(case.cast.other_police, second, HERE) == "acknowledged"
    return case.request(area=HERE), case.request(area=THERE)


def redirect_clocks(case: Case) -> list[Clock]:
    with rows.transaction() as session:
        return list(
            session.scalars(select(Clock).where(Clock.person_id == case.person_id, Clock.timer == "redirect"))
        )


def test_the_second_redirect_leaves_both_asked_and_starts_no_deadline_anew(
    case: Case, the_clock: TheClock
) -> None:
    case.address()
    case.raise_checks()
    first = case.request(area=HERE)
    due = clock_of(first.id, "answer").due_at
    the_clock.move(timedelta(days=1))
    redirect(case.cast.police, first, THERE)
    second = case.request(area=THERE)
    due_there = clock_of(second.id, "answer").due_at
    the_clock.move(timedelta(days=1))
    redirect(case.cast.other_police, second, HERE)
    assert {each.state for each in case.requests()} == {"requested", "acknowledged"}
    assert (clock_of(first.id, "answer").state, clock_of(first.id, "answer").due_at) == ("running", due)
    assert (clock_of(second.id, "answer").state, clock_of(second.id, "answer").due_at) == (
        "running",
        due_there,
    )
    assert case.check().state == "open"
    assert "document" in read(case.cast.police, first.id)[0]
    assert "document" in read(case.cast.other_police, second.id)[0]


def test_a_force_that_is_asked_something_else_by_then_is_asked_what_it_redirected_there(
    case: Case, the_clock: TheClock
) -> None:
    case.address()
    case.address("visited", force=THERE)
    case.raise_checks()
    redirected = case.request(area=THERE)
    redirect(case.cast.other_police, redirected, HERE)
    another = case.address("visited", force=THERE)
    with rows.transaction() as session:
        actions.reconcile(session, case.actor, case.person_id)
    (now,) = (one for one in case.requests() if one.area == THERE and one.state == "requested")
    the_clock.move(timedelta(days=1))
    assert redirect(case.cast.police, case.request(area=HERE), THERE) == "acknowledged"
    assert [one.state for one in case.requests() if one.area == THERE].count("requested") == 1
    told = read(case.cast.other_police, now.id)[0]
    assert len(told["document"]["addresses"]) == 2
    assert str(another) in {one["id"] for one in told["document"]["addresses"]}
    assert told["document"]["because"] == "named_back"
    assert read(case.practitioner, now.id)[0]["redirect_disputed"]
    assert answer(case.cast.other_police, now.id, police_answer()).status_code == 201
    assert {one.disputed_by_id for one in case.requests()} == {None}


def test_a_second_redirect_to_a_third_force_asks_nobody_else(case: Case, the_clock: TheClock) -> None:
    case.address()
    case.raise_checks()
    first = case.request(area=HERE)
    redirect(case.cast.police, first, THERE)
    redirect(case.cast.other_police, case.request(area=THERE), "north-yorkshire")
    assert {each.area for each in case.requests()} == {HERE, THERE}
    assert {each.state for each in case.requests()} == {"requested", "acknowledged"}
    messages = read(case.practitioner, case.request(area=THERE).id)[0]["messages"]
    assert [(each["about"], each["code"]) for each in messages] == [("misdirection", "north-yorkshire")]


def test_four_redirects_give_one_clock_of_probation_and_it_climbs(case: Case, the_clock: TheClock) -> None:
    first, second = disputed(case, the_clock)
    redirect(case.cast.police, first, THERE)
    redirect(case.cast.other_police, second, HERE)
    (only,) = redirect_clocks(case)
    assert (only.state, only.responder_id) == ("running", None)
    assert [each["timer"] for each in read(case.cast.other_police, second.id)[0]["clocks"]] == ["answer"]
    the_clock.move(timedelta(days=5))
    late = case.practitioner.get("/v1/overdue").get_json()["items"]
    assert "redirect" in {each["timer"] for each in late}
    for agency in (case.cast.police, case.cast.other_police):
        theirs = agency.get("/v1/overdue").get_json()["items"]
        assert "redirect" not in {each["timer"] for each in theirs}


def of_the_dispute(caller: Caller) -> list[tuple[str, str, list[str | None]]]:
    """Return about which request a side was notified of a dispute, at which step, and in which roles."""
    found = caller.get("/v1/escalations", limit="100").get_json()["items"]
    return sorted(
        (
            one["subject"]["id"],
            one["step"],
            sorted({to["fell_from"] or to["role"] for to in one["addressed_to"]}),
        )
        for one in found
        if one["timer"] == "dispute"
    )


def test_at_the_second_redirect_the_heads_of_both_agencies_and_ours_are_notified_at_once(
    case: Case, the_clock: TheClock
) -> None:
    first, second = disputed(case, the_clock)
    the_clock.move(timedelta(minutes=2))
    sweep(the_clock.at)
    for agency, request in ((case.cast.police, first), (case.cast.other_police, second)):
        assert of_the_dispute(agency) == [(str(request.id), "heads", ["head_of_service"])]
        assert "dispute" not in {one["timer"] for one in agency.get("/v1/overdue").get_json()["items"]}
    both = ["head_of_service", "pdu_head"]
    ours = sorted((str(each.id), "heads", both) for each in (first, second))
    assert of_the_dispute(case.practitioner) == ours
    # However often it goes to and fro, they are notified once.
    redirect(case.cast.police, first, THERE)
    the_clock.move(timedelta(minutes=2))
    sweep(the_clock.at)
    assert len(of_the_dispute(case.practitioner)) == len(ours)
    move(case.practitioner, second.id, "settle_redirect", area=HERE, reason="He lives in Leeds.")
    with rows.transaction() as session:
        clocks = session.scalars(select(Clock).where(Clock.timer == "dispute")).all()
    assert {(each.state, each.owner_role) for each in clocks} == {("stopped", "pdu_head")}


def test_probation_says_which_of_them_is_asked_and_the_other_is_asked_no_longer(
    case: Case, the_clock: TheClock
) -> None:
    first, second = disputed(case, the_clock)
    seen, _ = read(case.practitioner, second.id)
    assert seen["redirect_disputed"]
    assert "settle_redirect" in seen["allowed_transitions"]
    due = clock_of(first.id, "answer").due_at
    settled = move(case.practitioner, second.id, "settle_redirect", area=HERE, reason="He lives in Leeds.")
    assert settled.get_json()["state"] == "superseded"
    (only,) = redirect_clocks(case)
    assert only.state == "stopped"
    assert (case.request(area=HERE).state, clock_of(first.id, "answer").due_at) == ("requested", due)
    told, _ = read(case.cast.police, first.id)
    assert told["messages"][-1]["body"] == "He lives in Leeds."
    assert "document" not in read(case.cast.other_police, second.id)[0]
    refused = move(case.practitioner, first.id, "settle_redirect", area=HERE, reason="Again.")
    assert refused.status_code == 409


def test_who_asks_back_can_be_named_and_its_question_stays_open(case: Case, the_clock: TheClock) -> None:
    first, second = disputed(case, the_clock)
    for agency, request in ((case.cast.police, first), (case.cast.other_police, second)):
        asked = move(agency, request.id, "return_for_information", question="Which flat?")
        assert asked.get_json()["state"] == "returned_for_information"
    for request in (first, second):
        assert "settle_redirect" in read(case.practitioner, request.id)[0]["allowed_transitions"]
    settled = move(case.practitioner, second.id, "settle_redirect", area=HERE, reason="He lives in Leeds.")
    assert settled.get_json()["state"] == "superseded"
    (only,) = redirect_clocks(case)
    assert only.state == "stopped"
    named, _ = read(case.practitioner, first.id)
    assert (named["state"], named["redirect_disputed"]) == ("returned_for_information", False)
    assert clock_of(first.id, "reply").state == "running"
    given = move(case.practitioner, first.id, "answer_information", answer="The upper one.")
    assert given.get_json()["state"] == "requested"
    assert clock_of(first.id, "answer").state == "running"


def test_a_force_that_probation_named_and_that_redirects_again_stays_asked(
    case: Case, the_clock: TheClock
) -> None:
    first, second = disputed(case, the_clock)
    move(case.practitioner, second.id, "settle_redirect", area=HERE, reason="He lives in Leeds.")
    assert redirect(case.cast.police, first, THERE) == "acknowledged"
    assert sorted(each.state for each in redirect_clocks(case)) == ["running", "stopped"]
    assert case.request(area=HERE).state == "acknowledged"


def test_probation_asks_another_area_in_place_of_both(case: Case, the_clock: TheClock) -> None:
    first, second = disputed(case, the_clock)
    moved = move(case.practitioner, first.id, "settle_redirect", area="north-yorkshire", reason="He moved.")
    assert moved.status_code == 200
    third = case.request(area="north-yorkshire")
    states = {each.id: (each.state, each.succeeded_by_id) for each in case.requests()}
    assert states[first.id] == states[second.id] == ("superseded", third.id)
    assert third.exposed_since == first.required_at
    (only,) = redirect_clocks(case)
    assert only.state == "stopped"


def test_an_answer_of_one_of_them_settles_it(case: Case, the_clock: TheClock) -> None:
    first, second = disputed(case, the_clock)
    assert answer(case.cast.police, first.id, police_answer()).status_code == 201
    states = {each.id: (each.state, each.succeeded_by_id) for each in case.requests()}
    assert states == {first.id: ("returned", None), second.id: ("superseded", first.id)}
    assert case.check().state == "answered"
    (only,) = redirect_clocks(case)
    assert only.state == "stopped"
    assert clock_of(second.id, "answer").state == "stopped"


def test_a_part_of_an_answer_settles_nothing(case: Case, the_clock: TheClock) -> None:
    first, second = disputed(case, the_clock)
    part = police_answer(complete=False, remaining="PND comes tomorrow.")
    assert answer(case.cast.police, first.id, part).status_code == 201
    (only,) = redirect_clocks(case)
    assert (only.state, case.request(area=THERE).state) == ("running", "acknowledged")
    assert second.disputed_by_id == second.id


def test_a_manager_who_ends_one_of_them_leaves_the_other_asked(case: Case, the_clock: TheClock) -> None:
    first, second = disputed(case, the_clock)
    assert move(case.manager, second.id, "cancel", reason="He never lived there.").status_code == 200
    (only,) = redirect_clocks(case)
    assert (only.state, case.request(area=HERE).disputed_by_id) == ("stopped", None)
    assert clock_of(first.id, "answer").state == "running"


def test_a_disputed_question_that_is_refused_and_asked_again_is_asked_once(
    case: Case, the_clock: TheClock
) -> None:
    first, second = disputed(case, the_clock)
    move(case.cast.other_police, second.id, "refuse", reason_code="other", reason="Not ours.")
    move(case.practitioner, second.id, "ask_again", reason="He lives in Leeds.", area=HERE)
    standing = [each for each in case.requests() if each.succeeded_by_id is None]
    assert [(each.area, each.state) for each in standing] == [(HERE, "requested")]
    assert [each.id for each in standing] == [first.id], "the force has it already, and is asked once"
    assert [one.state for one in redirect_clocks(case)] == ["stopped"]


def test_a_late_answer_between_two_redirects_leaves_both_asked_and_climbs(
    case: Case, the_clock: TheClock
) -> None:
    home = case.address()
    case.raise_checks()
    first = case.request(area=HERE)
    redirect(case.cast.police, first, THERE)
    late = police_answer(
        complete=False, remaining="PND.", subjects=[{"id": str(case.person_id), "outcome": "nothing_found"}]
    )
    assert answer(case.cast.police, first.id, late).status_code == 201
    second = case.request(area=THERE)
    assert redirect(case.cast.other_police, second, HERE) == "acknowledged"
    states = {each.id: each.state for each in case.requests()}
    assert states == {first.id: "partially_returned", second.id: "acknowledged"}
    seen, _ = read(case.cast.police, first.id)
    assert {one["id"] for one in seen["subjects"] if not one["answered"]} == {str(home)}
    assert (seen["document"]["because"], len(seen["results"])) == ("named_back", 1)
    (only,) = redirect_clocks(case)
    assert only.state == "running"
    assert {clock_of(each, "answer").state for each in states} == {"running"}
    assert read(case.practitioner, first.id)[0]["redirect_disputed"]
    the_clock.move(timedelta(days=5))
    assert "redirect" in {one["timer"] for one in case.practitioner.get("/v1/overdue").get_json()["items"]}
    assert answer(case.cast.police, first.id, police_answer()).status_code == 201
    assert {each.id: each.state for each in case.requests()} == {
        first.id: "returned",
        second.id: "superseded",
    }


def test_what_waits_for_the_force_that_was_named_is_hurried_by_what_happens_and_tells_it(
    case: Case, the_clock: TheClock
) -> None:
    home = case.address()
    case.raise_checks()
    first = case.request(area=HERE)
    redirect(case.cast.police, first, "north-yorkshire")
    waits = case.request(area="north-yorkshire")
    due = clock_of(waits.id, "registration").due_at
    the_clock.move(timedelta(hours=2))
    arrest = Reason(
        "arrest", "The person has been arrested.", clock.today(), "established", "For hitting her."
    )
    with rows.transaction() as session:
        actions.recheck(
            session,
            case.actor,
            case.person_id,
            "change:1",
            referral_id=case.referral_id,
            kinds=["police_da"],
            urgency="urgent",
            reason=arrest,
        )
    assert {each.id: each.state for each in case.requests()} == {
        first.id: "misdirected",
        waits.id: "awaiting_details",
    }
    now, _ = read(case.practitioner, waits.id)
    assert {one["urgency"] for one in (now, *now["subjects"])} == {"urgent"}
    assert clock_of(waits.id, "registration").due_at < due
    assert {check.state for check in case.checks("police_da")} == {"open"}
    assert move(case.practitioner, waits.id, "supply_details", area=THERE).status_code == 200
    asked, _ = read(case.cast.other_police, waits.id)
    assert {one["urgency"] for one in (asked, *asked["subjects"])} == {"urgent"}
    why = asked["document"]["why"]
    assert (why["happened"]["kind"], why["words"]) == ("arrest", "For hitting her.")
    assert [one["id"] for one in asked["document"]["addresses"]] == [str(home)]


def test_who_said_something_of_all_of_it_too_late_is_asked_all_of_it_again(case: Case) -> None:
    home = case.address()
    case.raise_checks()
    first = case.request(area=HERE)
    redirect(case.cast.police, first, THERE)
    assert answer(case.cast.police, first.id, police_answer()).status_code == 201
    assert redirect(case.cast.other_police, case.request(area=THERE), HERE) == "acknowledged"
    seen, _ = read(case.cast.police, first.id)
    assert {one["id"] for one in seen["subjects"] if not one["answered"]} == {str(case.person_id), str(home)}
    assert len(seen["results"]) == 1


@pytest.mark.parametrize("by", ["redirect", "refusal"])
def test_who_is_asked_instead_is_told_what_has_happened(case: Case, by: str) -> None:
    case.address()
    case.raise_checks()
    arrest = Reason(
        "arrest", "The person has been arrested.", clock.today(), "established", "For hitting her."
    )
    with rows.transaction() as session:
        actions.recheck(
            session,
            case.actor,
            case.person_id,
            "change:1",
            referral_id=case.referral_id,
            kinds=["police_da"],
            reason=arrest,
        )
    if by == "redirect":
        redirect(case.cast.police, case.request(), THERE)
        told, _ = read(case.cast.other_police, case.request(area=THERE).id)
    else:
        refused = case.request()
        move(case.cast.police, refused.id, "refuse", reason_code="other", reason="No.")
        move(case.practitioner, refused.id, "ask_again", reason="It must be.")
        assert case.request().id != refused.id
        told, _ = read(case.cast.police, case.request().id)
    why = told["document"]["why"]
    assert (why["happened"]["kind"], why["words"]) == ("arrest", "For hitting her.")


def sent_on_to_nobody(case: Case) -> CheckRequest:
    """Have a force name one for which nobody is registered; return what waits for that one."""
    case.raise_checks()
    assert redirect(case.cast.police, case.request(area=HERE), "lancashire") == "misdirected"
    waits = case.request(area="lancashire")
    assert waits.state == "awaiting_details"
    return waits


def test_what_was_sent_on_to_nobody_ends_once_its_place_is_put_right_to_another(case: Case) -> None:
    home = case.address()
    waits = sent_on_to_nobody(case)
    case.change(Address, home, lines=["1 Test Street", "Manchester"], police_force=None)
    lacking = case.request(area=None)
    assert (lacking.state, {one["detail"] for one in lacking.missing}) == (
        "awaiting_details",
        {"police_force"},
    )
    assert clock_of(lacking.id, "ask").state == "running"
    case.change(Address, home, police_force=THERE)
    asked = case.request(area=THERE)
    told = read(case.cast.other_police, asked.id)[0]["document"]["addresses"]
    assert [one["id"] for one in told] == [str(home)]
    (ended,) = (one for one in case.requests() if one.id == waits.id)
    assert ended.state == "superseded"
    assert clock_of(waits.id, "registration").state == "stopped"


def test_what_was_sent_on_to_nobody_goes_on_waiting_about_whoever_is_still_there(case: Case) -> None:
    home, other = case.address(), case.address("visited")
    her = case.contact("partner", born=date(1991, 5, 1), lives_at=home)
    waits = sent_on_to_nobody(case)
    case.change(Contact, her, given_name="Kirsty")
    assert case.request(area="lancashire").id == waits.id
    _, tag = read(case.practitioner, waits.id)
    case.change(Address, other, police_force=THERE)
    asked, left = case.request(area=THERE), case.request(area="lancashire")
    told = read(case.cast.other_police, asked.id)[0]["document"]["addresses"]
    assert [one["id"] for one in told] == [str(other)]
    shown, now = read(case.practitioner, left.id)
    about = {one["id"] for one in shown["subjects"]}
    assert (left.id, about, now != tag) == (waits.id, {str(case.person_id), str(home), str(her)}, True)


CHILDREN = "childrens_safeguarding"


@pytest.fixture
def girl(case: Case) -> tuple[UUID, UUID]:
    """Have a council name one for which nobody is registered; return the girl and where she lives."""
    home = case.address()
    found = case.contact("child", child=True, lives_at=home)
    case.raise_checks(kinds=[CHILDREN])
    assert redirect(case.cast.council, case.request(CHILDREN, LEEDS), NOBODYS) == "misdirected"
    assert case.request(CHILDREN, NOBODYS).state == "awaiting_details"
    return found, home


def test_what_was_sent_on_about_a_girl_ends_once_her_home_is_put_right(
    case: Case, girl: tuple[UUID, UUID]
) -> None:
    waits, (her, home) = case.request(CHILDREN, NOBODYS), girl
    right = {"lines": ["1 Test Street", "Manchester"], "local_authority": MANCHESTER, "police_force": THERE}
    case.change(Address, home, **right)
    about = read(case.practitioner, case.request(CHILDREN, MANCHESTER).id)[0]["subjects"]
    assert str(her) in {one["id"] for one in about}
    (ended,) = (one for one in case.requests(CHILDREN) if one.id == waits.id)
    assert ended.state == "superseded"
    assert clock_of(waits.id, "registration").state == "stopped"


def test_what_was_sent_on_about_a_girl_goes_on_about_no_home_without_her(
    case: Case, girl: tuple[UUID, UUID]
) -> None:
    waits, (her, _) = case.request(CHILDREN, NOBODYS), girl
    path = f"/v1/people/{case.person_id}/contacts/{her}"
    body, tag = {"reason": "A slip."}, case.practitioner.get(path).headers["ETag"]
    assert case.practitioner.post(f"{path}/entered-in-error", json=body, if_match=tag).status_code == 200
    (ended,) = (one for one in case.requests(CHILDREN) if one.id == waits.id)
    assert ended.state in {"cancelled", "superseded"}, ended.missing

"""While two agencies redirect a question to each other: what changes reaches the one that goes on."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from service.checks import actions
from service.checks.actions.comparing import given_away
from service.checks.model import Check, CheckRequest
from service.people.model import Address, Contact
from tests import rows
from tests.checks.factories import (
    HERE,
    LEEDS,
    MANCHESTER,
    THERE,
    Case,
    answer,
    call_out,
    children_answer,
    clock_of,
    move,
    outcomes,
    police_answer,
    read,
    redirect,
    register_authority,
)
from tests.conftest import TheClock

pytestmark = pytest.mark.long

POLICE, CHILDREN = "police_da", "childrens_safeguarding"
UNREGISTERED = "north-yorkshire"
ASKED = {"requested", "acknowledged", "partially_returned", "awaiting_details"}


def brought_in_line(case: Case) -> None:
    with rows.transaction() as session:
        actions.reconcile(session, case.actor, case.person_id)


def asked_again(case: Case, trigger: str, *, urgent: bool) -> None:
    """Have something happen because of which every agency is asked again."""
    with rows.transaction() as session:
        actions.recheck(
            session,
            case.actor,
            case.person_id,
            trigger,
            referral_id=case.referral_id,
            kinds=[POLICE],
            urgency="urgent" if urgent else "routine",
        )


def partner(case: Case, lives_at: UUID) -> UUID:
    return case.contact("partner", lives_at=lives_at, born=date(1990, 1, 1))


def to_and_fro(case: Case) -> None:
    """Have two forces redirect a question to each other."""
    redirect(case.cast.police, case.request(area=HERE), THERE)
    redirect(case.cast.other_police, case.request(area=THERE), HERE)


def who_asks_about(case: Case, subject: UUID, kind: str = POLICE) -> list[tuple[str | None, str]]:
    """Return the areas whose agency owes an answer about somebody, and how each request stands."""
    found = []
    for one in case.requests(kind):
        shown, _ = read(case.practitioner, one.id)
        about = {each["id"]: each["answered"] for each in shown["subjects"]}
        if one.state in ASKED and about.get(str(subject)) is False:
            found.append((one.area, one.state))
    return found


def named_to(case: Case, request: CheckRequest) -> set[str]:
    agencies = {HERE: case.cast.police, THERE: case.cast.other_police}
    told, _ = read(agencies[str(request.area)], request.id)
    return {one["id"] for one in (*told["document"]["contacts"], *told["document"]["addresses"])}


def the_other_answers(case: Case) -> None:
    asked = case.request(area=THERE)
    body = police_answer(question_version=asked.question_version)
    answered = answer(case.cast.other_police, asked.id, body)
    assert answered.status_code == 201, answered.text


def the_other_is_named(case: Case) -> None:
    named = move(
        case.practitioner, case.request(area=HERE).id, "settle_redirect", area=THERE, reason="Theirs."
    )
    assert named.status_code == 200, named.text


def a_manager_ends_the_first(case: Case) -> None:
    assert move(case.manager, case.request(area=HERE).id, "cancel", reason="Theirs.").status_code == 200


def a_third_is_named(case: Case) -> None:
    third = {"area": UNREGISTERED, "reason": "He moved."}
    assert move(case.practitioner, case.request(area=THERE).id, "settle_redirect", **third).status_code == 200


def the_other_puts_its_part_right(case: Case) -> None:
    """It had answered a part: all of it is what it should have said."""
    asked = case.request(area=THERE)
    part = police_answer(complete=False, remaining="PND.", question_version=asked.question_version)
    returned = answer(case.cast.other_police, asked.id, part)
    assert returned.status_code == 201, returned.text
    whole = police_answer(question_version=asked.question_version)
    whole["subjects"] = outcomes(asked.id, nothing_found=True)
    instead = {"reason": "PND had been searched.", "said": whole}
    path = f"/v1/check-requests/{asked.id}/results/{returned.get_json()['id']}/corrections"
    corrected = case.cast.other_police.post(path, json=instead)
    assert corrected.status_code == 201, corrected.text


ENDS: dict[Callable[[Case], None], tuple[str, str]] = {
    the_other_answers: (THERE, "requested"),
    the_other_puts_its_part_right: (THERE, "requested"),
    the_other_is_named: (THERE, "requested"),
    a_manager_ends_the_first: (THERE, "acknowledged"),
    a_third_is_named: (UNREGISTERED, "awaiting_details"),
}


@pytest.mark.parametrize("ends", ENDS, ids=lambda ends: ends.__name__)
def test_whoever_has_joined_one_of_them_is_asked_of_the_one_that_goes_on(
    case: Case, the_clock: TheClock, ends: Callable[[Case], None]
) -> None:
    home = case.address()
    case.raise_checks(kinds=[POLICE])
    to_and_fro(case)
    the_clock.move(timedelta(days=1))
    new = partner(case, home)
    asked_again(case, "change:1", urgent=True)
    owed_since = next(
        one["exposed_since"]
        for one in read(case.practitioner, case.request(area=HERE).id)[0]["subjects"]
        if one["id"] == str(new)
    )
    assert who_asks_about(case, new) == [(HERE, "requested")]
    the_clock.move(timedelta(hours=2))
    ends(case)
    assert who_asks_about(case, new) == [ENDS[ends]]
    area, state = ENDS[ends]
    now = next(one for one in case.requests(POLICE) if (one.area, one.state) == (area, state))
    shown, _ = read(case.practitioner, now.id)
    (about,) = (one for one in shown["subjects"] if one["id"] == str(new))
    assert (about["urgency"], about["exposed_since"]) == ("urgent", owed_since)
    assert {clock_of(now.id, "registration" if state == "awaiting_details" else "answer").state} == {
        "running"
    }
    if area == THERE:
        assert named_to(case, now) == {str(new), str(home)}
    assert case.check(POLICE).state == "open"
    brought_in_line(case)
    assert [one for one, _ in who_asks_about(case, new)] == [area]


def test_a_child_who_has_joined_one_authority_is_asked_of_the_one_that_answers(case: Case) -> None:
    home = case.address()
    first = case.contact("child", child=True, lives_at=home)
    case.raise_checks(kinds=[CHILDREN])
    redirect(case.cast.council, case.request(CHILDREN, LEEDS), MANCHESTER)
    redirect(case.cast.other_council, case.request(CHILDREN, MANCHESTER), LEEDS)
    second = case.contact("child", child=True, lives_at=home, born=date(2017, 1, 1))
    brought_in_line(case)
    assert who_asks_about(case, second, CHILDREN) == [(LEEDS, "requested")]
    answered = answer(case.cast.other_council, case.request(CHILDREN, MANCHESTER).id, children_answer(first))
    assert answered.status_code == 201, answered.text
    assert who_asks_about(case, second, CHILDREN) == [(MANCHESTER, "requested")]
    assert who_asks_about(case, first, CHILDREN) == []


def test_what_one_of_them_is_asked_about_another_place_it_goes_on_being_asked(case: Case) -> None:
    home = case.address()
    case.raise_checks(kinds=[POLICE])
    to_and_fro(case)
    another = case.address("visited")
    brought_in_line(case)
    the_other_answers(case)
    assert who_asks_about(case, another) == [(HERE, "requested")]
    assert who_asks_about(case, home) == []
    first = case.request(area=HERE)
    told, _ = read(case.cast.police, first.id)
    assert {one["id"] for one in told["document"]["addresses"]} == {str(another)}
    assert told["document"]["because"] == "withdrawn"
    assert not read(case.practitioner, first.id)[0]["redirect_disputed"]
    assert answer(case.cast.police, first.id, police_answer()).status_code == 201
    assert case.check(POLICE).state == "answered"


def test_what_a_third_is_asked_instead_of_both_is_what_both_were_asked(case: Case) -> None:
    case.address()
    case.raise_checks(kinds=[POLICE])
    to_and_fro(case)
    another = case.address("visited")
    brought_in_line(case)
    third = {"area": UNREGISTERED, "reason": "He moved."}
    assert move(case.practitioner, case.request(area=HERE).id, "settle_redirect", **third).status_code == 200
    assert who_asks_about(case, another) == [(HERE, "requested")]


def test_whoever_comes_once_it_is_settled_is_asked_of_the_force_that_was_named(case: Case) -> None:
    home = case.address()
    case.raise_checks(kinds=[POLICE])
    to_and_fro(case)
    the_other_is_named(case)
    new = partner(case, home)
    brought_in_line(case)
    assert who_asks_about(case, new) == [(THERE, "requested")]
    the_other_answers(case)
    later = partner(case, home)
    brought_in_line(case)
    assert who_asks_about(case, later) == [(THERE, "requested")]


def test_who_is_asked_again_reads_the_record_as_it_is_and_why(case: Case, the_clock: TheClock) -> None:
    home, second = case.address(), case.address("visited")
    named, gone = partner(case, home), partner(case, home)
    case.raise_checks(kinds=[POLICE])
    first = case.request(area=HERE)
    redirect(case.cast.police, first, THERE)
    the_clock.move(timedelta(days=1))
    case.change(Contact, named, given_name="Kate")
    case.change(Contact, gone, relationship="friend")
    case.change(Address, second, police_force=UNREGISTERED, lines=["9 Secret Lane", "York"])
    case.change_person(date_of_birth=date(1985, 11, 4))
    new = partner(case, home)
    asked_again(case, "change:1", urgent=True)
    redirect(case.cast.other_police, case.request(area=THERE), HERE)
    told, _ = read(case.cast.police, first.id)
    document = told["document"]
    assert (told["question_version"], document["because"]) == (2, "named_back")
    assert {one["id"]: one["given_name"] for one in document["contacts"]} == {
        str(named): "Kate",
        str(new): "Robin",
    }
    assert {one["id"] for one in document["addresses"]} == {str(home)}
    assert "Secret" not in str(told)
    assert document["person"]["date_of_birth"] == "1985-11-04"
    assert {one["id"] for one in told["subjects"] if one["urgency"] == "urgent"} == {str(new)}
    assert told["urgency"] == "urgent"
    assert clock_of(first.id, "answer").due_at == clock_of(case.request(area=THERE).id, "answer").due_at
    assert answer(case.cast.police, first.id, police_answer()).status_code == 201
    assert who_asks_about(case, named) == who_asks_about(case, new) == []
    assert [one.area for one in case.requests(POLICE) if one.state in ASKED] == [UNREGISTERED]


def test_who_is_asked_again_serves_what_has_happened_meanwhile(case: Case) -> None:
    case.address()
    case.raise_checks(kinds=[POLICE])
    first = case.request(area=HERE)
    redirect(case.cast.police, first, THERE)
    asked_again(case, "change:1", urgent=False)
    redirect(case.cast.other_police, case.request(area=THERE), HERE)
    assert answer(case.cast.police, first.id, police_answer()).status_code == 201
    assert {one.state for one in case.checks(POLICE)} == {"answered"}


def test_who_is_asked_again_reads_who_asks_by_then(case: Case) -> None:
    case.address()
    case.raise_checks(kinds=[POLICE])
    first = case.request(area=HERE)
    redirect(case.cast.police, first, THERE)
    with rows.transaction() as session:
        for check in session.scalars(select(Check).where(Check.person_id == case.person_id)):
            check.practitioner = "c.taker"
    redirect(case.cast.other_police, case.request(area=THERE), HERE)
    assert read(case.cast.police, first.id)[0]["document"]["asked_by"]["name"] == "c.taker"


@pytest.mark.parametrize("of_whom", ["partner", "person"])
def test_whoever_a_late_part_was_about_is_asked_about_anew_as_somebody_else(case: Case, of_whom: str) -> None:
    home = case.address()
    named = partner(case, home)
    case.raise_checks(kinds=[POLICE])
    first = case.request(area=HERE)
    redirect(case.cast.police, first, THERE)
    late = part_about(named)
    assert answer(case.cast.police, first.id, late).status_code == 201
    if of_whom == "partner":
        case.change(Contact, named, given_name="Kate")
    else:
        case.change_person(date_of_birth=date(1985, 11, 4))
    redirect(case.cast.other_police, case.request(area=THERE), HERE)
    told, _ = read(case.cast.police, first.id)
    assert {one["id"]: one["answered"] for one in told["subjects"]}[str(named)] is False
    assert sorted(who_asks_about(case, named)) == [
        (THERE, "acknowledged"),
        (HERE, "partially_returned"),
    ]
    (result,) = told["results"]
    assert result["question_version"] == 1


def part_about(*subjects: UUID, **found: Any) -> dict[str, Any]:
    """Return a part of an answer about some subjects, with nothing found unless something is given."""
    said = "information" if found else "nothing_found"
    body = police_answer(
        complete=False,
        remaining="PND comes tomorrow.",
        nothing_found=not found,
        subjects=[{"id": str(one), "outcome": said} for one in subjects],
    )
    body["findings"] |= found
    return body


def test_a_part_about_whom_they_were_said_to_be_stays_an_answer_of_its_own(case: Case) -> None:
    home = case.address()
    named = partner(case, home)
    case.raise_checks(kinds=[POLICE])
    assert answer(case.cast.police, case.request(area=HERE).id, police_answer()).status_code == 201
    case.change(Contact, named, given_name="Kate")
    again = next(one for one in case.requests(POLICE) if one.state == "requested")
    grave = part_about(named, call_outs=[call_out()])
    assert answer(case.cast.police, again.id, grave).status_code == 201
    case.change(Contact, named, given_name="Robin")
    (now,) = (one for one in case.requests(POLICE) if one.id == again.id)
    shown, _ = read(case.practitioner, again.id)
    assert (now.state, now.question_version) == ("returned", 1)
    assert str(named) not in {one["id"] for one in shown["subjects"]}
    assert shown["review_at"] is not None
    assert clock_of(again.id, "review").state == "running"
    assert who_asks_about(case, named) == []


def test_whoever_has_become_another_is_asked_about_though_the_rest_is_withdrawn_at_once(case: Case) -> None:
    home, second = case.address(), case.address("visited")
    named = partner(case, home)
    case.raise_checks(kinds=[POLICE])
    first = case.request(area=HERE)
    assert answer(case.cast.police, first.id, part_about(named, home, case.person_id)).status_code == 201
    with rows.transaction() as session:
        session.get_one(Contact, named).given_name = "Kate"
        session.get_one(Address, second).police_force = THERE
        session.flush()
        actions.reconcile(session, case.actor, case.person_id)
    assert who_asks_about(case, named) == [(HERE, "partially_returned")]
    assert clock_of(first.id, "answer").state == "running"


@pytest.mark.parametrize(
    ("action", "member"),
    [
        ("misdirect", "to_area"),
        ("settle_redirect", "area"),
        ("ask_again", "area"),
        ("supply_details", "area"),
    ],
)
def test_an_area_that_is_not_on_the_list_is_refused_with_the_list(
    case: Case, action: str, member: str
) -> None:
    case.address(force=None if action == "supply_details" else HERE)
    case.raise_checks(kinds=[POLICE])
    if action == "settle_redirect":
        to_and_fro(case)
    request = case.request(area=None if action == "supply_details" else HERE)
    if action == "ask_again":
        move(case.cast.police, request.id, "refuse", reason_code="other", reason="No.")
    caller = case.cast.police if action == "misdirect" else case.practitioner
    reason = {} if action == "supply_details" else {"reason": "Theirs."}
    before = [(one.id, one.area) for one in case.requests()]
    refused = move(caller, request.id, action, **{member: "York"}, **reason)
    assert refused.status_code == 422
    (fault,) = refused.get_json()["errors"]
    assert fault["pointer"] == f"/{member}"
    assert "north-yorkshire" in fault["detail"]
    assert [(one.id, one.area) for one in case.requests()] == before
    taken = move(caller, request.id, action, **{member: UNREGISTERED}, **reason)
    assert taken.status_code == 200, taken.text
    assert UNREGISTERED in {one.area for one in case.requests()}


GIVES_AWAY = "Robin Testcase asked."
WAKEFIELD = "E08000036"


def redirected_by_councils(case: Case) -> UUID:
    """Have two authorities redirect a question about a child to each other; return the child."""
    child = case.contact("child", child=True, authority=LEEDS)
    case.raise_checks(kinds=[CHILDREN])
    redirect(case.cast.council, case.request(CHILDREN, LEEDS), MANCHESTER)
    redirect(case.cast.other_council, case.request(CHILDREN, MANCHESTER), LEEDS)
    return child


def test_a_reason_for_an_authority_that_is_not_registered_gives_nothing_away(case: Case) -> None:
    redirected_by_councils(case)
    case.contact("ex_partner", born=date(1990, 1, 1))
    refused = move(
        case.practitioner,
        case.request(CHILDREN, LEEDS).id,
        "settle_redirect",
        area=WAKEFIELD,
        reason=GIVES_AWAY,
    )
    assert refused.status_code == 422
    assert [one["pointer"] for one in refused.get_json()["errors"]] == ["/reason"]
    assert GIVES_AWAY not in refused.text


@pytest.mark.parametrize("how", ["registered", "supplied"])
def test_what_waited_for_an_agency_is_compared_with_what_is_protected_when_it_is_sent(
    case: Case, the_clock: TheClock, how: str
) -> None:
    redirected_by_councils(case)
    words = "Ask them both. " + GIVES_AWAY
    third = {"area": WAKEFIELD, "reason": words}
    assert (
        move(case.practitioner, case.request(CHILDREN, LEEDS).id, "settle_redirect", **third).status_code
        == 200
    )
    waits = case.request(CHILDREN, WAKEFIELD)
    the_clock.move(timedelta(hours=1))
    case.contact("ex_partner", born=date(1990, 1, 1))
    if how == "registered":
        register_authority(WAKEFIELD)
        brought_in_line(case)
    else:
        move(case.practitioner, waits.id, "supply_details", area=MANCHESTER)
    sent = next(one for one in case.requests(CHILDREN) if one.id == waits.id)
    assert sent.state == "requested"
    if how == "supplied":
        read_by, _ = read(case.cast.other_council, sent.id)
        assert [one["body"] for one in read_by["messages"]] == ["Ask them both. [withheld]"]
        assert "Testcase asked" not in str(read_by["messages"])
    shown, _ = read(case.practitioner, sent.id)
    assert [one["body"] for one in shown["messages"]] == [words]
    with rows.transaction() as session:
        assert [one for one in given_away(session, case.person_id) if one.request.id == sent.id] == []

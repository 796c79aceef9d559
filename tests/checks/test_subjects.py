"""An answer is whole only when something is said of every subject, about whom it was at the time."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from service import clock, db
from service.checks import actions
from service.checks.completeness import Asked, answered_now, left_out, still_open
from service.checks.rules import SubjectRef
from service.events.model import Event
from service.people.model import Contact
from tests import rows
from tests.checks.factories import (
    LEEDS,
    Case,
    answer,
    call_out,
    children_answer,
    clock_of,
    police_answer,
    read,
)
from tests.conftest import TheClock

PERSON = SubjectRef("person", UUID(int=1))
HOME = SubjectRef("address", UUID(int=2))
HER = SubjectRef("contact", UUID(int=3))


def look_again(case: Case) -> None:
    """Let what has been put on record be asked about, as every act does at its end."""
    with rows.transaction() as session:
        actions.reconcile(session, case.actor, case.person_id)


def correct(case: Case, contact_id: UUID, **details: Any) -> None:
    """Correct who a contact is."""
    with rows.transaction() as session:
        contact = session.get_one(Contact, contact_id)
        for name, value in details.items():
            setattr(contact, name, value)
        session.flush()
        actions.reconcile(session, case.actor, case.person_id)


def said(*subject_ids: object, outcome: str = "nothing_found") -> list[dict[str, str]]:
    return [{"id": str(id_), "outcome": outcome} for id_ in subject_ids]


def open_subjects(view: dict[str, Any]) -> set[str]:
    return {one["id"] for one in view["subjects"] if not one["answered"]}


def three_children(case: Case) -> tuple[UUID, list[UUID]]:
    home = case.address()
    children = [case.contact("child", child=True, lives_at=home) for _ in range(3)]
    case.raise_checks()
    return case.request("childrens_safeguarding", LEEDS).id, children


def test_a_whole_answer_that_names_one_of_three_children_is_refused_and_names_the_others(case: Case) -> None:
    request_id, (first, *others) = three_children(case)
    refused = answer(case.cast.council, request_id, children_answer(first))
    assert refused.status_code == 422
    errors = refused.get_json()["errors"]
    assert [one["pointer"] for one in errors] == ["/findings/children"] * 2
    assert {id_ for id_ in map(str, others) if any(id_ in one["detail"] for one in errors)} == {
        *map(str, others)
    }
    assert str(first) not in str(errors)
    assert case.request("childrens_safeguarding", LEEDS).state == "requested"
    assert answer(case.cast.council, request_id, children_answer(first, *others)).status_code == 201
    assert case.request("childrens_safeguarding", LEEDS).state == "returned"


def test_a_force_says_of_the_person_each_partner_and_each_address_what_it_holds(
    case: Case,
) -> None:
    home, work = case.address(), case.address("visited")
    her = case.contact("partner", lives_at=home)
    case.raise_checks()
    request = case.request()
    refused = answer(case.cast.police, request.id, police_answer(subjects=[]))
    assert refused.status_code == 422
    pointers = {one["pointer"] for one in refused.get_json()["errors"]}
    named = [one["detail"] for one in refused.get_json()["errors"]]
    assert (pointers, len(named)) == ({"/subjects"}, 4)
    for id_ in (case.person_id, home, work, her):
        assert sum(str(id_) in detail for detail in named) == 1
    findings = police_answer()["findings"] | {"call_outs": [call_out(address_id=str(home))]}
    told = police_answer(
        nothing_found=False,
        findings=findings,
        subjects=[*said(home, outcome="information"), *said(case.person_id, work, her)],
    )
    assert answer(case.cast.police, request.id, told).status_code == 201
    for caller in (case.practitioner, case.cast.police):
        (result,) = read(caller, request.id)[0]["results"]
        outcomes = {one["id"]: (one["kind"], one["outcome"]) for one in result["subjects"]}
        assert outcomes == {
            str(case.person_id): ("person", "nothing_found"),
            str(home): ("address", "information"),
            str(work): ("address", "nothing_found"),
            str(her): ("contact", "nothing_found"),
        }


@pytest.mark.parametrize(
    ("subjects", "more", "pointers"),
    [
        (said(UUID(int=9)), {}, {"/subjects/0/id"}),
        (said("person", "person"), {}, {"/subjects/1/id"}),
        (said("person", outcome="information"), {}, {"/subjects/0/outcome"}),
        (said("person"), {"question_version": 7}, {"/question_version"}),
        (
            said("person"),
            {
                "findings": police_answer()["findings"] | {"call_outs": [call_out()]},
                "nothing_found": False,
            },
            {"/subjects"},
        ),
    ],
)
def test_what_is_said_of_subjects_contradicts_nothing(
    case: Case, subjects: list[dict[str, str]], more: dict[str, Any], pointers: set[str]
) -> None:
    case.address()
    case.raise_checks()
    given = [{**one, "id": one["id"].replace("person", str(case.person_id))} for one in subjects]
    part = police_answer(complete=False, remaining="The addresses.", subjects=given, **more)
    refused = answer(case.cast.police, case.request().id, part)
    assert refused.status_code == 422
    assert {one["pointer"] for one in refused.get_json()["errors"]} == pointers


def test_childrens_services_say_it_in_their_findings_and_nowhere_else(case: Case) -> None:
    request_id, children = three_children(case)
    body = children_answer(*children) | {"subjects": said(*children)}
    refused = answer(case.cast.council, request_id, body)
    assert [one["pointer"] for one in refused.get_json()["errors"]] == ["/subjects"]
    body = children_answer(*children)
    body["findings"]["children"][0] |= {"status": "closed"}
    assert answer(case.cast.council, request_id, body | {"nothing_found": False}).status_code == 201
    (result,) = read(case.practitioner, request_id)[0]["results"]
    outcomes = {one["id"]: one["outcome"] for one in result["subjects"]}
    assert outcomes == {str(one): "nothing_found" for one in children} | {str(children[0]): "information"}


def test_the_whole_answer_need_not_repeat_what_a_part_has_said(case: Case) -> None:
    request_id, (first, second, third) = three_children(case)
    part = children_answer(first) | {"complete": False, "remaining": "Two of them."}
    assert answer(case.cast.council, request_id, part).status_code == 201
    assert open_subjects(read(case.cast.council, request_id)[0]) == {str(second), str(third)}
    assert answer(case.cast.council, request_id, children_answer(second, third)).status_code == 201
    assert case.request("childrens_safeguarding", LEEDS).state == "returned"


def test_a_whole_answer_to_an_older_version_is_taken_and_what_came_since_stays_open(case: Case) -> None:
    home = case.address()
    case.raise_checks()
    request = case.request()
    seen, _ = read(case.cast.police, request.id)
    assert seen["question_version"] == 1
    her = case.contact("partner", lives_at=home)
    look_again(case)
    taken = answer(case.cast.police, request.id, police_answer(subjects=said(case.person_id, home)))
    assert taken.status_code == 201
    assert (taken.get_json()["complete"], taken.get_json()["question_version"]) == (False, 1)
    now, _ = read(case.practitioner, request.id)
    assert (now["state"], open_subjects(now)) == ("partially_returned", {str(her)})
    # By now it has the new version, and leaves nobody out.
    left = answer(case.cast.police, request.id, police_answer(question_version=2, subjects=[]))
    assert left.status_code == 422
    rest = answer(case.cast.police, request.id, police_answer(question_version=2, subjects=said(her)))
    assert rest.get_json()["complete"]
    now, _ = read(case.practitioner, request.id)
    assert (now["state"], open_subjects(now)) == ("returned", set())
    assert [one["question_version"] for one in now["results"]] == [1, 2]


def test_an_answer_to_a_version_says_nothing_of_whom_that_version_did_not_ask_about(case: Case) -> None:
    home = case.address()
    case.raise_checks()
    request = case.request()
    read(case.cast.police, request.id)
    her = case.contact("partner", lives_at=home)
    look_again(case)
    early = answer(case.cast.police, request.id, police_answer(subjects=said(case.person_id, her, home)))
    assert early.status_code == 422
    assert [one["pointer"] for one in early.get_json()["errors"]] == ["/subjects/1/id"]
    now, _ = read(case.practitioner, request.id)
    assert (now["state"], now["results"]) == ("acknowledged", [])


def test_each_version_of_a_question_is_acknowledged(case: Case) -> None:
    home = case.address()
    case.raise_checks()
    request, police = case.request(), case.cast.police

    def versions() -> tuple[int, int]:
        (listed,) = case.practitioner.get("/v1/check-requests", referral_id=str(case.referral_id)).get_json()[
            "items"
        ]
        return listed["question_version"], listed["acknowledged_version"]

    assert versions() == (1, 0)
    read(police, request.id)
    assert versions() == (1, 1)
    case.contact("partner", lives_at=home)
    look_again(case)
    assert versions() == (2, 1)
    (inbox,) = police.get("/v1/check-requests").get_json()["items"]
    assert (inbox["acknowledged_version"], "acknowledge" in inbox["allowed_transitions"]) == (1, True)
    view, tag = read(police, request.id)
    assert (view["state"], versions()) == ("acknowledged", (2, 2))
    assert "acknowledge" not in view["allowed_transitions"]
    assert police.get(f"/v1/check-requests/{request.id}", if_none_match=tag).status_code == 304
    case.contact("partner", lives_at=home)
    look_again(case)
    # Without reading it, too.
    path, headers = f"/v1/check-requests/{request.id}", {"Authorization": f"Bearer {police.token()}"}
    tag = police.app.test_client().head(path, headers=headers).headers["ETag"]
    said = police.post(f"{path}/transitions", json={"action": "acknowledge"}, if_match=tag)
    assert (said.status_code, versions()) == (200, (3, 3))
    with db.transaction("owner") as session:
        acknowledged = select(Event.data).where(Event.name == "check_request.acknowledged")
        found = session.scalars(acknowledged.order_by(Event.ordinal)).all()
    assert [one["question"] for one in found] == [1, 2, 3]


def test_an_answer_about_somebody_who_has_been_withdrawn_is_not_refused_for_the_race(case: Case) -> None:
    request_id, (first, second, third) = three_children(case)
    read(case.cast.council, request_id)
    with rows.transaction() as session:
        contact = session.get_one(Contact, third)
        contact.lives_at, contact.local_authority = None, "E08000003"
        session.flush()
        actions.reconcile(session, case.actor, case.person_id)
    assert open_subjects(read(case.practitioner, request_id)[0]) == {str(first), str(second)}
    body = children_answer(first, second, third) | {"question_version": 1}
    assert answer(case.cast.council, request_id, body).status_code == 201
    assert case.request("childrens_safeguarding", LEEDS).state == "returned"


def test_a_corrected_identity_needs_an_answer_of_its_own(
    case: Case,
) -> None:
    request_id, (first, second, third) = three_children(case)
    read(case.cast.council, request_id)
    part = children_answer(first, second) | {"complete": False, "remaining": "One of them."}
    assert answer(case.cast.council, request_id, part).status_code == 201
    correct(case, first, date_of_birth=date(2014, 4, 11))
    now, _ = read(case.practitioner, request_id)
    assert open_subjects(now) == {str(first), str(third)}
    (result,) = now["results"]
    about = {one["id"]: one["date_of_birth"] for one in result["about"]["contacts"]}
    assert about[str(first)] == "2015-05-01"
    # What is still said of version 1 is about whom the record had then.
    late = children_answer(first, third) | {"question_version": 1}
    assert answer(case.cast.council, request_id, late).get_json()["complete"] is False
    now, _ = read(case.practitioner, request_id)
    assert open_subjects(now) == {str(first)}
    again = children_answer(first) | {"question_version": 2}
    assert answer(case.cast.council, request_id, again).get_json()["complete"]
    now, _ = read(case.practitioner, request_id)
    about = {one["id"]: one["date_of_birth"] for one in now["results"][-1]["about"]["contacts"]}
    assert about[str(first)] == "2014-04-11"


def test_an_answer_about_whom_the_record_had_before_answers_for_nobody_else(case: Case) -> None:
    request_id, (first, second, third) = three_children(case)
    read(case.cast.council, request_id)
    correct(case, first, date_of_birth=date(2014, 4, 11))
    taken = answer(case.cast.council, request_id, children_answer(first, second, third))
    assert (taken.get_json()["question_version"], taken.get_json()["complete"]) == (1, False)
    assert open_subjects(read(case.practitioner, request_id)[0]) == {str(first)}


def test_something_that_happens_asks_anew_about_whom_a_part_has_answered(case: Case) -> None:
    home = case.address()
    case.raise_checks()
    request = case.request()
    part = police_answer(complete=False, remaining="The address.", subjects=said(case.person_id))
    assert answer(case.cast.police, request.id, part).status_code == 201
    with rows.transaction() as session:
        actions.recheck(
            session, case.actor, case.person_id, "change:1", referral_id=case.referral_id, kinds=["police_da"]
        )
    now, _ = read(case.cast.police, request.id)
    assert open_subjects(now) == {str(case.person_id), str(home)}
    assert now["question_version"] == 2


def test_each_subject_is_due_by_when_it_was_asked_and_the_clock_follows_the_oldest(
    case: Case, the_clock: TheClock
) -> None:
    home = case.address()
    case.raise_checks()
    request = case.request()
    first = clock.now()
    the_clock.move(timedelta(days=4))
    her = case.contact("partner", lives_at=home)
    look_again(case)
    joined = clock.now()
    for caller in (case.practitioner, case.cast.police):
        view, _ = read(caller, request.id)
        shown = {one["id"]: one for one in view["subjects"]}
        (ticking,) = view["clocks"]
        assert shown[str(home)]["asked_since"] == first.isoformat().replace("+00:00", "Z")
        assert shown[str(home)]["due_at"] == ticking["due_at"]
        assert shown[str(her)]["asked_since"] == joined.isoformat().replace("+00:00", "Z")
        assert shown[str(her)]["exposed_since"] == shown[str(her)]["asked_since"]
        # Five working days from when she was asked about, not from when the address was.
        assert shown[str(her)]["due_at"][:10] == "2026-03-12"
        assert shown[str(home)]["due_at"][:10] == "2026-03-06"
    the_clock.move(timedelta(days=4))
    rest = police_answer(complete=False, remaining="Her.", subjects=said(case.person_id, home))
    assert answer(case.cast.police, request.id, rest).status_code == 201
    view, _ = read(case.cast.police, request.id)
    (ticking,) = view["clocks"]
    assert (ticking["due_at"][:10], ticking["overdue"]) == ("2026-03-12", False)
    shown = {one["id"]: one for one in view["subjects"]}
    assert (shown[str(home)]["due_at"], shown[str(her)]["due_at"]) == (None, ticking["due_at"])
    with rows.transaction() as session:
        assert session.get_one(Contact, her).id == her


def test_who_joins_urgently_is_urgent_and_the_others_stay_as_they_were(
    case: Case, the_clock: TheClock
) -> None:
    case.address()
    case.raise_checks()
    request = case.request()
    the_clock.move(timedelta(days=1))
    with rows.transaction() as session:
        actions.raise_urgency(session, case.actor, case.referral_id)
    view, _ = read(case.cast.police, request.id)
    assert {one["urgency"] for one in view["subjects"]} == {"urgent"}
    assert {one["due_at"] for one in view["subjects"]} == {view["clocks"][0]["due_at"]}
    assert clock_of(request.id, "answer").urgency == "urgent"


_ASKED = st.lists(
    st.builds(
        Asked,
        st.sampled_from([PERSON, HOME, HER]),
        st.integers(1, 4),
        st.integers(1, 4),
        st.booleans(),
    ),
    unique_by=lambda one: one.subject,
)


@given(_ASKED, st.sets(st.sampled_from([PERSON, HOME, HER])), st.integers(1, 4))
def test_every_subject_is_answered_left_out_or_has_come_since(
    asked: list[Asked], named: set[SubjectRef], version: int
) -> None:
    answered, missing = answered_now(asked, named, version), set(left_out(asked, named, version))
    for one in asked:
        came_since = max(one.from_version, one.told_version) > version
        states = [one.answered, one.subject in answered, one.subject in missing, came_since]
        assert any(states)
        assert not (one.subject in answered and came_since)
        assert not (one.subject in missing and (one.answered or came_since))
    waits = [one for one in asked if not one.answered and one.subject not in answered]
    assert still_open(asked, answered) == bool(waits)
    if version == 4 and not missing:
        assert not still_open(asked, answered)

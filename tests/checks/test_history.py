"""The history of a check: as of any moment, what had been asked about which identity, said and decided."""

from datetime import date, timedelta
from typing import Any

from benchmarks.statements import watched
from service import clock
from service.checks import actions
from service.checks.model import CheckQuestion, CheckRequest
from service.fields import moment_text
from service.people.model import Address, Contact, Person
from tests import rows
from tests.cast import Caller
from tests.checks.factories import (
    LEEDS,
    MANCHESTER,
    Case,
    answer,
    call_out,
    entries,
    move,
    police_answer,
    read,
    review,
)
from tests.conftest import TheClock
from tests.people.factories import give_sight


def history(case: Case, caller: Caller | None = None, **query: Any) -> list[dict[str, Any]]:
    """Return the history of the police check, as the practitioner reads it."""
    found = (caller or case.practitioner).get(f"/v1/checks/{case.check().id}/history", **query)
    assert found.status_code == 200, found.text
    items: list[dict[str, Any]] = found.get_json()["items"]
    return items


def look_again(case: Case) -> None:
    with rows.transaction() as session:
        session.get_one(Person, case.person_id).changed_at = clock.now()
        session.flush()
        actions.reconcile(session, case.actor, case.person_id)


def told(case: Case, entry: dict[str, Any]) -> list[tuple[str, str]]:
    """Return who was asked about in an entry: family name and date of birth."""
    return [(one["family_name"], one["date_of_birth"]) for one in entry["question"]["contacts"]]


def a_story_of_three_versions(case: Case, the_clock: TheClock) -> list[str]:
    """Ask, add a partner, answer in part, correct her, answer in full, review; return a moment after each."""
    moments = []

    def pause() -> None:
        moments.append(moment_text(clock.now() + timedelta(minutes=30)))
        the_clock.move(timedelta(hours=1))

    home = case.address()
    case.raise_checks()
    pause()
    partner = case.contact("partner", lives_at=home)
    look_again(case)
    pause()
    request = case.request()
    part = police_answer(complete=False, remaining="PND follows.")
    assert answer(case.cast.police, request.id, part).status_code == 201
    pause()
    with rows.transaction() as session:
        her = session.get_one(Contact, partner)
        her.family_name, her.date_of_birth = "Testcase-Hale", date(2005, 5, 1)
        session.flush()
        actions.reconcile(session, case.actor, case.person_id)
    pause()
    found = police_answer(nothing_found=False)
    found["findings"]["call_outs"] = [call_out()]
    assert answer(case.cast.police, request.id, found).status_code == 201
    pause()
    assert review(case.practitioner, case.check().id, request.id, "risk").status_code == 200
    pause()
    return moments


def test_as_of_any_moment_it_shows_what_had_been_asked_and_said_and_nothing_later(
    case: Case, the_clock: TheClock
) -> None:
    moments = a_story_of_three_versions(case, the_clock)
    whole = [(entry["what"], (entry["question"] or {}).get("version")) for entry in history(case)]
    assert whole == [
        ("required", None),
        ("asked", 1),
        ("asked", 2),
        ("answered", 2),
        ("asked", 3),
        ("answered", 3),
        ("reviewed", None),
    ]
    for moment, seen in zip(moments, (2, 3, 4, 5, 6, 7), strict=True):
        then = history(case, at=moment)
        assert [(one["what"], (one["question"] or {}).get("version")) for one in then] == whole[:seen]
    assert history(case, at="2020-01-01T00:00:00Z") == []


def test_an_answer_stands_beside_the_identity_that_it_was_about(case: Case, the_clock: TheClock) -> None:
    a_story_of_three_versions(case, the_clock)
    before, after = (entry for entry in history(case) if entry["what"] == "answered")
    assert told(case, before) == [("Testcase", "2015-05-01")]
    assert told(case, after) == [("Testcase-Hale", "2005-05-01")]
    assert (before["result"]["complete"], after["result"]["complete"]) == (False, True)


def test_it_is_read_in_pages_that_repeat_nothing(case: Case, the_clock: TheClock) -> None:
    a_story_of_three_versions(case, the_clock)
    path = f"/v1/checks/{case.check().id}/history"
    read_so_far: list[Any] = []
    page = case.practitioner.get(path, limit=3).get_json()
    while True:
        read_so_far += page["items"]
        if page["next"] is None:
            break
        page = case.practitioner.get(path, limit=3, after=page["next"]).get_json()
    assert read_so_far == history(case)
    assert case.practitioner.get(path, after="nowhere").status_code == 400


def test_words_of_both_sides_and_a_decision_stand_in_their_order(case: Case, the_clock: TheClock) -> None:
    case.address()
    case.raise_checks()
    request = case.request()
    the_clock.move(timedelta(hours=1))
    move(case.cast.police, request.id, "return_for_information", question="Which flat?")
    the_clock.move(timedelta(hours=1))
    tag = case.manager.get(f"/v1/checks/{case.check().id}").headers["ETag"]
    decided = case.manager.post(
        f"/v1/checks/{case.check().id}/decisions",
        json={"decision": "not_required", "reason": "He died."},
        if_match=tag,
        idempotency_key=None,
    )
    assert decided.status_code == 200, decided.text
    found = history(case)
    assert [entry["what"] for entry in found] == ["required", "asked", "said", "said", "not_required"]
    assert (found[2]["message"]["body"], found[4]["not_required"]["reason"]) == ("Which flat?", "He died.")
    assert found[4]["check_request_id"] is None


def test_before_it_was_sent_nobody_had_been_asked(case: Case) -> None:
    case.address(force=None)
    case.raise_checks()
    (required,) = history(case)
    assert (required["what"], required["agency_id"], required["area"]) == ("required", None, None)


def test_details_kept_apart_are_opened_for_the_case_and_recorded(case: Case) -> None:
    home = case.address()
    case.contact("ex_partner", lives_at=home)
    case.raise_checks()
    (asked,) = (entry for entry in history(case) if entry["what"] == "asked")
    assert told(case, asked) == [("Testcase", "2015-05-01")]
    opened = [body for body in entries(case.person_id, "consultation") if "restricted" in body]
    assert opened
    assert all("case_management" in body for body in opened)


def test_whoever_sees_the_checks_alone_reads_no_name_of_the_household(case: Case) -> None:
    home = case.address()
    case.contact("ex_partner", lives_at=home)
    case.raise_checks()
    other = case.cast.stranger.as_practitioner()
    path = f"/v1/checks/{case.check().id}/history"
    assert other.get(path).status_code == 404
    give_sight(other, "X320741", "checks")
    (asked,) = (entry for entry in history(case, other) if entry["what"] == "asked")
    assert asked["question"]["person"]["family_name"] == "Testcase"
    assert (asked["question"]["contacts"], asked["question"]["addresses"]) == ([], [])


def test_whoever_sees_the_household_and_no_protected_contact_reads_no_name_of_one(case: Case) -> None:
    home = case.address()
    case.contact("ex_partner", lives_at=home)
    case.raise_checks()
    other = case.cast.stranger.as_practitioner()
    give_sight(other, "X320741", "checks", "household")
    (asked,) = (entry for entry in history(case, other) if entry["what"] == "asked")
    (her,) = asked["question"]["contacts"]
    assert (her["given_name"], her["family_name"], her["date_of_birth"]) == (None, None, None)
    (where,) = asked["question"]["addresses"]
    assert where["postcode"] == "LS1 4AP"


def test_a_version_of_before_questions_were_kept_says_so_and_is_not_told_anew(case: Case) -> None:
    case.address()
    case.raise_checks()
    request_id = case.request().id
    with rows.transaction() as session:
        request = session.get_one(CheckRequest, request_id)
        kept = session.get_one(CheckQuestion, (request_id, 1)).document
        person = {name: kept["person"][name] for name in ("id", "given_name", "family_name", "date_of_birth")}
        was = {"person": person, "contacts": [], "addresses": kept["addresses"]}
        request.question_version = 2
        session.add(
            CheckQuestion(
                request_id=request_id,
                version=2,
                asked_at=clock.now(),
                because="sent",
                rebuilt=True,
                document=was,
            )
        )
    look_again(case)
    *_, rebuilt = history(case)
    assert (rebuilt["question"]["version"], rebuilt["question"]["rebuilt"]) == (2, True)
    assert (rebuilt["question"]["asked_by"], rebuilt["question"]["why"]) == (None, None)
    assert "aliases" not in rebuilt["question"]["person"]
    view, _ = read(case.cast.police, request_id)
    assert view["document"]["changed"] is None


def test_a_longer_history_takes_no_statement_more(case: Case, the_clock: TheClock) -> None:
    def statements(limit: int) -> int:
        for _ in range(2):
            with watched() as seen:
                history(case, limit=limit)
        return len(seen)

    home = case.address()
    case.contact("ex_partner", lives_at=home)
    a_story_of_three_versions(case, the_clock)
    case.address(force="greater-manchester", authority=MANCHESTER)
    look_again(case)
    whole = len(history(case))
    assert whole > 8
    assert statements(whole) == statements(3)


def test_the_end_of_a_question_that_is_withdrawn_as_a_whole_stands_in_it(
    case: Case, the_clock: TheClock
) -> None:
    home = case.address()
    case.raise_checks()
    the_clock.move(timedelta(days=1))
    case.change(Address, home, police_force="greater-manchester")
    found = [(entry["at"][:10], entry["what"], entry["area"]) for entry in history(case)]
    assert found == [
        ("2026-03-02", "required", None),
        ("2026-03-02", "asked", "west-yorkshire"),
        ("2026-03-03", "required", None),
        ("2026-03-03", "asked", "greater-manchester"),
        ("2026-03-03", "replaced", "west-yorkshire"),
    ]
    (asked, *_, replaced) = history(case)[1:]
    assert replaced["check_request_id"] == asked["check_request_id"]
    # Also once that agency has answered all the same.
    the_clock.move(timedelta(days=1))
    given = answer(case.cast.police, asked["check_request_id"], police_answer())
    assert given.status_code == 201, given.text
    assert [entry["what"] for entry in history(case)][-2:] == ["replaced", "answered"]


def test_it_says_when_nobody_is_asked_about_any_more(case: Case, the_clock: TheClock) -> None:
    child = case.contact("child", child=True, authority=LEEDS)
    case.raise_checks()
    the_clock.move(timedelta(days=1))
    case.change(Contact, child, is_child=False, relationship="friend")
    path = f"/v1/checks/{case.check('childrens_safeguarding').id}/history"
    found = case.practitioner.get(path).get_json()["items"]
    assert [(one["at"][:10], one["what"], one["area"]) for one in found] == [
        ("2026-03-02", "required", None),
        ("2026-03-02", "asked", LEEDS),
        ("2026-03-03", "ended", LEEDS),
    ]


def test_no_agency_reads_it(case: Case) -> None:
    case.address()
    case.raise_checks()
    read(case.cast.police, case.request().id)
    answered = case.cast.police.get(f"/v1/checks/{case.check().id}/history")
    assert answered.status_code == 403

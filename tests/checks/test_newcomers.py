"""Whoever comes into a case after an agency has answered is asked about, and nobody else is once more."""

from uuid import UUID

from service import clock
from service.checks import actions
from service.checks.model import CheckRequest
from service.people.model import Contact, Person
from tests import rows
from tests.checks.factories import Case, answer, police_answer, read, redirect, review

OPEN = {"requested", "acknowledged"}


def correct(case: Case, row: type[Person | Contact], row_id: UUID, **facts: object) -> None:
    """Change a row of the record, as people's own action would, and have the checks look again."""
    with rows.transaction() as session:
        changed = session.get_one(row, row_id)
        for name, value in facts.items():
            setattr(changed, name, value)
        session.flush()
        actions.reconcile(session, case.actor, case.person_id)


def newcomer(case: Case, home: UUID) -> UUID:
    her = case.contact("partner", lives_at=home)
    correct(case, Person, case.person_id, changed_at=clock.now())
    return her


def answered(case: Case) -> tuple[CheckRequest, UUID, UUID]:
    """Have a force answer about the home and a partner there; return its request, and those."""
    home = case.address()
    partner = case.contact("partner", lives_at=home)
    case.raise_checks()
    first = case.request()
    assert answer(case.cast.police, first.id, police_answer()).status_code == 201
    assert review(case.practitioner, first.check_id, first.id, "nothing").status_code == 200
    return first, home, partner


def open_now(case: Case) -> list[CheckRequest]:
    return [one for one in case.requests("police_da") if one.state in OPEN]


def asks(case: Case, request: CheckRequest) -> set[str]:
    view, _ = read(case.cast.police, request.id)
    return {one["id"] for one in view["subjects"] if not one["answered"]}


def test_only_the_newcomer_needs_an_answer_and_the_others_help_to_find_her(case: Case) -> None:
    _, home, partner = answered(case)
    her = newcomer(case, home)
    (second,) = open_now(case)
    told = read(case.cast.police, second.id)[0]["document"]
    assert {one["id"] for one in told["contacts"]} == {str(partner), str(her)}
    assert [one["id"] for one in told["addresses"]] == [str(home)]
    whole = police_answer(subjects=[{"id": str(her), "outcome": "nothing_found"}])
    assert answer(case.cast.police, second.id, whole).status_code == 201
    assert {one.state for one in case.requests("police_da")} == {"reviewed", "returned"}


def test_the_request_ends_with_the_answered_one_when_the_newcomer_goes(case: Case) -> None:
    first, home, _ = answered(case)
    her = newcomer(case, home)
    (second,) = open_now(case)
    correct(case, Contact, her, relationship="friend")
    ended = next(one for one in case.requests("police_da") if one.id == second.id)
    assert (ended.state, ended.succeeded_by_id) == ("superseded", first.id)
    assert case.check().state == "reviewed"


def test_who_is_put_right_after_the_answer_is_asked_about_alone(case: Case) -> None:
    _, _, partner = answered(case)
    correct(case, Contact, partner, family_name="Other", given_name="Una")
    (second,) = open_now(case)
    whole = police_answer(subjects=[{"id": str(partner), "outcome": "nothing_found"}])
    assert answer(case.cast.police, second.id, whole).status_code == 201


def test_what_helped_to_find_her_is_asked_about_once_its_answer_is_withdrawn(case: Case) -> None:
    first, home, partner = answered(case)
    newcomer(case, home)
    (second,) = open_now(case)
    result = read(case.cast.police, first.id)[0]["results"][0]["id"]
    withdrawn = case.cast.police.post(
        f"/v1/check-requests/{first.id}/results/{result}/corrections",
        json={"withdrawn": True, "reason": "The wrong man."},
    )
    assert withdrawn.status_code == 201, withdrawn.text
    (only,) = open_now(case)
    assert only.id == second.id
    assert {str(case.person_id), str(home), str(partner)} <= asks(case, only)


def test_another_force_that_is_named_is_asked_about_the_person_too(case: Case) -> None:
    _, home, _ = answered(case)
    her = newcomer(case, home)
    (second,) = open_now(case)
    assert redirect(case.cast.police, second, "greater-manchester") == "misdirected"
    there = case.request(area="greater-manchester")
    whole = police_answer(subjects=[{"id": str(her), "outcome": "nothing_found"}])
    refused = answer(case.cast.other_police, there.id, whole)
    assert refused.status_code == 422, refused.text

"""What an agency's answer verifies is verified as long as the agency stands by it."""

from typing import Any
from uuid import UUID

import pytest

from service.checks.model import CheckRequest
from tests.checks.factories import (
    LEEDS,
    Case,
    answer,
    call_out,
    children_answer,
    outcomes,
    police_answer,
    review,
)
from tests.people.factories import as_owner, give_sight

pytestmark = pytest.mark.long

SEEN_ON = "2026-03-01"


def verify(case: Case, sort: str, one: UUID, request: CheckRequest) -> Any:
    path = f"/v1/people/{case.person_id}/{sort}/{one}"
    tag = case.practitioner.get(path).headers["ETag"]
    by = {"how": "agency", "on": SEEN_ON, "check_request_id": str(request.id)}
    return case.practitioner.patch(path, json={"verification": by}, if_match=tag)


def known(request: CheckRequest) -> dict[str, Any]:
    """Return an answer of a force that holds information about everybody and every place asked about."""
    findings = police_answer()["findings"] | {"call_outs": [call_out()]}
    about = outcomes(request.id, nothing_found=False)
    return police_answer(nothing_found=False, findings=findings, subjects=about)


def reviewed(case: Case, request: CheckRequest, *changes: str) -> None:
    done = review(case.practitioner, request.check_id, request.id, *(changes or ("risk",)))
    assert done.status_code == 200, done.text


def shown(case: Case, sort: str, one: UUID) -> dict[str, Any]:
    answered: dict[str, Any] = case.practitioner.get(f"/v1/people/{case.person_id}/{sort}/{one}").get_json()
    return answered


def test_a_home_is_verified_by_the_force_only_once_it_has_answered_about_it(case: Case) -> None:
    home = case.address()
    elsewhere = case.address("previous", force=None)
    case.raise_checks()
    request = case.request()
    refused = verify(case, "addresses", home, request)
    assert refused.status_code == 422
    assert [one["pointer"] for one in refused.get_json()["errors"]] == ["/verification/check_request_id"]
    assert answer(case.cast.police, request.id, known(request)).status_code == 201
    assert verify(case, "addresses", home, request).status_code == 422, "nobody has read what it says"
    reviewed(case, request)
    assert verify(case, "addresses", home, request).status_code == 200
    assert shown(case, "addresses", home)["verification"]["check_request_id"] == str(request.id)
    # It was not asked about that one.
    assert verify(case, "addresses", elsewhere, request).status_code == 422


@pytest.mark.parametrize("withdrawn", [True, False])
def test_an_answer_that_is_put_right_verifies_nothing_any_more(case: Case, withdrawn: bool) -> None:
    home = case.address()
    kept = case.address("visited")
    case.raise_checks()
    request = case.request()
    result = answer(case.cast.police, request.id, known(request)).get_json()["id"]
    reviewed(case, request)
    assert verify(case, "addresses", home, request).status_code == 200
    by_paper = {"verification": {"how": "document", "on": SEEN_ON}}
    path = f"/v1/people/{case.person_id}/addresses/{kept}"
    tag = case.practitioner.get(path).headers["ETag"]
    assert case.practitioner.patch(path, json=by_paper, if_match=tag).status_code == 200
    said = police_answer(subjects=outcomes(request.id, nothing_found=True))
    instead = {"withdrawn": True} if withdrawn else {"said": said}
    corrected = case.cast.police.post(
        f"/v1/check-requests/{request.id}/results/{result}/corrections",
        json={"reason": "Another house.", **instead},
    )
    assert corrected.status_code == 201, corrected.text
    after = shown(case, "addresses", home)
    assert (after["verified"], after["verification"]["ended"]["because"]) == (False, "answer_corrected")
    assert shown(case, "addresses", kept)["verified"] is True
    events = case.practitioner.get("/v1/events", limit=500).get_json()["items"]
    told = [one for one in events if one["event"] == "person.verification_ended"]
    assert [(one["subject"]["id"], one["data"]) for one in told] == [(str(home), {})]
    partly = case.cast.stranger.as_practitioner()
    give_sight(case.cast.stranger, "X320741", "household")
    read = partly.get(f"/v1/people/{case.person_id}/addresses/{home}").get_json()["verification"]
    assert read["ended"]["because"] == "changed", "who does not see the checks reads of no answer"


def test_an_answer_that_is_put_right_says_nothing_of_what_another_answered(case: Case) -> None:
    home, other = case.address(), case.address("visited")
    case.raise_checks()
    request = case.request()
    parts = [
        answer(
            case.cast.police,
            request.id,
            police_answer(
                complete=complete,
                **({} if complete else {"remaining": "The rest."}),
                nothing_found=False,
                findings=known(request)["findings"],
                subjects=[one for one in known(request)["subjects"] if (one["id"] != str(home)) is complete],
            ),
        )
        for complete in (False, True)
    ]
    assert [one.status_code for one in parts] == [201, 201], [one.text for one in parts]
    reviewed(case, request)
    for one in (home, other):
        assert verify(case, "addresses", one, request).status_code == 200
    gone = case.cast.police.post(
        f"/v1/check-requests/{request.id}/results/{parts[0].get_json()['id']}/corrections",
        json={"reason": "Another house.", "withdrawn": True},
    )
    assert gone.status_code == 201, gone.text
    assert [shown(case, "addresses", one)["verified"] for one in (home, other)] == [False, True]


def test_a_child_is_verified_by_the_authority_that_knows_it(case: Case) -> None:
    home = case.address()
    partner = case.contact("ex_partner", lives_at=home)
    child = case.contact("child", child=True, authority=LEEDS)
    case.raise_checks()
    request = case.request("childrens_safeguarding", LEEDS)
    result = answer(case.cast.council, request.id, children_answer(child, status="child_in_need")).get_json()[
        "id"
    ]
    reviewed(case, request)
    assert verify(case, "contacts", child, request).status_code == 200
    assert verify(case, "contacts", partner, request).status_code == 422
    before = shown(case, "contacts", child)
    assert before["verified"] is True
    gone = case.cast.council.post(
        f"/v1/check-requests/{request.id}/results/{result}/corrections",
        json={"reason": "Another child.", "withdrawn": True},
    )
    assert gone.status_code == 201, gone.text
    after = shown(case, "contacts", child)
    assert after["verified"] is False
    assert (after["given_name"], after["version"]) == (before["given_name"], before["version"] + 1)


def test_a_protected_home_keeps_its_whereabouts_when_its_verification_ends(case: Case) -> None:
    home = case.address("partner", protected=True)
    case.raise_checks()
    request = case.request()
    result = answer(case.cast.police, request.id, known(request)).get_json()["id"]
    reviewed(case, request)
    assert verify(case, "addresses", home, request).status_code == 200
    gone = case.cast.police.post(
        f"/v1/check-requests/{request.id}/results/{result}/corrections",
        json={"reason": "Another house.", "withdrawn": True},
    )
    assert gone.status_code == 201, gone.text
    after = shown(case, "addresses", home)
    assert (after["verified"], after["lines"]) == (False, ["1 Test Street", "Leeds"])
    kept = as_owner(f"SELECT facts -> 'lines' AS lines FROM superseded_fact WHERE subject_id = '{home}'")
    assert [row["lines"] for row in kept] == [["1 Test Street", "Leeds"]] * 2, "history has them as well"


def test_an_answer_verifies_only_once_a_manager_has_agreed_to_its_review(case: Case) -> None:
    home = case.address()
    case.raise_checks(rosh="high")
    request = case.request()
    assert answer(case.cast.police, request.id, known(request)).status_code == 201
    reviewed(case, request, "nothing")
    assert verify(case, "addresses", home, request).status_code == 422
    check = f"/v1/checks/{request.check_id}"
    (waits,) = case.manager.get(check).get_json()["reviews"]
    signed = case.manager.post(
        f"{check}/reviews/{waits['id']}/countersignature",
        json={"agreed": True, "reason": "Read."},
        if_match=case.manager.get(check).headers["ETag"],
    )
    assert signed.status_code == 200, signed.text
    assert verify(case, "addresses", home, request).status_code == 200


def test_that_a_force_found_nothing_says_of_nobody_where_he_lives(case: Case) -> None:
    home = case.address()
    case.raise_checks()
    request = case.request()
    assert answer(case.cast.police, request.id, police_answer()).status_code == 201
    reviewed(case, request, "nothing")
    refused = verify(case, "addresses", home, request)
    assert refused.status_code == 422
    assert [one["pointer"] for one in refused.get_json()["errors"]] == ["/verification/check_request_id"]
    assert not shown(case, "addresses", home)["verified"]


@pytest.mark.parametrize("was", ["visited", "previous"])
def test_a_place_that_was_seen_as_another_is_not_seen_as_the_home_that_it_is_now(
    case: Case, was: str
) -> None:
    place = case.address(was)
    path = f"/v1/people/{case.person_id}/addresses/{place}"

    def patch(**body: Any) -> Any:
        tag = case.practitioner.get(path).headers["ETag"]
        return case.practitioner.patch(path, json=body, if_match=tag)

    seen = {"how": "home_visit", "on": SEEN_ON, "others_seen": 1}
    assert patch(verification=seen).status_code == 200
    assert shown(case, "addresses", place)["verified"] is True
    assert patch(kind="current").status_code == 200
    after = shown(case, "addresses", place)
    assert (after["verified"], after["verification"]["ended"]["because"]) == (False, "changed")
    # Seen again as the home, and left after that, it stays as it was seen.
    assert patch(verification=seen).status_code == 200
    assert patch(kind="previous").status_code == 200
    assert shown(case, "addresses", place)["verified"] is True

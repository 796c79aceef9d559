"""What is agreed to is done in the same call, under the rules that hold for it then."""

import pytest

from service.checks import policies
from tests.agreements.office import ASKED, ASKER, HOME, INDEPENDENT, LOWERED, SUBMITTER, Office
from tests.journeys.driver import NOTHING_KNOWN, Json, ok

PROTECTIVE: Json = {
    "source": "police_record",
    "verified": "verified",
    "summary": "He has moved away, and an alarm is fitted.",
}


def seen(office: Office, asked: Json) -> Json:
    return ok(office.staff(ASKER).get(asked["subject"]["href"]))


def agree(office: Office, asked: Json, *, agreed: bool = True, **more: str) -> Json:
    return ok(office.decide(office.staff(INDEPENDENT, "pdu_head"), asked, agreed=agreed, **more))


def test_a_check_that_is_not_required_is_so_once_a_manager_agrees(office: Office) -> None:
    asked = ASKED["check_not_required"](office)
    assert seen(office, asked)["not_required"] is None
    agree(office, asked)
    assert seen(office, asked)["not_required"]["by"] == INDEPENDENT


def test_a_request_that_was_sent_ends_once_a_manager_agrees(office: Office) -> None:
    asked = ASKED["check_request_cancelled"](office)
    assert seen(office, asked)["state"] == "requested"
    agree(office, asked)
    assert seen(office, asked)["state"] == "cancelled"


def test_a_question_about_the_wrong_person_is_owed_again_when_a_manager_does_not_confirm(
    office: Office,
) -> None:
    asked = ASKED["wrong_person_stopped"](office)
    request = seen(office, asked)
    agree(office, asked, agreed=False)
    check = ok(office.staff(ASKER).get(f"/v1/checks/{request['check_id']}"))
    again = [one for one in check["requests"] if one["area"] == request["area"]]
    assert sorted(one["state"] for one in again) == ["cancelled", "requested"]
    assert len({one["exposed_since"] for one in again}) == 1, "nobody has known all the while"


def test_a_limit_is_lifted_and_a_gate_opened_once_a_manager_agrees(office: Office) -> None:
    gate = ASKED["gate_override"](office)
    agree(office, gate)
    placement = ok(office.staff(ASKER).get(f"/v1/destination-referrals/{gate['subject']['id']}/placement"))
    assert placement["outstanding"] == []
    lifted = ASKED["restriction_lifted"](office)
    agree(office, lifted)
    assert ok(office.staff(ASKER).get(office.at("access")))["restricted"] is False


def test_an_endorsement_is_on_the_review_and_changes_nothing(office: Office) -> None:
    asked = ASKED["review_endorsed"](office)
    before = seen(office, asked)
    agree(office, asked, agreed=False)
    after = seen(office, asked)
    assert [(one["by"], one["agreed"]) for one in after["endorsements"]] == [(INDEPENDENT, False)]
    assert {**before, "endorsements": after["endorsements"]} == after


def test_a_manager_endorses_without_being_asked_and_never_own_work(office: Office) -> None:
    review = office.reviewed(office.story.practitioner)
    body = {"kind": "check_review_endorsed", "subject_id": review["id"], "reason": "Seen.", "agreed": True}
    attempts = ((SUBMITTER, "spo", 403), ("n.other", "practitioner", 403), ("b.lowe", "spo", 201))
    for who, role, status in attempts:
        assert office.staff(who, role).post("/v1/agreements", json=body).status_code == status, who
    check = ok(office.staff(ASKER).get(f"/v1/check-requests/{review['check_request_id']}"))
    assert [one["by"] for one in check["reviews"][0]["endorsements"]] == ["b.lowe"]
    history = ok(office.staff(ASKER).get(f"/v1/checks/{check['check_id']}/history"))["items"]
    assert [(one["what"], one["endorsement"]["by"]) for one in history if one["endorsement"]] == [
        ("endorsed", "b.lowe")
    ]


def test_a_risk_is_lowered_with_what_it_rests_on(office: Office) -> None:
    shut = office.ask("rosh_lowered", office.person, proposal=LOWERED)
    assert shut.status_code == 409
    assert {one["code"] for one in shut.get_json()["outstanding"]} == {"check_request"}
    asked = ASKED["rosh_lowered"](office)
    spo = office.staff("s.okafor", "spo")
    assert office.decide(spo, asked).status_code == 409
    refused = office.decide(spo, asked, override_reason="Soon.")
    assert (refused.status_code, refused.get_json()["type"]) == (403, "/problems/role-required")
    done = agree(office, asked, override_reason="The force answers this week.")
    assert done["proposal"]["grounds"] == LOWERED["grounds"]
    assert {one["code"] for one in done["outstanding"]} == {"check_request"}
    assert ok(office.staff(ASKER).get(f"/v1/people/{office.person}"))["rosh"]["public"] == "medium"


def test_a_risk_is_not_lowered_while_an_answer_is_unreviewed_or_the_home_is_hearsay(office: Office) -> None:
    request = office.answered()
    home = HOME | {"ref": "home", "kind": "current", "source": "person", "verified": False}
    office.story.report_change(office.crn, "address_new", addresses=[home])
    shut = office.ask("rosh_lowered", office.person, proposal=LOWERED).get_json()["outstanding"]
    assert {one["code"] for one in shut} == {"check_request", "unreviewed_result", "self_reported_home"}
    assert request["id"] in {one["id"] for one in shut if one["code"] == "unreviewed_result"}


def test_what_was_asked_about_a_risk_lapses_when_the_risk_is_judged_anew(office: Office) -> None:
    asked = ASKED["rosh_lowered"](office)
    risen = {"group": "public", "level": "very_high", "reason": "A threat."}
    office.story.report_change(office.crn, "rosh_changed", rosh=risen)
    assert ok(office.staff(ASKER).get(asked["href"]))["state"] == "lapsed"


def test_a_nil_return_is_closed_by_the_practitioner_and_one_that_is_drawn_by_a_manager(
    low: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert low.reviewed(low.staff(SUBMITTER))["countersignature_needed"] is False
    monkeypatch.setattr(policies, "NIL_RETURNS_DRAWN_ONE_IN", 1)
    drawn = low.reviewed(low.staff(SUBMITTER))
    asked = low.asked("nil_return_drawn", by=SUBMITTER)
    assert (asked["subject"]["id"], asked["role"]) == (drawn["id"], "spo")
    request = f"/v1/check-requests/{drawn['check_request_id']}"
    assert ok(low.staff(ASKER).get(request))["state"] == "returned"
    assert low.decide(low.staff(SUBMITTER, "spo"), asked).status_code == 403
    agree(low, asked)
    assert ok(low.staff(ASKER).get(request))["state"] == "reviewed"


def test_news_that_changes_nothing_takes_a_manager_at_low_risk_too(low: Office) -> None:
    request = low.request()
    known = dict(NOTHING_KNOWN) | {"protective": [PROTECTIVE]}
    low.story.answer(low.force_of(request), request["id"], known)
    path = f"/v1/checks/{request['check_id']}"
    found = {"check_request_id": request["id"], "changes": ["nothing"], "reason": "Known before."}
    ok(low.post(low.staff(SUBMITTER), path, f"{path}/reviews", found))
    agree(low, low.asked("review_countersigned", by=SUBMITTER))
    assert ok(low.staff(ASKER).get(request["href"]))["state"] == "reviewed"

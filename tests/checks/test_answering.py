"""What an agency can do with a request, what it is shown, and when a check counts as answered."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from service import db
from service.audit.model import AuditEntry
from service.checks.model import CheckRequest
from tests.checks.factories import (
    LEEDS,
    MANCHESTER,
    Case,
    answer,
    call_out,
    children_answer,
    clock_of,
    entries,
    move,
    police_answer,
    read,
    review,
)
from tests.conftest import TheClock


def test_an_agency_lists_its_own_requests_without_anybodys_details(case: Case) -> None:
    case.address()
    case.address(force="greater-manchester", authority=MANCHESTER)
    case.raise_checks()
    listed = case.cast.police.get("/v1/check-requests").get_json()["items"]
    (only,) = listed
    assert only["id"] == str(case.request().id)
    assert only["allowed_transitions"] == [
        "acknowledge",
        "return_for_information",
        "refuse",
        "misdirect",
    ]
    assert only["return_results_at"] == f"/v1/check-requests/{only['id']}/results"
    assert not {"document", "referral_id", "check_id", "missing", "review_at"} & set(only)
    assert "Testcase" not in str(listed)
    assert case.cast.police.get(only["href"]).get_json()["id"] == only["id"]


def test_a_list_goes_on_where_it_stopped_and_repeats_nothing(case: Case) -> None:
    case.address(force="west-yorkshire")
    for number in range(3):
        case.raise_checks(f"change:{number}")
        (asked,) = (one for one in case.requests() if one.state == "requested")
        answer(case.cast.police, asked.id, police_answer())
    first = case.cast.police.get("/v1/check-requests", limit="2").get_json()
    rest = case.cast.police.get("/v1/check-requests", limit="2", after=first["next"]).get_json()
    ids = [each["id"] for each in first["items"] + rest["items"]]
    assert len(set(ids)) == len(ids) == 3
    assert rest["next"] is None
    assert case.cast.police.get("/v1/check-requests", after="nonsense").status_code == 400


def test_nobody_else_learns_that_a_request_exists(case: Case) -> None:
    case.address()
    case.contact("child", child=True, named=False, authority=LEEDS)
    case.raise_checks()
    sent, waiting = case.request(), case.request("childrens_safeguarding", LEEDS)
    path = f"/v1/check-requests/{sent.id}"
    for stranger in (case.cast.other_police, case.cast.council, case.cast.stranger.as_practitioner()):
        assert stranger.get(path).status_code == 404
    # What still waits for details has not been sent to the authority it will go to.
    assert case.cast.council.get(f"/v1/check-requests/{waiting.id}").status_code == 404
    assert case.cast.council.get("/v1/check-requests").get_json()["items"] == []
    assert case.cast.crs.get(path).status_code == 403


def test_the_first_reading_acknowledges_and_is_recorded_as_a_disclosure(case: Case) -> None:
    case.address()
    case.raise_checks()
    request = case.request()
    view, tag = read(case.cast.police, request.id)
    assert (view["state"], case.request().state) == ("acknowledged", "acknowledged")
    (entry,) = entries(request.id, "disclosure")
    assert str(case.cast.police.organisation_id) in entry
    assert "document.person.family_name" in entry
    assert "Testcase" not in entry
    again = case.cast.police.get(f"/v1/check-requests/{request.id}", if_none_match=tag)
    assert again.status_code == 304


def test_what_a_manager_may_do_is_not_hidden_by_what_a_practitioner_was_shown(case: Case) -> None:
    case.address()
    case.raise_checks()
    request = case.request()
    for path in (f"/v1/check-requests/{request.id}", f"/v1/checks/{request.check_id}"):
        tag = case.practitioner.get(path).headers["ETag"]
        assert case.practitioner.get(path, if_none_match=tag).status_code == 304
        assert case.manager.get(path, if_none_match=tag).status_code == 200


def test_the_reading_that_acknowledges_shows_the_request_whatever_the_caller_says_it_has(case: Case) -> None:
    case.address()
    case.raise_checks()
    path, police = f"/v1/check-requests/{case.request().id}", case.cast.police
    first = police.get(path, if_none_match="*")
    assert first.status_code == 200
    assert first.get_json()["document"]["person"]
    assert police.get(path, if_none_match="*").status_code == 304


def test_asking_only_whether_it_has_changed_acknowledges_nothing(case: Case) -> None:
    case.address()
    case.raise_checks()
    path, police = f"/v1/check-requests/{case.request().id}", case.cast.police
    told = police.app.test_client().head(path, headers={"Authorization": f"Bearer {police.token()}"})
    assert (told.status_code, told.data) == (200, b"")
    assert case.request().state == "requested"


def test_police_are_sent_the_ex_partners_details_and_probations_list_of_them_is_not(case: Case) -> None:
    her = case.contact("ex_partner")
    case.address("partner", protected=True, contact_id=her)
    case.contact("child", child=True, authority=LEEDS)
    case.raise_checks()
    document = read(case.cast.police, case.request().id)[0]["document"]
    assert document["person"]["family_name"] == "Testcase"
    assert [each["relationship"] for each in document["contacts"]] == ["ex_partner"]
    assert document["contacts"][0]["given_name"] == "Robin"
    assert document["addresses"][0]["postcode"] == "LS1 4AP"
    with db.transaction("audit_reader") as session:
        opened = session.scalars(
            select(AuditEntry.body).where(AuditEntry.object_kind == "restricted_details")
        ).all()
    assert len(opened) == 1
    assert "disclosure" in opened[0]


def test_childrens_services_are_sent_the_children_and_nothing_of_the_partner(case: Case) -> None:
    home = case.address()
    case.contact("ex_partner", lives_at=home)
    child = case.contact("child", child=True, lives_at=home)
    case.raise_checks()
    document = read(case.cast.council, case.request("childrens_safeguarding", LEEDS).id)[0]["document"]
    assert [each["id"] for each in document["contacts"]] == [str(child)]
    assert document["contacts"][0]["lives_at"] == str(home)
    assert "pnc_number" not in document["person"]
    assert set(document["addresses"][0]) == {"id", "lines", "postcode", "local_authority"}


def test_a_check_waits_for_every_authority(case: Case) -> None:
    case.address()
    here = case.contact("sibling", child=True, authority=LEEDS)
    there = case.contact("sibling", child=True, authority=MANCHESTER)
    case.raise_checks()
    mine = case.request("childrens_safeguarding", LEEDS)
    other = case.request("childrens_safeguarding", MANCHESTER)
    assert answer(case.cast.council, mine.id, children_answer(here)).status_code == 201
    assert case.check("childrens_safeguarding").state == "open"
    assert answer(case.cast.other_council, other.id, children_answer(there)).status_code == 201
    assert case.check("childrens_safeguarding").state == "answered"


def test_an_answer_stops_the_agencys_clock_and_calls_for_a_review(case: Case) -> None:
    case.address()
    case.raise_checks()
    request = case.request()
    answer(case.cast.police, request.id, police_answer())
    assert clock_of(request.id, "answer").state == "stopped"
    assert clock_of(request.id, "review").state == "running"


def test_a_late_answer_is_accepted(case: Case, the_clock: TheClock) -> None:
    case.address()
    case.raise_checks()
    the_clock.move(timedelta(days=90))
    late = police_answer(valid_as_at="2026-05-31")
    assert answer(case.cast.police, case.request().id, late).status_code == 201


def test_a_nil_return_says_what_was_searched_and_as_at_when(case: Case) -> None:
    case.address()
    case.raise_checks()
    request = case.request()
    without = police_answer()
    del without["searched"], without["valid_as_at"]
    refused = answer(case.cast.police, request.id, without)
    assert refused.status_code == 422
    assert {each["pointer"] for each in refused.get_json()["errors"]} == {"/searched", "/valid_as_at"}
    assert answer(case.cast.police, request.id, police_answer()).status_code == 201
    (result,) = read(case.practitioner, request.id)[0]["results"]
    assert (result["nothing_found"], result["searched"]["sources"]) == (True, ["Niche", "PND"])


def test_call_outs_without_convictions_are_not_a_nil_return(case: Case) -> None:
    case.address()
    case.raise_checks()
    request = case.request()
    findings = police_answer()["findings"] | {"call_outs": [call_out(f"2025-0{n}-01") for n in range(1, 8)]}
    refused = answer(case.cast.police, request.id, police_answer(findings=findings))
    assert [each["pointer"] for each in refused.get_json()["errors"]] == ["/nothing_found"]
    told = answer(case.cast.police, request.id, police_answer(findings=findings, nothing_found=False))
    assert told.status_code == 201
    (result,) = read(case.practitioner, request.id)[0]["results"]
    assert (result["nothing_found"], len(result["findings"]["call_outs"])) == (False, 7)


def test_a_part_and_then_the_whole_both_stay_on_record(case: Case) -> None:
    case.address()
    case.raise_checks()
    request = case.request()
    part = police_answer(complete=False, remaining="PND still to be searched.")
    assert answer(case.cast.police, request.id, part).status_code == 201
    assert case.request().state == "partially_returned"
    assert clock_of(request.id, "answer").state == "running"
    answer(case.cast.police, request.id, police_answer())
    results = read(case.practitioner, request.id)[0]["results"]
    assert [(each["number"], each["complete"]) for each in results] == [(1, False), (2, True)]


def test_an_answer_refers_to_the_agencys_documents_with_their_dates(case: Case) -> None:
    case.address()
    case.raise_checks()
    request = case.request()
    report = {"reference": "CR-104417", "title": "Crime report", "dated": "2025-08-19"}
    returned = answer(case.cast.police, request.id, police_answer(documents=[report]))
    assert returned.status_code == 201
    assert returned.get_json()["documents"] == [report]
    assert read(case.practitioner, request.id)[0]["results"][0]["documents"] == [report]


def test_every_fault_of_an_answer_is_named_at_once(case: Case) -> None:
    case.address()
    case.raise_checks()
    findings = police_answer()["findings"] | {"call_outs": [call_out(role="bystander", extra=1)]}
    body = police_answer(findings=findings, valid_as_at="1066-10-14", remaining="nothing")
    refused = answer(case.cast.police, case.request().id, body)
    assert refused.status_code == 422
    assert {each["pointer"] for each in refused.get_json()["errors"]} == {
        "/findings/call_outs/0/role",
        "/findings/call_outs/0/extra",
        "/valid_as_at",
    }
    assert case.request().state == "requested"


def test_a_childs_category_belongs_to_a_protection_plan_and_to_a_child_of_the_request(case: Case) -> None:
    case.address()
    child = case.contact("child", child=True, authority=LEEDS)
    case.raise_checks()
    request = case.request("childrens_safeguarding", LEEDS)
    without = children_answer(child, status="child_protection_plan")
    refused = answer(case.cast.council, request.id, without)
    assert [each["pointer"] for each in refused.get_json()["errors"]] == ["/findings/children/0/category"]
    unknown = answer(case.cast.council, request.id, children_answer(UUID(int=7)))
    assert [each["pointer"] for each in unknown.get_json()["errors"]] == [
        "/findings/children/0/child_id",
        "/findings/children",
    ], "and nothing is said of the child of the request"
    plan = children_answer(child, status="child_protection_plan", category="emotional_abuse")
    assert answer(case.cast.council, request.id, plan).status_code == 201


def test_an_answer_sent_again_is_stored_once(case: Case) -> None:
    case.address()
    case.raise_checks()
    request = case.request()
    first = answer(case.cast.police, request.id, police_answer(), "key-1")
    again = answer(case.cast.police, request.id, police_answer(), "key-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_json() == again.get_json()
    assert len(read(case.practitioner, request.id)[0]["results"]) == 1


def test_an_agency_that_refused_may_still_answer(case: Case) -> None:
    case.address()
    case.raise_checks()
    request = case.request()
    move(case.cast.police, request.id, "refuse", reason_code="other", reason="System down.")
    refusing, _ = read(case.cast.police, request.id)
    assert refusing["allowed_transitions"] == []
    assert refusing["return_results_at"] == f"/v1/check-requests/{request.id}/results"
    assert answer(case.cast.police, request.id, police_answer()).status_code == 201
    assert case.check().state == "answered"


def test_results_may_be_returned_where_the_request_says_also_after_the_whole(case: Case) -> None:
    case.address()
    case.raise_checks()
    request = case.request()
    part = police_answer(complete=False, remaining="PND comes tomorrow.")
    assert answer(case.cast.police, request.id, part).status_code == 201
    partly, _ = read(case.cast.police, request.id)
    assert partly["return_results_at"] == f"/v1/check-requests/{request.id}/results"
    assert answer(case.cast.police, request.id, police_answer()).status_code == 201
    done, _ = read(case.cast.police, request.id)
    assert (done["return_results_at"], done["allowed_transitions"]) == (partly["return_results_at"], [])
    assert answer(case.cast.police, request.id, police_answer()).status_code == 201
    seen, _ = read(case.practitioner, request.id)
    assert "return_results_at" not in seen


def test_a_name_that_belongs_elsewhere_is_no_transition(case: Case) -> None:
    case.address()
    case.raise_checks()
    request = case.request()
    refused = move(case.cast.police, request.id, "return_all")
    assert refused.status_code == 422
    assert answer(case.cast.police, request.id, police_answer()).status_code == 201
    assert read(case.practitioner, request.id)[0]["allowed_transitions"] == []
    late = move(case.cast.police, request.id, "misdirect", to_area="greater-manchester", reason="Moved.")
    assert (late.status_code, late.get_json()["allowed"]) == (409, [])


def test_an_answer_is_reviewed_where_the_request_says_until_it_waits_for_a_manager(case: Case) -> None:
    case.address()
    case.raise_checks(rosh="high")
    request = case.request()
    assert read(case.practitioner, request.id)[0]["review_at"] is None
    assert answer(case.cast.police, request.id, police_answer()).status_code == 201
    check = f"/v1/checks/{request.check_id}"
    assert read(case.practitioner, request.id)[0]["review_at"] == f"{check}/reviews"
    (listed,) = case.practitioner.get("/v1/checks", referral_id=str(case.referral_id)).get_json()["items"]
    assert (listed["href"], listed["allowed_transitions"]) == (check, ["review"])

    assert review(case.practitioner, request.check_id, request.id, "nothing").status_code == 200
    assert read(case.practitioner, request.id)[0]["review_at"] is None
    assert case.practitioner.get(check).get_json()["allowed_transitions"] == []
    assert case.manager.get(check).get_json()["allowed_transitions"] == ["countersign"]
    again = review(case.practitioner, request.check_id, request.id, "risk")
    assert (again.status_code, again.get_json()["allowed"]) == (409, [])
    muddled = review(case.practitioner, request.check_id, request.id, "nothing", "risk")
    assert muddled.status_code == 409, "how it stands comes before what is said"
    too_soon = review(case.manager, request.check_id, request.id, "risk")
    assert (too_soon.status_code, too_soon.get_json()["allowed"]) == (409, ["countersign"])


def test_what_records_said_on_a_day_happened_by_then(case: Case) -> None:
    case.address()
    case.raise_checks()
    request = case.request()
    nothing = police_answer()["findings"]
    orders = [
        {
            "kind": "restraining", "in_force_from": "2026-02-01", "in_force_until": "2026-01-01",
            "conditions": "Not to go there.", "source": "Niche", "verified": "verified",
        }
    ]  # fmt: skip
    late = police_answer(
        nothing_found=False,
        valid_as_at="2026-02-02",
        searched={"from": "2016-03-02", "until": "2026-02-03", "sources": ["Niche"]},
        findings=nothing | {"call_outs": [call_out("2026-02-01"), call_out("2026-02-03")]},
    )
    assert faults_of(case, request, late) == {"/searched/until", "/findings/call_outs/1/date"}
    late["searched"] |= {"until": "2026-01-31"}
    assert faults_of(case, request, late) == {f"/findings/call_outs/{place}/date" for place in range(2)}
    late["findings"] = nothing | {"orders": orders}
    assert faults_of(case, request, late) == {"/findings/orders/0/in_force_until"}


def faults_of(case: Case, request: CheckRequest, body: dict[str, Any]) -> set[str]:
    path = f"/v1/check-requests/{request.id}/results"
    answer = case.cast.police.post(path, json=body)
    assert answer.status_code == 422, answer.text
    return {one["pointer"] for one in answer.get_json()["errors"] if one["pointer"] != "/subjects"}

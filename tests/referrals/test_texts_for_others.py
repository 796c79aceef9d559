"""No text of probation's reaches another organisation uncompared: each has a gap, or is refused.

Every text of every request is in one of three tables here: one that is added fails until somebody has decided
who reads it. What is refused is tried over HTTP.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from service.access.permissions import PERMISSIONS
from service.destinations import DESTINATIONS
from tests.contract.conformance import conformance_of, operations
from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.samples import darren_and_toby
from tests.referrals.stays import ADDRESS, settle_in
from tests.rows import person_at

pytestmark = pytest.mark.long

SECRET: Final = "MAPPA level 3; she lives at 4 Larkhill Close; police intelligence report on him."
CRN: Final = "X320741"

GATED: Final = ("submit_referral", "preview_referral", "amend_referral")
"""Whose document goes through the gate of each destination."""

OWN: Final[Mapping[str, str]] = {
    "answer_share_request": "regions",
    "apply_policy_version": "everybody: it is about nobody",
    "agree_to_review": "the region",
    "ask_for_agreement": "a manager of the region",
    "ask_for_transfer": "regions",
    "change_caretaker": "the region",
    "change_team": "the region",
    "complete_review": "the region",
    "confirm_escalation": "the region",
    "confirm_share": "regions",
    "countersign_check_review": "the region",
    "decide_proposal": "regions",
    "decide_same_as": "the region",
    "decide_same_person": "the region",
    "end_exclusion": "the region",
    "end_share": "regions",
    "enter_address_in_error": "the region",
    "enter_contact_in_error": "the region",
    "exclude_staff": "the region",
    "hand_over_escalation": "one's own organisation",
    "keep_staff": "the names and numbers of staff",
    "lift_limit": "the region",
    "limit_case": "the region",
    "move_disclosure_decision": "the region; the third party is told outside the service",
    "move_transfer": "regions",
    "name_staff": "the region",
    "note_escalation": "one's own organisation",
    "preview_policy_version": "everybody: it is about nobody",
    "publish_policy_version": "everybody: it is about nobody",
    "open_disclosure_decision": "the region",
    "open_subject_access": "the region",
    "move_subject_access": "the person, once it was compared and a manager has released it",
    "reassign_case": "the region",
    "record_release_arrangements": "regions that see where the person goes",
    "record_staff": "the names and numbers of staff",
    "request_share": "regions",
    "review_check": "the region",
    "review_share": "regions",
    "search_check_requests": "nobody: it is compared with the questions",
    "search_people": "nobody: it is compared with the records",
    "share_person": "regions",
    "supply_person_details": "who the person is, which everybody who is asked must know",
    "take_emergency_access": "regions",
    "withdraw_agreement": "the region",
}
"""Operations of which no text reaches another kind of organisation, with who reads them."""

NAMES: Final = frozenset(
    {
        *("crn", "noms_number", "pnc_number", "title", "given", "given_name", "family", "family_name"),
        *("aliases[]", "phone", "ref", "contact_ref", "mother_ref", "lives_at", "postcode"),
        *("police_force", "local_authority", "area", "to_area", "reason_code", "outcome_code", "pdu"),
    }
)
"""What is a name, a number, a reference or a code: agencies are asked about people by those."""

OF_OTHERS: Final = frozenset(
    {
        ("move_destination_referral", "alternative"),
        ("move_destination_referral", "question"),
        ("move_destination_referral", "note"),
        ("move_placement", "premises"),
        ("move_placement", "confirmed_because"),
        ("move_check_request", "question"),
        ("record_change", "details"),
        *(("record_change", f"rosh.{one}") for one in ("who", "nature", "imminence", "factors[]", "reason")),
        *(("record_change", f"rosh.grounds.{one}") for one in ("changed", "verified", "how", "by")),
        ("record_change", "rosh.evidence"),
        ("record_change", "rosh.override_reason"),
        ("decide_agreement", "override_reason"),
        *((change, "verification.by") for change in ("change_address", "supply_details")),
    }
)
"""What the other side writes, or what stays in the region: a change is shared by its kind alone."""

ADDRESS_LINES: Final = frozenset(
    {
        ("open_case", "addresses[].lines[]"),
        ("record_change", "addresses[].lines[]"),
        ("change_address", "lines[]"),
        ("propose_address", "lines[]"),
    }
)
"""Lines of an address on record: where it is may be said, and no word beside."""


def texts(app: Flask) -> Iterator[tuple[str, str]]:
    """Yield each free text that probation may send, as operation and path."""
    spec = conformance_of(app).spec
    for _, method, operation in operations(spec):
        permission = PERMISSIONS.get(operation.get("x-permission", ""))
        body = operation.get("requestBody")
        if method == "get" or body is None or permission is None or "probation" not in permission.sides:
            continue
        for content in body["content"].values():
            for path in _texts(spec, content["schema"], ""):
                yield operation["operationId"], path


def _texts(spec: Mapping[str, Any], schema: Mapping[str, Any], path: str) -> Iterator[str]:
    if "$ref" in schema:
        schema = spec["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for each in ("allOf", "anyOf", "oneOf"):
        for one in schema.get(each, ()):
            yield from _texts(spec, one, path)
    kinds = schema.get("type", ())
    if "string" in ([kinds] if isinstance(kinds, str) else kinds) and not {"enum", "format"} & schema.keys():
        yield path
    for name, member in schema.get("properties", {}).items():
        yield from _texts(spec, member, f"{path}.{name}" if path else name)
    if "items" in schema:
        yield from _texts(spec, schema["items"], f"{path}[]")


def crs(driver: Driver) -> Json:
    return part_of(driver.submit(), "crs", "accommodation")


def of_message(driver: Driver, text: str) -> TestResponse:
    return driver.officer.post(f"{crs(driver)['href']}/messages", json={"body": text})


def of_withdrawal(driver: Driver, text: str) -> TestResponse:
    return driver.try_to_move(driver.officer, crs(driver), "withdraw", reason=text)


def of_whole_withdrawal(driver: Driver, text: str) -> TestResponse:
    return _of_the_whole(driver, "withdrawal", text)


def of_whole_error(driver: Driver, text: str) -> TestResponse:
    return _of_the_whole(driver, "entered-in-error", text)


def _of_the_whole(driver: Driver, how: str, text: str) -> TestResponse:
    path = f"/v1/referrals/{crs(driver)['referral_id']}"
    tag = driver.officer.get(path).headers["ETag"]
    return driver.officer.post(f"{path}/{how}", json={"reason": text}, if_match=tag)


def of_what_is_done_instead(driver: Driver, text: str) -> TestResponse:
    part = crs(driver)
    said(driver.cast.crs.get(f"{part['href']}/document"))
    kind = driver.look(driver.cast.crs, part)["adjustments_to_answer"][0]
    driver.report(driver.cast.crs, part, "adjustments", answers=[{"kind": kind, "can_meet": False}])
    # Why is not for the provider to read, and may say anything.
    members = {"adjustment": kind, "reason": SECRET, "instead": text}
    return driver.try_to_move(driver.officer, part, "go_on_without", **members)


def of_answer(driver: Driver, text: str) -> TestResponse:
    part = crs(driver)
    said(driver.cast.crs.get(f"{part['href']}/document"))
    driver.move(driver.cast.crs, part, "request_information", question="Which floor?")
    return driver.try_to_move(driver.officer, part, "answer_information", answer=text)


def of_cancelled_stay(driver: Driver, text: str) -> TestResponse:
    stay = part_of(driver.submit(), "approved_premises")
    driver.accept(driver.cast.ap, stay)
    days = {"expected_arrival": "2026-03-24", "expected_departure": "2026-06-16"}
    driver.place(driver.cast.ap, stay, "offer", **days)
    return driver.try_to_place(driver.officer, stay, "cancel", reason=text)


def of_move_on_address(driver: Driver, text: str) -> TestResponse:
    _, stay = settle_in(driver)
    return driver.try_to_place(
        driver.officer, stay, "propose_move_on", address=ADDRESS | {"lines": [text[:100], "Leeds"]}
    )


def of_council(driver: Driver) -> Json:
    document = darren_and_toby()
    son = next(one for one in document["household"]["contacts"] if one["relationship"] == "child")
    son |= {"given_name": "Toby", "family_name": "Bell", "date_of_birth": "2018-05-01"}
    driver.submit(document)
    requests = said(driver.officer.get("/v1/check-requests"))["items"]
    return next(
        one for one in requests if one["kind"] == "childrens_safeguarding" and one["state"] == "requested"
    )


def move_request(driver: Driver, request: Json, action: str, **members: Any) -> TestResponse:
    path = f"/v1/check-requests/{request['id']}"
    tag = driver.officer.get(path).headers["ETag"]
    return driver.officer.post(f"{path}/transitions", json={"action": action, **members}, if_match=tag)


def of_answer_to_council(driver: Driver, text: str) -> TestResponse:
    request = of_council(driver)
    tag = driver.cast.council.get(f"/v1/check-requests/{request['id']}").headers["ETag"]
    asked = {"action": "return_for_information", "question": "Which flat?"}
    path = f"/v1/check-requests/{request['id']}/transitions"
    said(driver.cast.council.post(path, json=asked, if_match=tag))
    return move_request(driver, request, "answer_information", answer=text)


def of_stopped_question(driver: Driver, text: str) -> TestResponse:
    return move_request(driver, of_council(driver), "stop_wrong_person", reason=text)


def of_decision(driver: Driver, text: str) -> TestResponse:
    request = of_council(driver)
    path = f"/v1/checks/{request['check_id']}"
    spo = driver.cast.probation.as_practitioner("s.okafor", "spo")
    tag = spo.get(path).headers["ETag"]
    body = {"decision": "not_required", "reason": text}
    return spo.post(f"{path}/decisions", json=body, if_match=tag)


def of_agreement(driver: Driver, text: str) -> TestResponse:
    request = of_council(driver)
    body = {
        "kind": "check_request_cancelled",
        "subject_id": request["id"],
        "reason": "Not ours.",
        "role": "spo",
    }
    asked = driver.officer.post("/v1/agreements", json=body)
    href = said(asked, 201)["href"]
    spo = driver.cast.probation.as_practitioner("s.okafor", "spo")
    tag = spo.get(href).headers["ETag"]
    return spo.post(f"{href}/decision", json={"agreed": True, "reason": text}, if_match=tag)


def of_description(driver: Driver, text: str) -> TestResponse:
    driver.submit()
    contacts = said(driver.officer.get(f"{person_at(CRN)}/contacts"))["items"]
    child = next(one for one in contacts if one["is_child"])
    return driver.officer.patch(child["href"], json={"description": text}, if_match=child["etag"])


def a_girl(text: str) -> Json:
    return {
        "ref": "girl",
        "relationship": "child",
        "is_child": True,
        "estimated_age": 6,
        "description": text,
        "details_status": "not_asked",
        "local_authority": "E08000035",
    }


def of_described_in_a_change(driver: Driver, text: str) -> TestResponse:
    driver.submit()
    change = {
        "kind": "contact_with_child",
        "details": "A girl was seen.",
        "occurred_on": "2026-03-01",
        "source": "police",
        "standing": "established",
        "contacts": [a_girl(text)],
    }
    return driver.officer.post(f"{person_at(CRN)}/changes-of-circumstance", json=change)


def of_words_for_agencies(driver: Driver, text: str) -> TestResponse:
    driver.submit()
    change = {
        "kind": "threat",
        "for_agencies": text,
        "occurred_on": "2026-03-01",
        "source": "police",
        "standing": "alleged",
    }
    return driver.officer.post(f"{person_at(CRN)}/changes-of-circumstance", json=change)


def of_described_in_a_new_case(driver: Driver, text: str) -> TestResponse:
    document = darren_and_toby()
    case = {
        "person": {name: document["person"][name] for name in ("crn", "name", "date_of_birth")},
        "household": {
            "children": "yes",
            "contacts": [
                *(one for one in document["household"]["contacts"] if one["relationship"] == "ex_partner"),
                a_girl(text),
            ],
        },
        "addresses": [one for one in document["addresses"] if one.get("contact_ref") == "ex-partner"],
        "because": "allocation",
    }
    return driver.officer.post("/v1/people", json=case)


REFUSED: Final[Mapping[tuple[str, str], Callable[[Driver, str], TestResponse]]] = {
    ("decide_agreement", "reason"): of_agreement,
    ("decide_check", "reason"): of_decision,
    ("move_check_request", "answer"): of_answer_to_council,
    ("move_check_request", "reason"): of_stopped_question,
    ("move_destination_referral", "answer"): of_answer,
    ("move_destination_referral", "instead"): of_what_is_done_instead,
    ("move_destination_referral", "reason"): of_withdrawal,
    ("enter_referral_in_error", "reason"): of_whole_error,
    ("withdraw_referral", "reason"): of_whole_withdrawal,
    ("move_placement", "address.lines[]"): of_move_on_address,
    ("move_placement", "reason"): of_cancelled_stay,
    ("open_case", "household.contacts[].description"): of_described_in_a_new_case,
    ("record_change", "contacts[].description"): of_described_in_a_change,
    ("record_change", "for_agencies"): of_words_for_agencies,
    ("send_message", "body"): of_message,
    ("supply_details", "description"): of_description,
}
"""Texts that another organisation reads and that have no gap, each with how one is sent."""


def test_every_text_that_probation_sends_has_a_reader_who_was_thought_of(app: Flask) -> None:
    found = {
        (operation, path)
        for operation, path in texts(app)
        if operation not in GATED and path.rpartition(".")[2] not in NAMES
    }
    assert {one for one in found if one[0] not in OWN} == REFUSED.keys() | OF_OTHERS | ADDRESS_LINES
    assert {operation for operation, _ in texts(app)} >= OWN.keys()


@pytest.mark.parametrize("kind", sorted(kind for kind, one in DESTINATIONS.items() if not one.confidant))
def test_every_text_of_a_document_goes_through_the_gate(kind: str) -> None:
    destination = DESTINATIONS[kind]
    coded = destination.vocabulary.keys() | destination.derived.keys()
    assert set(destination.free_texts) == destination.permitted - coded
    assert not any(path.startswith("household.") for path in destination.permitted)


@pytest.mark.parametrize("text", sorted(REFUSED), ids="-".join)
def test_a_text_without_a_gap_that_gives_something_away_is_refused(
    driver: Driver, text: tuple[str, str]
) -> None:
    refused = said(REFUSED[text](driver, SECRET), 422)
    (fault,) = refused["errors"]
    for kind in ("intelligence", "mappa", "whereabouts"):
        assert kind in fault["detail"], (text, fault)
    assert "Larkhill" not in str(refused)


@pytest.mark.parametrize("text", sorted(REFUSED), ids="-".join)
def test_a_text_that_gives_nothing_away_is_taken(driver: Driver, text: tuple[str, str]) -> None:
    answer = REFUSED[text](driver, "Red school coat, the second house.")
    assert answer.status_code in {200, 201}, answer.text

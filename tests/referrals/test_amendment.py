"""A referral that changes becomes a new version, and each destination is told what changed for it."""

import copy
from typing import Any

import pytest

from service import clock
from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.samples import asking, darren_and_toby, toby
from tests.rows import person_at

pytestmark = pytest.mark.long


@pytest.fixture
def referral(driver: Driver) -> Json:
    return driver.submit()


def told(driver: Driver, name: str, event: str) -> list[Json]:
    """Return what a destination's feed says of one sort of event."""
    caller = driver.cast.callers[name]
    entries = said(caller.get("/v1/events", limit=500))["items"]
    return [entry["data"] for entry in entries if entry["event"] == event]


def test_only_those_whose_document_changes_are_told(driver: Driver, referral: Json) -> None:
    provider = part_of(referral, "crs", "accommodation")
    said(driver.cast.crs.get(f"{provider['href']}/document"))
    document = driver.document(referral)
    document["destinations"][2]["annex"]["enforceable_days"] = 20
    assert driver.amend(referral, document)["current_version"] == 2

    (change,) = told(driver, "crs", "destination_referral.changed")
    assert change["sections"] == ["crs"]
    assert change["must_acknowledge"] is True
    assert told(driver, "ap", "destination_referral.changed") == []
    shown = driver.look(driver.cast.crs, provider)
    assert (shown["sent_version"], shown["acknowledged_version"]) == (2, 1)
    sent = said(driver.cast.crs.get(f"{provider['href']}/document"))
    assert (sent["version"], sent["document"]["crs"]["enforceable_days"]) == (2, 20)


def test_a_change_is_chased_until_it_is_acknowledged(driver: Driver, referral: Json) -> None:
    provider, caller = part_of(referral, "crs", "accommodation"), driver.cast.crs
    said(caller.get(f"{provider['href']}/document"))
    document = driver.document(referral)
    document["risk"]["rosh"]["public"]["level"] = "very_high"
    driver.amend(referral, document)
    (notice,) = driver.look(caller, provider)["notices"]
    assert (notice["version"], notice["acknowledged_at"]) == (2, None)
    assert notice["due_at"] == "2026-03-02T13:00:00Z", "four working hours: the risk"

    path = f"{provider['href']}/acknowledgements"
    assert said(caller.post(path, json={"version": 3}), 422)["errors"][0]["pointer"] == "/version"
    shown = said(caller.post(path, json={"version": 2}))
    assert shown["acknowledged_version"] == 2
    assert shown["notices"][0]["acknowledged_at"]
    assert shown["notices"][0]["due_at"] is None
    again = said(caller.post(path, json={"version": 2}))
    assert again["version"] == shown["version"]


def test_a_material_change_to_an_accepted_referral_must_be_confirmed(driver: Driver, referral: Json) -> None:
    provider, caller = part_of(referral, "crs", "accommodation"), driver.cast.crs
    driver.accept(caller, provider)
    document = driver.document(referral)
    document["risk"]["rosh"]["public"]["level"] = "very_high"
    driver.amend(referral, document)
    assert driver.look(caller, provider)["notices"][0]["reconfirm"] is True

    path = f"{provider['href']}/acknowledgements"
    assert said(caller.post(path, json={"version": 2}), 422)["errors"][0]["pointer"] == "/can_continue"
    shown = said(caller.post(path, json={"version": 2, "can_continue": False}))
    assert shown["notices"][0]["can_continue"] is False
    feed = said(driver.officer.get("/v1/events", limit=500))["items"]
    assert feed[-1]["data"] == {"document_version": 2, "can_continue": False}


@pytest.mark.parametrize("first", [True, False])
def test_who_can_go_on_after_all_or_cannot_says_so_and_probation_is_told(
    driver: Driver, referral: Json, first: bool
) -> None:
    provider, caller = part_of(referral, "crs", "accommodation"), driver.cast.crs
    driver.accept(caller, provider)
    document = driver.document(referral)
    document["risk"]["rosh"]["public"]["level"] = "very_high"
    driver.amend(referral, document)
    path = f"{provider['href']}/acknowledgements"
    said(caller.post(path, json={"version": 2, "can_continue": first}))
    before = len(said(driver.officer.get("/v1/events", limit=500))["items"])

    shown = said(caller.post(path, json={"version": 2, "can_continue": not first}))
    assert shown["notices"][0]["can_continue"] is not first
    said(caller.post(path, json={"version": 2, "can_continue": not first}))
    heard = said(driver.officer.get("/v1/events", limit=500))["items"][before:]
    assert [one["data"] for one in heard] == [{"document_version": 2, "can_continue": not first}]


def test_before_the_first_reading_the_newest_is_simply_what_there_is(driver: Driver, referral: Json) -> None:
    provider, caller = part_of(referral, "crs", "accommodation"), driver.cast.crs
    document = driver.document(referral)
    document["risk"]["rosh"]["public"]["level"] = "very_high"
    driver.amend(referral, document)
    assert said(caller.get(f"{provider['href']}/document"))["version"] == 2
    shown = driver.look(caller, provider)
    assert (shown["acknowledged_version"], shown["notices"]) == (2, [])


def test_saying_the_same_again_makes_no_version(driver: Driver, referral: Json) -> None:
    assert driver.amend(referral, driver.document(referral))["current_version"] == 1


def test_what_was_missing_is_supplied_and_it_goes_out(driver: Driver) -> None:
    document = toby()
    complexity = document["destinations"][0]["annex"].pop("complexity")
    referral = driver.submit(document)
    assert part_of(referral, "crs")["state"] == "incomplete"
    document["destinations"][0]["annex"]["complexity"] = complexity
    part = part_of(driver.amend(referral, document), "crs")
    assert (part["state"], part["sent_version"], part["missing"]) == ("sent", 2, [])
    assert said(driver.cast.crs.get(f"{part['href']}/document"))["version"] == 1


def test_a_destination_added_later_is_asked_at_once(driver: Driver) -> None:
    whole = darren_and_toby()
    first = asking(copy.deepcopy(whole), lambda one: one["kind"] == "crs")
    referral = driver.submit(first)
    amended = driver.amend(referral, whole)
    assert part_of(amended, "approved_premises")["state"] == "sent"
    assert len(amended["destinations"]) == 5


def test_mappa_added_later_is_a_review_for_probation_and_shows_itself_to_none(driver: Driver) -> None:
    whole = darren_and_toby()
    first = asking(copy.deepcopy(whole), lambda one: one["kind"] != "mappa")
    referral = driver.submit(first)
    premises = part_of(referral, "approved_premises")
    driver.accept(driver.cast.ap, premises)
    before = driver.cast.ap.get(premises["href"])
    amended = driver.amend(referral, whole)
    assert part_of(amended, "mappa")["state"] == "sent"

    assert told(driver, "ap", "destination_referral.changed") == []
    after = driver.cast.ap.get(premises["href"])
    assert (after.headers["ETag"], after.text) == (before.headers["ETag"], before.text)
    assert "mappa" not in driver.cast.ap.get("/v1/events", limit=500).text.lower()
    person = said(driver.officer.get(referral["href"]))["person"]["href"]
    (review,) = said(driver.officer.get(f"{person}/reviews"))["items"]
    (change,) = said(driver.officer.get(f"{person}/changes-of-circumstance"))["items"]
    assert (review["owner"], change["kind"]) == ("practitioner", "mappa_asked")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (lambda d: d["person"].update(crn="X999999"), "/person/crn"),
        (lambda d: d.update(submission_reference="ANOTHER"), "/submission_reference"),
        (lambda d: d.update(asking(d, lambda one: one["kind"] != "approved_premises")), "/destinations"),
    ],
)
def test_it_stays_the_same_referral(driver: Driver, referral: Json, change: Any, pointer: str) -> None:
    document = driver.document(referral)
    change(document)
    path = f"/v1/referrals/{referral['id']}"
    tag = driver.officer.get(path).headers["ETag"]
    answer = said(driver.officer.post(f"{path}/versions", json=document, if_match=tag), 422)
    assert [fault["pointer"] for fault in answer["errors"]] == [pointer]


def test_two_amendments_of_the_same_version_collide(driver: Driver, referral: Json) -> None:
    path = f"/v1/referrals/{referral['id']}"
    tag = driver.officer.get(path).headers["ETag"]
    document = driver.document(referral)
    document["needs"]["alcohol"]["detail"] = "Every weekend."
    assert driver.officer.post(f"{path}/versions", json=document).status_code == 428
    said(driver.officer.post(f"{path}/versions", json=document, if_match=tag))
    document["needs"]["alcohol"]["detail"] = "Every evening."
    assert driver.officer.post(f"{path}/versions", json=document, if_match=tag).status_code == 412


def test_every_version_stays_readable(driver: Driver, referral: Json) -> None:
    document = driver.document(referral)
    document["needs"]["alcohol"]["detail"] = "Every weekend."
    driver.amend(referral, document)
    versions = said(driver.officer.get(f"{referral['href']}/versions"))["items"]
    assert [said(driver.officer.get(one["href"]))["number"] for one in versions] == [
        one["number"] for one in versions
    ]
    assert [(one["number"], one["sections"]) for one in versions][1] == (2, ["needs"])
    first = said(driver.officer.get(f"{referral['href']}/versions/1"))["document"]
    assert first["needs"]["alcohol"]["detail"] == "Binge drinking after setbacks."
    assert driver.officer.get(f"{referral['href']}/versions/3").status_code == 404


def test_what_was_withdrawn_is_asked_again_only_when_it_is_asked_for_anew(driver: Driver) -> None:
    referral = driver.submit()
    premises = part_of(referral, "approved_premises")
    driver.move(driver.officer, premises, "withdraw", reason="A bed was found.")
    document = driver.document(referral)
    without = asking(document, lambda one: one["kind"] != "approved_premises")
    driver.amend(referral, {**document, "needs": {**document["needs"], "substance_misuse": False}})
    assert driver.look(driver.officer, premises)["state"] == "withdrawn"
    driver.amend(referral, without)
    amended = driver.amend(referral, document)
    again = [one for one in amended["destinations"] if one["kind"] == "approved_premises"]
    assert sorted(one["state"] for one in again) == ["sent", "withdrawn"]


def test_the_timeline_tells_the_whole_story_to_probation(driver: Driver, referral: Json) -> None:
    events = said(driver.officer.get(f"{referral['href']}/timeline"))["items"]
    names = {entry["event"] for entry in events}
    assert {"referral.submitted", "destination_referral.sent", "check.raised"} <= names
    first = said(driver.officer.get(f"{referral['href']}/timeline", limit=2))
    assert len(first["items"]) == 2
    rest = said(driver.officer.get(f"{referral['href']}/timeline", after=first["next"]))
    assert [*first["items"], *rest["items"]] == events


def test_what_becomes_urgent_is_hurried_and_never_slowed_again(driver: Driver, referral: Json) -> None:
    premises = part_of(referral, "approved_premises")
    before = driver.look(driver.officer, premises)["deadlines"][0]["due_at"]
    document = driver.document(referral)
    hurried = {**document, "urgency": "urgent", "urgency_reason": "Threats from another resident."}
    assert driver.amend(referral, hurried)["urgency"] == "urgent"
    after = driver.look(driver.officer, premises)["deadlines"][0]["due_at"]
    assert after < before
    assert driver.amend(referral, document)["urgency"] == "urgent"
    assert driver.look(driver.officer, premises)["deadlines"][0]["due_at"] == after


def gaps_of(part: Json) -> list[str]:
    return [gap["pointer"] for gap in part["missing"]]


@pytest.mark.parametrize(
    ("kind", "reader", "value"),
    [("approved_premises", "ap", "offender_rehabilitation_act"), ("cas3", "cas3", "community_order")],
)
def test_a_destination_at_work_is_sent_a_change_that_its_form_has_no_word_for_and_probation_sees_the_gap(
    driver: Driver, kind: str, reader: str, value: str
) -> None:
    whole = darren_and_toby()
    whole["destinations"][1]["annex"]["placement"]["start_date"] = "2026-03-30"
    referral = driver.submit(whole)
    caller, part = driver.cast.callers[reader], part_of(referral, kind)
    driver.accept(caller, part)
    assert driver.look(driver.officer, part)["missing"] == []

    changed = driver.document(referral)
    changed["sentence"]["type"] = value
    changed["risk"]["rosh"]["public"]["level"] = "very_high"
    shown = part_of(driver.amend(referral, changed), kind)
    assert "/sentence/type" in gaps_of(shown)
    assert shown["not_representable"] == [{"path": "sentence.type", "value": value}]
    sent = said(caller.get(f"{part['href']}/document"))
    assert (sent["version"], sent["document"]["risk"]["rosh"]["public"]["level"]) == (2, "Very High")
    assert "type" not in sent["document"]["sentence"]
    assert driver.look(caller, part)["notices"][0]["reconfirm"] is True

    changed["sentence"]["type"] = whole["sentence"]["type"]
    shown = part_of(driver.amend(referral, changed), kind)
    assert (shown["missing"], shown["not_representable"]) == ([], [])


READERS = [("approved_premises", "ap"), ("crs", "crs"), ("mappa", "mappa")]


def try_to_amend(driver: Driver, referral: Json, document: Json) -> set[str]:
    """Return the pointers at which an amendment is refused."""
    path = f"/v1/referrals/{referral['id']}"
    tag = driver.officer.get(path).headers["ETag"]
    refused = said(driver.officer.post(f"{path}/versions", json=document, if_match=tag), 422)
    return {error["pointer"] for error in refused["errors"]}


def raise_risk(driver: Driver, referral: Json) -> None:
    judged = {"group": "public", "level": "very_high", "reason": "A threat."}
    change = {
        "kind": "rosh_changed",
        "occurred_on": clock.today().isoformat(),
        "source": "police",
        "standing": "established",
        "rosh": judged,
    }
    said(driver.officer.post(f"{person_at(referral['crn'])}/changes-of-circumstance", json=change), 201)


@pytest.mark.parametrize(("kind", "reader"), READERS)
def test_an_old_document_does_not_take_a_raised_risk_back(
    driver: Driver, referral: Json, kind: str, reader: str
) -> None:
    old = driver.document(referral)
    old["needs"]["alcohol"]["detail"] = "Every evening."
    raise_risk(driver, referral)
    amended = driver.amend(referral, old)
    assert "/risk/rosh/public/level" in {one["pointer"] for one in amended["kept"]}
    assert driver.document(referral)["needs"]["alcohol"]["detail"] == "Every evening."
    old["risk"]["rosh"]["public"]["level"] = "medium"
    assert "/risk/rosh/public/level" in try_to_amend(driver, referral, old), "no document lowers a risk"
    fresh = darren_and_toby("R-2")
    answer = driver.officer.post("/v1/referrals", json=fresh)
    assert "/risk/rosh/public/level" in {error["pointer"] for error in said(answer, 422)["errors"]}
    sent = said(driver.cast.callers[reader].get(f"{part_of(referral, kind)['href']}/document"))
    assert sent["document"]["risk"]["rosh"]["public"]["level"] in {"Very High", "very_high"}


@pytest.mark.parametrize(
    ("left", "at"),
    [
        ({"overall": "low"}, {"/risk/rosh/children", "/risk/rosh/public", "/risk/rosh/known_adult"}),
        ({}, {"/risk/rosh/public"}),
        ({"public": None}, {"/risk/rosh/public"}),
    ],
)
def test_an_amendment_keeps_every_judgement_of_risk(
    driver: Driver, referral: Json, left: Json, at: set[str]
) -> None:
    document = driver.document(referral)
    judged = document["risk"].pop("rosh")
    if left == {"public": None}:
        document["risk"]["rosh"] = {group: judged[group] for group in judged if group != "public"}
    elif left:
        document["risk"]["rosh"] = left
    assert at <= try_to_amend(driver, referral, document)
    for kind, reader in READERS:
        sent = said(driver.cast.callers[reader].get(f"{part_of(referral, kind)['href']}/document"))
        assert sent["document"]["risk"]["rosh"]["public"]["level"] in {"High", "high"}


def test_taking_away_a_required_answer_from_what_was_sent_is_a_gap(driver: Driver, referral: Json) -> None:
    provider = part_of(referral, "crs", "accommodation")
    said(driver.cast.crs.get(f"{provider['href']}/document"))
    document = driver.document(referral)
    del document["destinations"][2]["annex"]["complexity"]
    shown = part_of(driver.amend(referral, document), "crs", "accommodation")
    assert shown["state"] == "received"
    assert gaps_of(shown) == ["/destinations/2/annex/complexity"]


def test_a_gap_that_the_destination_is_not_told_of_is_closed_without_telling_it(driver: Driver) -> None:
    document = darren_and_toby() | {"urgency": "urgent", "urgency_reason": "Bailed today."}
    document["sentence"]["type"] = "non_statutory"
    referral = driver.submit(document)
    premises = part_of(referral, "approved_premises")
    assert (premises["state"], gaps_of(premises)) == ("sent", ["/destinations/0/annex/managed_by_mappa"])
    document = driver.document(referral)
    document["destinations"][0]["annex"]["managed_by_mappa"] = True
    tags = [caller.get(premises["href"]).headers["ETag"] for caller in (driver.officer, driver.cast.ap)]
    shown = part_of(driver.amend(referral, document), "approved_premises")
    assert (shown["missing"], shown["sent_version"]) == ([], 1)
    assert shown["version"] == premises["version"]
    assert driver.officer.get(premises["href"]).headers["ETag"] != tags[0]
    assert driver.cast.ap.get(premises["href"]).headers["ETag"] == tags[1]
    assert told(driver, "ap", "destination_referral.changed") == []


def test_what_a_form_asked_on_the_day_it_was_sent_is_what_a_later_change_is_held_to(driver: Driver) -> None:
    """A notice that has become short asks for no reason afterwards, and a word once taken is kept."""
    document = darren_and_toby()
    document["release"] |= {
        "date": "2026-05-20",
        "releases": [{"type": "pss", "start_date": "2026-05-20"}],
    }
    premises, housing = (entry["annex"] for entry in document["destinations"][:2])
    del premises["short_notice_reason"]
    premises["placement"] = {"start_date": "2026-09-20"}
    housing["placement"] = {"start_date": "2026-05-20"}
    referral = driver.submit(document)
    premises, housing = part_of(referral, "approved_premises"), part_of(referral, "cas3")
    assert (premises["state"], housing["state"]) == ("sent", "sent")

    driver.clock.set("2026-05-12T09:00:00Z")
    document = driver.document(referral)
    document["risk"]["rosh"]["public"]["level"] = "very_high"
    amended = driver.amend(referral, document)
    for part, reader in ((premises, driver.cast.ap), (housing, driver.cast.cas3)):
        shown = part_of(amended, part["kind"])
        assert (shown["missing"], shown["not_representable"]) == ([], [])
        assert said(reader.get(f"{part['href']}/document"))["version"] == 2
    sent = said(driver.cast.cas3.get(f"{housing['href']}/document"))["document"]
    assert sent["release"]["releases"][0]["type"] == "pss"

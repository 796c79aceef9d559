"""An urgent referral is never refused whole for what only one destination needs: that one waits, alone."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from service.timers.sweep import sweep
from tests.cast import Caller
from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.samples import MONDAY, darren_and_toby, urgent_from_court

pytestmark = pytest.mark.long

PREMISES, MAPPA, CRS = 0, 1, 2


def urgent() -> Json:
    return {**darren_and_toby(), "urgency": "urgent", "urgency_reason": "He is released tomorrow."}


def annex(document: Json, kind: str) -> Json:
    found: Json = next(one["annex"] for one in document["destinations"] if one["kind"] == kind)
    return found


def gaps(part: Json) -> dict[str, str]:
    return {gap["pointer"]: gap["why"] for gap in part["missing"]}


def of_type(document: Json) -> None:
    annex(document, "approved_premises")["type"] = "PIPES"


def of_category(document: Json) -> None:
    annex(document, "mappa")["category"] = 7


def of_day(document: Json) -> None:
    annex(document, "cas3")["placement"]["start_date"] = "1066-10-14"


def before_release(document: Json) -> None:
    day = (MONDAY + timedelta(days=1)).isoformat()
    annex(document, "cas3")["placement"]["start_date"] = day


def of_purposes(document: Json) -> None:
    annex(document, "approved_premises")["purposes"] = ["public_protection", "to_keep_him_out_of_trouble"]


def of_outcomes(document: Json) -> None:
    annex(document, "crs")["desired_outcomes"] = ["a_home"]


@pytest.mark.parametrize(
    ("spoiled", "kind", "inside", "why"),
    [
        (of_outcomes, "crs", "/desired_outcomes", "Must be one of: "),
        (of_type, "approved_premises", "/type", "Must be one of: normal, pipe, esap"),
        (of_purposes, "approved_premises", "/purposes", "Must be one of: public_protection"),
        (of_category, "mappa", "/category", "Must be"),
        (of_day, "cas3", "/placement/start_date", "Must be"),
        (before_release, "cas3", "/placement/start_date", "Is before the release date"),
    ],
)
def test_what_one_destination_cannot_read_is_its_gap_and_the_others_are_sent(
    driver: Driver, spoiled: Callable[[Json], None], kind: str, inside: str, why: str
) -> None:
    whole = driver.submit(urgent())
    others = {part["kind"]: part["state"] for part in whole["destinations"] if part["kind"] != kind}
    document = urgent() | {"submission_reference": "SPOILED"}
    spoiled(document)
    place = next(at for at, one in enumerate(document["destinations"]) if one["kind"] == kind)

    referral = driver.submit(document)
    part = part_of(referral, kind)
    assert part["state"] == "incomplete"
    assert gaps(part)[f"/destinations/{place}/annex{inside}"].startswith(why)
    assert {one["kind"]: one["state"] for one in referral["destinations"] if one["kind"] != kind} == others


def recall(driver: Driver, referral: Json) -> None:
    given = {
        "kind": "recalled",
        "occurred_on": MONDAY.isoformat(),
        "source": "practitioner",
        "standing": "established",
    }
    person = referral["person"]["id"]
    said(driver.officer.post(f"/v1/people/{person}/changes-of-circumstance", json=given), 201)


def late(driver: Driver) -> list[str]:
    """The subjects of what is escalated to the practitioner about what an urgent referral lacks."""
    sweep(driver.clock.at)
    found = said(driver.officer.get("/v1/escalations"))["items"]
    return [one["subject"]["id"] for one in found if one["subject"]["kind"] == "completion"]


def _set(path: str, value: Any) -> Callable[[Json], None]:
    def spoil(document: Json) -> None:
        *steps, last = path.split(".")
        here: Any = document
        for step in steps:
            here = here[int(step)] if step.isdigit() else here.setdefault(step, {})
        here[last] = value

    return spoil


@pytest.mark.parametrize(
    ("path", "value", "waiting"),
    [
        ("health.medication", "maybe", {"approved_premises"}),
        ("housing.dtr.date", "soon", {"cas3"}),
        ("needs.rehabilitative_activities", ["zz"], {"approved_premises", "crs"}),
        ("custody.adjudications", [{"reported_on": "yesterday"}], {"approved_premises", "mappa"}),
        ("referrer.manager.endorsed_on", "2090-01-01", {"mappa"}),
        ("licence.curfew", {"starts_at": "25:00"}, {"approved_premises", "mappa", "cas3"}),
        ("contingency", "none", {"approved_premises"}),
    ],
)
def test_what_some_destinations_need_is_the_gap_of_those_alone(
    driver: Driver, path: str, value: Any, waiting: set[str]
) -> None:
    document = urgent()
    document["destinations"] = [one for one in document["destinations"] if one["kind"] != "cas3"]
    document["wordings"] = [one for one in document["wordings"] if one["destination"] != "cas3"]
    before = driver.submit(document)
    assert "incomplete" not in {one["state"] for one in before["destinations"]}
    _set(path, value)(document)
    referral = driver.submit(document | {"submission_reference": "SPOILED"})
    states = {one["kind"]: one["state"] for one in referral["destinations"]}
    assert {kind for kind, state in states.items() if state == "incomplete"} == waiting - {"cas3"}
    (listed,) = driver.document(referral)["not_understood"]
    assert listed["pointer"].startswith("/" + path.partition(".")[0])
    for kind in waiting - {"cas3"}:
        assert gaps(part_of(referral, kind))[listed["pointer"]] == listed["why"]

    whole = driver.document(referral)
    withdrawn = {name: each for name, each in whole.items() if name != "not_understood"}
    amended = driver.amend(referral, withdrawn | {"not_understood": None, "wordings": []})
    assert "not_understood" not in driver.document(amended)


@pytest.mark.parametrize(
    ("member", "value", "lacks"),
    [
        ("police_force", "Leeds police", "police_force"),
        ("police_force", "narnia", "police_force"),
        ("local_authority", "Leeds", None),
        ("local_authority", "E99999999", None),
    ],
)
def test_an_address_that_names_nobody_to_ask_waits_alone(
    driver: Driver, member: str, value: str, lacks: str | None
) -> None:
    document = urgent()
    document["addresses"][0][member] = value
    referral = driver.submit(document)
    assert {one["state"] for one in referral["destinations"]} & {"sent", "held"}
    asked = said(driver.officer.get("/v1/check-requests", referral_id=referral["id"]))["items"]
    assert "requested" in {one["state"] for one in asked}
    (listed,) = driver.document(referral)["not_understood"]
    assert listed["pointer"] == f"/addresses/0/{member}"
    if lacks:
        assert "awaiting_details" in {one["state"] for one in asked}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("release.date", "soon"),
        ("release", "tomorrow"),
        ("release", ["2026-03-24"]),
        ("release.releases", [{"type": "hdc", "end_date": "soon"}]),
        ("licence.curfew.until", "soon"),
        ("licence.curfew", "at night"),
        ("risk", "none"),
        ("risk.rosh", "none"),
        ("risk.rosh.public.level", "huge"),
        ("referrer.region", "Yorks"),
        ("household.contacts.0.date_of_birth", "2090-01-01"),
        ("household.contacts.0.relationship", "friendly"),
        ("sentence.expiry_date", "never"),
    ],
)
def test_who_somebody_is_and_what_sets_a_clock_is_never_set_aside(
    driver: Driver, path: str, value: Any
) -> None:
    document = urgent()
    _set(path, value)(document)
    refused = said(driver.officer.post("/v1/referrals", json=document), 422)
    at = f"/{path.replace('.', '/')}"
    assert any(fault["pointer"].startswith(at) for fault in refused["errors"])


def test_its_practitioner_is_told_after_four_working_hours_until_it_is_sent(driver: Driver) -> None:
    document = urgent_from_court()
    document["destinations"] = document["destinations"][:CRS]
    document["destinations"][PREMISES]["annex"]["type"] = "hostel"
    referral = driver.submit(document)
    waiting = part_of(referral, "approved_premises")["id"]
    driver.clock.move(timedelta(hours=3, minutes=59))
    assert late(driver) == []
    driver.clock.move(timedelta(minutes=2))
    assert late(driver) == [waiting]
    document["destinations"][PREMISES]["annex"]["type"] = "normal"
    driver.amend(referral, document)
    driver.clock.move(timedelta(days=10))
    assert late(driver) == [waiting], "no step of it follows"


def test_what_becomes_urgent_is_asked_of_its_practitioner_from_then_on(driver: Driver) -> None:
    document = darren_and_toby()
    del document["destinations"][2]["annex"]["complexity"]
    referral = driver.submit(document)
    driver.clock.move(timedelta(days=3))
    assert late(driver) == [], "of a routine referral, its list says so"
    driver.amend(referral, {**document, "urgency": "urgent", "urgency_reason": "Threats."})
    driver.clock.move(timedelta(days=1))
    assert late(driver) == [part_of(referral, "crs", "accommodation")["id"]]


def test_after_a_recall_nobody_asks_for_it(driver: Driver) -> None:
    document = urgent_from_court()
    document["destinations"][PREMISES]["annex"]["type"] = "hostel"
    referral = driver.submit(document)
    recall(driver, referral)
    driver.clock.move(timedelta(days=10))
    assert late(driver) == []


def test_it_is_sent_as_soon_as_it_is_said_anew(driver: Driver) -> None:
    document = urgent_from_court()
    document["destinations"][PREMISES]["annex"]["type"] = "hostel"
    referral = driver.submit(document)
    assert part_of(referral, "approved_premises")["state"] == "incomplete"
    listed = driver.document(referral)["destinations"]
    assert listed[PREMISES]["not_understood"][0]["pointer"] == "/annex/type"
    assert "type" not in listed[PREMISES]["annex"]

    amended = driver.amend(referral, {**document, "urgency_reason": "Still to be released today."})
    assert part_of(amended, "approved_premises")["state"] == "incomplete", "the same again is no answer"
    listed[PREMISES]["annex"]["type"] = "normal"
    amended = driver.amend(referral, {**document, "destinations": listed})
    assert part_of(amended, "approved_premises")["state"] == "sent"
    assert "not_understood" not in driver.document(referral)["destinations"][PREMISES]


def test_what_a_destination_has_read_is_not_taken_from_it_by_a_slip(driver: Driver) -> None:
    document = urgent_from_court()
    referral = driver.submit(document)
    document["destinations"][PREMISES]["annex"]["type"] = "hostel"
    path = f"/v1/referrals/{referral['id']}"
    tag = driver.officer.get(path).headers["ETag"]
    refused = said(driver.officer.post(f"{path}/versions", json=document, if_match=tag), 422)
    assert [fault["pointer"] for fault in refused["errors"]] == ["/destinations/0/annex/type"]


def test_what_contradicts_itself_since_the_release_was_put_off_keeps_nothing_from_becoming_urgent(
    driver: Driver,
) -> None:
    routine = darren_and_toby()
    annex(routine, "cas3")["placement"]["start_date"] = (MONDAY + timedelta(days=25)).isoformat()
    referral = driver.submit(routine)
    assert part_of(referral, "cas3")["state"] == "sent"
    later = {
        "kind": "release_date_changed",
        "occurred_on": MONDAY.isoformat(),
        "source": "practitioner",
        "standing": "established",
        "release_date": (MONDAY + timedelta(days=40)).isoformat(),
    }
    changes = f"/v1/people/{referral['person']['id']}/changes-of-circumstance"
    said(driver.officer.post(changes, json=later), 201)

    document = driver.document(referral) | {"urgency": "urgent", "urgency_reason": "Threats."}
    assert driver.amend(referral, document)["urgency"] == "urgent"
    # It is the same contradiction wherever it is listed.
    document["destinations"] = document["destinations"][::-1]
    amended = driver.amend(referral, document)
    (found,) = (place for place, one in enumerate(document["destinations"]) if one["kind"] == "cas3")
    assert f"/destinations/{found}/annex/placement/start_date" in gaps(part_of(amended, "cas3"))


def test_a_routine_referral_is_refused_with_every_fault_named(driver: Driver) -> None:
    document = darren_and_toby()
    for spoil in (of_type, of_category, of_day):
        spoil(document)
    refused = said(driver.officer.post("/v1/referrals", json=document), 422)
    assert {fault["pointer"].partition("/annex")[2] for fault in refused["errors"]} == {
        "/type",
        "/category",
        "/placement/start_date",
    }


@pytest.mark.parametrize("spoil", [{"crn": "nobody"}, {"date_of_birth": "2090-01-01"}])
def test_the_identity_of_a_person_is_never_guessed_however_urgent(driver: Driver, spoil: Any) -> None:
    document = urgent_from_court()
    document["person"] |= spoil
    said(driver.officer.post("/v1/referrals", json=document), 422)


def test_what_another_system_has_given_is_set_aside_no_longer(driver: Driver, second: Caller) -> None:
    document = urgent_from_court()
    document["destinations"][0]["annex"]["type"] = "hostel"
    referral = driver.submit(document)
    assert driver.document(referral)["destinations"][0]["not_understood"]
    given = urgent_from_court()
    path = f"/v1/referrals/{referral['id']}"
    tag = second.get(path).headers["ETag"]
    said(second.post(f"{path}/versions", json=given, if_match=tag))
    (asked, *_) = driver.document(referral)["destinations"]
    assert asked["annex"]["type"] == given["destinations"][0]["annex"]["type"]
    assert "not_understood" not in asked


def test_whoever_submits_reads_at_once_what_was_not_taken(driver: Driver) -> None:
    document = urgent()
    document["addresses"][0]["postcode"] = "NONSENSE"
    of_type(document)
    preview = said(driver.officer.post("/v1/referrals/preview", json=document))
    submitted = driver.submit(document)
    for shown in (preview, submitted):
        pointers = {one["pointer"] for one in shown["advice"] if one["code"] == "not_understood"}
        assert pointers == {"/addresses/0/postcode", f"/destinations/{PREMISES}/annex/type"}


@pytest.mark.parametrize(
    ("member", "code", "listed"),
    [("police_force", "narnia", "west-yorkshire"), ("local_authority", "E99999999", "E06000001")],
)
def test_a_code_that_is_on_no_list_is_named_with_the_list_at_every_door(
    driver: Driver, member: str, code: str, listed: str
) -> None:
    at = f"/addresses/0/{member}"

    def named(shown: Json) -> bool:
        found = [one["words"] for one in shown["advice"] if one["pointer"] == at]
        return any(listed in words for words in found)

    document = urgent()
    document["addresses"][0][member] = code
    assert named(said(driver.officer.post("/v1/referrals/preview", json=document)))
    referral = driver.submit(document)
    assert named(referral)

    amended = driver.amend(referral, {**document, "urgency_reason": "He is released today."})
    assert named(amended)
    document["addresses"][0][member] = {"police_force": "kent", "local_authority": "E08000035"}[member]
    assert not named(driver.amend(referral, document))
    path = f"/v1/referrals/{referral['id']}"
    document["addresses"][0][member] = code
    patched = driver.officer.patch(
        path,
        json={"addresses": document["addresses"]},
        headers={"Content-Type": "application/merge-patch+json"},
        if_match=driver.officer.get(path).headers["ETag"],
    )
    assert named(said(patched))


def test_children_whose_authority_is_on_no_list_are_asked_about_once_it_is_known(driver: Driver) -> None:
    document = urgent()
    document["household"]["contacts"][0]["local_authority"] = "E99999999"
    referral = driver.submit(document)
    (listed,) = driver.document(referral)["not_understood"]
    assert listed["pointer"] == "/household/contacts/0/local_authority"
    assert "E06000001" in listed["why"]
    asked = said(driver.officer.get("/v1/check-requests", referral_id=referral["id"]))["items"]
    waiting = [one for one in asked if one["state"] == "awaiting_details"]
    assert "childrens_safeguarding" in {one["kind"] for one in waiting}

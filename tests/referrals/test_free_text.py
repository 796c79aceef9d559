"""Free text is a disclosure: nobody is sent words that give a confidence away, and nothing is cut."""

from datetime import timedelta
from threading import Event
from typing import Any

import pytest

from service import clock
from service.destinations import DESTINATIONS
from service.destinations.case import Known
from service.destinations.readiness import assess
from service.destinations.states import State
from service.organisations.confidences import NOTHING, MayKnow
from service.referrals.actions import open_what_may_be_sent
from service.referrals.actions.release import release_for_duty
from service.referrals.schemas.submission import SubmissionSchema, canonical
from service.timers.worker import work_once
from tests.referrals.driver import Driver, Json, part_of, said
from tests.referrals.samples import MONDAY, darren_and_toby
from tests.rows import person_at

INFORMATION = "/risk/additional_information"
ACCOMMODATION = "crs:accommodation"
L3 = "Kirsty Holdsworth (ex-partner) lives on Larkhill Close in Chorlton. Level 2 panel meets monthly."
L4 = "His ex-partner's new home is 4, Larkhill Cl, Manchester."


def with_information(text: str, **more: Any) -> Json:
    document = darren_and_toby()
    document["risk"]["additional_information"] = text
    return document | more


ALREADY_WORDED = darren_and_toby()["wordings"]
"""The wordings of answers that are by nature about victims."""


def worded(text: str | None = None, *, because: str | None = None, path: str = INFORMATION) -> list[Json]:
    """Word a text, or confirm it, for everybody who is sent it; the rest is worded already."""
    what = {"text": text} if text else {"confirmed_because": because}
    keys = ("approved_premises", "cas3", ACCOMMODATION, "crs:education_training_and_employment")
    return [*({"path": path, "destination": key, **what} for key in keys), *ALREADY_WORDED]


def preview(driver: Driver, document: Json) -> dict[str, Json]:
    found = said(driver.officer.post("/v1/referrals/preview", json=document))
    return {
        f"{one['kind']}:{one['service_category']}".removesuffix(":None"): one for one in found["destinations"]
    }


def to_reword(part: Json) -> list[Json]:
    return [gap for gap in part["missing"] if "reword_for" in gap]


def sent(driver: Driver, part: Json) -> Json:
    found: Json = said(driver.officer.get(f"{part['href']}/document"))["document"]
    return found


def events(driver: Driver, name: str) -> list[Json]:
    entries = said(driver.officer.get("/v1/events", limit=500))["items"]
    return [one for one in entries if one["event"] == name]


@pytest.mark.parametrize(
    ("section", "member", "text", "readers"),
    [
        ("risk", "additional_information", L3, {ACCOMMODATION, "crs:education_training_and_employment"}),
        ("move_on", "plan", L4, {"approved_premises", "cas3"}),
    ],
)
def test_a_text_that_says_where_an_ex_partner_lives_is_a_gap_and_is_not_sent(
    driver: Driver, section: str, member: str, text: str, readers: set[str]
) -> None:
    document = darren_and_toby()
    document[section][member] = text
    document["risk"]["management_plan"]["monitoring_control"] = "Not to go near Larkhill Close."
    document["wordings"] = worded("Zones.", path="/risk/management_plan/monitoring_control")
    shown = preview(driver, document)
    assert {key for key, one in shown.items() if to_reword(one)} == readers
    for key, one in shown.items():
        for gap in to_reword(one):
            assert gap["pointer"] == f"/{section}/{member}"
            assert gap["reword_for"] == key
            assert "whereabouts" in gap["gives_away"]
            assert "Kirsty" not in gap["why"]
            assert one["state"] == "incomplete"
        assert key == "mappa" or "Larkhill" not in str(one["document"])
    assert "Larkhill" in str(shown["mappa"]["document"])
    assert to_reword(shown["mappa"]) == []


def test_a_text_that_mentions_mappa_asks_for_a_wording_and_loses_no_sentence(driver: Driver) -> None:
    document = darren_and_toby()
    plan = document["risk"]["management_plan"]
    plan["current_situation"] = "Managed under M.A.P.P.A. He works in the kitchen."
    part = preview(driver, document)["approved_premises"]
    (gap,) = to_reword(part)
    assert (gap["pointer"], gap["gives_away"]) == ("/risk/management_plan/current_situation", ["mappa"])
    assert "current_situation" not in part["document"]["risk"]["management_plan"]
    assert "[withheld]" not in str(part["document"])


def test_a_wording_is_what_that_destination_is_sent(driver: Driver) -> None:
    text = "No contact with a former partner; ask probation before any visit."
    referral = driver.submit(with_information(L3, wordings=worded(text)))
    part = part_of(referral, "crs", "accommodation")
    assert (part["state"], to_reword(part)) == ("sent", [])
    assert sent(driver, part)["risk"]["additional_information"] == text
    confidant = part_of(referral, "mappa")
    assert sent(driver, confidant)["risk"].get("additional_information", L3) == L3


def test_a_wording_is_compared_too(driver: Driver) -> None:
    part = preview(driver, with_information(L3, wordings=worded("Not to visit M21 9WQ.")))[ACCOMMODATION]
    assert [gap["pointer"] for gap in to_reword(part)] == ["/wordings/2/text"]
    assert "additional_information" not in part["document"]["risk"]


def test_a_text_is_sent_as_it_is_when_that_is_confirmed_with_a_reason(driver: Driver) -> None:
    because = "The provider supervises the exclusion zone with us."
    referral = driver.submit(with_information(L4, wordings=worded(because=because)))
    part = part_of(referral, "crs", "accommodation")
    assert sent(driver, part)["risk"]["additional_information"] == L4
    assert because not in said(driver.cast.crs.get(f"{part['href']}/document"))["document"].__str__()
    assert driver.document(referral)["wordings"] == worded(because=because)


def test_a_wording_goes_when_its_text_changes(driver: Driver) -> None:
    referral = driver.submit(with_information(L3, wordings=worded("Ask probation.")))
    changed = with_information(f"{L3} He has a knife.", wordings=worded("Ask probation."))
    amended = driver.amend(referral, changed)
    part = part_of(amended, "crs", "accommodation")
    assert [gap["pointer"] for gap in to_reword(part)] == [INFORMATION]
    assert driver.document(referral)["wordings"] == ALREADY_WORDED
    again = driver.amend(referral, changed)
    assert to_reword(part_of(again, "crs", "accommodation")), "the same again says nothing of it"
    anew = driver.amend(referral, changed | {"wordings": worded("Ask probation first.")})
    assert to_reword(part_of(anew, "crs", "accommodation")) == []


@pytest.mark.parametrize(
    ("wording", "pointer"),
    [
        ({"path": INFORMATION, "destination": "cas3"}, "/wordings/0"),
        ({"path": INFORMATION, "destination": "cas3", "text": "a", "confirmed_because": "b"}, "/wordings/0"),
        ({"path": INFORMATION, "destination": "crs:women", "text": "a"}, "/wordings/0/destination"),
        ({"path": "/risk/nothing", "destination": "cas3", "text": "a"}, "/wordings/0/path"),
        ({"path": "/risk", "destination": "cas3", "text": "a"}, "/wordings/0/path"),
        ({"path": "/messages/1", "destination": "cas3", "text": "a"}, "/wordings/0/text"),
    ],
)
def test_a_wording_says_one_thing_of_a_text_that_is_there(
    driver: Driver, wording: Json, pointer: str
) -> None:
    answer = driver.officer.post("/v1/referrals/preview", json=darren_and_toby() | {"wordings": [wording]})
    assert [one["pointer"] for one in said(answer, 422)["errors"]] == [pointer]


def test_an_urgent_case_goes_out_without_the_text_and_the_gap_is_an_obligation(driver: Driver) -> None:
    urgent = with_information(L3, urgency="urgent", urgency_reason="Released today.")
    referral = driver.submit(urgent)
    part = part_of(referral, "crs", "accommodation")
    assert part["state"] == "sent"
    assert [gap["pointer"] for gap in to_reword(part)] == [INFORMATION]
    assert "additional_information" not in sent(driver, part)["risk"]
    assert referral["overall"]["needs_attention"][0] == "wording"
    assert {one["subject"]["id"] for one in events(driver, "wording.needed")} >= {part["id"]}
    listed = said(driver.officer.get("/v1/referrals", needs_attention="yes"))["items"]
    assert [one["id"] for one in listed] == [referral["id"]]

    amended = driver.amend(referral, urgent | {"wordings": worded("Ask probation.")})
    assert to_reword(part_of(amended, "crs", "accommodation")) == []
    assert "wording" not in amended["overall"]["needs_attention"]


def test_who_enforces_a_no_contact_condition_is_sent_its_name_and_never_the_whereabouts(
    driver: Driver,
) -> None:
    document = darren_and_toby()
    condition = {"type": "non_contact", "detail": "No contact with Kirsty Holdsworth, tall, red hair."}
    document["licence"]["conditions"].append(condition)
    document["risk"]["additional_information"] = "He asks after Kirsty Holdsworth."
    document["risk"]["placement_impact"]["known_adult"] = "He asks after Kirsty Holdsworth."
    shown = preview(driver, document)
    enforcing = shown["approved_premises"]
    assert to_reword(enforcing) == []
    assert "red hair" in str(enforcing["document"]["licence"])
    assert [gap["gives_away"] for gap in to_reword(shown[ACCOMMODATION])] == [["name"]]

    condition["detail"] += " She lives at 4 Larkhill Close."
    (gap,) = to_reword(preview(driver, document)["approved_premises"])
    at = f"/licence/conditions/{len(document['licence']['conditions']) - 1}/detail"
    assert (gap["pointer"], gap["gives_away"]) == (at, ["whereabouts"])


def test_common_words_and_a_town_are_advice_at_most(driver: Driver) -> None:
    part = preview(driver, with_information("The panel meets in Manchester; level 2 of the course."))[
        ACCOMMODATION
    ]
    assert to_reword(part) == []
    advice = [one for one in part["advice"] if one["code"] == "may_give_away"]
    assert [one["pointer"] for one in advice] == [INFORMATION]


@pytest.mark.parametrize(
    ("may_know", "kinds"),
    [
        (NOTHING, {"mappa", "whereabouts", "intelligence"}),
        (MayKnow(mappa=True, victims=False), {"whereabouts", "intelligence"}),
        (MayKnow(mappa=False, victims=True), {"mappa", "intelligence"}),
        (MayKnow(mappa=True, victims=True), {"intelligence"}),
    ],
)
def test_an_organisation_that_may_know_is_not_asked_about(may_know: MayKnow, kinds: set[str]) -> None:
    text = "MAPPA level 2. Police intelligence report. She lives at 4 Larkhill Close."
    document = canonical(SubmissionSchema().load(with_information(text)))
    known = Known(document)
    found = assess(DESTINATIONS["crs"], known, known.asks[ACCOMMODATION], [], MONDAY, may_know=may_know)
    (gap,) = (gap for gap in found.gaps if gap.reword_for)
    assert set(gap.gives_away) == kinds
    assert found.state is State.INCOMPLETE


def test_a_message_that_gives_something_away_is_refused_by_kind_and_place(driver: Driver) -> None:
    referral = driver.submit()
    part = part_of(referral, "crs", "accommodation")
    path = f"{part['href']}/messages"
    refused = said(driver.officer.post(path, json={"body": "Kirsty now lives at M21 9WQ. MAPPA knows."}), 422)
    (fault,) = refused["errors"]
    assert fault["pointer"] == "/body"
    assert fault["detail"].endswith("mappa, name, whereabouts.")
    assert "Kirsty" not in str(refused)
    said(driver.officer.post(path, json={"body": "Please ring before a visit."}), 201)
    said(driver.cast.crs.post(path, json={"body": "Kirsty came to our office."}), 201)
    mappa = part_of(referral, "mappa")
    said(driver.officer.post(f"{mappa['href']}/messages", json={"body": "Kirsty has moved."}), 201)


REGISTERED = "He is a registered sex offender (RSO), by an SHPO until 2031."


def test_a_text_says_no_more_than_the_answer_that_its_reader_is_sent(driver: Driver) -> None:
    document = darren_and_toby()
    document["move_on"]["plan"] = REGISTERED
    shown = preview(driver, document)
    assert (to_reword(shown["cas3"]), shown["cas3"]["document"]["move_on"]["plan"]) == ([], REGISTERED)
    (gap,) = to_reword(shown["approved_premises"])
    assert (gap["pointer"], gap["gives_away"]) == ("/move_on/plan", ["mappa"]), "its form does not ask it"
    document["move_on"]["plan"] = f"{REGISTERED} Managed at level 2."
    (gap,) = to_reword(preview(driver, document)["cas3"])
    assert (gap["pointer"], gap["gives_away"]) == ("/move_on/plan", ["mappa"])


def test_a_message_says_no_more_than_the_answer_that_its_reader_is_sent(driver: Driver) -> None:
    document = darren_and_toby()
    document["destinations"][1]["annex"]["placement"]["start_date"] = "2026-05-26"
    referral = driver.submit(document)
    housing, training = part_of(referral, "cas3"), part_of(referral, "crs", "accommodation")
    said(driver.officer.post(f"{training['href']}/messages", json={"body": REGISTERED}), 422)
    said(driver.officer.post(f"{housing['href']}/messages", json={"body": REGISTERED}), 201)
    said(driver.officer.post(f"{housing['href']}/messages", json={"body": "MAPPA meets."}), 422)
    protect(driver)
    assert to_reword(driver.look(driver.officer, housing)) == []


def protect(driver: Driver) -> None:
    victim = {
        "ref": "now-victim",
        "relationship": "victim",
        "given_name": "Ottoline",
        "family_name": "Quist",
        "details_status": "provided",
    }
    change = {
        "kind": "victim_report",
        "details": "A victim is known.",
        "occurred_on": clock.today().isoformat(),
        "source": "police",
        "standing": "established",
        "contacts": [victim],
    }
    said(driver.officer.post(f"{person_at('X320741')}/changes-of-circumstance", json=change), 201)


def test_texts_that_were_sent_are_looked_through_when_somebody_becomes_protected(driver: Driver) -> None:
    document = with_information("He lodges with Ottoline Quist. He works nights.")
    referral = driver.submit(document)
    part = part_of(referral, "crs", "accommodation")
    message = said(driver.officer.post(f"{part['href']}/messages", json={"body": "Ring Ms Quist."}), 201)
    version = driver.look(driver.cast.crs, part)["version"]
    feed = len(said(driver.cast.crs.get("/v1/events", limit=500))["items"])
    protect(driver)

    found = part_of(said(driver.officer.get(f"/v1/referrals/{referral['id']}")), "crs", "accommodation")
    pointers = {gap["pointer"]: gap["gives_away"] for gap in to_reword(found)}
    assert pointers == {INFORMATION: ["name"], f"/messages/{message['id']}": ["name"]}
    needed = [one for one in events(driver, "wording.needed") if one["subject"]["id"] == part["id"]]
    assert [one["data"] for one in needed] == [{"gives_away": ["name"], "texts": 2}]
    assert driver.look(driver.cast.crs, part)["version"] == version, "the destination notices nothing"
    assert len(said(driver.cast.crs.get("/v1/events", limit=500))["items"]) == feed

    confirmed = {
        "path": f"/messages/{message['id']}",
        "destination": ACCOMMODATION,
        "confirmed_because": "Rang them; they have deleted it.",
    }
    wordings = [*worded("He lodges with a friend."), confirmed]
    amended = driver.amend(referral, document | {"wordings": wordings})
    after = part_of(amended, "crs", "accommodation")
    assert to_reword(after) == []
    assert sent(driver, after)["risk"]["additional_information"] == "He lodges with a friend."
    protected_again = part_of(said(driver.officer.get(f"/v1/referrals/{referral['id']}")), "cas3")
    assert to_reword(protected_again) == []


def test_a_wording_that_is_owed_climbs(driver: Driver) -> None:
    driver.submit(with_information(L3, urgency="urgent", urgency_reason="Released today."))
    driver.clock.set(driver.clock.at + timedelta(days=4))
    work_once("worker", Event())
    late = said(driver.officer.get("/v1/escalations"))["items"]
    assert any(one["subject"]["kind"] == "wording" for one in late)


def test_a_wording_is_owed_again_of_somebody_who_has_not_died(driver: Driver) -> None:
    referral = driver.submit(with_information(L3, urgency="urgent", urgency_reason="Released today."))
    path = f"/v1/people/{referral['person']['id']}/changes-of-circumstance"
    body = {"occurred_on": MONDAY.isoformat(), "source": "police", "standing": "established"}
    owed = len(said(driver.officer.get("/v1/work", kind="word_text"))["items"])
    for kind in ("died", "death_in_error"):
        said(driver.pdu_head.post(path, json=body | {"kind": kind}), 201)
    assert len(said(driver.officer.get("/v1/work", kind="word_text"))["items"]) == owed > 0


def test_a_worker_sends_nothing_that_gives_somebody_away_who_became_protected_meanwhile(
    driver: Driver,
) -> None:
    document = darren_and_toby()
    document["move_on"]["plan"] = "A room with Ottoline Quist."
    referral = driver.submit(document)
    housing = part_of(referral, "cas3")
    assert housing["state"] == "held"
    protect(driver)
    waiting = driver.look(driver.officer, housing)
    assert (waiting["state"], to_reword(waiting)[0]["pointer"]) == ("incomplete", "/move_on/plan")
    driver.clock.set("2026-03-16T00:30:00Z")
    open_what_may_be_sent()
    release_for_duty("cas3", "worker")
    assert driver.look(driver.officer, housing)["state"] == "incomplete"
    driver.amend(referral, document | {"wordings": worded("A room with a friend.", path="/move_on/plan")})
    shown = driver.look(driver.officer, housing)
    assert shown["state"] == "sent"
    assert sent(driver, shown)["move_on"]["plan"] == "A room with a friend."


def test_a_confirmation_lets_nobody_out_of_what_waits_who_became_protected_meanwhile(driver: Driver) -> None:
    document = darren_and_toby()
    document["move_on"]["plan"] = "A room in Larkhill Close with Ottoline Quist."
    document["wordings"] = worded(because="It is by the zone.", path="/move_on/plan")
    referral = driver.submit(document)
    housing = part_of(referral, "cas3")
    assert housing["state"] == "held"
    protect(driver)
    waiting = driver.look(driver.officer, housing)
    assert (waiting["state"], [gap["pointer"] for gap in to_reword(waiting)]) == (
        "incomplete",
        ["/move_on/plan"],
    )
    driver.clock.set("2026-03-16T00:30:00Z")
    open_what_may_be_sent()
    release_for_duty("cas3", "worker")
    day = (driver.clock.at.date() + timedelta(days=20)).isoformat()
    changed = {
        "kind": "release_date_changed", "occurred_on": clock.today().isoformat(), "source": "practitioner",
        "standing": "established", "release_date": day,
    }  # fmt: skip
    said(driver.officer.post(f"{person_at('X320741')}/changes-of-circumstance", json=changed), 201)
    assert driver.look(driver.officer, housing)["state"] == "incomplete"
    driver.amend(referral, document | {"wordings": worded("A room with a friend.", path="/move_on/plan")})
    shown = driver.look(driver.officer, housing)
    assert (shown["state"], sent(driver, shown)["move_on"]["plan"]) == ("sent", "A room with a friend.")


def test_what_a_destination_has_read_is_owed_also_when_its_work_has_ended(driver: Driver) -> None:
    document = with_information("He lodges with Ottoline Quist.")
    referral = driver.submit(document)
    part = part_of(referral, "crs", "accommodation")
    protect(driver)
    driver.accept(driver.cast.crs, part)
    driver.move(driver.cast.crs, part, "start")
    driver.move(driver.cast.crs, part, "end_early", reason_code="NOT", reason="He did not come.")
    ended = driver.look(driver.officer, part)
    assert [gap["pointer"] for gap in to_reword(ended)] == [INFORMATION]
    driver.amend(referral, document | {"wordings": worded(because="They returned the document.")})
    assert to_reword(driver.look(driver.officer, part)) == []


def test_a_wording_for_what_a_destination_never_read_is_not_owed_when_its_work_has_ended(
    driver: Driver,
) -> None:
    referral = driver.submit(with_information(L3, urgency="urgent", urgency_reason="Released today."))
    part = part_of(referral, "crs", "accommodation")
    said(driver.cast.crs.get(f"{part['href']}/document"))
    driver.move(driver.cast.crs, part, "decline", reason_code="duplicate", reason="We work with him already.")
    assert to_reword(driver.look(driver.officer, part)) == []


def test_a_confirmation_counts_no_more_when_somebody_becomes_protected(driver: Driver) -> None:
    text = "Larkhill Close is in the zone. He lodges with Ottoline Quist."
    document = with_information(text, wordings=worded(because="They supervise the zone."))
    referral = driver.submit(document)
    part = part_of(referral, "crs", "accommodation")
    assert to_reword(part) == []
    protect(driver)
    assert to_reword(driver.look(driver.officer, part))[0]["pointer"] == INFORMATION
    changed = document | {"adjustments": []}
    driver.amend(referral, changed)
    assert to_reword(driver.look(driver.officer, part)), "nobody has looked again"
    driver.amend(referral, changed)
    assert to_reword(driver.look(driver.officer, part)), "nor is that said by sending the same again"
    driver.amend(referral, changed | {"wordings": worded(because="They know her, and supervise the zone.")})
    assert to_reword(driver.look(driver.officer, part)) == []

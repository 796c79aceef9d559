"""Who a victim or ex-partner is, and where: in no view of somebody who was not given that section."""

from datetime import timedelta
from typing import Any

import pytest

from service import clock
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, ok
from tests.people.factories import CRN
from tests.referrals.samples import EX_PARTNERS_STREET, darren_and_toby
from tests.rows import person_at

SECRETS = ("Kirsty", "Holdsworth", EX_PARTNERS_STREET, "M21 9WQ")
"""Of the ex-partner in the sample: who she is, and where she lives."""


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    story = Story(cast, the_clock)
    document = darren_and_toby()
    document["risk"]["additional_information"] = "He asks after kirsty. He is punctual."
    story.referral_id = story.submit(document)["id"]  # type: ignore[attr-defined]
    return story


def theirs(story: Story) -> Caller:
    return story.cast.stranger.as_practitioner("t.jones")


def share(story: Story, *sections: str) -> None:
    until = (clock.now() + timedelta(days=90)).isoformat()
    given = {"organisation": "N51", "basis": "joint", "until": until, "reason": "Both work with him."}
    shares = f"{person_at(CRN)}/shares"
    ok(story.practitioner.post(shares, json=given | {"sections": list(sections)}), 201)


def names(text: str) -> set[str]:
    return {one for one in SECRETS if one.casefold() in text.casefold()}


def documents(story: Story) -> dict[str, str]:
    referral = f"/v1/referrals/{story.referral_id}"  # type: ignore[attr-defined]
    parts = ok(story.practitioner.get(referral))["destinations"]
    sent = {part["kind"]: f"{part['href']}/document" for part in parts if part["state"] != "held"}
    found = {kind: path for kind, path in sent.items() if story.practitioner.get(path).status_code == 200}
    return {**found, "version": f"{referral}/versions/1"}


def test_no_document_says_it_without_the_section(story: Story) -> None:
    reads = documents(story)
    assert {"mappa", "version"} < reads.keys()
    assert names(story.practitioner.get(reads["mappa"]).text) == set(SECRETS)
    share(story, "referrals", "household", "risk")
    told = {kind: theirs(story).get(path) for kind, path in reads.items()}
    assert {kind: names(answer.text) for kind, answer in told.items()} == {kind: set() for kind in reads}
    assert {kind for kind, answer in told.items() if answer.status_code == 404} == {"mappa"}
    version = told["version"].get_json()["document"]
    assert version["risk"]["management_plan"]["monitoring_control"] == ("Alcohol tag. Two exclusion zones.")
    assert version["risk"]["additional_information"] == "[withheld] He is punctual."


def test_documents_say_it_with_the_section(story: Story) -> None:
    share(story, "referrals", "household", "risk", "protected_contacts")
    for path in documents(story).values():
        shown, held = theirs(story).get(path), story.practitioner.get(path)
        assert ok(shown) == ok(held)
        assert shown.headers["ETag"] == held.headers["ETag"]


def test_what_is_left_out_has_a_tag_of_its_own(story: Story) -> None:
    version = documents(story)["version"]
    share(story, "referrals", "household", "risk")
    before = theirs(story).get(version).headers["ETag"]
    share(story, "protected_contacts")
    assert theirs(story).get(version, if_none_match=before).status_code == 200


def test_who_was_protected_later_is_left_out_of_earlier_texts(story: Story) -> None:
    partner: Json = {
        "ref": "now-victim",
        "relationship": "victim",
        "given_name": "Ottoline",
        "family_name": "Quist",
        "details_status": "provided",
    }
    document = darren_and_toby()
    document["risk"]["additional_information"] = "He lodges with Ottoline Quist. He works nights."
    referral = f"/v1/referrals/{story.referral_id}"  # type: ignore[attr-defined]
    seen = story.practitioner.get(referral)
    amended = story.practitioner.post(f"{referral}/versions", json=document, if_match=seen.headers["ETag"])
    assert amended.status_code == 200, amended.text
    change = {
        "kind": "victim_report",
        "details": "A victim is known.",
        "occurred_on": clock.today().isoformat(),
        "source": "police",
        "standing": "established",
        "contacts": [partner],
    }
    ok(story.practitioner.post(f"{person_at(CRN)}/changes-of-circumstance", json=change), 201)
    share(story, "referrals", "household", "risk")
    shown = ok(theirs(story).get(f"{referral}/versions/2"))["document"]
    assert shown["risk"]["additional_information"] == "[withheld] He works nights."


def test_why_a_stay_or_a_part_was_moved_says_it_to_nobody_without_the_section(
    cast: Cast, the_clock: TheClock
) -> None:
    story = Story(cast, the_clock)
    referral = story.submit(darren_and_toby())
    stay, provider = (
        story.part(referral["id"], *kind) for kind in (["approved_premises"], ["crs", "accommodation"])
    )
    story.take_on(cast.ap, stay["id"])
    days = {"expected_arrival": "2026-03-24", "expected_departure": "2026-06-16"}
    ok(story.place(cast.ap, stay["id"], "offer", **days))
    placement = f"{stay['href']}/placement"
    (move,) = ok(cast.ap.get(placement))["moves"]
    fewer = days | {"expected_departure": "2026-06-15"}
    instead = {"reason": "Kirsty Holdsworth rang us. It was another man.", "said": fewer}
    ok(cast.ap.post(f"{placement}/moves/{move['id']}/corrections", json=instead))
    ok(cast.crs.get(f"{provider['href']}/document"))
    asks = {"question": "Does Kirsty Holdsworth know? He has gone."}
    story.move(cast.crs, provider["id"], "request_information", **asks)
    share(story, "referrals", "household", "risk")
    for path, left in ((placement, "It was another man."), (provider["href"], "He has gone.")):
        held, shown = story.practitioner.get(path), theirs(story).get(path)
        assert names(held.text) == {"Kirsty", "Holdsworth"}, path
        assert shown.status_code == 200
        assert names(shown.text) == set()
        assert f"[withheld] {left}" in shown.text


def test_who_was_entered_in_error_is_a_real_person_whom_texts_may_name(story: Story) -> None:
    version = documents(story)["version"]
    contacts = ok(story.practitioner.get(f"{person_at(CRN)}/contacts"))["items"]
    (ex,) = (one for one in contacts if one["relationship"] == "ex_partner")
    change = {
        "kind": "arrest",
        "details": "Kirsty Holdsworth called. He was drunk.",
        "occurred_on": clock.today().isoformat(),
        "source": "practitioner",
        "standing": "alleged",
    }
    changes = f"{person_at(CRN)}/changes-of-circumstance"
    ok(story.practitioner.post(changes, json=change), 201)
    slip = {"reason": "Another man's."}
    ok(story.practitioner.post(f"{ex['href']}/entered-in-error", json=slip, if_match=ex["etag"]))
    share(story, "referrals", "household", "risk", "circumstances")
    for path in (version, changes):
        shown = theirs(story).get(path)
        assert shown.status_code == 200
        assert names(shown.text) & {"Kirsty", "Holdsworth"} == set(), path
        assert "[withheld]" in shown.text


def proposals_of(caller: Caller) -> list[Json]:
    found: list[Json] = ok(caller.get(f"{person_at(CRN)}/proposals"))["items"]
    return found


def test_emergency_access_without_the_section_sees_no_protected_contact_in_proposals(story: Story) -> None:
    access = f"{person_at(CRN)}/access"
    tag = story.practitioner.get(access).headers["ETag"]
    limits = f"{person_at(CRN)}/limit"
    ok(story.practitioner.post(limits, json={"reason": "A relative works here."}, if_match=tag))
    stated = darren_and_toby("ELSE-1")
    ex = next(one for one in stated["household"]["contacts"] if one["relationship"] == "ex_partner")
    ex["given_name"], ex["date_of_birth"] = "Kirstine", "1992-02-02"
    home = next(one for one in stated["addresses"] if one.get("contact_ref") == ex["ref"])
    home["lines"], home["postcode"] = ["77 Sallow Bank", "Leeds"], "LS1 4AP"
    ok(theirs(story).post("/v1/referrals", json=stated), 201)
    held = proposals_of(story.practitioner)
    protected = [one for one in held if one["protected"]]
    assert "77 Sallow Bank" in str(protected)
    assert "Kirstine" in str(protected)
    body: Any = {"crn": CRN, "reason": "He is at her door."}
    spo = story.cast.probation.as_practitioner("u.named", "spo", pdu="Hull")
    ok(spo.post("/v1/people/emergency-access", json=body), 201)
    shown = proposals_of(spo)
    assert [one["id"] for one in shown] == [one["id"] for one in held]
    for secret in (*SECRETS, "77 Sallow Bank", "LS1 4AP", "Kirstine", "1992-02-02"):
        assert secret not in str([one for one in shown if one["protected"]]), secret
    head = story.cast.probation.as_practitioner("v.named", "pdu_head", pdu="Hull")
    ok(head.post("/v1/people/emergency-access", json=body), 201)
    assert proposals_of(head) == held


def test_no_text_beside_the_documents_says_it_without_the_section(cast: Cast, the_clock: TheClock) -> None:
    story = Story(cast, the_clock)
    document = darren_and_toby()
    document["risk"]["rosh"]["known_adult"]["who"] = "Kirsty Holdsworth. His mother."
    referral = story.submit(document)
    part = story.part(referral["id"], "crs", "accommodation")
    ok(cast.crs.post(f"{part['href']}/messages", json={"body": "Kirsty rang us. He came late."}), 201)
    ok(cast.crs.get(f"{part['href']}/document"))
    change = {
        "kind": "arrest",
        "details": "Arrested at 4, Larkhill Cl. He was drunk.",
        "occurred_on": clock.today().isoformat(),
        "source": "practitioner",
        "standing": "alleged",
    }
    ok(story.practitioner.post(f"{person_at(CRN)}/changes-of-circumstance", json=change), 201)
    share(story, "referrals", "household", "risk", "circumstances", "checks")
    paths = [
        f"{person_at(CRN)}/rosh",
        f"{part['href']}/messages",
        f"{person_at(CRN)}/changes-of-circumstance",
    ]
    for path in paths:
        held, shown = story.practitioner.get(path), theirs(story).get(path)
        assert names(held.text) or "Larkhill" in held.text
        assert shown.status_code == 200
        assert names(shown.text) == set()
        assert "Larkhill" not in shown.text
        assert "[withheld]" in shown.text
        assert any(rest in shown.text for rest in ("His mother.", "He came late.", "He was drunk."))
    share(story, "protected_contacts")
    for path in paths:
        assert theirs(story).get(path).text.count("[withheld]") == 0


@pytest.mark.parametrize("tidied", [False, True], ids=["two on record", "one entered in error"])
def test_the_home_of_whoever_turns_out_to_be_a_victim_is_hers(story: Story, tidied: bool) -> None:
    leanne = {
        "given_name": "Leanne", "family_name": "Sowerby", "date_of_birth": "1993-02-11",
        "details_status": "provided",
    }  # fmt: skip
    home = {"kind": "partner", "lines": ["9 Skinner Lane", "Leeds"], "postcode": "LS7 1AX"}
    path = f"/v1/referrals/{story.referral_id}"  # type: ignore[attr-defined]
    for contact, addresses in (
        ({"ref": "partner", "relationship": "partner", "lives_at": "hers"}, [{"ref": "hers", **home}]),
        ({"ref": "victim", "relationship": "victim"}, []),
    ):
        document = darren_and_toby()
        document["household"]["contacts"].append(leanne | contact)
        document["addresses"] += addresses
        tag = story.practitioner.get(path).headers["ETag"]
        ok(story.practitioner.post(f"{path}/versions", json=document, if_match=tag))
    share(story, "household")
    contacts = ok(story.practitioner.get(f"{person_at(CRN)}/contacts"))["items"]
    (later,) = (one for one in contacts if one["alike"])
    decided = {"same": True, "reason": "She says so."}
    ok(story.practitioner.post(f"{later['href']}/same-person", json=decided, if_match=later["etag"]))
    if tidied:
        partner = next(one["href"] for one in contacts if one["ref"] == "partner")
        tag = story.practitioner.get(partner).headers["ETag"]
        ok(
            story.practitioner.post(
                f"{partner}/entered-in-error", json={"reason": "Twice on record."}, if_match=tag
            )
        )
    assert "Skinner" in story.practitioner.get(f"{person_at(CRN)}/addresses").text
    assert "Skinner" not in theirs(story).get(f"{person_at(CRN)}/addresses").text

"""A manager decides about the facts that they have read: what has changed meanwhile is read again first."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

import pytest
from werkzeug.test import TestResponse

from service import clock
from service.agreements.kinds import KINDS
from tests.agreements.office import ASKED, ASKER, INDEPENDENT, REGARDLESS, SUBMITTER, Office
from tests.cast import Caller
from tests.journeys.driver import NOTHING_KNOWN, Json, ok

PARTNER: Final[Json] = {
    "ref": "new-partner",
    "relationship": "partner",
    "given_name": "Imelda",
    "family_name": "Vance",
    "date_of_birth": "1990-01-01",
    "details_status": "provided",
}
CHILD: Final[Json] = {
    "ref": "her-child",
    "relationship": "step_child",
    "given_name": "Rowan",
    "family_name": "Vance",
    "date_of_birth": "2019-01-01",
    "details_status": "provided",
    "local_authority": "E08000035",
}


def known_by_another_name(office: Office, asked: Json) -> None:
    """Have every question that is open be about another name too."""
    del asked
    path = f"/v1/referrals/{office.referral}"
    office.document["person"]["name"]["aliases"] = ["Daz", "Dazza"]
    ok(office.post(office.story.practitioner, path, f"{path}/versions", office.document))


def more_is_answered(office: Office, asked: Json) -> None:
    del asked
    requests = office.story.requests(office.referral, "police_da")
    answered = next(one for one in requests if one["state"] in {"returned", "reviewed"})
    office.story.answer(office.force_of(answered), answered["id"], dict(NOTHING_KNOWN), nothing_found=True)


def threatens_somebody(office: Office, asked: Json) -> None:
    del asked
    office.story.report_change(office.crn, "threat", standing="established", source="police")


def a_child_comes_to_live_there(office: Office, asked: Json) -> None:
    path = f"/v1/destination-referrals/{asked['subject']['id']}/placement"
    home = ok(office.story.practitioner.get(path))["move_on"]["address_id"]
    path = f"/v1/referrals/{office.referral}"
    office.document["household"]["contacts"] += [PARTNER, CHILD]
    ok(office.post(office.story.practitioner, path, f"{path}/versions", office.document))
    for ref in ("new-partner", "her-child"):
        one = office.story.contact(office.crn, ref)
        at = office.at(f"contacts/{one['id']}")
        ok(office.story.practitioner.patch(at, json={"lives_at": home}, if_match=one["etag"]))


def somebody_must_not_know(office: Office, asked: Json) -> None:
    del asked
    office.exclude()


def it_is_said_again(office: Office, asked: Json) -> None:
    """Record of what opened the review that it was not so."""
    change = ok(office.staff(INDEPENDENT).get(asked["subject"]["href"]))["change_id"]
    alleged = {"id": change, "kind": "new_relationship"}
    office.story.refute(office.crn, alleged, details="They have never met.", source="police")


def somebody_is_in_danger(office: Office, asked: Json) -> None:
    ok(office.story.tell(asked["subject"]["id"], "raise", reason="He was seen at her door."))


MEANWHILE: Final[Mapping[str, Callable[[Office, Json], None]]] = {
    "check_not_required": known_by_another_name,
    "check_request_cancelled": known_by_another_name,
    "wrong_person_stopped": known_by_another_name,
    "review_countersigned": more_is_answered,
    "nil_return_drawn": more_is_answered,
    "check_review_endorsed": more_is_answered,
    "rosh_lowered": threatens_somebody,
    "gate_override": a_child_comes_to_live_there,
    "restriction_lifted": somebody_must_not_know,
    "review_no_change": it_is_said_again,
    "third_party_told": somebody_is_in_danger,
    "review_endorsed": it_is_said_again,
}
"""A fact that each kind of decision rests on, and how it changes before a manager decides."""


def test_every_kind_has_a_fact_that_may_change_meanwhile() -> None:
    assert MEANWHILE.keys() == KINDS.keys()


def decide(manager: Caller, asked: Json, kind: str, tag: str) -> TestResponse:
    body = {"agreed": True, "reason": "I have looked into it.", **REGARDLESS.get(kind, {})}
    return manager.post(f"{asked['href']}/decision", json=body, if_match=tag)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_nothing_is_agreed_to_on_facts_that_have_changed_since_they_were_read(
    kind: str, office_for: Office
) -> None:
    asked = ASKED[kind](office_for)
    manager = office_for.staff(INDEPENDENT, "pdu_head")
    read = manager.get(asked["href"])
    assert read.get_json()["changed"] == []
    assert manager.get(asked["href"], if_none_match=read.headers["ETag"]).status_code == 304
    office_for.story.clock.move(timedelta(minutes=3))
    MEANWHILE[kind](office_for, asked)
    office_for.story.clock.move(timedelta(minutes=3))

    refused = decide(manager, asked, kind, read.headers["ETag"])
    assert refused.status_code == 412, refused.text
    again = manager.get(asked["href"])
    now = again.get_json()
    if now["state"] == "lapsed":
        return
    assert now["state"] == "asked"
    assert now["changed"], "what is new can be read"
    named = [(one["kind"], one["id"]) for one in refused.get_json()["changed"]]
    assert named == [(one["kind"], one["id"]) for one in now["changed"]]
    done = decide(manager, asked, kind, again.headers["ETag"])
    assert done.status_code == 200, done.text
    assert ok(done)["changed"] == []


def test_whoever_opens_the_gate_has_read_everything_that_keeps_it_shut(office: Office) -> None:
    asked = ASKED["gate_override"](office)
    path = f"/v1/destination-referrals/{asked['subject']['id']}/placement"
    head = office.staff(INDEPENDENT, "pdu_head")
    read = head.get(path).headers["ETag"]
    a_child_comes_to_live_there(office, asked)
    body = {"action": "override_gate", "reason": "Only the force is outstanding."}
    assert head.post(path, json=body, if_match=read).status_code == 412
    assert ok(office.post(head, path, path, body))["outstanding"] == []


def test_an_override_covers_nobody_who_comes_to_live_there_later(office: Office) -> None:
    asked = ASKED["gate_override"](office)
    path = f"/v1/destination-referrals/{asked['subject']['id']}/placement"
    head = office.staff(INDEPENDENT, "pdu_head")
    ok(office.decide(head, asked))
    assert ok(head.get(path))["outstanding"] == []
    assert "covers" not in head.get(path).text
    a_child_comes_to_live_there(office, asked)
    kinds = {one.get("kind") for one in ok(head.get(path))["outstanding"]}
    assert "childrens_safeguarding" in kinds
    leaves = {"departed_on": clock.today().isoformat(), "reason": "Moved on."}
    part = asked["subject"]["id"]
    assert office.story.place(office.story.cast.ap, part, "record_departure", **leaves).status_code == 409
    ok(office.post(head, path, path, {"action": "override_gate", "reason": "The council knows them."}))
    assert ok(head.get(path))["outstanding"] == []


def test_mappa_agrees_to_an_address_with_those_who_live_there(office: Office) -> None:
    asked = ASKED["gate_override"](office)
    story, at = office.story, f"/v1/destination-referrals/{asked['subject']['id']}/placement"
    mappa = story.part(office.referral, "mappa")["id"]
    story.take_on(story.cast.mappa, mappa)
    home = ok(story.practitioner.get(at))["move_on"]["address_id"]
    before = clock.today().isoformat()
    story.clock.move(timedelta(days=2))
    a_child_comes_to_live_there(office, asked)
    path = f"/v1/destination-referrals/{mappa}/updates"
    agrees = {"address_id": home, "agreed": True, "decided_on": before}
    refused = story.cast.mappa.post(path, json={"kind": "move_on_agreement", "content": agrees})
    assert [one["pointer"] for one in refused.get_json()["errors"]] == ["/content/decided_on"]
    agrees["decided_on"] = clock.today().isoformat()
    ok(story.cast.mappa.post(path, json={"kind": "move_on_agreement", "content": agrees}), 201)


def test_whoever_lifts_a_limit_is_shown_that_somebody_may_know_of_the_case_again(office: Office) -> None:
    office.exclude()
    office.story.clock.move(timedelta(minutes=3))
    asked = ASKED["restriction_lifted"](office)
    manager = office.staff(INDEPENDENT, "pdu_head")
    tag = manager.get(asked["href"]).headers["ETag"]
    office.story.clock.move(timedelta(minutes=3))
    access = ok(office.staff(SUBMITTER).get(office.at("access")))
    (excluded,) = access["excluded"]
    ended = {"reason": "They are no longer related."}
    path = office.at(f"exclusions/{excluded['id']}/end")
    ok(office.staff(ASKER, "pdu_head").post(path, json=ended))
    refused = decide(manager, asked, "restriction_lifted", tag)
    assert refused.status_code == 412
    named = [(one["kind"], one["id"]) for one in refused.get_json()["changed"]]
    assert named == [("person", office.person)]


def test_whoever_lowers_a_risk_is_shown_what_is_asked_no_more(office: Office) -> None:
    request = office.request()
    asked = ASKED["rosh_lowered"](office)
    manager = office.staff(INDEPENDENT, "pdu_head")
    tag = manager.get(asked["href"]).headers["ETag"]
    office.story.clock.move(timedelta(minutes=3))
    office.story.move_request(
        office.story.practitioner, request["id"], "stop_wrong_person", reason="Another Darren was meant."
    )
    refused = decide(manager, asked, "rosh_lowered", tag)
    assert refused.status_code == 412
    named = [(one["kind"], one["id"]) for one in refused.get_json()["changed"]]
    assert named == [("check_request", request["id"])]


def test_whoever_lowers_a_risk_is_shown_what_a_force_has_answered_since(office: Office) -> None:
    asked = ASKED["rosh_lowered"](office)
    manager = office.staff(INDEPENDENT, "pdu_head")
    tag = manager.get(asked["href"]).headers["ETag"]
    office.story.clock.move(timedelta(minutes=3))
    office.answered()
    refused = decide(manager, asked, "rosh_lowered", tag)
    assert refused.status_code == 412
    assert {one["kind"] for one in refused.get_json()["changed"]} == {"check_request"}

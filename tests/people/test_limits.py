"""Limited access cases and exclusions: the holder's staff limit, name, exclude and lift, on the record."""

from datetime import timedelta
from typing import Any

import pytest

from service import clock
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, ok
from tests.people.factories import CRN, as_owner
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at

THEIRS = "N51"
OURS = "N55"


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    """A case of N55's, submitted by p.shah and changed by c.changes."""
    story = Story(cast, the_clock)
    story.submit(darren_and_toby())
    story.report_change(CRN, "arrest", story.cast.probation.as_practitioner("c.changes"))
    return story


def colleague(story: Story, who: str, role: str = "practitioner") -> Caller:
    return story.cast.probation.as_practitioner(who, role)


def theirs(story: Story, who: str = "t.jones", role: str = "practitioner") -> Caller:
    return story.cast.stranger.as_practitioner(who, role)


def tag(caller: Caller) -> str:
    return caller.get(f"{person_at(CRN)}/access").headers.get("ETag", '"none"')


def limit(caller: Caller, *named: Json, reason: str = "A relative works here.") -> Any:
    body = {"named": list(named), "reason": reason}
    return caller.post(f"{person_at(CRN)}/limit", json=body, if_match=tag(caller))


def lift(caller: Caller, reason: str = "The relative has left.") -> Any:
    return caller.post(f"{person_at(CRN)}/lift", json={"reason": reason}, if_match=tag(caller))


def name(caller: Caller, who: str, reason: str = "Joins the team.", **more: str) -> Any:
    body = {"practitioner": who, "reason": reason, **more}
    return caller.post(f"{person_at(CRN)}/named-staff", json=body)


def exclude(caller: Caller, who: str, reason: str = "His sister.", **more: str) -> Any:
    body = {"practitioner": who, "reason": reason, **more}
    return caller.post(f"{person_at(CRN)}/exclusions", json=body)


def end_exclusion(caller: Caller, exclusion: Json, reason: str = "They are not related.") -> Any:
    return caller.post(f"{person_at(CRN)}/exclusions/{exclusion['id']}/end", json={"reason": reason})


def test_a_case_that_is_limited_from_the_start_names_the_managers_of_its_unit(
    cast: Cast, the_clock: TheClock
) -> None:
    story = Story(cast, the_clock)
    document = darren_and_toby()
    document["person"]["restricted_record"] = True
    story.submit(document)
    for who, role in (("s.okafor", "spo"), ("h.grant", "pdu_head")):
        assert colleague(story, who, role).get(person_at(CRN)).status_code == 200
    assert status(colleague(story, "c.other")) == 404
    assert status(colleague(story, "b.lowe", "head_of_public_protection")) == 404


def test_who_takes_care_of_a_case_is_named_when_it_is_limited(story: Story) -> None:
    holding = f"{person_at(CRN)}/holding"
    tag_of_holding = story.practitioner.get(holding).headers["ETag"]
    care = {"action": "name", "practitioner": "c.taker", "until": "2026-03-20T09:00:00Z"}
    manager = colleague(story, "s.okafor", "spo")
    ok(manager.post(f"{person_at(CRN)}/caretaker", json=care, if_match=tag_of_holding))
    ok(limit(story.practitioner))
    assert status(colleague(story, "c.taker")) == 200


def share(story: Story, **more: Any) -> Any:
    body = {
        "organisation": THEIRS,
        "basis": "joint",
        "until": (clock.now() + timedelta(days=90)).isoformat(),
        "reason": "Both work with him.",
    }
    return story.practitioner.post(f"{person_at(CRN)}/shares", json=body | more)


def emergency(caller: Caller) -> Any:
    return caller.post("/v1/people/emergency-access", json={"crn": CRN, "reason": "He is at her door."})


def status(caller: Caller) -> int:
    return caller.get(person_at(CRN)).status_code


def told(story: Story, caller: Caller, happened: str) -> list[Json]:
    return [one for one in story.feed(caller) if one["event"] == f"person.{happened}"]


def named(view: Json) -> dict[tuple[str, str], str]:
    return {(one["region"], one["practitioner"]): one["because"] for one in view["named"]}


def test_whoever_limits_a_case_names_others_and_who_works_on_it_is_added_visibly(story: Story) -> None:
    assert status(colleague(story, "n.other")) == 200
    view = ok(limit(story.practitioner, {"practitioner": "Q.Brown"}))
    assert view["restricted"] is True
    assert named(view) == {
        (OURS, "p.shah"): "chosen",
        (OURS, "q.brown"): "chosen",
        (OURS, "c.changes"): "works_on_it",
        (OURS, "s.okafor"): "works_on_it",
        (OURS, "h.grant"): "works_on_it",
    }
    assert {one["reason"] for one in view["named"] if one["because"] == "chosen"} == {
        "A relative works here."
    }
    assert status(colleague(story, "q.brown")) == status(colleague(story, "c.changes")) == 200
    assert status(colleague(story, "n.other")) == 404
    assert colleague(story, "n.other").get(f"{person_at(CRN)}/access").status_code == 404
    (event,) = told(story, story.practitioner, "limited")
    assert event["data"] == {"named": {"chosen": 2, "works_on_it": 3}}


def test_a_case_that_nothing_was_referred_for_names_who_answers_for_it(story: Story) -> None:
    view = ok(limit(colleague(story, "n.other", "region")))
    assert (OURS, "p.shah") in named(view)


def test_only_the_holder_limits(story: Story) -> None:
    refused = limit(theirs(story))
    assert refused.status_code == 404
    ok(share(story), 201)
    refused = limit(theirs(story))
    assert (refused.status_code, refused.get_json()["type"]) == (409, "/problems/held-elsewhere")
    assert theirs(story).get(f"{person_at(CRN)}/access").status_code == 404


def test_a_change_of_who_may_know_is_made_on_what_was_read(story: Story) -> None:
    before = tag(story.practitioner)
    ok(exclude(story.practitioner, "r.sister"))
    body = {"reason": "A relative works here."}
    limits = f"{person_at(CRN)}/limit"
    assert story.practitioner.post(limits, json=body).status_code == 428
    assert story.practitioner.post(limits, json=body, if_match=before).status_code == 412
    ok(story.practitioner.post(limits, json=body, if_match=tag(story.practitioner)))
    repeated = story.practitioner.post(limits, json=body, if_match=before)
    assert repeated.status_code == 412
    assert limit(story.practitioner).status_code == 409


def test_a_limit_is_lifted_by_a_named_manager_who_did_not_set_it(story: Story) -> None:
    director = colleague(story, "d.dale", "regional_director")
    ok(limit(story.spo))
    assert lift(story.practitioner).status_code == 403
    assert lift(director).status_code == 404, "a manager who is not named"
    refused = lift(story.spo)
    assert (refused.status_code, refused.get_json()["type"]) == (403, "/problems/own-case")
    view = ok(lift(story.pdu_head))
    assert (view["restricted"], view["named"]) == (False, [])
    assert status(colleague(story, "n.other")) == 200
    assert len(told(story, story.practitioner, "limit_lifted")) == 1
    ended = {row["end_reason"] for row in as_owner("SELECT end_reason FROM restriction")}
    assert ended == {"The relative has left."}
    assert lift(story.pdu_head).status_code == 409


def test_whoever_answers_for_a_case_does_not_lift_its_limit(story: Story) -> None:
    ok(limit(colleague(story, "n.other", "region")))
    assert lift(colleague(story, "p.shah", "spo")).status_code == 403


def test_a_limit_that_a_document_set_is_not_lifted_by_whoever_sent_it(story: Story) -> None:
    document = darren_and_toby("L-1")
    document["person"]["restricted_record"] = True
    sender = colleague(story, "s.okafor", "spo")
    ok(sender.post("/v1/referrals", json=document), 201)
    assert lift(sender).status_code == 403
    assert ok(lift(story.pdu_head))["restricted"] is False


def test_who_was_named_once_is_not_named_by_the_next_limit(story: Story) -> None:
    ok(limit(story.practitioner, {"practitioner": "q.brown"}))
    ok(lift(story.spo))
    assert (OURS, "q.brown") not in named(ok(limit(story.practitioner)))
    assert status(colleague(story, "q.brown")) == 404


def test_a_colleague_is_named_later_on_the_record(story: Story) -> None:
    assert name(story.practitioner, "q.brown").status_code == 409, "it is not limited"
    ok(limit(story.practitioner))
    assert status(colleague(story, "q.brown")) == 404
    assert name(colleague(story, "n.other"), "n.other").status_code == 404, "nobody names themselves"
    assert named(ok(name(story.practitioner, "q.brown")))[OURS, "q.brown"] == "chosen"
    assert status(colleague(story, "q.brown")) == 200
    (event,) = told(story, story.practitioner, "staff_named")
    assert event["data"] == {"because": "chosen", "region": OURS}
    refused = name(story.practitioner, "t.jones", region=THEIRS)
    assert [one["pointer"] for one in refused.get_json()["errors"]] == ["/region"]


def test_a_limited_case_is_shared_with_those_whom_the_share_names(story: Story) -> None:
    ok(limit(story.practitioner))
    refused = share(story)
    assert [one["pointer"] for one in refused.get_json()["errors"]] == ["/named"]
    ok(share(story, named=["t.jones", "U.Other"]), 201)
    assert status(theirs(story)) == status(theirs(story, "u.other")) == 200
    assert status(theirs(story, "v.third")) == 404
    assert ok(name(story.practitioner, "v.third", region=THEIRS))
    assert status(theirs(story, "v.third")) == 200
    view = ok(story.practitioner.get(f"{person_at(CRN)}/access"))
    assert {who for region, who in named(view) if region == THEIRS} == {"t.jones", "u.other", "v.third"}
    (one,) = view["shares"]
    assert (one["organisation"], one["basis"]) == (THEIRS, "joint")


def test_a_share_from_before_shows_a_limited_case_only_to_those_it_names(story: Story) -> None:
    ok(share(story), 201)
    assert status(theirs(story)) == 200
    ok(limit(story.practitioner, {"practitioner": "u.other", "region": THEIRS}))
    assert status(theirs(story)) == 404
    assert status(theirs(story, "u.other")) == 200


# Exclusions.


def test_an_exclusion_hides_a_record_that_is_not_limited(story: Story) -> None:
    sister = colleague(story, "r.sister")
    assert status(sister) == 200
    view = ok(exclude(story.practitioner, "R.Sister"))
    (one,) = view["excluded"]
    assert (one["practitioner"], one["reason"], one["excluded_by"]) == ("r.sister", "His sister.", "p.shah")
    assert status(sister) == 404
    assert ok(sister.post("/v1/people/search", json={"crn": CRN}))["found"] == []
    assert ok(sister.get("/v1/referrals"))["items"] == []
    assert len(told(story, story.practitioner, "staff_excluded")) == 1
    assert "person.staff_excluded" not in {one["event"] for one in story.feed(sister)}
    assert exclude(story.practitioner, "r.sister").status_code == 409


def test_an_exclusion_says_whether_the_register_has_them(story: Story) -> None:
    """Somebody who is to come may be excluded before; one whose id was mistyped is not excluded at all."""
    assert status(colleague(story, "r.sister")) == 200
    ok(exclude(story.practitioner, "r.sistre"))
    ok(exclude(story.practitioner, "t.jones", region=THEIRS))
    view = ok(exclude(story.practitioner, "r.sister"))
    known = {one["practitioner"]: one["in_register"] for one in view["excluded"]}
    assert known == {"r.sister": True, "r.sistre": False, "t.jones": None}


def test_an_exclusion_wins_over_being_named_a_share_and_an_emergency(story: Story) -> None:
    head = colleague(story, "h.grant", "pdu_head")
    ok(limit(story.practitioner))
    assert status(head) == 200
    ok(exclude(story.spo, "h.grant"))
    assert status(head) == 404, "named"
    refused = emergency(head)
    unknown = head.post("/v1/people/emergency-access", json={"crn": "X999999", "reason": "No."})
    assert refused.status_code == unknown.status_code == 404
    assert {**refused.get_json(), "request_id": ""} == {**unknown.get_json(), "request_id": ""}
    ok(share(story, practitioner="t.jones"), 201)
    assert status(theirs(story)) == 200
    ok(exclude(story.practitioner, "t.jones", region=THEIRS))
    assert status(theirs(story)) == 404, "a share"
    other = theirs(story, "h.else", "pdu_head")
    ok(emergency(other), 201)
    assert status(other) == 200
    ok(exclude(story.practitioner, "h.else", region=THEIRS))
    assert status(other) == 404, "an emergency"


def test_whoever_answers_for_a_case_is_not_excluded_from_it(story: Story) -> None:
    assert exclude(story.spo, "p.shah").status_code == 409
    assert exclude(story.spo, "p.shah", region=THEIRS).status_code == 200, "somebody else of that name"


def test_who_answers_for_a_case_or_is_a_manager_excludes_from_it(story: Story) -> None:
    for stranger in (colleague(story, "n.other"), colleague(story, "c.changes")):
        refused = exclude(stranger, "r.sister")
        assert (refused.status_code, refused.get_json()["type"]) == (403, "/problems/not-accountable")
    holding = f"{person_at(CRN)}/holding"
    seen = story.practitioner.get(holding).headers["ETag"]
    mate = {"action": "add", "practitioner": "t.mate", "part": "co_worker"}
    ok(story.practitioner.post(f"{person_at(CRN)}/team", json=mate, if_match=seen))
    assert exclude(colleague(story, "t.mate"), "r.sister").status_code == 403
    ok(exclude(story.practitioner, "r.sister"))
    ok(exclude(colleague(story, "d.dale", "regional_director"), "u.other"))


def test_a_manager_of_the_unit_is_excluded_by_a_manager_alone(story: Story) -> None:
    refused = exclude(story.practitioner, "S.Okafor")
    assert (refused.status_code, refused.get_json()["type"]) == (403, "/problems/role-required")
    assert status(story.spo) == 200
    for above in ("r.mercer", "h.grant"):
        assert exclude(story.practitioner, above).status_code == 403, above
    ok(exclude(story.pdu_head, "s.okafor"))
    assert status(story.spo) == 404


def test_whoever_is_excluded_is_not_named_when_the_case_is_limited(story: Story) -> None:
    ok(exclude(story.pdu_head, "s.okafor"))
    view = ok(limit(story.practitioner))
    assert (OURS, "s.okafor") not in named(view)
    assert (OURS, "h.grant") in named(view)
    assert status(story.spo) == 404


def test_an_exclusion_is_ended_by_another_manager(story: Story) -> None:
    (one,) = ok(exclude(story.spo, "r.sister"))["excluded"]
    sister = colleague(story, "r.sister", "pdu_head")
    assert end_exclusion(sister, one).status_code == 404, "their own"
    assert end_exclusion(story.practitioner, one).status_code == 403
    assert end_exclusion(story.spo, one).status_code == 403, "whoever made it"
    assert end_exclusion(theirs(story, "h.else", "pdu_head"), one).status_code == 404
    assert ok(end_exclusion(story.pdu_head, one))["excluded"] == []
    assert status(sister) == 200
    assert end_exclusion(story.pdu_head, one).status_code == 409
    assert len(told(story, story.practitioner, "exclusion_ended")) == 1


def test_an_exclusion_is_ended_by_nobody_who_is_on_the_case(story: Story) -> None:
    (one,) = ok(exclude(story.spo, "r.sister"))["excluded"]
    submitter = colleague(story, "p.shah", "spo")
    refused = end_exclusion(submitter, one)
    assert (refused.status_code, refused.get_json()["type"]) == (403, "/problems/own-case")
    ok(end_exclusion(story.pdu_head, one))


def test_an_exclusion_that_ends_gives_back_what_stood_beside_it(story: Story) -> None:
    ok(limit(story.practitioner, {"practitioner": "q.brown"}))
    view = ok(exclude(story.practitioner, "q.brown"))
    assert status(colleague(story, "q.brown")) == 404
    ok(end_exclusion(story.spo, view["excluded"][0]))
    assert status(colleague(story, "q.brown")) == 200


# Emergency access to a limited case of one's own region.


def test_it_opens_a_limited_case_of_ones_own_region_to_read(story: Story) -> None:
    ok(limit(story.practitioner))
    director = colleague(story, "d.dale", "regional_director")
    assert status(director) == 404
    ok(emergency(director), 201)
    reads = ("", "/contacts", "/addresses", "/rosh", "/reviews", "/changes-of-circumstance")
    assert {director.get(f"{person_at(CRN)}{path}").status_code for path in reads} == {200}
    (event,) = told(story, story.practitioner, "emergency_access_taken")
    assert event["data"]["region"] == OURS
    son = story.contact(CRN, "son")
    refused = director.patch(son["href"], json={"given_name": "Al"}, if_match=son["etag"])
    assert (refused.status_code, refused.get_json()["type"]) == (409, "/problems/held-elsewhere")
    (referral,) = ok(story.practitioner.get("/v1/referrals"))["items"]
    part = ok(director.get(referral["href"]))["destinations"][0]["href"]
    (check, *_) = ok(director.get("/v1/checks", referral_id=referral["id"]))["items"]
    (review, *_) = ok(director.get(f"{person_at(CRN)}/reviews"))["items"]
    arrested = {"kind": "arrest", "occurred_on": "2026-03-01", "source": "practitioner"}
    for path, body in (
        (f"{referral['href']}/versions", darren_and_toby()),
        (f"{part}/messages", {"body": "Hello."}),
        (f"{part}/transitions", {"action": "withdraw", "reason": "No."}),
        (f"/v1/checks/{check['id']}/decisions", {"decision": "not_required", "reason": "No."}),
        (f"/v1/reviews/{review['id']}/completion", {"changes": ["curfew"]}),
        (f"{person_at(CRN)}/changes-of-circumstance", arrested | {"standing": "established"}),
    ):
        assert director.post(path, json=body, if_match='"x"').status_code in {404, 409}, path
    assert limit(director).status_code == 409
    assert name(director, "d.dale").status_code == 409, "nobody names themselves"


def test_an_on_call_spo_of_the_same_region_sees_the_named_facts_alone(
    story: Story, the_clock: TheClock
) -> None:
    ok(limit(story.practitioner))
    spo = colleague(story, "x.oncall", "spo")
    ok(emergency(spo), 201)
    person = person_at(CRN)
    for path in ("", "/contacts", "/addresses", "/rosh", "/plan"):
        assert spo.get(f"{person}{path}").status_code == 200, path
    for path in ("/reviews", "/changes-of-circumstance"):
        answer = spo.get(f"{person}{path}")
        assert answer.status_code == 404 or ok(answer)["items"] == [], path
    contacts = ok(spo.get(f"{person}/contacts"))["items"]
    assert not any(one["given_name"] for one in contacts if one["protected"])
    (referral,) = ok(story.practitioner.get("/v1/referrals"))["items"]
    assert spo.get(referral["href"]).status_code == 404
    assert ok(spo.get("/v1/referrals"))["items"] == []
    for check in ok(story.practitioner.get("/v1/checks", referral_id=referral["id"]))["items"]:
        assert spo.get(f"/v1/checks/{check['id']}").status_code == 404
    assert ok(spo.get("/v1/check-requests"))["items"] == []
    the_clock.move(timedelta(hours=24))
    assert status(spo) == 404

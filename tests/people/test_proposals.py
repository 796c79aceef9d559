"""What another region states about a person is told to the holder, who decides it item by item."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from benchmarks.statements import watched
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.faults.fixtures import Place
from tests.journeys.driver import Json, Story, ok
from tests.people.factories import GROUNDS, give_sight
from tests.people.holdings import change
from tests.referrals.samples import darren_and_toby, minimal
from tests.rows import person_at

pytestmark = pytest.mark.long

CRN, LIMITED = "X320741", "X320749"


@pytest.fixture
def place(server: str, database: str, cast: Cast, the_clock: TheClock) -> Place:
    place = Place(server, database, cast, Story(cast, the_clock))
    place.referral = place.story.submit(darren_and_toby())
    return place


def stranger(place: Place) -> Caller:
    return place.callers()["stranger"]


def stated(reference: str, crn: str = CRN, **said: Any) -> Json:
    """What another region submits: only a name, and what else is given."""
    document = minimal(reference, crn)
    document["person"]["name"] = {"given": "Darren", "family": "Ellershaw"}
    document["person"] |= said.pop("person", {})
    return document | said


def dangerous(reference: str, crn: str = CRN, level: str = "very_high") -> Json:
    return stated(reference, crn, risk={"rosh": {"public": {"level": level}}})


def submit(place: Place, document: Json, caller: Caller | None = None) -> Json:
    return ok((caller or stranger(place)).post("/v1/referrals", json=document), 201)


def proposals(place: Place, crn: str = CRN, caller: Caller | None = None, **query: Any) -> list[Json]:
    found: list[Json] = ok((caller or place.officer).get(f"{person_at(crn)}/proposals", **query))["items"]
    return found


def the_one(place: Place, section: str, crn: str = CRN) -> Json:
    (found,) = (one for one in proposals(place, crn) if one["section"] == section)
    return found


def decide(place: Place, proposal: Json, caller: Caller | None = None, **said: Any) -> Any:
    body = {"taken": True, "reason": "Confirmed by telephone."} | said
    return (caller or place.officer).post(f"{proposal['href']}/decision", json=body)


def running(place: Place, crn: str = CRN) -> list[tuple[Any, ...]]:
    return place.rows(
        "SELECT c.urgency, c.practitioner, c.cycle FROM clock c JOIN person p ON p.id = c.subject_id"
        " WHERE c.timer = 'proposals' AND c.state <> 'stopped' AND p.crn = %s AND p.held",
        crn,
    )


def in_all(place: Place, name: str) -> list[Json]:
    return [data for (data,) in place.rows("SELECT data FROM event WHERE name = %s ORDER BY ordinal", name)]


def test_a_higher_risk_is_an_urgent_obligation_of_the_holder_at_once(place: Place) -> None:
    submit(place, dangerous("T-1"))
    assert ok(place.officer.get(person_at(CRN)))["rosh"]["public"] == "high", "nothing is written"
    (told,) = place.story.told(place.cast.probation, "person.danger_reported_elsewhere")
    assert told["data"] == {"region": "N51", "raises": ["rosh.public"]}
    assert running(place) == [("urgent", "p.shah", 1)]
    risk = the_one(place, "risk")
    assert (risk["path"], risk["value"], risk["present"]) == (
        "/rosh/public",
        {"level": "very_high"},
        {"level": "high"},
    )
    assert (risk["raises_danger"], risk["region"], risk["protected"]) == (True, "N51", False)


def test_an_undecided_danger_climbs_from_the_accountable_practitioner_upward(place: Place) -> None:
    submit(place, dangerous("T-1"))
    place.story.wait(days=7)
    told = place.rows(
        "SELECT i.role, i.urgent FROM notice_item i JOIN clock c ON c.id = i.clock_id"
        " JOIN clock_firing f ON f.id = i.firing_id WHERE c.timer = 'proposals' AND i.notice_id IS NOT NULL"
        " ORDER BY f.ordinal"
    )
    assert [role for role, _ in told][:3] == ["practitioner", "spo", "pdu_head"]
    assert all(urgent for _, urgent in told)


def in_danger(place: Place) -> list[tuple[str, str | None]]:
    """Return the cycles of the danger clock: their states, and why they stopped."""
    return place.rows("SELECT state, stop_reason FROM clock WHERE timer = 'danger' ORDER BY cycle")


def test_danger_stated_elsewhere_runs_day_and_night_until_it_is_decided(place: Place) -> None:
    submit(place, dangerous("T-1"))
    assert in_danger(place) == [("running", None)]
    place.story.wait(hours=6)
    steps = place.rows(
        "SELECT f.step_key FROM clock_firing f JOIN clock c ON c.id = f.clock_id"
        " WHERE c.timer = 'danger' ORDER BY f.ordinal LIMIT 5"
    )
    assert [step for (step,) in steps] == ["first", "spo", "pdu_head", "region", "repeat_1"]
    ok(decide(place, the_one(place, "risk")), 201)
    assert in_danger(place) == [("stopped", "decided")]


def test_danger_that_a_person_has_seen_to_starts_again_only_with_news(
    place: Place, the_clock: TheClock
) -> None:
    submit(place, dangerous("T-1"))
    the_clock.move(timedelta(minutes=2))
    place.story.work()
    listed = ok(place.story.spo.get("/v1/escalations", open="yes"))["items"]
    (item,) = (one for one in listed if one["timer"] == "danger")
    done = {"done": "Spoke to the other region: he is in custody."}
    ok(place.story.spo.post(f"/v1/escalations/{item['id']}/confirmation", json=done))
    assert in_danger(place) == [("stopped", "confirmed")]
    assert running(place), "what was stated still has to be decided"
    submit(place, dangerous("T-2"))
    the_clock.move(timedelta(days=1))
    submit(place, stated("T-3", risk={"rosh": {"known_adult": {"level": "very_high"}}}))
    assert in_danger(place)[-1] == ("running", None)


def test_a_proposal_says_from_whom_it_is(place: Place) -> None:
    submit(place, dangerous("T-1"), place.cast.stranger.as_practitioner("n.west"))
    risk = the_one(place, "risk")
    assert (risk["region"], risk["practitioner"]) == ("N51", "n.west")
    submit(place, dangerous("T-2", level="very_high"), place.cast.stranger.as_practitioner("o.west"))
    assert the_one(place, "risk")["practitioner"] == "o.west"
    colleague = place.callers()["colleague"]
    renamed = stated("T-3", person={"name": {"given": "Daren", "family": "Ellershaw"}})
    submit(place, renamed, colleague)
    (name,) = (one for one in proposals(place) if one["section"] == "person" and one["region"] == "N55")
    assert name["practitioner"] == "n.other"


def test_what_only_rewrites_waits_as_a_routine_obligation(place: Place) -> None:
    submit(place, stated("T-1", person={"name": {"given": "Wayne", "family": "Ellershaw"}}))
    assert in_all(place, "person.danger_reported_elsewhere") == []
    assert running(place) == [("routine", "p.shah", 1)]
    (one,) = proposals(place)
    assert (one["path"], one["value"]) == ("/person/given_name", {"given_name": "Wayne"})
    assert one["raises_danger"] is False


def test_what_says_nothing_new_is_no_obligation(place: Place) -> None:
    submit(place, stated("T-1"))
    assert proposals(place) == []
    assert running(place) == []


def test_a_second_submission_with_more_danger_raises_the_urgency_of_the_one_clock(place: Place) -> None:
    submit(place, stated("T-1", person={"sex": "female"}))
    assert running(place) == [("routine", "p.shah", 1)]
    place.story.clock.move(timedelta(hours=1))
    submit(place, dangerous("T-2"))
    submit(place, dangerous("T-3"))
    assert running(place) == [("urgent", "p.shah", 1)]


def test_what_is_taken_is_written_as_the_holders_own_and_is_gone_from_the_list(place: Place) -> None:
    submit(place, dangerous("T-1"))
    decided = ok(decide(place, the_one(place, "risk")), 201)
    assert (decided["taken"], decided["decided_by"]) == (True, "p.shah")
    assert ok(place.officer.get(person_at(CRN)))["rosh"]["public"] == "very_high"
    last = ok(place.officer.get(f"{person_at(CRN)}/rosh"))["items"][-1]
    assert (last["author"], last["reason"]) == ("p.shah", "Confirmed by telephone.")
    assert place.story.referral(place.referral["id"])["current_version"] == 2, "destinations read it too"
    assert proposals(place) == []
    assert running(place) == []
    assert in_all(place, "person.proposal_decided") == [
        {"section": "risk", "taken": True, "raises": ["rosh.public"]}
    ]


def test_what_is_left_changes_nothing_and_comes_again_only_with_another_value(place: Place) -> None:
    submit(place, dangerous("T-1"))
    risk = the_one(place, "risk")
    ok(decide(place, risk, taken=False, reason="It is an old assessment."), 201)
    assert ok(place.officer.get(person_at(CRN)))["rosh"]["public"] == "high"
    assert (proposals(place), running(place)) == ([], [])
    submit(place, dangerous("T-2"))
    assert (proposals(place), running(place)) == ([], []), "the same value again"
    document = dangerous("T-3")
    document["risk"]["rosh"]["public"]["who"] = "His neighbours."
    submit(place, document)
    assert the_one(place, "risk")["id"] != risk["id"]
    assert running(place) == [("urgent", "p.shah", 2)]
    assert decide(place, risk).status_code == 404, "what was decided is not decided again"


def test_a_decision_sent_again_is_the_same_decision(place: Place) -> None:
    submit(place, dangerous("T-1"))
    href, body = f"{the_one(place, 'risk')['href']}/decision", {"taken": True, "reason": "So it is."}
    first, again = (place.officer.post(href, json=body, idempotency_key="d-1") for _ in range(2))
    assert ok(first, 201) == ok(again, 201)
    assert len(in_all(place, "person.proposal_decided")) == 1


def test_a_lower_risk_cannot_simply_be_taken(place: Place) -> None:
    submit(place, dangerous("T-1", level="low"))
    risk = the_one(place, "risk")
    assert (risk["raises_danger"], running(place)) == (False, [("routine", "p.shah", 1)])
    assert decide(place, risk).status_code == 422
    evidenced: Json = {
        "evidence": "OASys of last week.",
        "grounds": GROUNDS,
        "override_reason": "The police answer within the week.",
    }
    assert decide(place, risk, **evidenced).get_json()["type"] == "/problems/role-required"
    assert ok(place.officer.get(person_at(CRN)))["rosh"]["public"] == "high"
    ok(decide(place, risk, place.story.pdu_head, **evidenced), 201)
    assert ok(place.officer.get(person_at(CRN)))["rosh"]["public"] == "low"


@pytest.mark.parametrize("path", ["/v1/referrals/preview", "/v1/referrals"])
def test_a_level_below_the_one_on_record_is_said_to_whoever_sees_that_one(place: Place, path: str) -> None:
    """For anybody else it is a proposal."""
    until = (place.story.clock.at + timedelta(days=9)).isoformat()
    shared = {
        "organisation": "N51",
        "basis": "joint",
        "until": until,
        "reason": "He lives there on weekdays.",
    }
    low = dangerous("T-1", level="low")
    ok(place.officer.post(f"{person_at(CRN)}/shares", json=shared | {"sections": ["household"]}), 201)
    unseen = stranger(place).post(path, json=low)
    assert unseen.status_code in {200, 201}
    ok(place.officer.post(f"{person_at(CRN)}/shares", json=shared | {"sections": ["risk"]}), 201)
    low["submission_reference"] = "T-2"
    refused = stranger(place).post(path, json=low)
    assert [(one["pointer"], one["detail"].split(":")[0]) for one in ok(refused, 422)["errors"]] == [
        ("/risk/rosh/public/level", "Below the level on record")
    ]


def judged(place: Place) -> Json:
    latest: Json = ok(place.officer.get(f"{person_at(CRN)}/rosh"))["items"][-1]
    return {
        name: latest[name] for name in ("group_at_risk", "level", "who", "nature", "imminence", "factors")
    }


def test_taking_a_level_of_risk_keeps_who_is_at_risk_and_of_what(place: Place) -> None:
    rosh = {
        "group": "public",
        "level": "high",
        "reason": "Confirmed.",
        "who": "Staff of the shop.",
        "nature": "Assault.",
        "imminence": "When he drinks.",
        "factors": ["alcohol"],
    }
    place.story.report_change(CRN, "rosh_changed", rosh=rosh)
    before = judged(place)
    assert before["who"] == "Staff of the shop."
    submit(place, dangerous("T-1"))
    ok(decide(place, the_one(place, "risk")), 201)
    assert judged(place) == before | {"level": "very_high"}


def test_a_colleague_takes_what_raises_a_risk_and_never_what_rewrites_it(place: Place) -> None:
    colleague = place.callers()["colleague"]
    level = ok(place.officer.get(person_at(CRN)))["rosh"]["public"]
    reworded = stated("T-1", risk={"rosh": {"public": {"level": level, "who": "Nobody in particular."}}})
    submit(place, reworded)
    risk = the_one(place, "risk")
    assert risk["raises_danger"] is False
    assert decide(place, risk, colleague).get_json()["type"] == "/problems/not-accountable"
    submit(place, dangerous("T-2"))
    ok(decide(place, the_one(place, "risk"), colleague), 201)


@pytest.mark.parametrize("taken", [True, False])
def test_a_threat_that_is_stated_elsewhere_is_no_colleagues_to_settle(place: Place, taken: bool) -> None:
    """To take it only notes it: the clock that wants somebody to act would stop, and nobody had acted."""
    side = submit(place, stated("T-1"))["person"]["href"]
    threat = {"kind": "threat", "occurred_on": "2026-03-02", "source": "practitioner", "standing": "alleged"}
    ok(stranger(place).post(f"{side}/changes-of-circumstance", json=threat), 201)
    told = the_one(place, "circumstances")
    assert told["raises_danger"] is True
    refused = decide(place, told, place.callers()["colleague"], taken=taken)
    assert refused.get_json()["type"] == "/problems/not-accountable"
    assert running(place) == [("urgent", "p.shah", 1)]
    ok(decide(place, told, taken=taken), 201)


def test_to_leave_what_raises_danger_is_no_caretakers(place: Place) -> None:
    until = (place.story.clock.at + timedelta(days=5)).isoformat()
    caretaker = place.cast.probation.as_practitioner("c.taker")
    ok(caretaker.get(person_at(CRN)))
    ok(change(place.story.spo, "caretaker", action="name", practitioner="c.taker", until=until))
    submit(place, stated("T-1", **new_people(PARTNER)))
    new = the_one(place, "household")
    assert new["raises_danger"] is True
    assert decide(place, new, caretaker, taken=False).get_json()["type"] == "/problems/not-accountable"
    ok(decide(place, new, taken=False), 201)


def test_the_clock_becomes_routine_once_all_that_raises_danger_is_decided(place: Place) -> None:
    submit(place, dangerous("T-1") | {"household": {"children": "no"}})
    assert running(place) == [("urgent", "p.shah", 1)]
    ok(decide(place, the_one(place, "risk"), taken=False), 201)
    assert running(place) == [("routine", "p.shah", 2)]
    ok(decide(place, the_one(place, "person"), taken=False), 201)
    assert running(place) == []


def test_what_the_holder_records_by_itself_leaves_the_list_and_ends_the_obligation(place: Place) -> None:
    submit(place, dangerous("T-1"))
    risen = {"group": "public", "level": "very_high", "reason": "Threats were made."}
    place.story.report_change(CRN, "rosh_changed", rosh=risen)
    assert proposals(place) == []
    assert running(place) == []


def new_people(*people: Json, **more: Any) -> Json:
    return {"household": {"children": "yes", "contacts": list(people)}} | more


PARTNER = {
    "ref": "them",
    "relationship": "partner",
    "given_name": "Sam",
    "family_name": "Reed",
    "date_of_birth": "1990-01-01",
    "details_status": "provided",
}


def test_a_new_partner_is_urgent_and_asked_about_once_taken(place: Place) -> None:
    place.story.wait(hours=1)
    before = place.story.requests(place.referral["id"], "police_da")
    submit(place, stated("T-1", **new_people(PARTNER)))
    assert len(place.story.requests(place.referral["id"], "police_da")) == len(before), "not by itself"
    (one,) = (one for one in proposals(place) if one["section"] == "household")
    assert (one["value"]["given_name"], one["present"], one["raises_danger"]) == ("Sam", None, True)
    ok(decide(place, one), 201)
    (sam,) = (
        one for one in ok(place.officer.get(f"{person_at(CRN)}/contacts"))["items"]
        if one["given_name"] == "Sam"
    )  # fmt: skip
    assert (sam["relationship"], sam["date_of_birth"]) == ("partner", "1990-01-01")
    assert proposals(place) == []
    assert place.rows("SELECT 1 FROM check_request_subject WHERE subject_id = %s", sam["id"])


def test_a_contact_that_both_know_is_recognised_by_who_it_is(place: Place) -> None:
    mother = {
        "ref": "another-name-for-her",
        "relationship": "parent",
        "given_name": "PATRICIA",
        "family_name": "Ellershaw",
        "date_of_birth": "1959-01-30",
        "details_status": "provided",
    }
    submit(place, stated("T-1", **new_people(mother)))
    assert proposals(place) == []


def nameless(ref: str, authority: str) -> Json:
    return {"ref": ref, "relationship": "child", "local_authority": authority, "details_status": "not_asked"}


def test_a_child_of_whom_nothing_is_known_is_never_taken_for_another(place: Place) -> None:
    crn = "X320744"
    ours = stated("T-0", crn, **new_people(nameless("c1", "E08000035")))
    referral = submit(place, ours, place.officer)["id"]
    place.story.wait(hours=1)
    before = place.story.requests(referral, "childrens_safeguarding")
    assert before, "the child is asked about"
    submit(
        place,
        stated("T-1", crn, **new_people(nameless("a", "E08000003"), nameless("b", "E08000003"))),
    )
    found = proposals(place, crn)
    assert [(one["present"], one["raises_danger"]) for one in found] == [(None, True)] * 2
    for one in found:
        ok(decide(place, one), 201)
    children = ok(place.officer.get(f"{person_at(crn)}/contacts"))["items"]
    areas = sorted(one["local_authority"] for one in children)
    assert areas == ["E08000003", "E08000003", "E08000035"]
    after = {one["id"]: one for one in place.story.requests(referral, "childrens_safeguarding")}
    assert [after[one["id"]]["area"] for one in before] == [one["area"] for one in before], "none is moved"
    asked = {row[0] for row in place.rows("SELECT subject_id::text FROM check_request_subject")}
    assert {one["id"] for one in children} <= asked


def test_somebody_taken_is_the_same_one_when_they_are_named_later(place: Place) -> None:
    crn = "X320744"
    submit(place, stated("T-0", crn, household={"children": "yes"}), place.officer)
    submit(place, stated("T-1", crn, **new_people(nameless("a", "E08000003"))))
    (one,) = proposals(place, crn)
    ok(decide(place, one), 201)
    named = {"given_name": "Mia", "family_name": "Reed", "date_of_birth": "2019-05-01"}
    submit(place, stated("T-2", crn, **new_people(nameless("a", "E08000003") | named)))
    (one,) = proposals(place, crn)
    assert (one["value"]["given_name"], one["present"]["given_name"]) == ("Mia", None)
    ok(decide(place, one), 201)
    (mia,) = ok(place.officer.get(f"{person_at(crn)}/contacts"))["items"]
    assert mia["given_name"] == "Mia"
    assert proposals(place, crn) == []


def test_an_address_that_is_taken_as_another_place_keeps_no_area_of_the_first(place: Place) -> None:
    family = {
        "ref": "fam", "kind": "family", "lines": ["1 Larkhill Street", "Leeds"], "postcode": "LS1 4AP",
        "police_force": "west-yorkshire", "local_authority": "E08000035",
    }  # fmt: skip
    theirs = submit(place, stated("T-1", addresses=[family]))["person"]["href"]
    ok(decide(place, the_one(place, "household")), 201)
    (stood,) = ok(stranger(place).get(f"{theirs}/addresses"))["items"]
    right = {"lines": ["9 New Road", "Manchester"], "postcode": "M1 1AA", "because": "correction"}
    ok(stranger(place).patch(stood["href"], json=right, if_match=stood["etag"]))
    ok(decide(place, the_one(place, "household")), 201)
    held = ok(place.officer.get(f"{person_at(CRN)}/addresses"))["items"]
    (now,) = (one for one in held if one["postcode"] == "M1 1AA")
    assert (now["police_force"], now["local_authority"]) == (None, None)


def test_a_new_address_is_proposed_and_taken_with_whose_it_is(place: Place) -> None:
    home = {"ref": "home", "kind": "partner", "lines": ["9 Mill Lane", "Leeds"], "postcode": "LS1 1AA"}
    home |= {"contact_ref": "them", "police_force": "west-yorkshire"}
    submit(place, stated("T-1", **new_people(PARTNER | {"lives_at": "home"}, addresses=[home])))
    for path in ("/contacts/", "/addresses/"):
        (one,) = (one for one in proposals(place) if one["path"].startswith(path))
        ok(decide(place, one), 201)
    people = ok(place.officer.get(f"{person_at(CRN)}/contacts"))["items"]
    (sam,) = (one for one in people if one["given_name"] == "Sam")
    places = ok(place.officer.get(f"{person_at(CRN)}/addresses"))["items"]
    (mill_lane,) = (one for one in places if one["lines"] == ["9 Mill Lane", "Leeds"])
    assert mill_lane["contact_id"] == sam["id"]


def test_a_protected_contact_is_shown_from_the_restricted_store_on_the_record(place: Place) -> None:
    victim = PARTNER | {"relationship": "ex_partner", "lives_at": "hers"}
    home = {"ref": "hers", "kind": "partner", "lines": ["9 Mill Lane"], "contact_ref": "them"}
    side = submit(place, stated("T-1", **new_people(victim, addresses=[home])))["person"]["id"]
    shown = {one["path"].split("/")[1]: one for one in proposals(place)}
    assert (shown["contacts"]["value"]["given_name"], shown["contacts"]["protected"]) == ("Sam", True)
    assert shown["addresses"]["value"]["lines"] == ["9 Mill Lane"]
    (entry,) = place.rows(
        "SELECT body::jsonb ->> 'purpose', body::jsonb -> 'fields', body::jsonb -> 'recipients'"
        " FROM audit_entry WHERE object_kind = 'restricted_details' AND verb = 'disclosure'"
        " AND person_id = %s AND practitioner_id = 'p.shah' AND actor_organisation_id = %s",
        side,
        place.cast.probation.organisation_id,
    )
    assert entry[0] == "case_management"
    assert {"restricted.given_name", "restricted.lines"} <= set(entry[1])
    ok(decide(place, shown["addresses"]), 201)
    ok(decide(place, shown["contacts"]), 201)
    assert place.rows("SELECT 1 FROM address WHERE lines::text LIKE '%%Mill Lane%%'") == []
    assert place.rows("SELECT 1 FROM contact WHERE given_name = 'Sam'") == []
    people = ok(place.officer.get(f"{person_at(CRN)}/contacts"))["items"]
    assert [one["protected"] for one in people if one["given_name"] == "Sam"] == [True]


def test_a_restriction_is_proposed_and_taking_it_leaves_nobody_on_the_case_out(place: Place) -> None:
    """S3."""
    submit(place, stated("T-1", person={"restricted_record": True}))
    assert ok(place.officer.get(person_at(CRN)))["restricted"] is False
    one = the_one(place, "restriction")
    assert one["raises_danger"] is True
    ok(decide(place, one), 201)
    for caller in (place.officer, place.story.spo):
        assert ok(caller.get(person_at(CRN)))["restricted"] is True
        assert ok(caller.get(place.referral["href"]))["id"] == place.referral["id"]


def test_a_change_or_a_destinations_concern_on_a_side_record_tells_the_holder(place: Place) -> None:
    referral = submit(place, darren_and_toby("T-1"))
    (son,) = proposals(place)  # nothing is known of him, so he may be another child
    ok(decide(place, son, taken=False, reason="It is the same child."), 201)
    assert running(place) == []
    crs = next(one for one in referral["destinations"] if one["kind"] == "crs" and one["state"] == "sent")
    provider = place.cast.crs
    concern = {"occurred_on": "2026-03-01", "details": "Threats.", "people": ["child"]}
    ok(provider.post(f"/v1/destination-referrals/{crs['id']}/concerns", json=concern), 201)
    told = place.story.told(place.cast.probation, "person.danger_reported_elsewhere")[-1]
    assert "contact.child" in told["data"]["raises"]
    assert any(code.startswith("change.") for code in told["data"]["raises"])
    assert running(place) == [("urgent", "p.shah", 2)]
    by_section = {one["section"]: one for one in proposals(place)}
    assert by_section["circumstances"]["value"]["standing"] == "alleged"
    assert "Threats" not in str(by_section), "codes only"
    for one in proposals(place):
        ok(decide(place, one, taken=False, reason="Spoken with the provider."), 201)
    assert running(place) == []


def test_only_the_holder_reads_and_decides(place: Place) -> None:
    own = submit(place, dangerous("T-1"))["person"]["href"]
    risk = the_one(place, "risk")
    give_sight(place.cast.stranger, CRN)
    caller = stranger(place)
    assert ok(caller.get(person_at(CRN)))["crn"] == CRN, "it reads the record"
    assert caller.get(f"{person_at(CRN)}/proposals").status_code == 404
    assert decide(place, risk, caller).status_code == 404
    assert caller.get(f"{own}/proposals").status_code == 404, "nor is its own record one that is held"
    assert place.cast.probation.get(f"{person_at(CRN)}/proposals").status_code == 403, "by name"
    assert running(place)


def test_within_a_region_what_is_stated_beside_a_limited_case_reaches_those_it_names(place: Place) -> None:
    document = darren_and_toby("LAO-1", crn=LIMITED)
    document["person"]["restricted_record"] = True
    place.story.submit(document)
    colleague = place.callers()["colleague"]
    submit(place, dangerous("T-1", LIMITED), colleague)
    assert running(place, LIMITED) == [("urgent", "p.shah", 1)]
    assert the_one(place, "risk", LIMITED)["raises_danger"] is True
    assert colleague.get(f"{person_at(LIMITED)}/proposals").status_code == 404
    assert place.story.told(place.cast.probation, "person.danger_reported_elsewhere") == []
    names = place.rows(
        "SELECT DISTINCT r.practitioner_id FROM restriction r JOIN person p ON p.id = r.person_id"
        " WHERE p.crn = %s AND p.held",
        LIMITED,
    )
    assert ("n.other",) not in names, "stating something does not name anybody"


WANTED = {
    "basis": "joint",
    "sections": ["risk", "household"],
    "until": "2026-06-01T00:00:00Z",
    "reason": "He lives here on weekdays.",
}


def ask(place: Place, side: str, **changed: Any) -> Any:
    return stranger(place).post(f"{side}/share-requests", json=WANTED | changed)


def answered(place: Place, request: Json, caller: Caller | None = None, *, given: bool) -> Any:
    body = {"given": given, "reason": "As we discussed."}
    return (caller or place.officer).post(f"{request['href']}/answer", json=body)


def waiting_for_an_answer(place: Place) -> list[tuple[Any, ...]]:
    return place.rows(
        "SELECT practitioner FROM clock WHERE subject_kind = 'share_request' AND state <> 'stopped'"
    )


def test_a_share_is_asked_for_and_declined(place: Place) -> None:
    side = submit(place, stated("T-1"))["person"]["href"]
    request = ok(ask(place, side), 201)
    assert (request["region"], request["given"]) == ("N51", None)
    (told,) = place.story.told(place.cast.probation, "person.share_requested")
    asked = {"region": "N51", "basis": "joint", "sections": ["risk", "household"]}
    assert told["data"] == asked | {"side_record": side.rpartition("/")[2]}
    assert waiting_for_an_answer(place) == [("p.shah",)]
    assert ask(place, side).status_code == 409, "one at a time"
    (to_answer,) = ok(place.officer.get(f"{person_at(CRN)}/share-requests"))["items"]
    assert to_answer == request
    assert answered(place, request, stranger(place), given=False).status_code == 404, "not by who asked"
    assert ok(answered(place, request, given=False))["given"] is False
    assert answered(place, request, given=False).status_code == 409
    assert waiting_for_an_answer(place) == []
    (own,) = ok(stranger(place).get(f"{side}/share-requests"))["items"]
    assert (own["given"], own["answer_reason"]) == (False, "As we discussed.")
    assert stranger(place).get(person_at(CRN)).status_code == 404
    assert ok(ask(place, side), 201)["id"] != request["id"], "it may be asked again"


def test_a_share_is_given_before_the_answer_says_so(place: Place) -> None:
    request = ok(ask(place, submit(place, stated("T-1"))["person"]["href"]), 201)
    assert answered(place, request, given=True).status_code == 409
    assert waiting_for_an_answer(place)
    give_sight(place.cast.stranger, CRN, "risk")
    assert ok(answered(place, request, given=True))["given"] is True
    assert waiting_for_an_answer(place) == []


def test_a_share_is_asked_for_on_ones_own_side_record(place: Place) -> None:
    side = submit(place, stated("T-1"))["person"]["href"]
    assert place.officer.post(f"{side}/share-requests", json=WANTED).status_code == 404
    assert place.officer.post(f"{person_at(CRN)}/share-requests", json=WANTED).status_code == 409
    assert ask(place, person_at(CRN)).status_code == 404
    assert ask(place, side, until="2026-01-01T00:00:00Z").status_code == 422
    assert ask(place, side, basis="emergency").status_code == 422
    give_sight(place.cast.stranger, CRN)
    assert ask(place, person_at(CRN)).get_json()["type"] == "/problems/held-elsewhere"


def test_asking_for_a_share_tells_nobody_that_a_case_is_limited(place: Place) -> None:
    document = darren_and_toby("LAO-1", crn=LIMITED)
    document["person"]["restricted_record"] = True
    place.story.submit(document)
    seen = []
    for caller, crn in (
        (stranger(place), CRN),
        (place.cast.stranger.as_practitioner("another.one"), LIMITED),
        (place.callers()["colleague"], LIMITED),
    ):
        side = submit(place, stated(f"T-{caller.practitioner}", crn), caller)["person"]["href"]
        before = len(place.story.feed(caller))
        ok(caller.post(f"{side}/share-requests", json=WANTED), 201)
        seen.append([(one["event"], one["subject"]["kind"]) for one in place.story.feed(caller)[before:]])
        (request,) = ok(caller.get(f"{side}/share-requests"))["items"]
        assert answered(place, request, caller, given=False).status_code == 404
    assert seen[0] == seen[1] == seen[2] == [("entry.withheld", "event")]


def test_many_statements_make_one_list_in_pages_with_the_same_number_of_statements(place: Place) -> None:
    def count() -> tuple[int, int]:
        with watched() as seen:
            found = proposals(place)
        return len(found), len([one for one, _ in seen if "call_count" not in one])

    submit(place, dangerous("T-1"))
    proposals(place)
    few, one_list = count()
    people = [PARTNER | {"ref": f"c-{n}", "given_name": f"Sam {n}"} for n in range(6)]
    submit(place, stated("T-2", **new_people(*people)), place.cast.stranger.as_practitioner("q.other"))
    many, statements = count()
    assert many == few + 6
    assert statements == one_list
    pages: list[Iterable[str]] = []
    query: Json = {"limit": 3}
    while True:
        page = ok(place.officer.get(f"{person_at(CRN)}/proposals", **query))
        pages.append([one["id"] for one in page["items"]])
        if page["next"] is None:
            break
        query["after"] = page["next"]
    assert [len(list(page)) for page in pages] == [3, 3, 1]
    assert len({one for page in pages for one in page}) == many


def test_details_of_a_contact_on_a_side_record_are_told_to_the_holder_too(place: Place) -> None:
    contact = {
        "ref": "girl",
        "relationship": "child",
        "details_status": "not_asked",
        "source": "practitioner",
    }
    household = {"children": "yes", "contacts": [contact]}
    referral = submit(place, stated("SIDE-1", household=household))
    told = in_all(place, "person.submitted_elsewhere")
    (side,) = place.rows("SELECT person_id FROM referral WHERE id = %s", referral["id"])
    caller, path = stranger(place), f"/v1/people/{side[0]}/contacts"
    (shown,) = ok(caller.get(path))["items"]
    before = {one["id"] for one in proposals(place)}
    details = {"given_name": "Ellie", "family_name": "Moss", "details_status": "provided"}
    ok(caller.patch(shown["href"], json=details, if_match=shown["etag"]))
    assert {one["id"] for one in proposals(place)} != before, "it proposes something else now"
    assert in_all(place, "person.submitted_elsewhere")[len(told) :] == [
        {"region": "N51", "asked": "change", "side_record": str(side[0])}
    ]

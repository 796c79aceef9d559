"""Sight of another region's record: given by its holder for sections and a time, or taken in an emergency."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from service import clock
from service.people.actions.carried_over import follow_carried_over
from service.people.sight import SECTIONS
from service.timers.worker import work_once
from tests import rows
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, ok
from tests.people.factories import CRN, as_owner, give_sight, person_on_record
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at

pytestmark = pytest.mark.long

THEIRS = "N51"


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    """A case of N55's in which there is something of every section."""
    story = Story(cast, the_clock)
    story.referral_id = story.submit(darren_and_toby())["id"]  # type: ignore[attr-defined]
    story.change = story.report_change(CRN, "arrest")  # type: ignore[attr-defined]
    return story


def until(**ahead: float) -> str:
    return (clock.now() + timedelta(**ahead)).isoformat()


def a_share(*sections: str, **more: Any) -> Json:
    given: Json = {
        "organisation": THEIRS,
        "basis": "host_area",
        "until": until(days=90),
        "reason": "He moves.",
    }
    return given | ({"sections": list(sections)} if sections else {}) | more


def share(story: Story, *sections: str, **more: Any) -> Json:
    shares = f"{person_at(CRN)}/shares"
    return ok(story.practitioner.post(shares, json=a_share(*sections, **more)), 201)


def theirs(story: Story, who: str = "t.jones", role: str = "practitioner") -> Caller:
    return story.cast.stranger.as_practitioner(who, role)


def change(caller: Caller, share: Json, verb: str, **body: Any) -> Any:
    seen = caller.get(share["href"])
    tag = seen.headers.get("ETag", share["etag"])
    return caller.post(f"{share['href']}/{verb}", json=body, if_match=tag)


def emergency(caller: Caller, reason: str = "He is at her door.", **number: str) -> Any:
    body = (number or {"crn": CRN}) | {"reason": reason}
    return caller.post("/v1/people/emergency-access", json=body)


def told(story: Story, caller: Caller, name: str) -> list[Json]:
    return [one for one in story.feed(caller) if one["event"] == f"person.{name}"]


def paths(story: Story) -> dict[str, set[str]]:
    """Return every read about the case, by the section it belongs to.

    `who` goes with every section. `documents` take three: a referral tells of the household and the risk too.
    """
    person, referral = person_at(CRN), story.referral_id  # type: ignore[attr-defined]
    own = story.practitioner
    contact = story.contact(CRN, "son")
    parts = ok(own.get(f"/v1/referrals/{referral}"))["destinations"]
    checks = ok(own.get("/v1/checks", referral_id=referral))["items"]
    requests = ok(own.get("/v1/check-requests", referral_id=referral))["items"]
    change = story.change  # type: ignore[attr-defined]
    return {
        "who": {person, f"{person}/shares"},
        "household": {f"{person}/contacts", contact["href"], f"{person}/addresses"},
        "risk": {f"{person}/rosh"},
        "plan": {f"{person}/plan"},
        "referrals": {
            f"/v1/referrals/{referral}",
            f"/v1/referrals/{referral}/timeline",
            *(part["href"] for part in parts),
        },
        "documents": {f"/v1/referrals/{referral}/versions", f"/v1/referrals/{referral}/versions/1"},
        "checks": {
            *(f"/v1/checks/{check['id']}" for check in checks),
            *(f"/v1/check-requests/{one['id']}" for one in requests),
        },
        "circumstances": {
            f"{person}/changes-of-circumstance",
            f"{person}/reviews",
            f"/v1/changes-of-circumstance/{change['id']}",
            *(f"/v1/reviews/{one['id']}" for one in change["reviews"]),
        },
    }


def seen(caller: Caller, reads: dict[str, set[str]]) -> set[str]:
    """Return the sections of which a caller reads all; of every other section it reads nothing."""
    found = set()
    for section, addresses in reads.items():
        answers = {path: caller.get(path).status_code for path in sorted(addresses)}
        assert set(answers.values()) in ({200}, {404}), answers
        if set(answers.values()) == {200}:
            found.add(section)
    return found


ALL = {"who", "documents", *SECTIONS} - {"protected_contacts"}
SHOWN = sorted(set(SECTIONS) - {"protected_contacts"})


@pytest.mark.parametrize("section", SHOWN)
def test_a_share_of_one_section_shows_that_and_nothing_else(story: Story, section: str) -> None:
    reads = paths(story)
    assert set(reads) == ALL
    assert seen(story.practitioner, reads) == ALL
    assert seen(theirs(story), reads) == set()
    share(story, section)
    assert seen(theirs(story), reads) == {"who", section}
    found = ok(theirs(story).post("/v1/people/search", json={"crn": CRN}))["found"]
    assert [one["id"] for one in found] == [person_at(CRN).rpartition("/")[2]]
    listed = ok(theirs(story).get("/v1/referrals", person=found[0]["id"]))["items"]
    assert bool(listed) is (section == "referrals")


def test_what_changes_in_another_section_shows_nowhere(story: Story) -> None:
    """Neither the ETag nor a version or a moment tells that the risk has been raised."""
    share(story, "checks")
    before = theirs(story).get(person_at(CRN))
    assert (ok(before)["version"], ok(before)["changed_at"]) == (None, None)
    story.wait(hours=1)
    tag_of_holder = story.practitioner.get(person_at(CRN)).headers["ETag"]
    story.report_change(
        CRN, "rosh_changed", rosh={"group": "public", "level": "very_high", "reason": "A threat."}
    )
    assert story.practitioner.get(person_at(CRN)).headers["ETag"] != tag_of_holder
    after = theirs(story).get(person_at(CRN))
    assert (after.data, after.headers["ETag"]) == (before.data, before.headers["ETag"])
    share(story, "risk")
    assert ok(theirs(story).get(person_at(CRN)))["rosh"]["public"] == "very_high"


def test_a_timeline_shows_the_sections_that_are_shared(story: Story) -> None:
    timeline = f"/v1/referrals/{story.referral_id}/timeline"  # type: ignore[attr-defined]

    def kinds(caller: Caller) -> set[str]:
        return {one["subject"]["kind"] for one in ok(caller.get(timeline, limit=200))["items"]}

    everything = kinds(story.practitioner)
    assert {"check_request", "contact", "change_of_circumstance", "referral"} <= everything
    share(story, "referrals")
    assert not kinds(theirs(story)) & {"check", "check_request", "contact", "address"}
    assert not kinds(theirs(story)) & {"change_of_circumstance", "review"}
    assert {"referral", "destination_referral"} <= kinds(theirs(story))
    share(story, "checks")
    assert "check_request" in kinds(theirs(story))


def test_the_household_is_shared_without_those_who_are_protected(story: Story) -> None:
    def named(caller: Caller) -> dict[str, str | None]:
        contacts = ok(caller.get(f"{person_at(CRN)}/contacts"))["items"]
        return {one["ref"]: one["given_name"] for one in contacts if one["protected"]}

    def places(caller: Caller) -> list[Any]:
        addresses = ok(caller.get(f"{person_at(CRN)}/addresses"))["items"]
        return [one["lines"] for one in addresses if one["protected"]]

    assert any(named(story.practitioner).values())
    assert any(places(story.practitioner))
    share(story, "household")
    assert named(theirs(story)).keys() == named(story.practitioner).keys()
    assert not any(named(theirs(story)).values())
    assert not any(places(theirs(story)))
    share(story, "household", "protected_contacts")
    assert named(theirs(story)) == named(story.practitioner)
    assert places(theirs(story)) == places(story.practitioner)


def test_the_documents_of_a_referral_take_all_that_they_tell_of(story: Story) -> None:
    reads = paths(story)
    share(story, "referrals", "household")
    assert seen(theirs(story), reads) == {"who", "referrals", "household"}
    share(story, "risk")
    assert seen(theirs(story), reads) == {
        "who",
        "referrals",
        "household",
        "risk",
        "documents",
        "plan",
    }, "and the plan, which stands in them"


def test_without_sections_the_whole_record_is_shared(story: Story) -> None:
    assert share(story)["sections"] == list(SECTIONS)
    assert seen(theirs(story), paths(story)) == ALL


def test_a_share_ends_by_itself(story: Story, the_clock: TheClock) -> None:
    reads = paths(story)
    given = share(story, until=until(hours=2))
    the_clock.move(timedelta(hours=2) - timedelta(seconds=1))
    assert seen(theirs(story), reads) == ALL
    the_clock.move(timedelta(seconds=1))
    assert seen(theirs(story), reads) == set()
    assert ok(theirs(story).post("/v1/people/search", json={"crn": CRN}))["found"] == []
    assert ok(story.practitioner.get(given["href"]))["in_force"] is False
    assert change(story.practitioner, given, "end", reason="It is over.").status_code == 409


def test_a_share_begins_when_it_says(story: Story, the_clock: TheClock) -> None:
    given = share(story, **{"from": until(days=2)})
    assert given["in_force"] is False
    assert theirs(story).get(person_at(CRN)).status_code == 404
    the_clock.move(timedelta(days=2))
    assert theirs(story).get(person_at(CRN)).status_code == 200


def test_a_share_for_one_member_of_staff_shows_others_nothing(story: Story) -> None:
    share(story, practitioner="T.Jones")
    assert theirs(story).get(person_at(CRN)).status_code == 200
    assert theirs(story, "u.other").get(person_at(CRN)).status_code == 404


def test_both_regions_are_told_of_a_share_and_of_its_end(story: Story) -> None:
    given = share(story, "risk", "checks")
    for caller in (story.practitioner, theirs(story)):
        (event,) = told(story, caller, "shared")
        assert event["data"] == {
            "share": given["id"],
            "region": THEIRS,
            "basis": "host_area",
            "sections": ["risk", "checks"],
            "until": event["data"]["until"],
        }
    ended = ok(change(story.practitioner, given, "end", reason="He stays here."))
    assert (ended["ended_by"], ended["end_reason"], ended["in_force"]) == ("p.shah", "He stays here.", False)
    assert theirs(story).get(person_at(CRN)).status_code == 404
    for caller in (story.cast.probation, story.cast.stranger):
        (event,) = told(story, caller, "share_ended")
        assert event["data"]["share"] == given["id"]


def test_a_region_finds_its_own_shares_and_the_holder_all(story: Story) -> None:
    mine = share(story, "risk")
    give_sight(story.cast.council, CRN, "risk")
    assert [one["id"] for one in ok(theirs(story).get(f"{person_at(CRN)}/shares"))["items"]] == [mine["id"]]
    pages: list[str] = []
    query: Json = {"limit": 1}
    while True:
        page = ok(story.practitioner.get(f"{person_at(CRN)}/shares", **query))
        pages += [one["organisation"] for one in page["items"]]
        if page["next"] is None:
            break
        query["after"] = page["next"]
    assert sorted(pages) == sorted([THEIRS, story.cast.council.code])


@pytest.mark.parametrize(
    ("more", "at"),
    [
        ({"organisation": "N99"}, "/organisation"),
        ({"organisation": "N55"}, "/organisation"),
        ({"until": "2026-03-02T09:00:00Z"}, "/until"),
        ({"until": "2027-03-04T09:00:00Z"}, "/until"),
        ({"from": "2026-03-05T09:00:00Z", "until": "2026-03-05T09:00:00Z"}, "/until"),
        ({"basis": "emergency"}, "/basis"),
        ({"basis": "transfer_pending"}, "/basis"),
        ({"sections": []}, "/sections"),
        ({"sections": ["everything"]}, "/sections/0"),
        ({"reason": ""}, "/reason"),
    ],
)
def test_a_share_that_is_not_possible_is_refused(story: Story, more: Json, at: str) -> None:
    refused = story.practitioner.post(f"{person_at(CRN)}/shares", json=a_share() | more)
    assert refused.status_code == 422
    assert [one["pointer"] for one in refused.get_json()["errors"]] == [at]


def test_nobody_shares_the_record_of_another(story: Story) -> None:
    shares = f"{person_at(CRN)}/shares"
    assert theirs(story).post(shares, json=a_share(organisation="N55")).status_code == 404
    given = share(story)
    refused = theirs(story).post(shares, json=a_share(organisation="N55"))
    assert (refused.status_code, refused.get_json()["type"]) == (409, "/problems/held-elsewhere")
    assert change(theirs(story), given, "end", reason="No.").status_code == 409


def test_a_repeated_share_is_given_once(story: Story) -> None:
    shares, body = f"{person_at(CRN)}/shares", a_share()
    first = ok(story.practitioner.post(shares, json=body, idempotency_key="once"), 201)
    assert ok(story.practitioner.post(shares, json=body, idempotency_key="once"), 201) == first
    assert len(ok(story.practitioner.get(shares))["items"]) == 1


def writes(story: Story) -> dict[str, Callable[[Caller], Any]]:
    person, referral = person_at(CRN), f"/v1/referrals/{story.referral_id}"  # type: ignore[attr-defined]
    son, own = story.contact(CRN, "son"), story.practitioner
    review = story.change["reviews"][0]  # type: ignore[attr-defined]
    check = ok(own.get("/v1/checks", referral_id=story.referral_id))["items"][0]  # type: ignore[attr-defined]
    part = ok(own.get(referral))["destinations"][0]

    def tagged(path: str) -> str:
        return own.get(path).headers["ETag"]

    arrested = {
        "kind": "arrest",
        "occurred_on": clock.today().isoformat(),
        "source": "practitioner",
        "standing": "established",
    }
    move = {"action": "withdraw", "reason": "No."}
    return {
        "details": lambda it: it.patch(son["href"], json={"given_name": "Al"}, if_match=son["etag"]),
        "change": lambda it: it.post(f"{person}/changes-of-circumstance", json=arrested),
        "address": lambda it: it.post(
            f"{person}/addresses",
            json={"ref": "x", "kind": "proposed_release", "lines": ["1 High Street"], "postcode": "LS1 4AP"},
        ),
        "amendment": lambda it: it.post(
            f"{referral}/versions", json=darren_and_toby("DAT-1"), if_match=tagged(referral)
        ),
        "completion": lambda it: it.post(
            f"/v1/reviews/{review['id']}/completion",
            json={"changes": ["curfew"]},
            if_match=tagged(f"/v1/reviews/{review['id']}"),
        ),
        "decision": lambda it: it.post(
            f"/v1/checks/{check['id']}/decisions",
            json={"decision": "not_required", "reason": "No."},
            if_match=tagged(f"/v1/checks/{check['id']}"),
        ),
        "withdrawal": lambda it: it.post(
            f"{part['href']}/transitions", json=move, if_match=tagged(part["href"])
        ),
        "message": lambda it: it.post(f"{part['href']}/messages", json={"body": "Hello."}),
        "exclusion": lambda it: it.post(
            f"{person}/exclusions", json={"practitioner": "p.shah", "reason": "No."}
        ),
        "limit": lambda it: it.post(f"{person}/limit", json={"reason": "No."}, if_match='"x"'),
    }


WRITES = (
    "details", "change", "address", "amendment", "completion", "decision", "withdrawal", "message",
    "exclusion", "limit",
)  # fmt: skip


@pytest.mark.parametrize("write", WRITES)
def test_nothing_is_written_through_a_share(story: Story, write: str) -> None:
    share(story)
    calls = writes(story)
    assert set(calls) == set(WRITES)
    refused = calls[write](theirs(story, "h.else", "pdu_head"))
    assert (refused.status_code, refused.get_json()["type"]) == (409, "/problems/held-elsewhere")


# Emergency access.


def test_a_head_of_a_unit_sees_everything_for_a_day_and_the_holder_is_told_at_once(
    story: Story, the_clock: TheClock
) -> None:
    head, reads = theirs(story, "h.else", "pdu_head"), paths(story)
    taken = emergency(head)
    assert taken.status_code == 201
    body = taken.get_json()
    assert (body["person"], body["sections"]) == (person_at(CRN), list(SECTIONS))
    assert taken.headers["Location"] == body["person"]
    assert seen(head, reads) == ALL
    assert seen(theirs(story), reads) == set(), "it is one manager's, not the region's"
    (event,) = told(story, story.practitioner, "emergency_access_taken")
    assert event["data"] | {"until": None} == {
        "share": body["id"],
        "region": THEIRS,
        "sections": list(SECTIONS),
        "until": None,
        "for": ["spo"],
    }
    assert told(story, story.cast.stranger, "emergency_access_taken") == []
    (entry,) = as_owner("SELECT practitioner_id, object_id FROM audit_entry WHERE verb = 'override'")
    assert dict(entry) == {"practitioner_id": "h.else", "object_id": str(person_on_record().id)}
    the_clock.move(timedelta(hours=24))
    assert seen(head, reads) == set()


def test_an_on_call_spo_sees_what_is_needed_and_no_protected_contact(story: Story) -> None:
    spo = theirs(story, "s.else", "spo")
    assert ok(emergency(spo), 201)["sections"] == ["household", "risk", "plan"]
    assert seen(spo, paths(story)) == {"who", "household", "risk", "plan"}
    contacts = ok(spo.get(f"{person_at(CRN)}/contacts"))["items"]
    assert not any(one["given_name"] for one in contacts if one["protected"])


@pytest.mark.parametrize("role", ["on_call_manager", "ap_duty_officer"])
def test_whoever_is_on_call_takes_emergency_access_to_named_facts(story: Story, role: str) -> None:
    night = theirs(story, "n.ight", role)
    assert ok(emergency(night), 201)["sections"] == ["household", "risk", "plan"]


def test_emergency_access_is_for_managers(story: Story) -> None:
    assert emergency(theirs(story)).status_code == 403
    assert emergency(story.cast.stranger).status_code == 403
    assert emergency(story.cast.police).status_code == 403


def test_a_record_is_found_by_one_of_its_numbers(story: Story) -> None:
    number = ok(story.practitioner.get(person_at(CRN)))["noms_number"]
    head = theirs(story, "h.else", "pdu_head")
    assert ok(emergency(head, noms_number=number), 201)["person"] == person_at(CRN)
    assert emergency(head, crn=CRN, noms_number=number).status_code == 422


def test_an_unknown_person_is_a_refusal_like_any_other(story: Story) -> None:
    head = theirs(story, "h.else", "pdu_head")
    before = rows.refusals()
    unknown = emergency(head, crn="X999999")
    assert unknown.status_code == 404
    assert unknown.get_json().keys() == head.get(person_at(CRN)).get_json().keys()
    assert rows.refusals() == before + 2


def test_whoever_sees_a_record_needs_no_emergency_access(story: Story) -> None:
    assert emergency(story.spo).status_code == 409
    head = theirs(story, "h.else", "pdu_head")
    share(story, "risk")
    assert emergency(head).status_code == 201
    assert emergency(head).status_code == 409


def test_a_repeated_call_takes_it_once(story: Story) -> None:
    head, body = theirs(story, "h.else", "pdu_head"), {"crn": CRN, "reason": "He is at her door."}
    calls = [
        ok(head.post("/v1/people/emergency-access", json=body, idempotency_key="once"), 201) for _ in "12"
    ]
    assert calls[0] == calls[1]


def test_it_is_reviewed_by_a_manager_of_the_holder_the_next_working_day(
    story: Story, the_clock: TheClock
) -> None:
    taken = ok(emergency(theirs(story, "h.else", "pdu_head")), 201)
    given = {"href": f"{person_at(CRN)}/shares/{taken['id']}", "etag": "x"}
    the_clock.move(timedelta(days=1, minutes=1))
    story.work()
    (notice,) = [one for one in story.told(story.spo, "escalation.notified") if one["data"]["role"] == "spo"]
    (item,) = notice["data"]["items"]
    assert (item["subject_kind"], item["subject_id"]) == ("sight", taken["id"])
    review = {"outcome": "justified", "reason": "He was at her door."}
    assert change(story.practitioner, given, "review", **review).status_code == 403
    assert change(theirs(story, "h.else", "pdu_head"), given, "review", **review).status_code == 404
    reviewed = ok(change(story.spo, given, "review", **review))
    assert reviewed["review"] | {"at": None} == review | {"by": "s.okafor", "at": None}
    assert change(story.spo, given, "review", **review).status_code == 409
    assert as_owner("SELECT stop_reason FROM clock WHERE subject_kind = 'sight'") == [
        {"stop_reason": "reviewed"}
    ]
    assert len(told(story, story.cast.stranger, "share_reviewed")) == 1


def test_access_that_was_not_justified_ends_with_its_review(story: Story) -> None:
    head = theirs(story, "h.else", "pdu_head")
    taken = ok(emergency(head), 201)
    given = {"href": f"{person_at(CRN)}/shares/{taken['id']}", "etag": "x"}
    ok(change(story.spo, given, "review", outcome="not_justified", reason="He was curious."))
    assert head.get(person_at(CRN)).status_code == 404
    assert emergency(head).status_code == 409, "and is not taken again by who was curious"
    ok(emergency(theirs(story, "o.other", "pdu_head")), 201)


def test_nobody_reviews_their_own_access(story: Story) -> None:
    own = story.practitioner
    access = f"{person_at(CRN)}/access"
    ok(
        own.post(
            f"{person_at(CRN)}/limit",
            json={"reason": "A relative."},
            if_match=own.get(access).headers["ETag"],
        )
    )
    director = story.cast.probation.as_practitioner("d.dale", "regional_director")
    taken = ok(emergency(director), 201)
    given = {"href": f"{person_at(CRN)}/shares/{taken['id']}", "etag": "x"}
    refused = change(director, given, "review", outcome="justified", reason="It was.")
    assert refused.status_code == 409, "emergency access lets its holder read"
    named = {"practitioner": "d.dale", "reason": "To look after it."}
    ok(own.post(f"{person_at(CRN)}/named-staff", json=named))
    refused = change(director, given, "review", outcome="justified", reason="It was.")
    assert (refused.status_code, refused.get_json()["type"]) == (403, "/problems/own-case")
    ok(change(story.spo, given, "review", outcome="justified", reason="It was."))


def test_nobody_on_the_case_reviews_an_access_to_it(story: Story) -> None:
    taken = ok(emergency(theirs(story, "h.else", "pdu_head")), 201)
    given = {"href": f"{person_at(CRN)}/shares/{taken['id']}", "etag": "x"}
    submitter = story.cast.probation.as_practitioner("p.shah", "spo")
    refused = change(submitter, given, "review", outcome="justified", reason="It was.")
    assert (refused.status_code, refused.get_json()["type"]) == (403, "/problems/own-case")
    ok(change(story.spo, given, "review", outcome="justified", reason="It was."))


def test_whoever_took_it_ends_it_and_it_is_reviewed_all_the_same(story: Story) -> None:
    """Ending an access does not end the duty to look at it."""
    taken = ok(emergency(theirs(story, "h.else", "pdu_head")), 201)
    given = {"href": f"{person_at(CRN)}/shares/{taken['id']}", "etag": "x"}
    ok(change(story.spo, given, "end", reason="He has been found."))
    running = as_owner("SELECT state FROM clock WHERE subject_kind = 'sight'")
    assert running == [{"state": "running"}]
    ok(change(story.pdu_head, given, "review", outcome="justified", reason="It was."))


def test_only_emergency_access_is_reviewed(story: Story) -> None:
    given = share(story)
    assert change(story.spo, given, "review", outcome="justified", reason="It was.").status_code == 409


# What the upgrade carried over.


def carried_over(story: Story) -> Json:
    give_sight(story.cast.stranger, CRN, basis="carried_over")
    given: Json
    (given,) = ok(story.practitioner.get(f"{person_at(CRN)}/shares"))["items"]
    return given


def test_the_holder_is_asked_once_to_confirm_what_was_carried_over(story: Story, the_clock: TheClock) -> None:
    given = carried_over(story)
    for _ in "12":
        follow_carried_over(clock.now())
    (event,) = told(story, story.practitioner, "share_confirmation_needed")
    assert event["data"] == {"share": given["id"], "region": THEIRS}
    assert told(story, story.cast.stranger, "share_confirmation_needed") == []
    the_clock.move(timedelta(days=15))
    work_once("worker", threading.Event())
    assert any(
        item["subject_id"] == given["id"]
        for notice in story.told(story.practitioner, "escalation.notified")
        for item in notice["data"]["items"]
    )


def test_a_confirmed_share_goes_on_as_the_holder_gives_it(story: Story, the_clock: TheClock) -> None:
    given = carried_over(story)
    follow_carried_over(clock.now())
    body = {"basis": "joint", "sections": ["risk"], "until": until(days=200), "reason": "Both work with him."}
    confirmed = ok(change(story.practitioner, given, "confirmation", **body), 201)
    assert (confirmed["basis"], confirmed["sections"]) == ("joint", ["risk"])
    assert ok(story.practitioner.get(given["href"]))["ended_by"] == "p.shah"
    assert {row["state"] for row in as_owner("SELECT state FROM clock WHERE subject_kind = 'sight'")} == {
        "stopped"
    }
    the_clock.move(timedelta(days=29))
    assert seen(theirs(story), {"risk": paths(story)["risk"], "checks": paths(story)["checks"]}) == {"risk"}
    again = change(story.practitioner, confirmed, "confirmation", **body | {"until": until(days=30)})
    assert again.status_code == 409


def test_what_nobody_confirms_passes_and_is_asked_about_no_more(story: Story, the_clock: TheClock) -> None:
    carried_over(story)
    follow_carried_over(clock.now())
    the_clock.move(timedelta(days=28))
    follow_carried_over(clock.now())
    assert theirs(story).get(person_at(CRN)).status_code == 404
    assert {row["state"] for row in as_owner("SELECT state FROM clock WHERE subject_kind = 'sight'")} == {
        "stopped"
    }
    follow_carried_over(clock.now())

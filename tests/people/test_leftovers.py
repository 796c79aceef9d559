"""What a transfer or a part in a team leaves behind: who is named, what waits, what others may learn."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from service import clock, db
from service.access.actor import Actor
from service.cases.actions.nobody_home import follow_register
from service.cases.actions.transfers import follow_offers
from service.organisations.writes.organisations import remove_responsibility, set_responsibility
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, ok
from tests.people.factories import CRN, as_owner
from tests.people.holdings import change
from tests.referrals.samples import darren_and_toby, minimal, toby
from tests.rows import person_at

pytestmark = pytest.mark.long

THEIRS = "N51"
WEST = "n.west"


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    story = Story(cast, the_clock)
    story.submit(darren_and_toby())
    return story


def theirs(story: Story, who: str = WEST, role: str = "practitioner") -> Caller:
    return story.cast.stranger.as_practitioner(who, role, pdu="Central Lancashire")


def limit(story: Story) -> None:
    path = f"{person_at(CRN)}/access"
    body = {"named": [], "reason": "A relative works here."}
    seen = story.practitioner.get(path).headers["ETag"]
    ok(story.practitioner.post(f"{person_at(CRN)}/limit", json=body, if_match=seen))


def named(story: Story) -> set[tuple[str, str]]:
    found = ok(story.practitioner.get(f"{person_at(CRN)}/access"))["named"]
    return {(one["region"], one["practitioner"]) for one in found}


def offer(story: Story, **more: Any) -> Json:
    person = person_at(CRN).rpartition("/")[2]
    given = {"person_id": person, "to_region": THEIRS, "reason": "He moves to Preston.", **more}
    return ok(story.practitioner.post("/v1/transfers", json=given), 201)


def answer(caller: Caller, transfer: Json, **given: Any) -> Any:
    seen = caller.get(transfer["href"]).headers["ETag"]
    return caller.post(f"{transfer['href']}/transitions", json=given, if_match=seen)


def decline(story: Story, transfer: Json) -> None:
    ok(answer(theirs(story, WEST, "spo"), transfer, action="decline", reason="Not ours."))


def withdraw(story: Story, transfer: Json) -> None:
    ok(answer(story.practitioner, transfer, action="withdraw"))


def pass_by(story: Story, transfer: Json) -> None:
    del transfer
    story.wait(days=28)
    follow_offers(clock.now())


@pytest.mark.parametrize("end", [decline, withdraw, pass_by])
def test_who_was_named_by_an_offer_is_named_no_more_when_it_ends(
    story: Story, end: Callable[[Story, Json], None]
) -> None:
    limit(story)
    before = named(story)
    transfer = offer(story, named=[WEST])
    assert named(story) - before == {(THEIRS, WEST)}
    assert theirs(story).get(person_at(CRN)).status_code == 200
    end(story, transfer)
    assert {region for region, _ in named(story)} == {"N55"}
    assert theirs(story).get(person_at(CRN)).status_code == 404


def test_who_was_named_before_or_is_needed_for_a_share_given_since_stays_named(story: Story) -> None:
    limit(story)
    until = (clock.now() + timedelta(days=90)).isoformat()
    share = {"organisation": THEIRS, "basis": "joint", "until": until, "reason": "Both.", "named": [WEST]}
    ok(story.practitioner.post(f"{person_at(CRN)}/shares", json=share), 201)
    story.wait(hours=1)
    decline(story, offer(story, named=[WEST]))
    assert (THEIRS, WEST) in named(story), "by the share"
    transfer = offer(story, named=["m.other"])
    story.wait(hours=1)
    ok(story.practitioner.post(f"{person_at(CRN)}/shares", json={**share, "named": ["m.other"]}), 201)
    decline(story, transfer)
    assert (THEIRS, "m.other") in named(story), "by the share given since"


def test_an_offer_that_nobody_answered_lapses_and_is_not_accepted(story: Story) -> None:
    transfer = offer(story)
    manager = theirs(story, WEST, "spo")
    assert "accept" in ok(manager.get(transfer["href"]))["allowed_transitions"]
    story.wait(days=28)
    shown = manager.get(transfer["href"])
    assert ok(shown)["allowed_transitions"] == []
    taken = {"action": "accept", "practitioner": WEST, "pdu": "Central Lancashire"}
    tag = shown.headers["ETag"]
    late = manager.post(f"{transfer['href']}/transitions", json=taken, if_match=tag)
    assert (late.status_code, late.get_json()["state"]) == (409, "lapsed")
    assert "lapsed" in late.get_json()["detail"]
    follow_offers(clock.now())
    assert ok(story.practitioner.get(transfer["href"]))["state"] == "lapsed"
    assert (
        as_owner("SELECT 1 FROM clock WHERE timer = 'answer' AND label = 'transfer' AND state <> 'stopped'")
        == []
    )
    assert answer(manager, transfer, **taken).status_code == 409
    offer(story)


def test_another_offer_follows_one_that_has_passed_though_no_worker_has_seen_it(story: Story) -> None:
    first = offer(story)
    story.wait(days=28)
    offer(story)
    assert ok(story.practitioner.get(first["href"]))["state"] == "lapsed"


def join(story: Story, who: str, part: str = "co_worker") -> None:
    ok(change(story.practitioner, "team", action="add", practitioner=who, part=part))


def part_with(story: Story, who: str, part: str = "co_worker") -> None:
    ok(change(story.practitioner, "team", action="end", practitioner=who, part=part))


def test_who_leaves_the_team_of_a_limited_case_sees_it_no_more(story: Story) -> None:
    limit(story)
    mate = story.cast.probation.as_practitioner("t.mate")
    join(story, "t.mate")
    join(story, "t.mate", "cover")
    part_with(story, "t.mate")
    assert mate.get(person_at(CRN)).status_code == 200, "covers still"
    part_with(story, "t.mate", "cover")
    assert mate.get(person_at(CRN)).status_code == 404


def test_who_is_named_for_another_reason_stays_named(story: Story) -> None:
    limit(story)
    body = {"practitioner": "t.mate", "reason": "Her line manager."}
    ok(story.practitioner.post(f"{person_at(CRN)}/named-staff", json=body))
    for who in ("t.mate", "s.okafor"):
        join(story, who)
        part_with(story, who)
        assert ("N55", who) in named(story), who


def test_who_has_left_the_register_leaves_the_team_and_the_limited_case(
    story: Story, the_clock: TheClock
) -> None:
    limit(story)
    join(story, "t.mate")
    keeper, path = story.cast.probation.keeper(), "/v1/staff/t.mate"
    gone = {"name": "Tom Mate", "ended": clock.now().isoformat()}
    ok(keeper.put(path, json=gone, if_match=keeper.get(path).headers["ETag"]))
    the_clock.move(timedelta(minutes=1))
    follow_register(clock.now())
    assert ok(story.practitioner.get(f"{person_at(CRN)}/holding"))["team"] == []
    assert ("N55", "t.mate") not in named(story)


def test_what_waited_for_an_organisation_goes_to_the_receiving_regions_on_acceptance(
    cast: Cast, the_clock: TheClock
) -> None:
    story = Story(cast, the_clock)
    with db.transaction("owner") as session:
        service = Actor.for_service("registration")
        remove_responsibility(session, service, cast.crs.organisation_id, "crs:accommodation", "N55")
        set_responsibility(session, service, cast.crs.organisation_id, "crs:accommodation", THEIRS)
    document = toby(crn=CRN)
    document["referrer"].pop("region", None)
    referral = story.submit(document)
    (part,) = referral["destinations"]
    assert (part["state"], part["organisation"]) == ("incomplete", None)
    taken = {"action": "accept", "practitioner": WEST, "pdu": "Central Lancashire"}
    ok(answer(theirs(story, WEST, "spo"), offer(story), **taken))
    seen = ok(theirs(story).get(part["href"]))
    assert seen["state"] == "sent", seen["missing"]
    assert ok(cast.crs.get(part["href"]))["state"] == "sent"


def test_a_region_that_asks_for_a_case_does_not_learn_that_it_is_offered_elsewhere(story: Story) -> None:
    offer(story)
    for who in (WEST, "m.other"):
        asking = theirs(story, who)
        side = ok(asking.post("/v1/referrals", json=minimal(f"S-{who}", CRN)), 201)
        (record,) = as_owner(f"SELECT person_id FROM referral WHERE id = '{side['id']}'")
        body = {"person_id": str(record["person_id"]), "reason": "He lives here."}
        asked = asking.post("/v1/transfers", json=body)
        assert asked.status_code == 201, asked.text
        assert asking.post("/v1/transfers", json=body).status_code == 409, "their own"

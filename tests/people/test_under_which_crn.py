"""Who reads of somebody under a CRN is told once under which one the record goes, merged and parted again."""

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, ok
from tests.people.two_records import FIRST, SECOND, colleague, merge, part
from tests.referrals.samples import asking, darren_and_toby


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    """p.shah has referred somebody; a.khan has, under another CRN, to a provider of the other's, too."""
    story = Story(cast, the_clock)
    story.submit(darren_and_toby())
    story.clock.move(timedelta(hours=1))
    document = asking(
        darren_and_toby("SEC-1", crn=SECOND),
        lambda one: one.get("service_category") == "education_training_and_employment",
    )
    ok(colleague(story).post("/v1/referrals", json=document), 201)
    return story


def readers(story: Story) -> dict[str, tuple[Any, list[Json]]]:
    """Return what each destination reads of who somebody is, with what it was told since it was sent that.

    By the id of each destination referral.
    """
    found = {}
    for name in ("ap", "crs", "crs_ete", "mappa"):
        caller = story.cast.callers[name]
        events = ok(caller.get("/v1/events", limit=500))["items"]
        for one in ok(caller.get("/v1/destination-referrals", limit=100))["items"]:
            read = ok(caller.get(f"{one['href']}/document"))["document"]["person"]
            told = [
                each["data"]
                for each in events
                if (each["event"], each["subject"]["id"]) == ("destination_referral.changed", one["id"])
            ]
            found[one["id"]] = (read["crn"], told)
    return found


@pytest.mark.parametrize("has_ended", [True, False])
def test_whoever_reads_of_somebody_under_an_alias_is_told_once_under_which_crn_it_goes(
    story: Story, has_ended: bool
) -> None:
    (alias,) = (one for one in ok(story.spo.get("/v1/referrals", limit=100))["items"] if one["crn"] == SECOND)
    (asked_of,) = story.referral(alias["id"])["destinations"]
    if has_ended:
        provider = story.cast.callers["crs_ete"]
        ok(provider.get(f"{asked_of['href']}/document"))
        story.move(provider, asked_of["id"], "decline", reason_code="no_capacity", reason="Full.")
    before = readers(story)
    assert before[asked_of["id"]][0] == SECOND
    merge(story)
    after = readers(story)
    others = before.keys() - {asked_of["id"]}
    assert {one: after[one] for one in others} == {one: before[one] for one in others}
    crn, told = after[asked_of["id"]]
    assert (crn, [one["sections"] for one in told]) == (FIRST, [["person"]])
    part(story)
    crn, told = readers(story)[asked_of["id"]]
    assert (crn, [one["sections"] for one in told]) == (SECOND, [["person"], ["person"]])

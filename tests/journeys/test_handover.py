"""A colleague takes a case over and reads from its timeline and its summary alone what is owed."""

from html import unescape

import pytest

from service.cases.printed import moment_in_words
from tests.cast import Cast
from tests.conftest import TheClock
from tests.journeys.driver import NOTHING_KNOWN, ok
from tests.journeys.regions import CRN, Regions
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at

pytestmark = pytest.mark.long


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Regions:
    return Regions(cast, the_clock)


def test_a_caretaker_reads_what_happened_and_what_is_owed(story: Regions) -> None:
    referral = story.submit(darren_and_toby())
    story.take_on(story.cast.ap, story.part(referral["id"], "approved_premises")["id"])
    (request,) = ok(story.cast.police.get("/v1/check-requests"))["items"]
    story.answer(story.cast.police, request["id"], NOTHING_KNOWN, nothing_found=True)
    story.wait(days=9)
    tag = story.spo.get(f"{person_at(CRN)}/holding").headers["ETag"]
    until = "2026-03-27T17:00:00Z"
    named = {"action": "name", "practitioner": "c.taker", "until": until}
    ok(story.spo.post(f"{person_at(CRN)}/caretaker", json=named, if_match=tag))

    caretaker = story.cast.probation.as_practitioner("c.taker", "practitioner")
    timeline = ok(caretaker.get(f"{referral['href']}/timeline", limit=500, order="newest"))
    happened = [one["text"] for one in timeline["items"]]
    acts = " named a colleague to act for the accountable practitioner until Friday 27 March 2026."
    assert any(acts in line for line in happened[:5])
    unanswered = (
        "The domestic abuse check of Greater Manchester Police about a former partner: "
        "the agency must answer the check."
    )
    for line in (
        "The referral was sent to Elm House.",
        "Elm House accepted the referral.",
        "West Yorkshire Police answered the domestic abuse check about a former partner: nothing found.",
    ):
        assert line in happened, line
    told = [line for line in happened if line.endswith(unanswered[1:])]
    assert any(" were notified about the " in line for line in told), told

    waiting = timeline["waiting_for"]
    owed = {one["text"]: one for one in waiting}
    to_review = (
        "The domestic abuse check of West Yorkshire Police about a former partner: "
        "the agency has answered the check, and probation must review the answer."
    )
    assert owed[unanswered]["overdue"]
    assert {unanswered, to_review} <= owed.keys()
    assert not [
        text
        for text in owed
        if "Elm House" in text and "the destination must respond to the referral" in text
    ]
    for one in waiting:
        assert one["href"] is None or caretaker.get(one["href"]).status_code == 200, one

    page = unescape(caretaker.get(f"{referral['href']}/summary").text)
    for one in waiting:
        assert one["text"] in page
    assert moment_in_words(story.clock.at) in page

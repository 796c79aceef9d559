"""A number on a record that one does not see is as one of nobody: in what is said, and in what is done."""

import re
from typing import Any

import pytest

from benchmarks.statements import watched
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, ok
from tests.people.factories import as_owner
from tests.referrals.samples import darren_and_toby, minimal

pytestmark = pytest.mark.long

NOBODYS, ELSEWHERE, OF_A_LIMITED_CASE = "A0000AA", "B1111BB", "C2222CC"
ITS_OWN = re.compile(
    r"[0-9a-f]{8}-[0-9a-f-]{27}|X3207[0-9]{2}|[ABC]\d{4}[ABC]{2}|\d{4}-\d\d-\d\dT[0-9:.]+Z", re.IGNORECASE
)


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    """Two records that a.khan does not see: another region's, and one of a limited access case."""
    story = Story(cast, the_clock)
    theirs = document("X320751", ELSEWHERE)
    ok(cast.stranger.as_practitioner("n.west").post("/v1/referrals", json=theirs), 201)
    limited = document("X320752", OF_A_LIMITED_CASE)
    limited["person"]["restricted_record"] = True
    story.submit(limited)
    story.submit(document("X320759", "D3333DD"))  # what is read once in a process
    return story


def document(crn: str, noms_number: str) -> Json:
    found = darren_and_toby(f"R-{crn}", crn=crn)
    found["person"] |= {"noms_number": noms_number, "pnc_number": f"2009/{crn[1:]}0Q"}
    return found


def own(crn: str, noms_number: str) -> Json:
    found = minimal(f"R-{crn}", crn)
    found["person"]["noms_number"] = noms_number
    return found


def caller(story: Story) -> Caller:
    return story.cast.probation.as_practitioner("a.khan")


def asked(story: Story, path: str, body: Json) -> tuple[str, list[str]]:
    """Return what is answered, and the statements of it, in general."""
    who = caller(story)
    who.token()
    with watched() as seen:
        answer = who.post(path, json=body)
    assert answer.status_code in {200, 201}, answer.text
    return ITS_OWN.sub("-", answer.text), [one for one, _ in seen if "call_count" not in one]


@pytest.mark.parametrize("path", ["/v1/referrals/preview", "/v1/referrals"])
def test_a_number_of_somebody_unseen_is_answered_as_one_of_nobody(story: Story, path: str) -> None:
    said = [
        asked(story, path, own(f"X32076{place}", number))
        for place, number in enumerate(("D9999DA", NOBODYS, ELSEWHERE, OF_A_LIMITED_CASE))
    ][1:]
    answers, statements = zip(*said, strict=True)
    assert answers[0] == answers[1] == answers[2]
    assert "same_number" not in answers[0]
    feeds = re.compile("feed:[0-9a-f-]+ ?")
    assert [feeds.sub("", one) for one in statements[0]] == [feeds.sub("", one) for one in statements[1]]
    assert [feeds.sub("", one) for one in statements[0]] == [feeds.sub("", one) for one in statements[2]]


def test_nobody_is_asked_about_records_of_which_one_is_not_seen(story: Story) -> None:
    for place, number in enumerate((ELSEWHERE, OF_A_LIMITED_CASE)):
        answer = ok(caller(story).post("/v1/referrals", json=own(f"X32077{place}", number)), 201)
        assert answer["advice"] == []
        assert ok(caller(story).get(answer["person"]["href"]))["may_be"] == []
    assert as_owner("SELECT id FROM shared_number") == []
    assert as_owner("SELECT id FROM clock WHERE timer = 'same_person'") == []


def test_whoever_sees_both_is_shown_it_and_nobody_who_does_not(story: Story) -> None:
    """p.shah is named in the limited case, and states its number of another person."""
    answer = ok(story.practitioner.post("/v1/referrals", json=own("X320780", OF_A_LIMITED_CASE)), 201)
    assert [one["code"] for one in answer["advice"]] == ["same_number"]
    path = answer["person"]["href"]
    assert len(ok(story.practitioner.get(path))["may_be"]) == 1
    seen: Any = ok(caller(story).get(path))
    assert seen["may_be"] == []
    limited = answer["advice"][0]["href"]
    tag = caller(story).as_practitioner("w.spo", "spo").get(path).headers["ETag"]
    refused = story.cast.probation.as_practitioner("w.spo", "spo").post(
        f"{path}/same-as",
        json={"other": limited.rpartition("/")[2], "same": False, "reason": "I guess."},
        if_match=tag,
    )
    unknown = story.cast.probation.as_practitioner("w.spo", "spo").post(
        f"{path}/same-as",
        json={"other": "00000000-0000-4000-8000-000000000000", "same": False, "reason": "I guess."},
        if_match=tag,
    )
    assert (refused.status_code, refused.get_json()["errors"]) == (422, unknown.get_json()["errors"])

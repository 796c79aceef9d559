"""The address at which a region reads what happened to a record that it holds, or asked about."""

from datetime import timedelta
from urllib.parse import parse_qsl

import pytest

from service import clock
from tests.cast import Cast
from tests.conftest import TheClock
from tests.faults.fixtures import Place
from tests.journeys.driver import Json, Story, ok
from tests.people.factories import give_sight
from tests.referrals.samples import darren_and_toby, minimal

CRN = "X320741"


@pytest.fixture
def place(server: str, database: str, cast: Cast, the_clock: TheClock) -> Place:
    place = Place(server, database, cast, Story(cast, the_clock))
    place.referral = place.story.submit(darren_and_toby())
    return place


def subject(place: Place, reader: str, event: str) -> Json:
    """The subject of the only such entry in the feed that a client reads for nobody."""
    (entry,) = place.story.told(place.cast.callers[reader], event)
    found: Json = entry["subject"]
    return found


def asked_for_a_share(place: Place) -> tuple[Json, Json]:
    """Return the side record of a region that asks for a share, and its request."""
    stranger = place.callers()["stranger"]
    side = ok(stranger.post("/v1/referrals", json=minimal("T-1", CRN)), 201)["person"]
    wanted = {"basis": "joint", "sections": ["risk"], "reason": "He lives here on weekdays."}
    wanted["until"] = (clock.now() + timedelta(days=30)).isoformat()
    return side, ok(stranger.post(f"{side['href']}/share-requests", json=wanted), 201)


@pytest.mark.parametrize("event", ["person.submitted_elsewhere", "person.share_requested"])
def test_each_region_reads_what_was_stated_elsewhere_on_the_record_that_it_sees(
    place: Place, event: str
) -> None:
    side, _ = asked_for_a_share(place)
    ours, theirs = (subject(place, reader, event) for reader in ("probation", "stranger"))
    assert ok(place.officer.get(ours["href"]))["id"] == ours["id"]
    assert theirs["href"] == side["href"]
    ok(place.callers()["stranger"].get(theirs["href"]))


def test_each_region_finds_the_answer_to_a_request_in_its_own_list(place: Place) -> None:
    _, request = asked_for_a_share(place)
    ok(place.officer.post(f"{request['href']}/answer", json={"given": False, "reason": "Ask N54."}))
    for reader, caller in (("probation", place.officer), ("stranger", place.callers()["stranger"])):
        (read,) = ok(caller.get(subject(place, reader, "share_request.answered")["href"]))["items"]
        assert (read["id"], read["answer_reason"]) == (request["id"], "Ask N54."), reader


def test_whoever_sees_the_record_is_shown_the_record_itself(place: Place) -> None:
    side, _ = asked_for_a_share(place)
    give_sight(place.cast.stranger, CRN)
    (entry,) = place.story.told(place.callers()["stranger"], "person.submitted_elsewhere")
    assert entry["subject"]["href"] != side["href"]
    ok(place.callers()["stranger"].get(entry["subject"]["href"]))


def test_everything_on_a_timeline_and_among_what_is_overdue_can_be_read_at_its_address(place: Place) -> None:
    asked_for_a_share(place)
    place.story.wait(days=20)
    manager = place.callers()["manager"]
    happened = place.story.timeline(place.referral["id"]) + place.story.feed(place.officer)
    late = ok(manager.get("/v1/overdue"))["items"] + ok(manager.get("/v1/escalations"))["items"]
    subjects = {(one["subject"]["kind"], one["subject"]["href"]) for one in happened + late}
    assert {"person", "contact", "address", "share_request"} <= {kind for kind, _ in subjects}
    for kind, href in subjects:
        assert href is not None, kind
        path, _, query = href.partition("?")
        ok(manager.get(path, **dict(parse_qsl(query))))


def test_in_a_limited_case_those_named_are_shown_the_record_itself(place: Place) -> None:
    document = darren_and_toby("LAO-1", crn="X320749")
    document["person"]["restricted_record"] = True
    place.story.submit(document)
    ok(place.callers()["colleague"].post("/v1/referrals", json=minimal("T-1", "X320749")), 201)
    (entry,) = place.story.told(place.officer, "person.submitted_elsewhere")
    assert ok(place.officer.get(entry["subject"]["href"]))["id"] == entry["subject"]["id"]

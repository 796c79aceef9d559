"""GET /v1/events, as the systems of providers and agencies poll it."""

from typing import Any
from uuid import UUID

from werkzeug.test import TestResponse

from benchmarks.statements import watched
from service.events import cursor
from service.http import encode_cursor
from tests import rows
from tests.cast import Cast
from tests.events.factories import data_of, happened
from tests.events.webhooks import append_events


def event_names(answer: TestResponse) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [entry["id"] for entry in answer.get_json()["items"]]


def test_a_provider_reads_everything_once_page_by_page(cast: Cast) -> None:
    expected = append_events(cast.crs.organisation_id, times=5)
    read: list[str] = []
    after: dict[str, Any] = {}
    while True:
        answer = cast.crs.get("/v1/events", limit=2, **after)
        read += event_names(answer)
        after = {"after": answer.get_json()["next"]}
        if not answer.get_json()["more"]:
            break
        assert answer.headers["Link"] == f'</v1/events?after={after["after"]}&limit=2>; rel="next"'
    assert read == expected
    assert "Link" not in answer.headers
    assert event_names(cast.crs.get("/v1/events", **after)) == []


def test_an_entry_says_what_happened_to_which_thing_and_no_more(cast: Cast) -> None:
    subject = UUID(int=7)
    with rows.transaction() as session:
        event_id = happened(session, cast.crs.organisation_id, subject=subject)
    (entry,) = cast.crs.get("/v1/events").get_json()["items"]
    assert entry == {
        "position": 1,
        "id": str(event_id),
        "event": "referral.submitted",
        "subject": {"kind": "referral", "id": str(subject), "href": f"/v1/referrals/{subject}"},
        "version": None,
        "occurred_at": "2026-03-02T09:00:00Z",
        "data": data_of("referral.submitted"),
    }


def test_nobody_reads_of_what_does_not_concern_them(cast: Cast) -> None:
    theirs = append_events(cast.crs.organisation_id)
    shared = append_events(cast.crs.organisation_id, cast.police.organisation_id)
    assert event_names(cast.crs.get("/v1/events")) == theirs + shared
    assert event_names(cast.police.get("/v1/events")) == shared
    assert event_names(cast.stranger.get("/v1/events")) == []


def test_a_page_costs_the_same_statements_however_long_it_is(cast: Cast) -> None:
    append_events(cast.crs.organisation_id, times=30)
    counts = []
    cast.crs.token()
    for limit in (1, 30):
        with watched() as statements:
            assert len(event_names(cast.crs.get("/v1/events", limit=limit))) == limit
        counts.append(len([statement for statement, _ in statements if "feed_" in statement]))
    assert counts == [1, 1], "where the feed stands, with its entries"


def test_an_old_cursor_still_reads_on_from_its_place(cast: Cast) -> None:
    expected = append_events(cast.crs.organisation_id, times=4)
    early = cast.crs.get("/v1/events", limit=1).get_json()["next"]
    event_names(cast.crs.get("/v1/events", after=early))
    assert event_names(cast.crs.get("/v1/events", after=early)) == expected[1:]


def test_what_is_not_a_cursor_is_refused(cast: Cast) -> None:
    forged = encode_cursor(1, "0000000000000000")
    for word in (
        "nonsense",
        "!!",
        "W10",
        forged,
        encode_cursor("1", "a"),
        encode_cursor(10**30, "a"),
        "\u00e9",
    ):
        answer = cast.crs.get("/v1/events", after=word)
        assert (answer.status_code, answer.get_json()["type"]) == (400, "/problems/bad-cursor"), word


def test_a_cursor_of_another_organisation_is_refused(cast: Cast) -> None:
    append_events(cast.crs.organisation_id, cast.police.organisation_id)
    theirs = cast.police.get("/v1/events").get_json()["next"]
    assert cast.crs.get("/v1/events", after=theirs).status_code == 400


def test_a_place_that_the_feed_no_longer_knows_is_gone(cast: Cast) -> None:
    append_events(cast.crs.organisation_id)
    ahead = cursor.write(cast.crs.organisation_id, 99)
    answer = cast.crs.get("/v1/events", after=ahead)
    assert answer.status_code == 410
    assert answer.get_json()["type"] == "/problems/cursor-expired"


def test_a_page_has_one_to_five_hundred_entries(cast: Cast) -> None:
    for limit in (0, 501, "many", -1):
        answer = cast.crs.get("/v1/events", limit=limit)
        assert answer.status_code == 422
        assert answer.get_json()["errors"][0]["parameter"] == "limit"


def test_overseers_have_no_feed(cast: Cast) -> None:
    assert cast.oversight.get("/v1/events").status_code == 403

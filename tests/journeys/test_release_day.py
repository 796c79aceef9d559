"""A release day: the team sees on one board what is not ready and whose move it is, and it is settled."""

from datetime import date, timedelta
from typing import Any

from service.release_dates import follow_release_dates
from tests.journeys.driver import Json, Story, ok
from tests.referrals.samples import MONDAY, asking, darren_and_toby

CRN = "X320741"
RELEASE = MONDAY + timedelta(days=8)


def _board(story: Story, **query: Any) -> dict[str, Json]:
    items = ok(story.spo.get("/v1/releases", **query))["items"]
    return {one["crn"]: one["columns"] | {"line": one} for one in items}


def _found(story: Story, column: str) -> tuple[str, str, str | None]:
    cell = _board(story)[CRN][column]
    owner = cell["owner"]
    return cell["level"], cell["found"], owner and owner["name"]


def test_what_is_red_before_a_release_is_settled_by_whom_the_board_names(story: Story) -> None:
    document = asking(darren_and_toby(), lambda one: one["kind"] != "mappa")
    document["release"] |= {"date": RELEASE.isoformat()}
    referral = story.submit(document)
    ap = story.part(referral["id"], "approved_premises")["id"]

    # Eight days before, the premises have said nothing, and there is still time.
    assert _found(story, "bed") == ("amber", "asked", "Elm House")

    # The prison confirms the day. The next morning it is red: the premises offer, the practitioner confirms.
    as_of = story.clock.at.isoformat()
    sent = {"crn": CRN, "release_date": RELEASE.isoformat(), "kind": "confirmed", "as_of": as_of}
    ok(story.cast.prison.post("/v1/release-dates", json={"lines": [sent]}))
    follow_release_dates(story.clock.at)
    assert _board(story)[CRN]["line"]["sent_by_prison"]["kind"] == "confirmed"
    story.wait(days=1)
    assert _found(story, "bed")[0] == "red"
    story.take_on(story.cast.ap, ap)
    assert _found(story, "bed") == ("red", "accepted", "Elm House")
    story.place(
        story.cast.ap,
        ap,
        "offer",
        expected_arrival=RELEASE.isoformat(),
        expected_departure=_later(RELEASE, 84),
    )
    level, found, owner = _found(story, "bed")
    assert (level, found) == ("red", "offered")
    assert owner == _board(story)[CRN]["line"]["practitioner"]["name"]
    story.place(story.practitioner, ap, "confirm")
    assert _found(story, "bed") == ("green", "confirmed", None)

    # On the day itself the police have not answered: the board of reds still has the case, with both names.
    story.clock.set(f"{RELEASE.isoformat()}T09:00:00Z")
    reds = {name for name, cell in _board(story, red="yes")[CRN].items() if cell.get("level") == "red"}
    assert "police_check" in reds
    assert "bed" not in reds

    # He arrives, and whoever takes the case over reads the same in one call.
    story.place(story.cast.ap, ap, "record_arrival", arrived_on=RELEASE.isoformat())
    assert _found(story, "bed") == ("green", "arrived", None)
    person = _board(story)[CRN]["line"]["href"]
    whole = ok(story.spo.get(f"{person}/case"))
    (shown,) = whole["referrals"]["items"]
    stays = [one["stay"]["state"] for one in shown["destinations"] if one["stay"]]
    assert stays == ["arrived"]
    late = {one["subject"]["kind"] for one in whole["obligations"]["items"] if one["overdue"]}
    assert "check_request" in late

    # Four weeks later the line is gone, and what is owed stays on the list of what is overdue.
    story.clock.set(f"{_later(RELEASE, 29)}T09:00:00Z")
    assert CRN not in _board(story)


def _later(day: date, days: int) -> str:
    return (day + timedelta(days=days)).isoformat()

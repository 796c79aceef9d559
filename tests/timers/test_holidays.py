"""The bank holidays of 2027 and 2028 and both changes of the clocks, by value, as GOV.UK lists them."""

from datetime import datetime, timedelta

import pytest

from service.timers import calendars
from service.timers.working_time import LONDON
from tests.timers.schedules import answer, due

EVERYWHERE = [
    *["2027-01-01", "2027-03-26", "2027-05-03", "2027-05-31", "2027-12-27", "2027-12-28"],
    *["2028-01-03", "2028-04-14", "2028-05-01", "2028-05-29", "2028-12-25", "2028-12-26"],
]
"""With the days in place of Christmas and Boxing Day 2027, and of New Year's Day 2028: all at weekends."""
EASTER_MONDAYS = ["2027-03-29", "2028-04-17"]
BESIDES = {
    "england-and-wales": [*EASTER_MONDAYS, "2027-08-30", "2028-08-28"],
    "northern-ireland": [
        *EASTER_MONDAYS,
        *["2027-03-17", "2027-07-12", "2027-08-30"],
        *["2028-03-17", "2028-07-12", "2028-08-28"],
    ],
    # The second of January (twice in lieu), an August of its own, St Andrew; and Easter Monday is worked.
    "scotland": ["2027-01-04", "2027-08-02", "2027-11-30", "2028-01-04", "2028-08-07", "2028-11-30"],
}
ENGLAND, IRELAND, SCOTLAND = BESIDES
OFFICES = {division: calendars.read(calendars.document(division)) for division in BESIDES}


def london(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


@pytest.mark.parametrize("division", BESIDES)
def test_these_are_the_bank_holidays_of_the_two_years(division: str) -> None:
    listed = calendars.document(division)["bank_holidays"]
    assert [day for day in listed if day >= "2027"] == sorted(EVERYWHERE + BESIDES[division])


@pytest.mark.parametrize(
    ("asked", "due_in"),
    [
        # New Year: the second of January is kept in Scotland alone, on the Monday and on the Tuesday after.
        ("2026-12-31T10:00", {ENGLAND: "2027-01-04", IRELAND: "2027-01-04", SCOTLAND: "2027-01-05"}),
        ("2027-12-31T10:00", {ENGLAND: "2028-01-04", IRELAND: "2028-01-04", SCOTLAND: "2028-01-05"}),
        # Easter; in 2027 the clocks go forward on its Sunday.
        ("2027-03-25T10:00", {ENGLAND: "2027-03-30", IRELAND: "2027-03-30", SCOTLAND: "2027-03-29"}),
        ("2028-04-13T10:00", {ENGLAND: "2028-04-18", IRELAND: "2028-04-18", SCOTLAND: "2028-04-17"}),
        # Christmas 2027 is a Saturday: Monday and Tuesday are kept in its place.
        ("2027-12-24T10:00", dict.fromkeys(BESIDES, "2027-12-29")),
        ("2028-12-22T10:00", dict.fromkeys(BESIDES, "2028-12-27")),
        # What one nation keeps and another works.
        ("2027-03-16T10:00", {ENGLAND: "2027-03-17", IRELAND: "2027-03-18", SCOTLAND: "2027-03-17"}),
        ("2027-07-09T10:00", {ENGLAND: "2027-07-12", IRELAND: "2027-07-13", SCOTLAND: "2027-07-12"}),
        ("2027-07-30T10:00", {ENGLAND: "2027-08-02", IRELAND: "2027-08-02", SCOTLAND: "2027-08-03"}),
        ("2027-08-27T10:00", {ENGLAND: "2027-08-31", IRELAND: "2027-08-31", SCOTLAND: "2027-08-30"}),
        ("2027-11-29T10:00", {ENGLAND: "2027-11-30", IRELAND: "2027-11-30", SCOTLAND: "2027-12-01"}),
        # The weekends on which the clocks change.
        ("2027-10-29T10:00", dict.fromkeys(BESIDES, "2027-11-01")),
        ("2028-03-24T10:00", dict.fromkeys(BESIDES, "2028-03-27")),
        ("2028-10-27T10:00", dict.fromkeys(BESIDES, "2028-10-30")),
    ],
)
def test_one_working_day_on(asked: str, due_in: dict[str, str]) -> None:
    for division, day in due_in.items():
        found = OFFICES[division].add_working(london(asked), timedelta(hours=8))
        assert found == london(f"{day}T10:00"), division


@pytest.mark.parametrize(
    ("friday", "monday", "hours"),
    [
        ("2027-10-29T12:00Z", "2027-11-01T13:00Z", 73),  # 13:00 in London, before and after
        ("2028-03-24T13:00Z", "2028-03-27T12:00Z", 71),
    ],
)
def test_over_a_change_of_the_clocks_it_is_the_hour_in_london_that_counts(
    friday: str, monday: str, hours: int
) -> None:
    begun, ends = datetime.fromisoformat(friday), datetime.fromisoformat(monday)
    assert ends - begun == timedelta(hours=hours)
    assert OFFICES[ENGLAND].add_working(begun, timedelta(hours=8)) == ends


def test_a_ladder_over_the_easter_on_which_the_clocks_change() -> None:
    assert due(answer("2027-03-22T09:00"), 7) == {
        "chaser_50": london("2027-03-24T13:00"),
        "chaser_100": london("2027-03-30T17:00"),
        "spo": london("2027-03-31T17:00"),
        "pdu_head": london("2027-04-02T17:00"),
        "region": london("2027-04-07T17:00"),
        "director": london("2027-04-13T17:00"),
        "repeat_1": london("2027-04-20T17:00"),
    }


def test_a_ladder_over_the_christmas_of_substitute_days() -> None:
    assert due(answer("2027-12-22T09:00"), 7) == {
        "chaser_50": london("2027-12-24T13:00"),
        "chaser_100": london("2027-12-30T17:00"),
        "spo": london("2027-12-31T17:00"),
        "pdu_head": london("2028-01-05T17:00"),
        "region": london("2028-01-10T17:00"),
        "director": london("2028-01-14T17:00"),
        "repeat_1": london("2028-01-21T17:00"),
    }

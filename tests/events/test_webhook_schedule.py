"""When a delivery is tried again: about ten tries over three days, whatever the receiver asks for."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.events.webhooks.schedule import (
    JITTER,
    LONGEST_REST,
    LONGEST_RETRY_AFTER,
    OLDEST,
    PAUSES,
    TRIES,
    pause_after,
    read_retry_after,
    rest_after,
)

chances = st.floats(0, 1, exclude_max=True)
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NO_TIME = timedelta(0)


@given(st.lists(chances, min_size=TRIES, max_size=TRIES))
def test_a_delivery_is_tried_ten_times_over_about_three_days(luck: list[float]) -> None:
    age, pauses = NO_TIME, []
    for tries, chance in enumerate(luck, start=1):
        pause = pause_after(tries, age=age, chance=chance)
        if pause is None:
            break
        pauses.append(pause)
        age += pause
    assert len(pauses) == TRIES - 1 == 9
    assert timedelta(days=2.6) < age < timedelta(days=3.4)
    assert pauses == sorted(pauses), "each pause is longer than the one before"
    assert pauses[0] < timedelta(seconds=10), "what was a hiccup is over soon"


@given(st.integers(1, TRIES - 1), chances, chances)
def test_what_failed_together_does_not_come_back_together(tries: int, one: float, other: float) -> None:
    first, second = (pause_after(tries, age=NO_TIME, chance=chance) for chance in (one, other))
    assert first is not None
    assert second is not None
    spread = PAUSES[tries - 1] * JITTER
    assert abs(first - PAUSES[tries - 1]) <= spread
    if abs(one - other) > 0.01:
        assert first != second


@given(st.integers(1, 50), chances, st.timedeltas(NO_TIME, timedelta(days=4000)))
def test_a_receiver_may_ask_for_patience_but_not_for_haste(
    tries: int, chance: float, asked: timedelta
) -> None:
    own = pause_after(tries, age=NO_TIME, chance=chance)
    pause = pause_after(tries, age=NO_TIME, chance=chance, asked=asked)
    if own is None:
        assert pause is None
    else:
        assert pause == max(own, min(asked, LONGEST_RETRY_AFTER))


@given(st.integers(0, 1000), st.timedeltas(OLDEST, timedelta(days=4000)), chances)
def test_what_is_too_old_is_given_up(tries: int, age: timedelta, chance: float) -> None:
    assert pause_after(tries, age=age, chance=chance) is None


@given(st.integers(1, 10_000), chances)
def test_an_endpoint_that_fails_is_left_alone_longer_each_time(failures: int, chance: float) -> None:
    rest = rest_after(failures, chance=chance)
    assert timedelta(seconds=0.9) <= rest <= LONGEST_REST * (1 + JITTER)
    assert rest_after(failures + 2, chance=chance) >= min(rest, LONGEST_REST * (1 - JITTER))
    assert rest_after(failures, chance=chance, asked=timedelta(hours=3)) == timedelta(hours=3)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("120", timedelta(seconds=120)),
        (" 0 ", NO_TIME),
        ("Mon, 02 Mar 2026 09:01:00 GMT", timedelta(minutes=1)),
        ("Mon, 02 Mar 2026 08:00:00 GMT", NO_TIME),
        ("9" * 400, timedelta(seconds=10**9)),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date(written: str, meant: timedelta) -> None:
    assert read_retry_after(written, NOW) == meant


@pytest.mark.parametrize(
    "written",
    [
        None,
        "",
        "soon",
        "-5",
        "1.5",
        "\u0662",
        "Mon, 99 Mar 2026 09:01:00 GMT",
        "Mon, 02 Mar 99999999999 09:01:00 GMT",
    ],
)
def test_what_is_no_retry_after_asks_for_nothing(written: str | None) -> None:
    assert read_retry_after(written, NOW) is None


@given(st.text())
def test_any_retry_after_is_survived(written: str) -> None:
    read_retry_after(written, NOW)

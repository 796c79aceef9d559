"""When supervision ends before its time, a document says nothing that contradicts itself."""

from datetime import date, timedelta
from typing import Any

import pytest

from service.destinations.ending import ended_on, given_back, released_on
from service.destinations.sharing import supervision_ends
from service.document.coherence import allows
from service.document.paths import value_at

TODAY = date(2026, 3, 2)


def day(ahead: int) -> str:
    return (TODAY + timedelta(days=ahead)).isoformat()


def ahead_of_release() -> dict[str, Any]:
    """Somebody in prison with everything planned."""
    return {
        "sentence": {
            "expiry_date": day(500),
            "licence_expiry_date": day(400),
            "hdc_date": day(10),
            "parole_eligibility_date": day(20),
            "pss_start_date": day(500),
            "pss_end_date": day(800),
        },
        "release": {
            "date_known": True,
            "date": day(30),
            "releases": [{"type": "crd_licence", "start_date": day(30), "end_date": day(400)}],
        },
    }


@pytest.mark.parametrize("ended", [-400, -1, 0, 15, 30, 31, 450, 700, 900])
def test_what_ends_early_contradicts_nothing_and_ends_by_that_day(ended: int) -> None:
    document, last = ahead_of_release(), TODAY + timedelta(days=ended)
    changed = ended_on(document, last)
    assert allows(document, changed)
    ends = supervision_ends(changed)
    assert ends is not None
    assert ends <= last


def test_what_was_to_come_after_the_end_is_left_out() -> None:
    changed = ended_on(ahead_of_release(), TODAY)
    assert changed["sentence"] == {
        "expiry_date": day(0), "licence_expiry_date": day(0), "pss_end_date": day(0),
    }  # fmt: skip
    assert changed["release"] == {"date_known": False, "releases": []}


@pytest.mark.parametrize("document", [{}, {"sentence": {"type": "community_order"}}])
def test_an_end_that_nobody_knew_is_known_then(document: dict[str, Any]) -> None:
    assert value_at(ended_on(document, TODAY), "sentence.expiry_date") == day(0)


def test_what_was_not_so_is_given_back_but_for_what_was_said_since() -> None:
    before = ahead_of_release()
    after = ended_on(before, TODAY)
    assert given_back(after, before, after) == before
    since = {**after, "sentence": {**after["sentence"], "expiry_date": day(600)}}
    assert value_at(given_back(since, before, after), "sentence.expiry_date") == day(600)


def test_a_release_on_another_day_begins_what_begins_with_it() -> None:
    changed = released_on(ahead_of_release(), TODAY)
    assert (changed["release"]["date"], changed["release"]["releases"][0]["start_date"]) == (day(0), day(0))
    assert not allows(ahead_of_release(), released_on(ahead_of_release(), TODAY + timedelta(days=600)))

"""The engine of every table of states, tried on a table of its own."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

import pytest

from service.transitions import NotAllowed, StateTable, Transition


class Light(StrEnum):
    RED = "red"
    GREEN = "green"
    OUT = "out"


class Deed(StrEnum):
    PUT_UP = "put_up"
    SWITCH = "switch"
    BREAK = "break"


Who = Literal["council", "vandal"]
Row = Transition[Light, Deed, Who]
COUNCIL: frozenset[Who] = frozenset({"council"})
PUT_UP = Row(Deed.PUT_UP, frozenset({None}), Light.RED, COUNCIL, "light.put_up", ("where",), at="lights")
TO_GREEN = Row(Deed.SWITCH, frozenset({Light.RED}), Light.GREEN, COUNCIL, "light.green", at="switches")
BY_NIGHT = Row(Deed.SWITCH, frozenset({Light.RED}), Light.OUT, COUNCIL, "light.off", at="switches")
BROKEN = Row(
    Deed.BREAK, frozenset({Light.RED, Light.GREEN}), Light.OUT, frozenset({"vandal"}), "light.broken"
)


def by_daylight(row: Row, night: bool) -> str | None:
    """Red turns green by day, goes out by night, and a vandal sees nothing in the dark."""
    refused: Mapping[Row, str] = (
        {TO_GREEN: "It is night.", BROKEN: "It is dark."} if night else {BY_NIGHT: "It is day."}
    )
    return refused.get(row)


LIGHTS = StateTable[Light, Deed, Who, bool](
    subject="traffic light",
    rows=(PUT_UP, BROKEN, TO_GREEN, BY_NIGHT),
    initial={Light.GREEN: "light.found"},
    refuses=by_daylight,
)


def test_a_row_is_open_by_state_side_facts_and_place() -> None:
    assert LIGHTS.permitted(None, "council", False) == (PUT_UP,)
    assert LIGHTS.permitted(Light.RED, "council", False) == (TO_GREEN,)
    assert LIGHTS.permitted(Light.RED, "council", False, at="switches") == (TO_GREEN,)
    assert LIGHTS.permitted(Light.RED, "council", False, at="lights") == ()
    assert LIGHTS.permitted(Light.RED, "vandal", False) == (BROKEN,)
    assert LIGHTS.permitted(Light.RED, "vandal", True) == ()
    assert LIGHTS.permitted(Light.OUT, "council", False) == ()


def test_facts_tell_apart_two_rows_of_the_same_action() -> None:
    assert LIGHTS.move(Light.RED, Deed.SWITCH, "council", False) is TO_GREEN
    assert LIGHTS.move(Light.RED, Deed.SWITCH, "council", True) is BY_NIGHT


def test_an_action_of_two_rows_is_listed_once() -> None:
    both = StateTable[Light, Deed, Who, None]("light", (TO_GREEN, BY_NIGHT, BROKEN), {})
    assert both.allowed(Light.RED, "council", None) == (Deed.SWITCH,)


def test_a_refusal_says_which_fact_refuses_it() -> None:
    with pytest.raises(NotAllowed) as refusal:
        LIGHTS.move(Light.RED, Deed.BREAK, "vandal", True)
    assert (refusal.value.state, refusal.value.action) == (Light.RED, Deed.BREAK)
    assert (refusal.value.allowed, refusal.value.why) == ((), "It is dark.")


def test_a_refusal_says_what_is_allowed_instead() -> None:
    with pytest.raises(NotAllowed) as refusal:
        LIGHTS.move(Light.RED, Deed.PUT_UP, "council", False)
    assert refusal.value.allowed == (Deed.SWITCH,)
    assert refusal.value.why == "put_up is not possible for council while it is red."
    with pytest.raises(
        NotAllowed, match="switch is not possible for council while there is no traffic light"
    ):
        LIGHTS.move(None, Deed.SWITCH, "council", False)


def test_the_diagram_has_every_arrow_once_and_leaves_out_what_leads_from_anywhere() -> None:
    assert list(LIGHTS.arrows()) == [
        ("[*]", "green", ""),
        ("[*]", "red", "put_up"),
        ("red", "green", "switch"),
        ("red", "out", "switch"),
    ]
    assert LIGHTS.from_anywhere(BROKEN)
    twice = StateTable[Light, Deed, Who, None]("light", (TO_GREEN, TO_GREEN, BROKEN), {})
    assert list(twice.arrows()) == [("red", "green", "switch")]

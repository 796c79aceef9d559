"""What reaches whoever reads an older document: what was put right of it, and no change besides."""

from typing import Any

import pytest

from service.destinations.put_right import put_right

TOBY = {"given_name": "Toby", "date_of_birth": "2015-05-06", "relationship": "child"}
ADA = {"given_name": "Ada", "date_of_birth": "2016-07-08", "relationship": "child"}
BORN = {"date_of_birth": "2015-05-16"}
PHONE = {"phone": "0113 496 0077"}

CASES: list[tuple[Any, Any, Any, Any]] = [
    # what they read, what it was before, what it is now, what they read then
    ("Darren", "Darren", "Daz", "Daz"),
    ("Darren", "Dan", "Daz", "Darren"),
    ([TOBY, ADA], [TOBY, ADA], [TOBY | BORN, ADA], [TOBY | BORN, ADA]),
    ([TOBY, ADA], [TOBY, ADA], [ADA], [ADA]),
    ([TOBY, ADA], [TOBY, ADA], [TOBY | BORN], [TOBY | BORN]),
    # A phone that was learned since stays unknown to them; who joined since, too.
    ([TOBY], [TOBY | PHONE, ADA], [TOBY | PHONE | BORN, ADA], [TOBY | BORN]),
    ([ADA, TOBY], [TOBY | PHONE, ADA | PHONE], [ADA | PHONE], [ADA]),
    ([TOBY], [ADA], [ADA | BORN], [TOBY]),
    ([], [ADA], [ADA | BORN], []),
    (["9 Elm Row"], ["9 Elm Row"], ["7 Elm Row"], ["7 Elm Row"]),
    (["8 Elm Row"], ["9 Elm Row"], ["7 Elm Row"], ["8 Elm Row"]),
    ({"a": 1}, {"a": 1}, {}, {}),
    ({"a": None}, {"b": 1}, {"b": 2}, {"a": None}),
    ({"a": 1}, {"a": 1, "b": 1}, {"a": 1, "b": 2}, {"a": 1}),
]


@pytest.mark.parametrize(("read", "before", "now", "then"), CASES)
def test_what_was_put_right_is_read_and_nothing_that_has_changed_besides(
    read: Any, before: Any, now: Any, then: Any
) -> None:
    assert put_right({"it": read, "else": 1}, {"it": before}, {"it": now}) == {"it": then, "else": 1}
    assert put_right({"it": read}, {"it": before}, {"it": before}) == {"it": read}

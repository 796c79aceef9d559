"""The page about the clocks names tests that exist, for each of the nine promises."""

import re
from pathlib import Path

TESTS = Path(__file__).parent.parent
PAGE = (TESTS.parent / "docs" / "clocks.md").read_text()
_NAMED = re.compile(r"`([\w/]+\.py)::(test_\w+)`")
_PROMISE = re.compile(r"^\| (\d) \|", re.MULTILINE)


def test_each_of_the_nine_promises_names_what_attacks_it() -> None:
    assert _PROMISE.findall(PAGE) == [str(number) for number in range(1, 10)]
    assert all(len(_NAMED.findall(row)) >= 2 for row in PAGE.splitlines() if _PROMISE.match(row))


def test_every_test_that_it_names_exists() -> None:
    named = _NAMED.findall(PAGE)
    missing = [
        f"{file}::{test}" for file, test in named if f"\ndef {test}(" not in (TESTS / file).read_text()
    ]
    assert len(named) > 25
    assert missing == []

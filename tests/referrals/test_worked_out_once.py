"""What is worked out of a document is worked out once, however many destinations it goes to."""

from collections import Counter
from types import CodeType
from typing import Any

import pytest

from service.destinations import DESTINATIONS, projection, readiness
from service.destinations.case import Known
from service.document import paths
from service.referrals.actions import routing
from tests.calls import counted
from tests.cast import Cast
from tests.referrals.samples import darren_and_toby

FOR_ALL = {
    **{name: vars(Known)[name].func.__code__ for name in ("asks", "shared", "answered", "matcher")},
}
"""What is the same for every destination of a document."""
FOR_EACH = {"projection": projection.project.__code__, "readiness": readiness._assess.__code__}
COMPILED = {
    "allow-list": projection._tree_of.__wrapped__.__code__,
    "path": paths._compiled.__wrapped__.__code__,
}
"""What depends on the destinations alone, and on no document."""


def times(calls: Counter[CodeType], functions: dict[str, CodeType]) -> dict[str, int]:
    return {name: calls[code] for name, code in functions.items()}


def submit(cast: Cast, document: dict[str, Any]) -> tuple[str, Counter[CodeType]]:
    with counted() as calls:
        answer = cast.probation.as_practitioner().post("/v1/referrals", json=document)
    assert answer.status_code == 201, answer.text
    return answer.get_json()["href"], calls


def document(number: int) -> dict[str, Any]:
    return darren_and_toby(f"ONCE-{number}", crn=f"X32080{number}")


def test_a_submission_works_out_once_what_is_the_same_for_every_destination(cast: Cast) -> None:
    submitted = document(1)
    _, calls = submit(cast, submitted)
    assert times(calls, FOR_ALL) == dict.fromkeys(FOR_ALL, 1)


def test_a_submission_is_assessed_and_projected_once_for_each_destination(cast: Cast) -> None:
    submitted = document(1)
    _, calls = submit(cast, submitted)
    assert times(calls, FOR_EACH) == dict.fromkeys(FOR_EACH, len(submitted["destinations"]))


def test_an_amendment_works_its_version_out_once_too(cast: Cast) -> None:
    amended = document(1)
    href, _ = submit(cast, amended)
    amended["adjustments"][0]["detail"] = "Reads slowly."
    officer = cast.probation.as_practitioner()
    tag = officer.get(href).headers["ETag"]
    with counted() as calls:
        answer = officer.post(f"{href}/versions", json=amended, if_match=tag)
    assert answer.status_code == 200, answer.text
    assert calls[routing.draft_parts.__code__] == 2, "to bring parts in line, and to release what waits"
    assert times(calls, FOR_ALL) == dict.fromkeys(FOR_ALL, 1)
    assert times(calls, FOR_EACH) == dict.fromkeys(FOR_EACH, 2 * len(amended["destinations"]))


def test_an_allow_list_is_compiled_once_in_a_process_whatever_is_submitted(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    projection._tree_of.cache_clear()
    _, first = submit(cast, document(1))
    assert times(first, COMPILED)["allow-list"] == len(DESTINATIONS)
    other = document(2)
    del other["adjustments"]
    _, second = submit(cast, other)
    assert times(second, COMPILED) == dict.fromkeys(COMPILED, 0)

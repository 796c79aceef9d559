"""A call that fails at any of its statements leaves nothing, and the same call then does it all."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

from tests.faults.fixtures import CRN, Place
from tests.referrals.samples import darren_and_toby

Call = Callable[[], Any]
BESIDE = {"call_count"}
"""What a call leaves that fails: that it was counted."""
MOST = 80


@contextmanager
def failing_at(number: int) -> Iterator[list[str]]:
    """Let the statement of this number fail; yields the statements that were sent before it."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, query: str, *_more: Any) -> None:
        if len(sent) == number:
            raise OperationalError(query, None, psycopg.OperationalError("injected"))
        sent.append(query)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def fails_everywhere(place: Place, call: Call) -> tuple[int, list[str]]:
    """Send a call again and again, each time failing one statement later, until it succeeds.

    Returns:
        Its status then, and its statements.
    """
    for number in range(MOST):
        before = place.stored()
        with failing_at(number) as sent:
            answer = call()
        if answer.status_code < 400:
            return answer.status_code, sent
        assert answer.status_code == 503, (number, sent[-1:], answer.text)
        after = place.stored()
        changed = {name for name in after if after[name] != before[name]}
        assert changed <= BESIDE, f"failing at {number} left rows in {changed}: after {sent[-1][:80]}"
    raise AssertionError(f"it took more than {MOST} statements")


def referrals(place: Place) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = place.officer.get("/v1/referrals").get_json()["items"]
    return found


def test_a_submission_that_fails_anywhere_leaves_nothing(place: Place) -> None:
    officer = place.officer
    officer.token()
    document = darren_and_toby("FAILS", crn="X320799")
    status, sent = fails_everywhere(
        place, lambda: officer.post("/v1/referrals", json=document, idempotency_key="fails")
    )
    assert status == 201
    assert sum(statement.startswith("INSERT") for statement in sent) > 15
    assert "publish_to_feeds" in sent[-1]
    again = officer.post("/v1/referrals", json=document, idempotency_key="fails")
    assert again.status_code == 201
    assert [one["submission_reference"] for one in referrals(place)].count("FAILS") == 1


def test_an_amendment_that_fails_anywhere_leaves_nothing(place: Place) -> None:
    officer, href = place.officer, place.referral["href"]
    document = darren_and_toby()
    document["adjustments"][0]["detail"] = "Reads slowly."
    tag = officer.get(href).headers["ETag"]
    status, sent = fails_everywhere(
        place, lambda: officer.post(f"{href}/versions", json=document, if_match=tag, idempotency_key="amends")
    )
    assert status == 200
    assert len(sent) > 30
    assert officer.get(href).get_json()["current_version"] == place.referral["current_version"] + 1


def test_a_preview_that_fails_anywhere_leaves_nothing(place: Place) -> None:
    place.officer.token()
    document = darren_and_toby("LOOKS", crn=CRN)
    with place.nothing_stored(but=BESIDE | {"audit_entry"}):
        status, _ = fails_everywhere(
            place, lambda: place.officer.post("/v1/referrals/preview", json=document)
        )
    assert status == 200

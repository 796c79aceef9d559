"""A call that fails at any of its statements leaves nothing, and the same call then does it all."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

from service import cache_invalidation
from tests.faults.fixtures import CRN, Place
from tests.faults.live import wait_until
from tests.referrals.samples import darren_and_toby

pytestmark = pytest.mark.long

Call = Callable[[], Any]
Fault = Callable[[Place, Connection], str | None]
"""What befalls a statement just before it is sent; it may name another that is sent instead."""

BESIDE = {"call_count"}
"""What a call leaves that fails: that it was counted."""
COUNTING = "INSERT INTO call_count"
"""In the statement that counts calls: a process sends it for some of its calls only, so it has no number."""
MOST = 100
COMMIT = "COMMIT"
REFUSED = "DO $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = 'query_canceled'; END $$"
"""A statement that the server takes and refuses, as it would one that has run into its timeout."""


def never_sent(_place: Place, _connection: Connection) -> None:
    raise OperationalError("never sent", None, psycopg.OperationalError("injected"))


def refused(_place: Place, _connection: Connection) -> str:
    """Let the server refuse it; the connection remains."""
    return REFUSED


def cut_off(place: Place, connection: Connection) -> None:
    """Let the server end the session: nobody is there for it, nor for what follows."""
    process = connection.connection.driver_connection.info.backend_pid  # type: ignore[union-attr]
    assert place.rows("SELECT pg_terminate_backend(%s)", process) == [(True,)]
    there = "SELECT 1 FROM pg_stat_activity WHERE pid = %s"
    wait_until(lambda: not place.rows(there, process), "the server did not end the session")


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what is looked up every ten seconds, so that on a slow machine no call sends a statement more."""
    monkeypatch.setattr(cache_invalidation, "MAX_AGE", 1000.0)


FAULTS = pytest.mark.parametrize("fault", [never_sent, refused, cut_off])


@contextmanager
def failing_at(number: int, fault: Fault, place: Place, *, counting: bool = False) -> Iterator[list[str]]:
    """Let the statement of this number fail, or the commit; yields what was sent, the last of it in vain.

    Args:
        counting: number only the statements that count calls.
    """
    sent: list[str] = []

    def replaced(
        connection: Connection, _cursor: Any, query: str, given: Any, _context: Any, many: bool
    ) -> tuple[str, Any]:
        if (COUNTING in query) != counting:
            return query, given
        sent.append(query)
        if len(sent) != number + 1:
            return query, given
        instead = fault(place, connection)
        return (query, given) if instead is None else (instead, [{}] if many else {})

    def at_the_commit(connection: Connection) -> None:
        sent.append(COMMIT)
        if len(sent) == number + 1 and (instead := fault(place, connection)):
            connection.exec_driver_sql(instead)

    event.listen(Engine, "before_cursor_execute", replaced, retval=True)
    event.listen(Engine, "commit", at_the_commit)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", replaced)
        event.remove(Engine, "commit", at_the_commit)


def fails_everywhere(place: Place, call: Call, fault: Fault) -> tuple[int, list[str]]:
    """Send a call again and again, each time failing one statement later, until it succeeds.

    It succeeds also where only the notification fails, which comes after the commit.

    Returns:
        Its status then, and its statements.
    """
    before = place.stored()
    for number in range(MOST):
        with failing_at(number, fault, place) as sent:
            answer = call()
        if answer.status_code < 400:
            assert all("pg_notify" in after for after in sent[number:]), "a statement failed, and no call"
            return answer.status_code, sent[:number]
        assert answer.status_code == 503, (number, sent[-1:], answer.text)
        after = place.stored()
        changed = {name for name in after if after[name] != before[name]}
        assert changed <= BESIDE, f"failing at {number} left rows in {changed}: after {sent[-1][:80]}"
        before = after
    raise AssertionError(f"it took more than {MOST} statements")


@FAULTS
def test_a_call_that_cannot_be_counted_is_not_answered(place: Place, fault: Fault) -> None:
    officer, before = place.officer, place.stored()
    officer.token()
    with failing_at(0, fault, place, counting=True) as sent:
        assert officer.get("/v1/referrals").status_code == 503
    assert len(sent) == 1
    assert place.stored() == before
    assert officer.get("/v1/referrals").status_code == 200


def referrals(place: Place) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = place.officer.get("/v1/referrals").get_json()["items"]
    return found


@FAULTS
def test_a_submission_that_fails_anywhere_leaves_nothing(place: Place, fault: Fault) -> None:
    officer, name = place.officer, fault.__name__
    officer.token()
    document = darren_and_toby(name, crn="X320799")
    status, sent = fails_everywhere(
        place, lambda: officer.post("/v1/referrals", json=document, idempotency_key=name), fault
    )
    assert status == 201
    assert sum(statement.startswith("INSERT") for statement in sent) >= 15
    assert "publish_to_feeds" in sent[-2]
    assert sent[-1] == COMMIT
    again = officer.post("/v1/referrals", json=document, idempotency_key=name)
    assert again.status_code == 201
    assert [one["submission_reference"] for one in referrals(place)].count(name) == 1


@FAULTS
def test_an_amendment_that_fails_anywhere_leaves_nothing(place: Place, fault: Fault) -> None:
    officer, href = place.officer, place.referral["href"]
    document = darren_and_toby()
    document["adjustments"][0]["detail"] = f"Reads slowly: {fault.__name__}."
    now = officer.get(href)
    tag, version = now.headers["ETag"], now.get_json()["current_version"]
    status, sent = fails_everywhere(
        place,
        lambda: officer.post(
            f"{href}/versions", json=document, if_match=tag, idempotency_key=f"amends-{fault.__name__}"
        ),
        fault,
    )
    assert status == 200
    assert len(sent) > 30
    assert officer.get(href).get_json()["current_version"] == version + 1


@FAULTS
def test_a_preview_that_fails_anywhere_leaves_nothing(place: Place, fault: Fault) -> None:
    place.officer.token()
    document = darren_and_toby("LOOKS", crn=CRN)
    with place.nothing_stored(but=BESIDE | {"audit_entry"}):
        status, _ = fails_everywhere(
            place, lambda: place.officer.post("/v1/referrals/preview", json=document), fault
        )
    assert status == 200

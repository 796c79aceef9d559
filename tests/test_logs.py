"""The logs: enough to find a fault, and no personal data."""

import io
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from service import db, logs
from tests.cast import Cast
from tests.people.factories import CRN, a_household, record, staff
from tests.rows import person_at


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What this process writes down during the test."""
    handlers, level = logging.root.handlers, logging.root.level
    stream = io.StringIO()
    logs.configure(stream)
    yield stream
    logging.captureWarnings(False)
    logging.root.handlers = handlers
    logging.root.setLevel(level)
    structlog.reset_defaults()


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_request_is_one_line_with_the_template_of_its_route(cast: Cast, written: io.StringIO) -> None:
    reader = cast.probation.as_practitioner()
    reader.token()
    written.truncate(0)
    written.seek(0)
    answer = reader.get(person_at(CRN))
    (line,) = lines(written)
    assert answer.status_code == 404
    assert line.pop("duration_ms") >= 0
    assert line == {
        "at": "2026-03-02T09:00:00+00:00",
        "level": "info",
        "event": "request",
        "request_id": answer.headers["X-Request-Id"],
        "method": "GET",
        "route": "/v1/people/<uuid:person_id>",
        "status": 404,
        "client_id": reader.client_id,
    }


def test_nothing_about_a_person_is_ever_written_down(cast: Cast, written: io.StringIO) -> None:
    record(staff(cast.probation), a_household())
    reader = cast.probation.as_practitioner("Ellershaw")
    for path in (person_at(CRN), f"{person_at(CRN)}/contacts", f"/v1/{CRN}/Ellershaw", f"/{CRN}"):
        reader.get(path, after="Ellershaw")
        reader._call("GET", path, {"X-Request-Id": "Ellershaw-Kirsty", "User-Agent": CRN})
    reader.post("/v1/referrals", json=a_household() | {"Ellershaw": CRN})
    log = structlog.get_logger()
    log.error("unexpected", error=CRN, where="Darren Ellershaw", name="Ellershaw", person=CRN)
    logging.getLogger("library").error("Ellershaw lives at %s", "Larkhill", exc_info=ValueError(CRN))
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(f"Ellershaw {CRN}", UserWarning, stacklevel=1)
    text = written.getvalue()
    assert len(lines(written)) >= 11
    for value in (CRN, CRN.lower(), "Ellershaw", "Darren", "Kirsty", "Larkhill"):
        assert value not in text
    assert {key for line in lines(written) for key in line} <= logs.KEYS


def audited(request_id: str) -> bool:
    """Whether the audit trail holds an entry of a call with such an id."""
    query = text("SELECT EXISTS (SELECT FROM audit_entry WHERE body LIKE :quoted)")
    with db.transaction("owner") as session:
        return bool(session.scalar(query, {"quoted": f'%"{request_id}"%'}))


@pytest.mark.parametrize("sent", ["Darren-Ellershaw", "X320741-0001", "A1234BC-", "poll_number.7"])
def test_a_request_id_that_could_say_something_is_not_taken_over(cast: Cast, sent: str) -> None:
    answer = cast.probation.as_practitioner()._call("GET", "/v1/referrals", {"X-Request-Id": sent})
    assert UUID(answer.headers["X-Request-Id"])
    assert not audited(sent)


@pytest.mark.parametrize(
    "sent", ["0c8eb7f4-ffc9-4071-951b-1f73087d2874", "4bf92f3577b34da6a3ce929d0e0e4736", "00FF00FF"]
)
def test_a_request_id_of_hexadecimal_digits_is_taken_over_everywhere(
    cast: Cast, written: io.StringIO, sent: str
) -> None:
    answer = cast.probation.as_practitioner()._call("GET", "/v1/referrals", {"X-Request-Id": sent})
    assert answer.headers["X-Request-Id"] == sent
    assert lines(written)[-1]["request_id"] == sent
    assert audited(sent)


def test_what_a_library_says_is_reduced_to_where(written: io.StringIO) -> None:
    try:
        raise ValueError(CRN)
    except ValueError:
        logging.getLogger("some.library").exception("about %s", CRN)
    (line,) = lines(written)
    assert (line["event"], line["logger"], line["error"]) == ("library", "some.library", "ValueError")
    assert line["where"].startswith("test_logs:")
    assert line["level"] == "error"


def test_gunicorn_writes_the_same_way(written: io.StringIO) -> None:
    logger = logging.getLogger("gunicorn.error")
    logger.addHandler(logging.StreamHandler(io.StringIO()))
    logs.configure(written)
    logger.warning("Worker %s was sent a signal", 7)
    assert lines(written)[-1]["logger"] == "gunicorn.error"
    assert logger.handlers == []


words = st.text(st.characters(codec="utf-8"), max_size=30)


keys = st.sampled_from(sorted(logs.KEYS)) | words
crns = st.from_regex(r"[A-Z][0-9]{6}", fullmatch=True)
around = st.text("abz09-_.:/<> ", max_size=8)


@given(key=keys, crn=crns, before=around, after=around)
def test_no_value_lets_a_crn_through(key: str, crn: str, before: str, after: str) -> None:
    line = logs.only_codes(None, "info", {"event": "tested", key: f"{before}{crn}{after}"})
    assert crn not in json.dumps(line)


@given(identifier=st.uuids())
def test_identifiers_of_ours_are_written(identifier: Any) -> None:
    line = logs.only_codes(None, "info", {"clock": identifier, "request_id": str(identifier)})
    assert (line["clock"], line["request_id"]) == (str(identifier), str(identifier))

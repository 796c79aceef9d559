"""What PostgreSQL reads for every operation of the document, in a database with many cases.

Nothing is listed by hand: an operation that is added is called and explained with the others.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import text

from service import db
from service.access.permissions import PERMISSIONS
from tests.conftest import a_database
from tests.contract.conformance import Json, conformance_of, operations
from tests.contract.conftest import RecordedCase
from tests.contract.openings import Fixtures, may_call
from tests.grown import grow
from tests.plans import explained, judged, large_tables

pytestmark = pytest.mark.long

COPIES = 310

READ_UP = """
    UPDATE webhook_delivery SET state = 'delivered', settled_at = :now, next_try_at = NULL
"""
"""Nothing waits at an endpoint: the copies of what does would all be of the one endpoint there is."""


@pytest.fixture(scope="module")
def recorded_case(recorded_case: RecordedCase, server: str) -> Iterator[RecordedCase]:
    """The recorded case, among many others."""
    with a_database(server, recorded_case.database) as name:
        with db.transaction("owner") as session:
            session.execute(text(READ_UP), {"now": recorded_case.clock.at})
        grow(server, name, COPIES)
        db.bind({})
        yield replace(recorded_case, database=name)


FOR_ROWS_READ_BEFORE = (
    "list_check_requests: reads {'case_holding'",
    "search_check_requests: reads",
    "submit_referral: reads",
    "list_transfers: reads",
    "report_adjustments: reads",
    "list_releases: reads {'restriction'",
    "list_work: reads the whole of ['guarded_person']",
)
"""A page asks of each of its people what this manager did in the case, or whether the record is seen. What is
counted is read. A list of work asks of each guarded record once, and of none of its rows.

Two are gaps: a search by name reads every question of the agency, and what keeps a question as it was sent
reads more pages than its rows are.
"""


def faults(fixtures: Fixtures, path: str, operation: Json, tables: frozenset[str]) -> list[str]:
    """Make one call that is taken, of a list one from each end; return what its statements read too much."""
    name, found = operation["operationId"], list[str]()
    ordered = any(one.get("name") == "order" for one in operation.get("parameters", ()))
    for query in ({}, {"order": "newest"}) if ordered else ({},):
        call = fixtures.ready(path, operation["method"], name, **query)
        with explained() as seen:
            answer = call()
        assert answer.status_code < 300, (name, answer.text)
        assert seen, name
        found += [f"{name}: {fault}" for fault in judged(seen, tables)]
    return found


@pytest.mark.parametrize(
    "fixtures",
    ["probation", "destination", "agency", "prison", "administration", "keeper"],
    indirect=True,
)
def test_no_operation_reads_more_than_it_returns_or_changes(
    fixtures: Fixtures, recorded_case: RecordedCase, server: str
) -> None:
    tables = large_tables(server, recorded_case.database)
    assert {"clock", "event", "feed_entry", "person", "referral", "safety_check"} <= tables
    found, called = [], 0
    for path, method, operation in operations(conformance_of(fixtures.caller.app).spec):
        permission = PERMISSIONS.get(operation.get("x-permission", ""))
        if permission and may_call(permission, fixtures.side):
            found += faults(fixtures, path, operation | {"method": method}, tables)
            called += 1
    assert [fault for fault in found if not fault.startswith(FOR_ROWS_READ_BEFORE)] == []
    assert called >= {"keeper": 4, "prison": 1}.get(fixtures.side, 11)

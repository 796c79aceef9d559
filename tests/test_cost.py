"""What a call costs the database, counted in statements; what is timed is in `make bench`.

The count of a caller's calls is left out: it comes with some calls and not with others, on purpose.
"""

from datetime import timedelta

import pytest

from benchmarks.statements import watched
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.referrals.samples import darren_and_toby

SUBMISSION = 72
"""Five destinations, three requests of checks, seven clocks, seventeen audit entries, twenty-six events."""
FEW, MANY = 1, 6


def submit(caller: Caller, number: int) -> None:
    document = darren_and_toby(f"COST-{number}", crn=f"X32080{number}")
    answer = caller.as_practitioner().post("/v1/referrals", json=document)
    assert answer.status_code == 201, answer.text


def cost_of_submitting(caller: Caller, number: int) -> int:
    with watched() as seen:
        submit(caller, number)
    return counted(seen)


def cost_of_reading(caller: Caller, path: str, expect: int) -> int:
    with watched() as seen:
        answer = caller.get(path)
    assert answer.status_code == 200, answer.text
    (rows,) = (value for value in answer.get_json().values() if isinstance(value, list))
    assert len(rows) >= expect
    return counted(seen)


def counted(seen: list[tuple[str, dict[str, object]]]) -> int:
    return sum("call_count" not in statement for statement, _ in seen)


def test_a_submission_of_five_destinations_costs_no_more_statements_than_it_used_to(cast: Cast) -> None:
    submit(cast.probation, 0)  # reads policies and calendars, which are kept
    assert cost_of_submitting(cast.probation, 1) <= SUBMISSION


def test_a_submission_costs_the_same_however_many_there_have_been(cast: Cast) -> None:
    submit(cast.probation, 0)
    first = cost_of_submitting(cast.probation, 1)
    for number in range(2, 5):
        submit(cast.probation, number)
    assert cost_of_submitting(cast.probation, 5) == first


@pytest.mark.parametrize(
    ("part", "path", "most"),
    [
        ("probation", "/v1/referrals", 8),
        ("probation", "/v1/destination-referrals", 8),
        ("crs", "/v1/destination-referrals", 8),
        ("probation", "/v1/check-requests", 8),
        ("manager", "/v1/check-requests", 9),  # besides, what this manager did in these cases
        ("police", "/v1/check-requests", 8),
        ("probation", "/v1/overdue", 8),
        ("crs", "/v1/events", 4),
    ],
)
def test_a_list_costs_the_same_however_long_it_is(
    cast: Cast, the_clock: TheClock, part: str, path: str, most: int
) -> None:
    readers = {
        "probation": cast.probation.as_practitioner(),
        "manager": cast.probation.as_practitioner("s.okafor", "spo"),
    }
    reader = readers.get(part) or cast.callers[part]
    for number in range(FEW):
        submit(cast.probation, number)
    the_clock.move(timedelta(days=60))  # so that clocks are overdue
    reader.token()
    short = cost_of_reading(reader, path, FEW)
    the_clock.move(timedelta(days=-60))
    for number in range(FEW, MANY):
        submit(cast.probation, number)
    the_clock.move(timedelta(days=60))
    reader.token()
    assert cost_of_reading(reader, path, MANY) == short <= most

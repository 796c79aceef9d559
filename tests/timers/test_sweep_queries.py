"""A sweep reads what is due and nothing else, whatever is pending."""

from datetime import datetime
from typing import Any

from sqlalchemy import text

from service import db
from service.timers import Subject
from service.timers.model import Clock
from service.timers.sweep import longest_due, sweep
from tests.conftest import TheClock
from tests.timers.factories import Factory, steps


def test_a_sweep_with_nothing_due_reads_nothing_however_much_is_pending(
    factory: Factory, the_clock: TheClock
) -> None:
    multiply(factory.start(), 2000)
    assert rows_read(the_clock.at) == 0


def test_a_sweep_reads_what_is_due_and_not_what_is_pending(factory: Factory, the_clock: TheClock) -> None:
    due = factory.start(urgency="urgent")
    multiply(factory.start(), 2000)
    the_clock.set("2026-03-02T13:00Z")
    assert rows_read(the_clock.at) <= 1
    assert sweep(the_clock.at).clocks == 1
    assert steps(due) == ["chaser_50"]


def multiply(subject: Subject, number: int) -> None:
    """Copy a clock many times over, as a national year would."""
    columns = ", ".join(
        f'"{column.key}"' for column in Clock.__table__.columns if column.key not in {"id", "subject_id"}
    )
    with db.transaction("owner") as session:
        session.execute(
            text(
                f"INSERT INTO clock (id, subject_id, {columns}) SELECT gen_random_uuid(), gen_random_uuid(),"
                f" {columns} FROM clock, generate_series(1, :number) WHERE subject_id = :id"
            ),
            {"number": number, "id": subject.id},
        )
        session.execute(text("ANALYZE clock"))


def rows_read(now: datetime) -> int:
    """Return how many rows the sweep's own question reads, by the plan that PostgreSQL really ran."""
    asked = longest_due(now).compile(db.engine("worker"), compile_kwargs={"literal_binds": True})
    with db.transaction("worker") as session:
        (explained,) = session.scalars(text(f"EXPLAIN (ANALYZE, FORMAT JSON) {asked}")).one()
    scans = [node for node in nodes(explained["Plan"]) if "Scan" in node["Node Type"]]
    assert [scan["Index Name"] for scan in scans] == ["clock_due"], "by the index of due times alone"
    return sum(int(scan["Actual Rows"]) + scan.get("Rows Removed by Filter", 0) for scan in scans)


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for inner in plan.get("Plans", []) for node in nodes(inner))]

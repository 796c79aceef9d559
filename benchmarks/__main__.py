"""`make bench`: runs every comparison, prints the table and writes it to `results/`."""

import io
import json
import os
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import psycopg

from benchmarks import counting, firing, reads, submission
from benchmarks.fixtures import Fixtures, fixtures
from benchmarks.verdict import Verdict, table
from service import db, logs

RESULTS: Final = Path(__file__).parent / "results"
LIBRARIES: Final = ("flask", "gunicorn", "sqlalchemy", "psycopg", "joserfc", "marshmallow")
REFERRALS: Final = 40
"""Submitted before anything is read."""


def main() -> None:
    """Run every comparison; a quick run (`QUICK=1`) writes other files and shows only that they work."""
    quick = os.environ.get("QUICK", "") not in {"", "0"}
    began, load = time.monotonic(), os.getloadavg()[0]
    RESULTS.mkdir(exist_ok=True)
    logs.configure(io.StringIO())  # this process must not log
    with fixtures() as here:
        conditions = _conditions(load, quick=quick)
        verdicts = _measure(here, quick=quick)
    conditions["seconds"] = round(time.monotonic() - began)
    _write("quick" if quick else "latest", conditions, verdicts)
    print(table(verdicts))
    if not all(one.reached for one in verdicts):
        print("\nNot every target is met.", file=sys.stderr)


def _measure(here: Fixtures, *, quick: bool) -> list[Verdict]:
    rounds = 2 if quick else 5
    _say("submitting referrals to read")
    submission.fill(here, 10 if quick else REFERRALS)
    _say("reads")
    verdicts = reads.measure(here, rounds=rounds if quick else 15, seconds=0.3 if quick else 1.0)
    _say("submissions")
    verdicts.append(submission.measure(here, rounds=rounds, each=2 if quick else 8))
    _say("clocks")
    verdicts.append(
        firing.measure(
            here,
            rounds=rounds,
            due=20 if quick else 1_000,
            few=500 if quick else 10_000,
            many=5_000 if quick else 100_000,
            seconds=5 if quick else 75,
        )
    )
    _say("counting")
    verdicts.append(counting.measure(here, running=5_000 if quick else 100_000, number=rounds))
    return verdicts


def _conditions(load: float, *, quick: bool) -> dict[str, Any]:
    with psycopg.connect(db.url_for("api")) as line:
        server = line.info.server_version // 10_000
    return {
        "quick": quick,
        "cores": os.cpu_count(),
        "load_before": round(load, 1),
        "shared_cores": "the load generator, both servers (2 processes of 8 threads each) and PostgreSQL",
        "python": platform.python_version(),
        "postgresql": str(server),
        **{name: version(name) for name in LIBRARIES},
    }


def _write(name: str, conditions: dict[str, Any], verdicts: list[Verdict]) -> None:
    found = {"conditions": conditions, "verdicts": [one.as_json() for one in verdicts]}
    (RESULTS / f"{name}.json").write_text(json.dumps(found, indent=2) + "\n")
    listed = "\n".join(f"- {key}: {value}" for key, value in conditions.items())
    (RESULTS / f"{name}.md").write_text(f"{table(verdicts)}\n\n{listed}\n")


def _say(what: str) -> None:
    print(f"... {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()

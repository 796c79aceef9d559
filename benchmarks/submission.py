"""Submitting a referral over HTTP, compared with inserting the same rows by psycopg in one pipeline."""

import json
import time
import uuid
from http.client import HTTPConnection
from itertools import count
from statistics import median
from typing import Any

from benchmarks import statements
from benchmarks.fixtures import HUMBERSIDE, Fixtures
from benchmarks.replay import replaying
from benchmarks.verdict import Verdict
from service import clock
from service.demo import cast
from service.demo.sample import sample

CREATED = 201
INCLUSION_OUTCOME = "5dd9534e-df08-46be-b4f8-13d93feacf72"
_numbers = count(100_000)


def document() -> dict[str, Any]:
    """Return a referral never sent before, to six destinations, whose household calls for five requests."""
    number = next(_numbers)
    submission = sample(clock.today(), f"BENCH-{number}", f"X{number}")
    employment = next(
        one for one in submission["destinations"] if one.get("service_category", "").startswith("e")
    )
    inclusion = {**employment, "service_category": "social_inclusion"}
    inclusion["annex"] = {**employment["annex"], "desired_outcomes": [INCLUSION_OUTCOME]}
    submission["destinations"].append(inclusion)
    submission["addresses"].append(
        {
            "ref": "sisters-home",
            "kind": "visited",
            "lines": ["2 Quay Row", "Hull"],
            "postcode": "HU1 2AA",
            "police_force": HUMBERSIDE.code,
            "local_authority": "E08000003",
            "source": "practitioner",
            "verified": True,
        }
    )
    submission["household"]["contacts"].append(
        {
            "ref": "niece",
            "relationship": "child",
            "given_name": "Wren",
            "family_name": "Ellershaw",
            "date_of_birth": "2019-04-02",
            "details_status": "provided",
            "lives_at": "sisters-home",
            "contact": "supervised",
            "local_authority": "E08000003",
            "source": "practitioner",
            "verified": True,
        }
    )
    return submission


class Submitter:
    """Probation's case system on one persistent connection."""

    def __init__(self, fixtures: Fixtures) -> None:
        self._fixtures = fixtures
        self._line = HTTPConnection(*fixtures.api, timeout=60)
        self._token = fixtures.token("probation", cast.PRACTITIONER)

    def headers(self) -> dict[str, str]:
        """Return the headers of one submission."""
        return {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
            "Idempotency-Key": str(uuid.uuid4()),
        }

    def submit(self) -> tuple[float, dict[str, Any]]:
        """Submit a referral; return the seconds it took and the answer."""
        body = json.dumps(document())
        began = time.perf_counter()
        self._line.request("POST", "/v1/referrals", body, self.headers())
        answer = self._line.getresponse()
        read = answer.read()
        took = time.perf_counter() - began
        if answer.status != CREATED:
            raise ValueError(f"a submission was answered {answer.status}: {read[:600]!r}")
        shown: dict[str, Any] = json.loads(read)
        return took, shown

    def count_statements(self) -> int:
        """Return how many statements one submission sends to the database."""
        client = self._fixtures.app.test_client()
        with statements.watched() as seen:
            answer = client.post("/v1/referrals", json=document(), headers=self.headers())
        if answer.status_code != CREATED:
            raise ValueError(f"a submission was answered {answer.status_code}")
        return len(seen)


def fill(fixtures: Fixtures, referrals: int) -> None:
    """Submit some referrals, for the other measurements to read."""
    submitter = Submitter(fixtures)
    for _ in range(referrals):
        submitter.submit()


def measure(fixtures: Fixtures, *, rounds: int, each: int) -> Verdict:
    """Measure submissions, one after the other, by turns with their rows.

    Args:
        rounds: how many; one more goes before them to warm up and is not counted.
        each: submissions in a round.
    """
    submitter = Submitter(fixtures)
    ratios, took, bare_took = [], [], []
    with replaying(fixtures, submitter.submit()[1]["id"]) as replay:
        for number in range(rounds + 1):
            ours = median(submitter.submit()[0] for _ in range(each))
            bare = median(replay.send() for _ in range(each))
            if number:
                ratios.append(ours / bare)
                took.append(ours)
                bare_took.append(bare)
        rows = {name: len(made) for name, made in sorted(replay.rows.items())}
    return Verdict(
        "a full submission: 6 destinations, 5 requests of checks, clocks, audit, feed",
        "the same rows by psycopg in one pipelined transaction, without HTTP",
        ratios,
        "lower",
        5,
        {
            "statements": submitter.count_statements(),
            "rows": sum(rows.values()),
            "rows_by_table": rows,
            "ms_here": round(median(took) * 1000, 1),
            "floor_ms_here": round(median(bare_took) * 1000, 1),
        },
    )

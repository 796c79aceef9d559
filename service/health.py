"""Health checks: liveness, readiness and metrics of the clocks, for monitoring.

All figures are read from the database when requested, so they are right for any number of processes.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from flask import Response
from marshmallow import fields as plain
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from service import clock, db, duties, fields, http, migrate, structure
from service.timers import monitoring
from service.timers.monitoring import Watch

health = http.Blueprint("health", __name__, description="Health checks and metrics.")
blueprints = (health,)

NO_DATABASE: Final = "database_unreachable"
NOT_CONFIGURED: Final = "database_not_configured"
NOT_MIGRATED: Final = "migrations_behind"
NO_FIGURES: Final = "watch_blind"
NOT_USED: Final = "registrations_not_used"

FAULTS: Final[dict[str, tuple[str, str]]] = {
    NO_DATABASE: (
        "the database does not answer, or refuses the role",
        "check the database, the URL and the rights of the role; this process needs no restart",
    ),
    NOT_CONFIGURED: (
        "the process has no URL for one of its database roles",
        'set it and start the process again: docs/operating.md, "Processes"',
    ),
    NOT_MIGRATED: ("the database has not had every migration of this release", "run `referrals prepare`"),
}
"""Why a process cannot serve: each code with its meaning and what to do."""

ATTENTION: Final[dict[str, tuple[str, str]]] = {
    **monitoring.ALARMS,
    NO_FIGURES: (
        "the figures of the clocks cannot be read, so that none of the alarms above can be raised",
        "create `watch_timers()` as its migration does, and grant the API's role the right to run it",
    ),
    NOT_USED: (
        "an organisation is registered for a duty or an area that no referral and no check uses",
        "`referrals prepare` names each: register it for an area that exists, or remove the duty",
    ),
    **structure.ALARMS,
}
"""Alarms to investigate while the process serves: each code with its meaning and what to do."""

GAUGES: Final = {
    "oldest_due": (
        "referrals_oldest_due_firing_seconds",
        "Age of the oldest due firing that has not been recorded.",
    ),
    "oldest_overdue": (
        "referrals_oldest_overdue_clock_seconds",
        "Time since the oldest overdue answer was due.",
    ),
    "last_sweep": ("referrals_last_sweep_seconds", "Time since any worker last swept."),
    "oldest_notice": (
        "referrals_oldest_unsent_notice_seconds",
        "Age of the oldest unsent notice.",
    ),
    "without_firing": ("referrals_clocks_without_firing", "Open clocks that will never fire: must be 0."),
    "faulted": ("referrals_clocks_faulted", "Clocks that could not be fired."),
    "assumed": (
        "referrals_clocks_beyond_calendar",
        "Clocks whose next firing is after the last bank holiday of their calendar.",
    ),
    "nobody_to_tell": (
        "referrals_escalations_to_nobody",
        "Overdue cases of which nobody may know who could be told: must be 0.",
    ),
    "calendar_days": ("referrals_calendar_days", "Days until the first of the calendars ends."),
}
"""The metric name and meaning of each figure."""


class LivenessView(fields.View):
    """That the process answers."""

    status = fields.Choice({"alive": "the process answers"}, metadata={"description": "Always the same."})


class ReadinessView(fields.View):
    """Whether this process can serve, and what needs attention."""

    status = fields.Choice(
        {"ready": "it can serve", "not_ready": "send it no calls"},
        metadata={"description": "Whether this process can serve."},
    )
    faults = plain.List(
        fields.Text(), metadata={"description": "Why it cannot serve, by code; empty if it can."}
    )
    attention = plain.List(
        fields.Text(),
        metadata={
            "description": "Problems to investigate while it serves: the code of an alarm, and for some "
            "codes a colon and the object."
        },
    )
    timers = plain.Dict(
        keys=fields.Text(),
        values=plain.Float(allow_none=True),
        metadata={
            "description": "Figures about the clocks; times in seconds, null if there is nothing to measure."
        },
    )


@health.route("/health/liveness")
@health.response(200, LivenessView)
def read_liveness() -> dict[str, str]:
    """Return whether the process answers.

    It depends on nothing else, such as the database.
    """
    return {"status": "alive"}


@health.route("/health/readiness")
@health.response(200, ReadinessView)
@health.alt_response(503, schema=ReadinessView, success=False)
def read_readiness() -> tuple[dict[str, Any], int]:
    """Return whether the process can serve: the database answers and has every migration of this release.

    A worker that is behind, or a safeguard of the data that is off, does not make it unready: it is
    listed under `attention`.
    """
    report = check_health()
    answer = {
        "status": "not_ready" if report.faults else "ready",
        "faults": report.faults,
        "attention": report.attention,
        "timers": report.figures,
    }
    return answer, 503 if report.faults else 200


@health.route("/metrics")
@health.response(200, content_type="text/plain")
def read_metrics() -> Response:
    """Return the figures of the health checks in the text format of Prometheus."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_HealthCollector())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)


@dataclass(frozen=True)
class HealthReport:
    """The result of a health check: with `faults` the process cannot serve, with `attention` it can."""

    faults: list[str] = field(default_factory=list)
    attention: list[str] = field(default_factory=list)
    figures: dict[str, float | int | None] = field(default_factory=dict)


def check_health() -> HealthReport:
    """Check whether this process can serve, the clocks run and the database's safeguards are unchanged."""
    try:
        if not migrate.at_head():
            return HealthReport(faults=[NOT_MIGRATED])
        with db.transaction("reader") as session:
            attention = [*([NOT_USED] if duties.unused(session) else []), *structure.alterations(session)]
        clocks = _clocks()
    except (DBAPIError, PoolTimeoutError):
        return HealthReport(faults=[NO_DATABASE])
    except db.DatabaseNotConfigured:
        return HealthReport(faults=[NOT_CONFIGURED])
    if clocks is None:
        return HealthReport(attention=[NO_FIGURES, *attention])
    return HealthReport(attention=[*clocks.faults(), *attention], figures=clocks.figures())


def _clocks() -> Watch | None:
    """Return the figures of the clocks, or None when this role may not read them."""
    try:
        with db.transaction("api") as session:
            return monitoring.watch(session, clock.now())
    except ProgrammingError:
        return None


class _HealthCollector:
    """Reads the figures when Prometheus scrapes them."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield a gauge for each figure that has a value, and the number of alarms of each kind."""
        report = check_health()
        yield GaugeMetricFamily("referrals_ready", "Whether this process can serve.", value=not report.faults)
        for figure, value in report.figures.items():
            name, meaning = GAUGES[figure]
            if value is not None:
                yield GaugeMetricFamily(name, meaning, value=value)
        if not report.faults:
            raised = Counter(alarm.partition(":")[0] for alarm in report.attention)
            alarms = GaugeMetricFamily(
                "referrals_attention", "Alarms of each kind: must be 0.", labels=["code"]
            )
            for code in ATTENTION:
                alarms.add_metric([code], raised[code])
            yield alarms

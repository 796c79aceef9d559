"""Whether this process lives and can serve, and whether the clocks are being kept; for machines that watch.

Figures only, read from the database when asked, so that they are right however many processes there are.
"""

from collections.abc import Iterator
from typing import Any, Final

from flask import Response
from marshmallow import fields as plain
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from service import clock, db, duties, fields, http, migrate
from service.timers.watch import Watch, watch

health = http.Blueprint("health", __name__, description="For machines that watch.")
blueprints = (health,)

NO_DATABASE: Final = "database_unreachable"
NOT_MIGRATED: Final = "migrations_behind"
NOT_USED: Final = "registrations_not_used"

GAUGES: Final = {
    "oldest_due": (
        "referrals_oldest_due_firing_seconds",
        "Since the firing that is longest due ought to have been recorded.",
    ),
    "oldest_overdue": (
        "referrals_oldest_overdue_clock_seconds",
        "Since the answer that has been wanted longest was due.",
    ),
    "last_sweep": ("referrals_last_sweep_seconds", "Since any worker last swept."),
    "oldest_notice": (
        "referrals_oldest_unsent_notice_seconds",
        "Since the notice that has waited longest was recorded.",
    ),
    "without_firing": ("referrals_clocks_without_firing", "Open clocks that will never fire: must be none."),
    "faulted": ("referrals_clocks_faulted", "Clocks that could not be fired."),
    "assumed": (
        "referrals_clocks_beyond_calendar",
        "Clocks whose next firing lies beyond their calendar of bank holidays.",
    ),
    "calendar_days": ("referrals_calendar_days", "Days until the first of the calendars ends."),
}
"""The name and meaning of each figure of the watch as a metric."""


class LivenessView(fields.View):
    """Somebody is there."""

    status = fields.Choice("alive")


class ReadinessView(fields.View):
    """Whether this process can serve, and how the clocks are kept."""

    status = fields.Choice("ready", "not_ready")
    faults = plain.List(
        fields.Text(), metadata={"description": "Why it cannot serve: nothing should be sent here."}
    )
    attention = plain.List(
        fields.Text(),
        metadata={
            "description": "It serves, and somebody must look: a worker is behind, a registration is unused."
        },
    )
    timers = plain.Dict(
        keys=fields.Text(),
        values=plain.Float(allow_none=True),
        metadata={"description": "Figures of the watch; times in seconds, null where there is nothing."},
    )


@health.route("/health/liveness")
@health.response(200, LivenessView)
def liveness() -> dict[str, str]:
    """Tell that this process answers; asks nothing of anything else."""
    return {"status": "alive"}


@health.route("/health/readiness")
@health.response(200, ReadinessView)
@health.alt_response(503, schema=ReadinessView, success=False)
def readiness() -> tuple[dict[str, Any], int]:
    """Tell whether this process can serve: the database answers and has every migration of this release.

    A worker that is behind is no reason to send callers elsewhere: it is named under `attention`.
    """
    faults, attention, seen = look()
    answer = {
        "status": "not_ready" if faults else "ready",
        "faults": faults,
        "attention": attention,
        "timers": seen.figures() if seen else {},
    }
    return answer, 503 if faults else 200


@health.route("/metrics")
@health.response(200, content_type="text/plain")
def metrics() -> Response:
    """Show the figures of the watch in the text format of Prometheus."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def look() -> tuple[list[str], list[str], Watch | None]:
    """Return why this process cannot serve, what needs attention, and what the watch sees.

    Without a database there is nothing to say but that.
    """
    try:
        if not migrate.at_head():
            return [NOT_MIGRATED], [], None
        with db.transaction("api") as session:
            seen = watch(session, clock.now())
            return [], [*seen.faults(), *([NOT_USED] if duties.unused(session) else [])], seen
    except (DBAPIError, PoolTimeoutError):
        return [NO_DATABASE], [], None


class _Figures:
    """Reads the figures at the moment of the scrape."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield a gauge for each figure that there is."""
        faults, _, seen = look()
        yield GaugeMetricFamily("referrals_ready", "Whether this process can serve.", value=not faults)
        for figure, value in (seen.figures() if seen else {}).items():
            name, meaning = GAUGES[figure]
            if value is not None:
                yield GaugeMetricFamily(name, meaning, value=value)

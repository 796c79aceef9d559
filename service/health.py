"""Whether this process lives and can serve, and whether the clocks are being kept; for machines that watch.

Figures only, read from the database when asked, so that they are right however many processes there are.
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

health = http.Blueprint("health", __name__, description="For machines that watch.")
blueprints = (health,)

NO_DATABASE: Final = "database_unreachable"
NOT_MIGRATED: Final = "migrations_behind"
NO_FIGURES: Final = "watch_blind"
NOT_USED: Final = "registrations_not_used"

FAULTS: Final[dict[str, tuple[str, str]]] = {
    NO_DATABASE: (
        "the database does not answer, or refuses the role",
        "check the database, the URL and the rights of the role; this process needs no restart",
    ),
    NOT_MIGRATED: ("the database has not had every migration of this release", "run `referrals prepare`"),
}
"""Why a process cannot serve, with what it means and what to do."""

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
"""Each problem to investigate while it serves, with its meaning and what to do."""

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
            "description": "Problems to investigate while it serves: the code of an alarm, and for some "
            "codes a colon and the object."
        },
    )
    timers = plain.Dict(
        keys=fields.Text(),
        values=plain.Float(allow_none=True),
        metadata={"description": "Figures of the watch; times in seconds, null where there is nothing."},
    )


@health.route("/health/liveness")
@health.response(200, LivenessView)
def read_liveness() -> dict[str, str]:
    """Return that this process answers; asks nothing of anything else."""
    return {"status": "alive"}


@health.route("/health/readiness")
@health.response(200, ReadinessView)
@health.alt_response(503, schema=ReadinessView, success=False)
def read_readiness() -> tuple[dict[str, Any], int]:
    """Return whether this process can serve: the database answers and has every migration of this release.

    A worker that is behind, or a guard of the data that is off, is no reason to send callers elsewhere: it is
    named under `attention`.
    """
    seen = look()
    answer = {
        "status": "not_ready" if seen.faults else "ready",
        "faults": seen.faults,
        "attention": seen.attention,
        "timers": seen.figures,
    }
    return answer, 503 if seen.faults else 200


@health.route("/metrics")
@health.response(200, content_type="text/plain")
def read_metrics() -> Response:
    """Show the figures of the watch in the text format of Prometheus."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)


@dataclass(frozen=True)
class Seen:
    """What a look at the database showed: `faults` stop this process from serving, `attention` does not."""

    faults: list[str] = field(default_factory=list)
    attention: list[str] = field(default_factory=list)
    figures: dict[str, float | int | None] = field(default_factory=dict)


def look() -> Seen:
    """Look whether this process can serve, how the clocks are kept and whether the data are still guarded."""
    try:
        if not migrate.at_head():
            return Seen(faults=[NOT_MIGRATED])
        with db.transaction("api") as session:
            attention = [*([NOT_USED] if duties.unused(session) else []), *structure.alterations(session)]
        clocks = _clocks()
    except (DBAPIError, PoolTimeoutError):
        return Seen(faults=[NO_DATABASE])
    if clocks is None:
        return Seen(attention=[NO_FIGURES, *attention])
    return Seen(attention=[*clocks.faults(), *attention], figures=clocks.figures())


def _clocks() -> Watch | None:
    """Return the figures of the clocks; None when this role may not read them."""
    try:
        with db.transaction("api") as session:
            return monitoring.watch(session, clock.now())
    except ProgrammingError:
        return None


class _Figures:
    """Reads the figures at the moment of the scrape."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield a gauge for each figure that there is, and the number of alarms of each kind."""
        seen = look()
        yield GaugeMetricFamily("referrals_ready", "Whether this process can serve.", value=not seen.faults)
        for figure, value in seen.figures.items():
            name, meaning = GAUGES[figure]
            if value is not None:
                yield GaugeMetricFamily(name, meaning, value=value)
        if not seen.faults:
            raised = Counter(alarm.partition(":")[0] for alarm in seen.attention)
            alarms = GaugeMetricFamily(
                "referrals_attention", "Alarms of each kind: must be none.", labels=["code"]
            )
            for code in ATTENTION:
                alarms.add_metric([code], raised[code])
            yield alarms

"""The worker: sweeps and delivers in a loop, and carries on after the database has been unavailable."""

import os
import socket
from collections.abc import Callable, Sequence
from datetime import datetime
from threading import Event
from typing import Final

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from service import clock
from service.db import transaction
from service.timers.delivery import DeliveryResult, deliver
from service.timers.sweep import FAULTS, SweepResult, sweep
from service.timers.writes import firings

LONGEST_PAUSE: Final = 60.0
"""The most seconds between two attempts while the database is unavailable."""

Chore = Callable[[datetime], object]
_log = structlog.get_logger()


def run_worker(
    stop: Event, interval: float, chores: Sequence[Chore] = (), *, first: Sequence[Chore] = ()
) -> None:
    """Sweep, deliver and run the chores every `interval` seconds until `stop` is set.

    It then finishes its present clock. While the database is unavailable, it waits longer after each attempt.

    Args:
        stop: set from outside, by a signal handler.
        interval: seconds between two sweeps when nothing is due.
        chores: other periodic work; each is given the present moment and opens its own transactions.
        first: those that stop clocks which must fire no more; they run before the sweep.
    """
    name = f"{socket.gethostname()}:{os.getpid()}"
    wait = interval
    while not stop.is_set():
        try:
            work_once(name, stop, chores, first=first)
            wait = interval
        except (DBAPIError, PoolTimeoutError) as lost:
            wait = min(max(interval, wait) * 2, LONGEST_PAUSE)
            _log.warning("worker_waits_for_database", fault=type(lost).__name__, seconds=wait)
        stop.wait(wait)


def work_once(
    name: str, stop: Event, chores: Sequence[Chore] = (), *, first: Sequence[Chore] = ()
) -> tuple[SweepResult, DeliveryResult]:
    """Do everything that is due now, and record that this worker has swept.

    Args:
        name: unique to this worker.
        stop: once set, no further batch is started.
        chores, first: as for `run_worker`.
    """
    now = clock.now()
    for chore in first:
        _run(chore, now)
    swept = sweep(now, batch=100)
    total = swept
    while swept.more and not stop.is_set():
        swept = sweep(now, batch=100)
        total += swept
    delivered = deliver(now)
    for chore in chores:
        _run(chore, now)
    with transaction("worker") as session:
        firings.record_sweep(
            session,
            name,
            now,
            fired=total.firings,
            faulted=total.faulted,
            delivered=not delivered.waiting,
        )
    if total.clocks or total.faulted or delivered.notices:
        _log.info(
            "swept",
            clocks=total.clocks,
            firings=total.firings,
            faulted=total.faulted,
            notices=delivered.notices,
            dropped=delivered.dropped,
        )
    return total, delivered


def _run(chore: Chore, now: datetime) -> None:
    """Run a chore; one that fails is logged and tried again next time, and delays no clock."""
    try:
        chore(now)
    except FAULTS as fault:
        _log.error("chore_faulted", chore=getattr(chore, "__name__", "chore"), fault=type(fault).__name__)

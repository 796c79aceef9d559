"""The worker: sweeps and delivers for as long as it runs, and comes back after the database has been away."""

import os
import socket
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from threading import Event
from typing import Final

import structlog
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from service import clock
from service.db import transaction
from service.timers.delivery import DeliveryResult, deliver
from service.timers.model import SweepRun
from service.timers.sweep import FAULTS, SweepResult, sweep

LONGEST_PAUSE: Final = 60.0
"""Seconds between two attempts at most, while the database is away."""

FORGOTTEN_AFTER: Final = timedelta(days=1)
Chore = Callable[[datetime], object]
_log = structlog.get_logger()


def run_worker(stop: Event, interval: float, chores: Sequence[Chore] = ()) -> None:
    """Sweep, deliver and do the chores every `interval` seconds until told to stop.

    Told to stop, it finishes the clock it is at. A database that is away is waited for, longer each time.

    Args:
        stop: set from outside, by a signal handler.
        interval: seconds between two looks when nothing is due.
        chores: other work that comes due with time, each given the moment; each opens its own transactions.
    """
    name = f"{socket.gethostname()}:{os.getpid()}"
    wait = interval
    while not stop.is_set():
        try:
            work_once(name, stop, chores)
            wait = interval
        except (DBAPIError, PoolTimeoutError) as lost:
            wait = min(max(interval, wait) * 2, LONGEST_PAUSE)
            _log.warning("worker_waits_for_database", fault=type(lost).__name__, seconds=wait)
        stop.wait(wait)


def work_once(name: str, stop: Event, chores: Sequence[Chore] = ()) -> tuple[SweepResult, DeliveryResult]:
    """Do everything that is due now, and leave a sign of life.

    Args:
        name: of this worker, its own.
        stop: once set, no further batch is begun.
        chores: as for `run_worker`.
    """
    now = clock.now()
    swept = sweep(now, batch=100)
    total = swept
    while swept.more and not stop.is_set():
        swept = sweep(now, batch=100)
        total += swept
    delivered = deliver(now)
    for chore in chores:
        _do(chore, now)
    _sign_of_life(name, now, total, delivered)
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


def _do(chore: Chore, now: datetime) -> None:
    """Do a chore; one that fails is told of and tried again next time, and holds up no clock."""
    try:
        chore(now)
    except FAULTS as fault:
        _log.error("chore_faulted", chore=getattr(chore, "__name__", "chore"), fault=type(fault).__name__)


def _sign_of_life(name: str, now: datetime, swept: SweepResult, delivered: DeliveryResult) -> None:
    seen = {"swept_at": now, "fired": swept.firings, "faulted": swept.faulted}
    if not delivered.waiting:
        seen["delivered_at"] = now
    with transaction("worker") as session:
        session.execute(
            insert(SweepRun)
            .values(worker=name, **seen)
            .on_conflict_do_update(index_elements=[SweepRun.worker], set_=seen)
        )
        session.execute(delete(SweepRun).where(SweepRun.swept_at < now - FORGOTTEN_AFTER))

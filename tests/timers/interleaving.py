"""Two pieces of work that take turns, one statement at a time, in an order that the test decides."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import combinations, islice
from typing import Any

import psycopg
from sqlalchemy import event
from sqlalchemy.engine import Engine

PATIENCE = 30.0
_WAITS = "SELECT 1 FROM pg_stat_activity WHERE pid = ANY(%s) AND wait_event_type = 'Lock'"


class Worker(threading.Thread):
    """One of the two: it stops before each statement and before each commit, until it is let go on."""

    def __init__(self, work: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self.work = work
        self.turn, self.moved = threading.Semaphore(0), threading.Semaphore(0)
        self.lines: set[int] = set()
        """The processes of the database that have run its statements."""
        self.steps: list[str] = []
        self.ended = self.blocked = False
        self.fault: BaseException | None = None

    def run(self) -> None:
        try:
            self.stop_before("begin")
            self.work()
        except BaseException as fault:  # noqa: BLE001 - it is raised where the test runs
            self.fault = fault
        finally:
            self.ended = True
            self.moved.release()

    def stop_before(self, step: str) -> None:
        self.steps.append(step)
        self.moved.release()
        assert self.turn.acquire(timeout=PATIENCE), "it was never let go on"


@contextmanager
def taking_turns() -> Iterator[None]:
    """Stop every worker before each of its statements, while the block lasts."""

    def statement(connection: Any, cursor: Any, query: str, *_: Any) -> None:
        if isinstance(worker := threading.current_thread(), Worker):
            worker.lines.add(cursor.connection.info.backend_pid)
            worker.stop_before(query.split(None, 1)[0])

    def commit(connection: Any) -> None:
        if isinstance(worker := threading.current_thread(), Worker):
            worker.stop_before("COMMIT")

    event.listen(Engine, "before_cursor_execute", statement)
    event.listen(Engine, "commit", commit)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", statement)
        event.remove(Engine, "commit", commit)


def interleave(
    monitor: psycopg.Connection[Any], works: Sequence[Callable[[], object]], order: Sequence[int]
) -> list[tuple[int, str]]:
    """Let pieces of work take turns in an order, then each to its end; return the steps in the order made.

    Whoever waits for a lock misses its turns until it has it.

    Args:
        monitor: a superuser's connection of its own, to see who waits.
        order: whose turn it is, by its place among `works`.
    """
    workers = [Worker(each) for each in works]
    made: list[tuple[int, str]] = []
    for worker in workers:
        worker.start()
        _wait(monitor, worker)
    turns = list(order)
    while not all(worker.ended for worker in workers):
        number = turns.pop(0) if turns else len(made) % len(workers)
        worker = workers[number]
        if worker.blocked and not turns:
            _wait(monitor, worker)
        if worker.ended or worker.blocked:
            turns = turns or [other for other in range(len(workers)) if other != number]
            continue
        step = worker.steps[-1]
        made.append((number, step))
        worker.turn.release()
        _wait(monitor, worker)
        if step == "COMMIT":
            for other in workers:
                if other.blocked:
                    _wait(monitor, other)
    for worker in workers:
        worker.join()
        if worker.fault:
            raise worker.fault
    return made


def _wait(monitor: psycopg.Connection[Any], worker: Worker) -> None:
    """Wait until a worker stands before its next step, has ended, or waits for a lock."""
    worker.blocked = False
    while not worker.moved.acquire(timeout=0.002):
        if monitor.execute(_WAITS, [list(worker.lines)]).fetchone():
            worker.blocked = True
            return


def orders(first: int, second: int, number: int) -> list[list[int]]:
    """Return ways in which two pieces of work with so many steps can take turns, spread over all of them."""
    every = list(combinations(range(first + second), second))
    chosen = islice(every, 0, None, max(1, len(every) // number))
    return [[int(place in seconds) for place in range(first + second)] for seconds in islice(chosen, number)]

"""Sends deliveries in a few threads of their own, so that no receiver delays a clock.

Each thread sends one request at a time. Half of them serve only endpoints whose last request succeeded, so
endpoints that time out never occupy all threads.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from threading import Event
from types import TracebackType
from typing import Final, Self

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from service import clock
from service.events.webhooks import deliveries, messages, signatures
from service.events.webhooks.deliveries import Claim, Result
from service.events.webhooks.sending import NotSentError, Sender

WORKERS: Final = 6
_READ: Final = 4096
"""Bytes read of a response to a verification; of a response to a delivery only the status counts."""

_log = structlog.get_logger()


class Dispatcher:
    """Sends deliveries while it is open; call `start_idle_workers` regularly."""

    def __init__(self, sender: Sender, *, source: str, workers: int = WORKERS) -> None:
        """Create the threads; each starts with its first delivery.

        Args:
            sender: sends the requests.
            source: the URL of the feed, as the source of every message.
            workers: the number of threads, two or more.
        """
        self._sender, self._source = sender, source
        self._stop = Event()
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="webhook")
        self._workers: list[Future[None] | None] = [None] * workers

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start_idle_workers(self, _now: datetime) -> None:
        """Start every idle thread on what is due, and return immediately: a chore of the worker."""
        for number, worker in enumerate(self._workers):
            if worker is None or worker.done():
                if worker is not None and (fault := worker.exception()):
                    _log.error("webhook_faulted", fault=type(fault).__name__)
                self._workers[number] = self._pool.submit(self._work, number)

    def deliver_all(self, *, well_only: bool = False) -> int:
        """Send every due request, one after the other; return how many.

        Args:
            well_only: skip endpoints whose last request failed.
        """
        sent = 0
        while not self._stop.is_set():
            claim = deliveries.claim(clock.now(), source=self._source, well_only=well_only)
            if claim is None:
                break
            deliveries.record(claim, self._send(claim), clock.now())
            sent += 1
        return sent

    def close(self) -> None:
        """Start no further request, and wait for those in progress, at most for the sender's deadline."""
        self._stop.set()
        self._pool.shutdown(wait=True)

    def _work(self, worker: int) -> None:
        try:
            self.deliver_all(well_only=worker >= len(self._workers) // 2)
        except (DBAPIError, PoolTimeoutError) as lost:
            # Leases expire, and the next call of `start_idle_workers` continues.
            _log.warning("webhooks_wait_for_database", fault=type(lost).__name__)

    def _send(self, claim: Claim) -> Result:
        headers = signatures.headers(
            claim.keys, str(claim.message_id), int(clock.now().timestamp()), claim.body
        )
        headers["Content-Type"] = messages.CONTENT_TYPE
        try:
            answer = self._sender.post(
                claim.url, headers, claim.body, read=_READ if claim.challenge is not None else 0
            )
        except NotSentError as not_sent:
            return Result(None, not_sent.fault)
        return Result(answer)

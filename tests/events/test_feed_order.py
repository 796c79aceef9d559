"""The feed gives consecutive positions in commit order, whatever writers do to one another."""

import random
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.errors import LockNotAvailable
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from service import db
from service.events import writes
from service.gathering import GatheringSession
from tests import rows
from tests.events.factories import Reader, happened, organisations

pytestmark = pytest.mark.long

WRITERS = 32
ROUNDS = 4


class ChangeOfMindError(Exception):
    """A writer changed its mind."""


@pytest.fixture
def connection_for_each(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give the API's role a connection for every writer and the reader at once."""
    wide = create_engine(
        "postgresql+psycopg://", pool_size=WRITERS + 4, connect_args=db.connection_parameters("api")
    )
    monkeypatch.setitem(db._engines, "api", wide)
    yield
    wide.dispose()


@dataclass
class Turns:
    """Counts the reader's turns, so that a writer can hold its transaction open across some of them."""

    taken: int = 0
    over: bool = False
    turned: threading.Condition = field(default_factory=threading.Condition)

    def take(self) -> None:
        with self.turned:
            self.taken += 1
            self.turned.notify_all()

    def wait(self, turns: int) -> None:
        with self.turned:
            until = self.taken + turns
            assert self.turned.wait_for(lambda: self.taken >= until, timeout=60)


def write(
    feeds: list[UUID], number: int, all_are_open: threading.Barrier, turns: Turns
) -> list[tuple[UUID, UUID]]:
    """Write in several transactions, some rolled back; return each (feed, event) that was committed."""
    chance, committed = random.Random(number), []
    for _ in range(ROUNDS):
        mine: list[tuple[UUID, UUID]] = []
        try:
            with rows.transaction() as session:
                for _ in range(chance.randint(1, 3)):
                    audience = chance.sample(feeds, chance.randint(1, len(feeds)))
                    event_id = happened(session, *audience)
                    mine += [(feed, event_id) for feed in audience]
                all_are_open.wait(timeout=60)
                turns.wait(chance.randint(0, 3))
                if chance.random() < 0.2:
                    raise ChangeOfMindError
        except ChangeOfMindError:
            continue
        committed += mine
    return committed


def test_thirty_two_writers_at_once_leave_no_gap_and_nothing_behind_the_reader(
    connection_for_each: None,
) -> None:
    feeds = organisations("one", "two", "three")
    readers = [Reader(feed) for feed in feeds]
    all_are_open, turns = threading.Barrier(WRITERS), Turns()

    def read_on() -> None:
        while not turns.over:
            for reader in readers:
                reader.poll()
            turns.take()

    reading = threading.Thread(target=read_on)
    reading.start()
    try:
        with ThreadPoolExecutor(WRITERS) as pool:
            work = [pool.submit(write, feeds, number, all_are_open, turns) for number in range(WRITERS)]
            committed = [pair for writer in work for pair in writer.result()]
    finally:
        turns.over = True
        reading.join()
    assert len(committed) > WRITERS
    for reader in readers:
        reader.catch_up()
        expected = {event_id for feed, event_id in committed if feed == reader.organisation_id}
        assert reader.positions == list(range(1, len(expected) + 1))
        assert len(reader.told) == len(expected)
        assert set(reader.told) == expected


def test_a_writer_waits_for_the_one_before_it_in_the_same_feed_and_for_no_other(database: str) -> None:
    one, two = organisations("one", "two")
    reader = Reader(one)
    with GatheringSession(db.engine()) as first, first.begin():
        slow = happened(first, one)
        writes.publish(first)
        with GatheringSession(db.engine()) as second, second.begin():
            second.execute(text("SET LOCAL lock_timeout = '50ms'"))
            happened(second, one)
            with pytest.raises(OperationalError) as blocked:
                writes.publish(second)
            second.rollback()
        assert isinstance(blocked.value.orig, LockNotAvailable)
        with rows.transaction() as elsewhere:
            happened(elsewhere, two)
        assert reader.poll() == 0
    with rows.transaction() as after:
        quick = happened(after, one)
    reader.catch_up()
    assert reader.told == [slow, quick]
    assert reader.positions == [1, 2]


def test_a_transaction_publishes_in_the_order_in_which_things_happened(database: str) -> None:
    (feed,) = organisations("one")
    with rows.transaction() as session:
        told = [happened(session, feed) for _ in range(20)]
    reader = Reader(feed)
    reader.catch_up()
    assert reader.told == told


def test_what_a_savepoint_took_back_is_not_published(database: str) -> None:
    (feed,) = organisations("one")
    with rows.transaction() as session:
        kept = happened(session, feed)
        undone = session.begin_nested()
        happened(session, feed)
        undone.rollback()
        also_kept = happened(session, feed, feed)
    reader = Reader(feed)
    reader.catch_up()
    assert (reader.told, reader.positions) == ([kept, also_kept], [1, 2])


def test_what_concerns_nobody_else_is_in_no_feed(database: str) -> None:
    (feed,) = organisations("one")
    with rows.transaction() as session:
        happened(session)
    assert Reader(feed).poll() == 0


FEEDS, SYSTEMS = 3, 4
Step = tuple[str, int, frozenset[int]]
steps = st.lists(
    st.tuples(
        st.sampled_from(("happen", "commit", "roll back", "read", "restart reader")),
        st.integers(0, SYSTEMS - 1),
        st.frozensets(st.integers(0, FEEDS - 1), min_size=1),
    ),
    max_size=60,
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(script=steps)
def test_any_interleaving_is_read_once_each_in_commit_order(database: str, script: list[Step]) -> None:
    feeds = organisations(*(str(db.new_id()) for _ in range(FEEDS)))
    readers = [Reader(feed, limit=2) for feed in feeds]
    committed: list[list[UUID]] = [[] for _ in feeds]
    writers = [Writer() for _ in range(SYSTEMS)]
    for step, system, concerned in script:
        match step:
            case "happen":
                writers[system].happen(feeds, concerned)
            case "commit":
                for number, event_id in writers[system].commit():
                    committed[number].append(event_id)
            case "roll back":
                writers[system].roll_back()
            case "read":
                poll(readers[number] for number in concerned)
            case _:
                readers = [
                    Reader(feed, limit=3) if number in concerned else readers[number]
                    for number, feed in enumerate(feeds)
                ]
    for writer in writers:
        writer.roll_back()
    for number, reader in enumerate(readers):
        reader.catch_up()
        assert reader.told == committed[number]
        assert reader.positions == list(range(1, len(committed[number]) + 1))


def poll(readers: Iterable[Reader]) -> None:
    for reader in readers:
        reader.poll()


class Writer:
    """One system with at most one transaction open."""

    def __init__(self) -> None:
        self.open: Session | None = None
        self.said: list[tuple[int, UUID]] = []

    def happen(self, feeds: list[UUID], concerned: frozenset[int]) -> None:
        self.open = self.open or GatheringSession(db.engine())
        event_id = happened(self.open, *(feeds[number] for number in concerned))
        self.said += [(number, event_id) for number in concerned]

    def commit(self) -> list[tuple[int, UUID]]:
        if self.open is None:
            return []
        writes.publish(self.open)
        self.open.commit()
        return self._closed()

    def roll_back(self) -> None:
        if self.open is not None:
            self.open.rollback()
            self._closed()

    def _closed(self) -> list[tuple[int, UUID]]:
        assert self.open is not None
        self.open.close()
        said, self.open, self.said = self.said, None, []
        return said

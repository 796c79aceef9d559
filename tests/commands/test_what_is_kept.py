"""Only the API keeps registrations and policies between its transactions, and it hears when they change.

Commands and workers look again in each transaction. So every change here is made behind everybody's back,
as if its notification had been lost: the API answers from what it keeps, and the others from what is there.
"""

from collections.abc import Callable
from threading import Event
from typing import Any
from uuid import UUID

import psycopg
import pytest

from service import cache_invalidation, db
from service.organisations import queries
from service.organisations.queries import Sought
from service.referrals.actions.release import open_what_may_be_sent
from service.timers import policy_versions
from service.timers.worker import work_once
from tests.cast import Cast
from tests.commands.conftest import Operator
from tests.conftest import TheClock
from tests.faults.live import wait_until
from tests.journeys.driver import Story
from tests.referrals.samples import darren_and_toby

CAS3 = Sought("cas3", "N55")
POLICY = "review.due"
KEPT: tuple[db.Role, ...] = ("api", "reader")
LOOK_AGAIN: tuple[db.Role, ...] = ("owner", "worker")


@pytest.fixture(autouse=True)
def what_is_kept_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep it however slow the machine is; without a notification it would be dropped after ten seconds."""
    monkeypatch.setattr(cache_invalidation, "MAX_AGE", 1000.0)


Behind = Callable[..., None]


@pytest.fixture
def behind_their_backs(server: str, database: str) -> Behind:
    """Change a row without telling anybody."""

    def change(statement: str, **values: Any) -> None:
        with psycopg.connect(server, dbname=database) as connection:
            assert connection.execute(statement.encode(), values).rowcount == 1

    return change


def who_has_cas3(role: db.Role) -> str:
    with db.transaction(role) as session:
        (found,) = queries.responsible_for_each(session, [CAS3])[CAS3]
        return found.code


def present_policy(role: db.Role) -> UUID:
    with db.transaction(role) as session:
        return policy_versions.policy_for(session, POLICY, None)


SECOND = """
    WITH second AS (
        INSERT INTO organisation (id, kind, code, name, division, created_at)
        SELECT gen_random_uuid(), kind, 'second', 'Second', division, created_at FROM organisation
        WHERE code = 'cas3-yorkshire' RETURNING id
    )
    UPDATE responsibility SET organisation_id = (SELECT id FROM second) WHERE duty = 'cas3' AND area = 'N55'
"""
NEW_VERSION = """
    INSERT INTO policy (id, key, responder_id, version, document, published_at, valid_from)
    SELECT gen_random_uuid(), key, responder_id, version + 1, document, published_at, published_at FROM policy
    WHERE key = %(key)s AND responder_id IS NULL ORDER BY version DESC LIMIT 1
"""


@pytest.mark.usefixtures("cast")
def test_a_duty_that_has_gone_to_another_is_seen_by_commands_and_workers_at_once(
    behind_their_backs: Behind,
) -> None:
    assert {who_has_cas3(role) for role in KEPT + LOOK_AGAIN} == {"cas3-yorkshire"}
    behind_their_backs(SECOND)
    assert {who_has_cas3(role) for role in LOOK_AGAIN} == {"second"}
    assert {who_has_cas3(role) for role in KEPT} == {"cas3-yorkshire"}, "nothing is kept that could be old"


@pytest.mark.usefixtures("cast")
def test_a_policy_that_is_published_is_used_by_commands_and_workers_at_once(
    behind_their_backs: Behind,
) -> None:
    (before,) = {present_policy(role) for role in KEPT + LOOK_AGAIN}
    behind_their_backs(NEW_VERSION, key=POLICY)
    (after,) = {present_policy(role) for role in LOOK_AGAIN}
    assert after != before
    assert {present_policy(role) for role in KEPT} == {before}


def test_what_was_held_goes_to_whoever_has_the_duty_when_a_worker_releases_it(
    cast: Cast, the_clock: TheClock, behind_their_backs: Behind
) -> None:
    story = Story(cast, the_clock)
    referral = story.submit(darren_and_toby())
    held = story.part(referral["id"], "cas3")
    assert (held["state"], held["organisation"]["code"]) == ("held", "cas3-yorkshire")
    behind_their_backs(SECOND)
    the_clock.set("2026-03-17T08:00:00Z")
    assert open_what_may_be_sent() == 1
    sent = story.part(referral["id"], "cas3")
    assert (sent["state"], sent["organisation"]["code"]) == ("sent", "second")


def test_a_worker_does_its_work_without_any_connection_of_the_api(cast: Cast, the_clock: TheClock) -> None:
    """What it would keep, it could not be told to drop: for that one listens as the API's role."""
    Story(cast, the_clock).submit(darren_and_toby())
    the_clock.set("2026-03-17T08:00:00Z")
    db.bind({"worker": db.url_for("worker")})
    swept, delivered = work_once("worker", Event())
    assert swept.firings > 0
    assert swept.faulted == 0
    assert delivered.notices > 0
    assert open_what_may_be_sent() == 1


@pytest.mark.usefixtures("cast")
def test_the_api_drops_what_it_keeps_when_another_process_says_so(
    server: str, database: str, behind_their_backs: Behind
) -> None:
    assert who_has_cas3("api") == "cas3-yorkshire"
    behind_their_backs(SECOND)
    with psycopg.connect(server, dbname=database) as another:
        another.execute("SELECT pg_notify(%s, %s)", [cache_invalidation.CHANNEL, queries.REGISTRATIONS])
    wait_until(lambda: {who_has_cas3(role) for role in KEPT} == {"second"}, "the API was not told")


@pytest.mark.parametrize(
    ("command", "subject"),
    [
        (("organisations", "register", "cas3_team", "second", "Second"), queries.REGISTRATIONS),
        (("organisations", "remove-duty", "cas3_team/cas3-yorkshire", "cas3@N55"), queries.REGISTRATIONS),
        (
            ("organisations", "set-hours", "cas3_team/cas3-yorkshire", "mon-fri=08:00-16:00"),
            policy_versions.PUBLISHED,
        ),
    ],
)
def test_a_command_says_what_has_changed_to_every_process(
    server: str, database: str, operate: Operator, command: tuple[str, ...], subject: str
) -> None:
    with psycopg.connect(server, dbname=database, autocommit=True) as another:
        another.execute(f"LISTEN {cache_invalidation.CHANNEL}".encode())
        operate.done(*command)
        told = {
            word for notice in another.notifies(timeout=5, stop_after=1) for word in notice.payload.split()
        }
    assert subject in told

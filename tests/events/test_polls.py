"""A poll with nothing new reads no database, and never misses an entry that is there."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from threading import Event

import psycopg
import pytest
from flask import Flask
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from benchmarks.statements import watched
from service import cache_invalidation, clock, config, db
from service.access.actor import Actor
from service.config import OutsideIssuer
from service.events.queries import feed_of
from service.oauth import signing_keys
from service.oauth.key_sets import REFRESH_AFTER
from service.oauth.signing_keys import TOKEN_LIFE
from service.organisations.writes import clients
from tests import rows
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.events.factories import happened, record_without_invalidation
from tests.events.webhooks import append_events
from tests.oauth import provider
from tests.oauth.certificates import HERS, rfc_9440

REGISTRAR = Actor.for_service("registration")
ATTEMPTS = 1000
"""The polls after which another process's invalidation must have arrived: it takes one or two."""


class Poller:
    """A provider's system that has read everything, and asks again and again whether that is still so."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.catch_up()

    def catch_up(self) -> None:
        self.after = self.caller.get("/v1/events").get_json()["next"]
        self.tag = self.caller.get("/v1/events", after=self.after).headers["ETag"]

    def poll(self) -> int:
        return self.caller.get("/v1/events", after=self.after, if_none_match=self.tag).status_code

    def ask(self, token: str | None = None, **headers: str) -> TestResponse:
        bearer = f"Bearer {self.caller.token() if token is None else token}"
        return self.caller.app.test_client().get(
            "/v1/events",
            query_string={"after": self.after},
            headers={"Authorization": bearer, "If-None-Match": self.tag, **headers},
        )

    def settle(self) -> None:
        """Poll until this process remembers."""
        assert [self.poll(), self.poll()] == [304, 304]


@pytest.fixture
def poller(cast: Cast) -> Poller:
    append_events(cast.crs.organisation_id)
    poller = Poller(cast.crs)
    poller.settle()
    return poller


@contextmanager
def another_process(role: db.Role = "owner") -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    """A connection of which this process knows nothing."""
    with psycopg.connect(db.url_for(role), autocommit=True) as line:
        yield line


def until(answer: int, poll: Callable[[], int]) -> None:
    assert any(poll() == answer for _ in range(ATTEMPTS)), "it never came"


def test_a_poll_with_nothing_new_asks_the_database_nothing(poller: Poller) -> None:
    with watched() as statements:
        assert poller.poll() == 304
    assert statements == []


def test_what_this_process_has_published_is_read_by_the_next_poll(poller: Poller, cast: Cast) -> None:
    append_events(cast.crs.organisation_id)
    assert poller.poll() == 200
    poller.catch_up()
    poller.settle()


def test_events_of_others_cause_no_read(poller: Poller, cast: Cast) -> None:
    append_events(cast.police.organisation_id)
    with watched() as statements:
        assert poller.poll() == 304
    assert statements == []


def test_what_another_process_has_published_is_heard_of(poller: Poller, cast: Cast) -> None:
    record_without_invalidation(cast.crs)
    assert poller.poll() == 304, "nobody has told it yet"
    with another_process() as line:
        line.execute(
            sql.SQL("NOTIFY {}, {}").format(
                sql.Identifier(cache_invalidation.CHANNEL), feed_of(cast.crs.organisation_id)
            )
        )
    until(200, poller.poll)


def test_a_lost_invalidation_is_made_good_after_a_while(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_invalidation, "MAX_AGE", 0.0)
    append_events(cast.crs.organisation_id)
    poller = Poller(cast.crs)
    poller.settle()
    record_without_invalidation(cast.crs)
    assert poller.poll() == 200


def test_every_process_is_invalidated_at_the_commit(cast: Cast) -> None:
    with another_process() as line:
        line.execute(sql.SQL("LISTEN {}").format(sql.Identifier(cache_invalidation.CHANNEL)))
        with rows.transaction() as session:
            happened(session, cast.crs.organisation_id, cast.police.organisation_id)
            line.execute("")
            assert list(line.notifies(timeout=0)) == []
        told = next(line.notifies(timeout=10, stop_after=1))
    assert set(told.payload.split()) == {
        feed_of(cast.crs.organisation_id),
        feed_of(cast.police.organisation_id),
    }


def test_a_rolled_back_event_invalidates_nothing(poller: Poller, cast: Cast) -> None:
    class UnforeseenError(Exception):
        pass

    with pytest.raises(UnforeseenError), rows.transaction() as session:  # noqa: PT012 - the block is the point
        happened(session, cast.crs.organisation_id)
        raise UnforeseenError
    with watched() as statements:
        assert poller.poll() == 304
    assert statements == []


@pytest.mark.parametrize(
    "deny",
    [
        lambda session, caller: clients.deny_client(session, REGISTRAR, caller.client_id),
        lambda session, caller: clients.deny_key(
            session, REGISTRAR, caller.client_id, caller.signer.key.thumbprint()
        ),
    ],
    ids=["the client", "its key"],
)
def test_a_denied_client_gets_no_cached_304(
    poller: Poller, cast: Cast, deny: Callable[[Session, Caller], None]
) -> None:
    with db.transaction("owner") as session:
        deny(session, cast.crs)
    assert poller.poll() == 401


def test_who_may_no_longer_read_the_feed_is_refused_and_named_on_the_trail(
    poller: Poller, cast: Cast
) -> None:
    cast.crs.register_again(scopes=["destination"])
    assert poller.poll() == 403
    with db.transaction("audit_reader") as session:
        who = session.scalars(text("SELECT client_id FROM audit_entry WHERE verb = 'denied'")).all()
    assert who == [cast.crs.client_id]


def test_a_process_that_can_hear_nothing_looks_for_itself(
    poller: Poller, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache_invalidation, "PROVEN", 0.0)  # tries its line at each call
    monkeypatch.setattr(cache_invalidation, "_BETWEEN_ATTEMPTS", 3600.0)
    with another_process("api") as line:
        line.execute("""
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE application_name = 'referrals-invalidation' AND datname = current_database()
        """)
    assert poller.poll() == 304
    with watched() as statements:
        assert poller.poll() == 304
    assert statements, "it does not trust what it remembers"
    record_without_invalidation(cast.crs)
    assert poller.poll() == 200
    monkeypatch.setattr(cache_invalidation, "_BETWEEN_ATTEMPTS", 0.0)
    poller.catch_up()
    poller.settle()
    with watched() as statements:
        assert poller.poll() == 304
    assert statements == [], "it hears again"


def test_a_line_that_is_cut_is_missed_at_the_next_poll(
    poller: Poller, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache_invalidation, "PROVEN", 3600.0)  # silence means no change
    with another_process("api") as line:
        line.execute("""
            SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
            WHERE application_name = 'referrals-invalidation' AND datname = current_database()
        """)
    record_without_invalidation(cast.crs)
    assert poller.poll() == 200


def test_a_commit_in_doubt_invalidates_too(poller: Poller, cast: Cast) -> None:
    """A connection that is lost at the commit leaves nobody knowing whether there was one."""

    def cut(session: Session) -> None:
        with another_process("api") as line:
            line.execute(
                "SELECT pg_terminate_backend(%s, 10000)", [session.scalar(text("SELECT pg_backend_pid()"))]
            )

    with pytest.raises(OperationalError), rows.transaction() as session:  # noqa: PT012 - the block is the point
        happened(session, cast.crs.organisation_id)
        db.before_commit(session, "cut", cut)
    with watched() as statements:
        assert poller.poll() == 304
    assert statements, "it looks"


def test_without_a_database_the_application_still_answers(app: Flask) -> None:
    db.bind({})
    answer = app.test_client().get("/health/liveness", headers={"If-None-Match": '"any"'})
    assert answer.status_code == 200


def test_a_publisher_never_gets_a_304_after_its_own_event(cast: Cast) -> None:
    """Many clients poll one feed while it moves: a poll after a commit sees what was committed."""
    append_events(cast.crs.organisation_id)
    over = Event()

    def ask_on() -> None:
        other = Poller(cast.crs)
        while not over.is_set():
            if other.poll() == 200:
                other.catch_up()

    def publish_on() -> list[int]:
        mine = Poller(cast.crs)
        answers = []
        for _ in range(25):
            append_events(cast.crs.organisation_id)
            answers.append(mine.poll())
            mine.catch_up()
        return answers

    with ThreadPoolExecutor(6) as crowd:
        others = [crowd.submit(ask_on) for _ in range(4)]
        publishers = [crowd.submit(publish_on) for _ in range(2)]
        try:
            answers = [answer for one in publishers for answer in one.result()]
        finally:
            over.set()
        for other in others:
            other.result()
    assert answers == [200] * 50


def test_an_answer_that_is_given_again_is_like_the_first(cast: Cast) -> None:
    append_events(cast.crs.organisation_id)
    poller = Poller(cast.crs)
    first, again = (poller.ask(**{"X-Request-Id": f"0000000{number}"}) for number in (1, 2))
    with watched() as statements:
        poller.ask()
    assert statements == []
    assert (first.status, first.data) == (again.status, again.data) == ("304 NOT MODIFIED", b"")
    assert sorted(name for name, _ in first.headers) == sorted(name for name, _ in again.headers)
    assert again.headers["X-Request-Id"] == "00000002"
    left = [
        int(answer.headers["RateLimit"].partition("r=")[2].partition(";")[0]) for answer in (first, again)
    ]
    assert left[1] == left[0] - 1, "it is counted"
    for name in {name for name, _ in first.headers} - {"X-Request-Id", "RateLimit"}:
        assert first.headers[name] == again.headers[name]


def test_a_token_expires_to_the_second_also_for_polls(poller: Poller, the_clock: TheClock) -> None:
    token = poller.caller.token()
    the_clock.move(TOKEN_LIFE - timedelta(seconds=1))
    assert poller.ask(token).status_code == 304
    the_clock.move(timedelta(seconds=1))
    assert poller.ask(token).status_code == 401


def test_nobody_else_is_given_the_answer(poller: Poller, cast: Cast) -> None:
    assert poller.ask("").status_code == 401
    assert poller.ask(poller.caller.token()[:-2] + "AA").status_code == 401
    assert poller.ask(cast.police.token()).status_code == 400, "it is not the cursor of its feed"


def test_another_tag_or_another_place_is_another_question(poller: Poller) -> None:
    assert poller.ask(**{"If-None-Match": '"another"'}).status_code == 200
    poller.after = poller.caller.get("/v1/events", limit=1).get_json()["next"][:-1]
    assert poller.ask().status_code == 400


def test_a_signing_key_that_has_leaked_is_forgotten_with_what_is_remembered(
    cast: Cast, app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = tmp_path / "keys.json"
    signing_keys.create_if_missing(keys)
    monkeypatch.setitem(app.config, "REFERRALS", replace(app.config["REFERRALS"], signing_keys=keys))
    append_events(cast.crs.organisation_id)
    poller = Poller(cast.crs)
    poller.settle()
    signing_keys.rotate(keys, immediately=True)
    assert poller.poll() == 401


def test_a_key_that_another_issuer_takes_away_is_forgotten_with_what_is_remembered(
    cast: Cast, app: Flask, tmp_path: Path, the_clock: TheClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    append_events(cast.crs.organisation_id)
    poller = Poller(cast.crs)
    keys = tmp_path / "jwks.json"
    provider.write(keys, provider.public(provider.KEY))
    issuer = OutsideIssuer(
        issuer=provider.ISSUER,
        audience=provider.AUDIENCE,
        jwks=str(keys),
        client_claim="azp",
        practitioner_claims=config.PRACTITIONER_CLAIMS,
    )
    monkeypatch.setitem(app.config, "REFERRALS", replace(app.config["REFERRALS"], outside_issuer=issuer))
    token = provider.token(cast.crs.client_id)
    assert [poller.ask(token).status_code for _ in range(2)] == [304, 304]
    with watched() as statements:
        assert poller.ask(token).status_code == 304
    assert statements == []
    provider.write(keys, provider.public(provider.OTHER))
    the_clock.move(REFRESH_AFTER)
    assert poller.ask(token).status_code == 401


def test_what_would_fill_the_memory_is_not_remembered(poller: Poller) -> None:
    poller.tag += ', "' + "x" * 5000 + '"'
    poller.settle()
    with watched() as statements:
        assert poller.poll() == 304
    assert statements


def test_polls_are_counted_and_refused_like_any_call(
    cast: Cast, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "REFERRALS", replace(app.config["REFERRALS"], requests_per_minute=5))
    append_events(cast.crs.organisation_id)
    poller = Poller(cast.crs)
    assert [poller.poll() for _ in range(4)] == [304, 304, 304, 429]


def test_a_token_that_is_bound_to_a_certificate_is_looked_at_each_time(
    cast: Cast, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxies = (ip_network("127.0.0.0/8"),)
    monkeypatch.setitem(app.config, "REFERRALS", replace(app.config["REFERRALS"], proxy_networks=proxies))
    append_events(cast.crs.organisation_id)
    poller = Poller(cast.crs)
    shown = {"Client-Cert": rfc_9440(HERS)}
    form = cast.crs.signer.token_form(clock.now())
    token = app.test_client().post("/oauth/token", data=form, headers=shown).get_json()["access_token"]
    assert [poller.ask(token, **shown).status_code for _ in range(2)] == [304, 304]
    assert poller.ask(token).status_code == 401

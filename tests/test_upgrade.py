"""A database that the release before has filled comes over: nothing is lost, and nothing happens twice.

It is filled by this release, taken down to the schema of that one, and its firings are put down as earlier
releases did; then it comes up again. A copy beside it sees none of that, and says what is to be expected.
"""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

import psycopg
import pytest
from flask import Flask
from psycopg import sql

from service import db, migrate
from service.organisations.confidences import ASSUMED
from service.timers import ladder
from tests.conftest import TheClock, a_database
from tests.faults.calling import may
from tests.faults.fixtures import CRN, Place, prepared_place
from tests.faults.routes import routes_of
from tests.faults.things import addresses, things_of
from tests.isolation.fixtures import fill
from tests.journeys.driver import NOTHING_KNOWN, Story
from tests.referrals.samples import darren_and_toby

pytestmark = pytest.mark.long

BEFORE = "0019"
"""The schema of the release before clocks had a version of their ladder, and before the reader's role."""
FORMER_NAMES = """
    ALTER TABLE clock_firing DISABLE TRIGGER ALL;
    UPDATE clock_firing SET kind = 'rung' WHERE kind = 'step';
    UPDATE clock_firing SET kind = 'tail', step_key = replace(step_key, 'repeat_', 'tail_')
        WHERE kind = 'repeat';
    ALTER TABLE clock_firing ENABLE TRIGGER ALL;
    UPDATE clock SET rung = replace(rung, 'repeat_', 'tail_'),
        next_step = replace(next_step, 'repeat_', 'tail_') WHERE state <> 'stopped';
"""
"""What fired is kept under the names of its time; before 0019 these were others."""
READERS = ("officer", "ap", "crs", "mappa", "police", "council")
ADDED = {
    "change_of_circumstance": {
        "corrects_id",
        "hearing_date",
        "may_wait",
        "release_date",
        "said_urgent",
        "withdrawn",
    },
    "check_request": {
        "acknowledged_version",
        "area_on_record",
        "asked_no_longer",
        "asks_about",
        "by_description",
        "carried_over",
        "disputed_by_id",
        "family",
        "kind",
        "person_id",
        "question_version",
        "redirects",
    },
    "check_request_subject": {
        "answered_by",
        "area_on_record",
        "asked_back",
        "context",
        "exposed_since",
        "from_version",
        "identity",
        "told_version",
        "urgency",
        "urgent_since",
        "withdrawn_version",
    },
    "check_result": {"corrected_because", "corrects_id", "question_version", "supplement", "withdrawn"},
    "check_review": {"up_to_result"},
    "client": {"ended_at"},
    "clock": {"carried_over", "ladder", "caretaker", "caretaker_until", "moved_onto_id", "owner_role"},
    "contact": {
        "aged",
        "aliases",
        "alike_because",
        "alike_id",
        "described",
        "description",
        "estimated_age",
        "has_been_partner",
        "in_error_at",
        "in_error_by",
        "in_error_reason",
        "mother_id",
        "phone",
        "ref_left",
        "same",
        "same_at",
        "same_by",
        "same_reason",
        "verification",
    },
    "destination_move": {"corrected_because", "corrects_id", "withdrawn"},
    "destination_referral": {
        "decline_settled",
        "duplicate_of_id",
        "rests",
        "stopped_because",
        "undecided",
        "editions",
        "person_id",
        "probation_id",
        "shared_until",
        "sharing",
        "sharing_ended_at",
    },
    "destination_update": {"corrected_because", "corrects_id", "withdrawn"},
    "disclosure": {"condition", "gateway", "regime"},
    "organisation": {"ended_at", "may_know_of_mappa", "may_know_of_victims"},
    "notice_item": {"redirected", "send_after"},
    "address": {"in_error_at", "in_error_by", "in_error_reason", "verification"},
    "person": {
        "died_on",
        "children_asked_at",
        "holder_id",
        "held",
        "limited_to",
        "releases_on",
        "same_as_id",
    },
    "placement": {"gate_settled_at", "move_on_agreed_for"},
    "policy": {"area", "published_by", "published_by_id", "reason", "valid_from", "valid_until"},
    "referral": {"held_elsewhere", "releases_on", "staff_safety"},
    "safety_check": {"hearing_at", "opened_hearing_at", "refuted_at", "release_at", "said_since"},
    "restricted_contact_detail": {"aliases", "description", "estimated_age", "phone"},
    "restriction": {"end_reason", "ended_at", "ended_by", "excluded", "reason"},
    "webhook_endpoint": {"ended_at"},
}
"""The columns that tables of that release have today.

Involvement has become the holder and shares, role holders the staff register.
"""
NOT_KEPT = {"acknowledged_version", "question_version", "ring", "subjects", "to_acknowledge"}
NOT_KEPT_OF_QUESTIONS = {"asked_at", "asked_by", "because", "changed", "version", "why"}
NOT_SAID_OF_A_PERSON = {"aliases", "noms_number", "sex"}
"""What that release kept of no question and told no agency: its only version is rebuilt from what it did.

Whom to ring is said by the register, which begins anew with the upgrade; and a step was acknowledged once
for all its addressees.
"""
OF_EACH = 3
"""How many of each kind of thing a caller reads."""
NOT_COMPARED = (
    "/v1/audit",
    "/v1/staff",
    "/holding",
    "/shares",
    "/access",
    "/v1/policies",
    "/agreements",
    "/v1/escalations",
    "disclosure-decisions",
    "/concerns",
    "/v1/right-to-know",
    "/v1/subject-access",
    "/history",
)
"""The trail shows this very reading; who holds, shares and decides a case begins anew with the upgrade, as
does the register, which says whom to ring.

Notes of escalations, who handed them over, and the history of a check are new. The release before knows no
versions for a region: for it, the one for everybody becomes the last of all.
"""
HELD_ANEW = {"/v1/people", "/v1/people/<uuid:person_id>/case"}
"""The list of cases and a whole case say since when each is held."""
NOT_TIMED = """
    UPDATE clock SET state = 'stopped', next_fires_at = NULL, next_step = NULL, stopped_at = now(),
        stop_reason = 'downgraded'
    WHERE subject_kind IN ('agreement', 'disclosure_decision', 'right_to_know', 'subject_access')
        AND state <> 'stopped'
"""
"""What a manager was asked for, and whether somebody is told or has the right to know, had no clock."""
NOT_JOINED = """
    ALTER TABLE check_joined DISABLE TRIGGER ALL;
    DELETE FROM check_joined;
    ALTER TABLE check_joined ENABLE TRIGGER ALL, ENABLE ALWAYS TRIGGER never_rewritten;
"""
"""That release made a request for each check, so that none served a further one."""
BECAME_ANOTHER = ("alembic_version", "escalation_acknowledgement", "involvement", "role_holder")
"""Tables of that release that have become others: acknowledgements of steps, shares, the staff register."""


@dataclass(frozen=True)
class Stored:
    """What a database holds: the columns of each table, and a digest of its rows in these columns."""

    columns: dict[str, list[str]]
    rows: dict[str, tuple[int, int]]


def stored(place: Place, columns: dict[str, list[str]] | None = None) -> Stored:
    """Return what is stored in some columns, or in all there are."""
    with psycopg.connect(place.server, dbname=place.database) as connection:
        if columns is None:
            columns = dict(
                connection.execute(
                    "SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum)"
                    " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
                    " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
                    " AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped"
                    " AND c.relname <> ALL (%s) GROUP BY 1",
                    [list(BECAME_ANOTHER)],
                ).fetchall()
            )
        every = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {}, count(*), sum(hashtextextended(ROW({})::text, 0)) FROM {}").format(
                sql.Literal(table), sql.SQL(", ").join(map(sql.Identifier, names)), sql.Identifier(table)
            )
            for table, names in sorted(columns.items())
        )
        return Stored(columns, {name: (rows, digest) for name, rows, digest in connection.execute(every)})


def fill_until_repeats_fire(place: Place) -> None:
    fill(place, records_of_others=False)
    place.story.wait(days=20)
    read(place)  # a first reading is a receipt
    with psycopg.connect(place.server, dbname=place.database) as connection:
        # That release knows no digest: what waits for one it has sent.
        connection.execute("UPDATE notice_item SET send_after = NULL WHERE notice_id IS NULL")
    place.story.work()


@pytest.fixture(scope="module")
def filled(server: str, template: str, app: Flask) -> Iterator[tuple[Place, TheClock]]:
    """A filled database without connections, to be copied."""
    with prepared_place(server, template, app, fill_until_repeats_fire) as made:
        db.bind({})
        yield made


@dataclass(frozen=True)
class Both:
    """The database that came over, and the one beside it."""

    filled: Place
    the_clock: TheClock
    at: datetime

    @contextmanager
    def beside(self) -> Iterator[Place]:
        """A copy that no migration has touched."""
        with a_database(self.filled.server, self.filled.database) as name:
            self.the_clock.set(self.at)
            with psycopg.connect(self.filled.server, dbname=name) as connection:
                connection.execute(NOT_TIMED)
                connection.execute(NOT_JOINED)
            yield replace(self.filled, database=name, story=Story(self.filled.cast, self.the_clock))

    @contextmanager
    def came_over(self) -> Iterator[tuple[Place, Stored]]:
        """A copy that the release before has used, brought to this release; and what was in it before."""
        with self.beside() as place:
            migrate.downgrade(BEFORE)
            with psycopg.connect(place.server, dbname=place.database) as connection:
                connection.execute(FORMER_NAMES)
            before = stored(place)
            migrate.upgrade()
            yield place, before


@pytest.fixture
def both(filled: tuple[Place, TheClock], the_clock: TheClock) -> Both:
    place, still = filled
    return Both(place, the_clock, still.at)


def as_called_today(text: str) -> str:
    """Name a repeat as this release does."""
    return text.replace("tail_", "repeat_")


def test_every_row_is_still_there_and_what_is_new_is_filled_in(both: Both) -> None:
    with both.came_over() as (place, before):
        assert before.columns.keys() == before.rows.keys()
        empty = {name for name, (rows, _) in before.rows.items() if not rows}
        assert not empty & {"clock", "clock_firing", "notice", "referral", "destination_referral", "person"}
        assert not empty & {"safety_check", "check_request", "review", "event", "feed_entry", "audit_entry"}
        assert stored(place, before.columns).rows == before.rows
        now = stored(place).columns
        added = {name: set(now[name]) - set(columns) for name, columns in before.columns.items()}
        assert {name: columns for name, columns in added.items() if columns} == ADDED
        assert place.rows("SELECT DISTINCT ladder FROM clock") == [(min(ladder.VERSIONS),)]
        ours = "SELECT DISTINCT owner_role FROM clock WHERE state <> 'stopped' AND responder_id IS NULL"
        assert (None,) not in place.rows(ours), "probation owes it, and nobody knows who"
        kinds = {kind for (kind,) in place.rows("SELECT DISTINCT kind FROM clock_firing")}
        assert {"rung", "tail"} <= kinds, "nothing of what has another name today came over"
        assert not {"step", "repeat"} & kinds
        may_know = (
            "SELECT kind, may_know_of_mappa, may_know_of_victims FROM organisation WHERE kind <> 'service'"
        )
        for kind, mappa, victims in place.rows(may_know):
            assert (mappa, victims) == ASSUMED[kind], kind


def read(place: Place) -> dict[tuple[str, str], Any]:
    """Read what each caller may read of a case: lists, referrals, checks and all that hangs on them."""
    things = {kind: sorted(ids) for kind, ids in things_of(place, CRN).items()}
    callers = {"officer": place.officer, **place.cast.callers}
    found = {}
    for name in READERS:
        caller = callers[name]
        for route in routes_of(caller.app):
            if (
                route.method != "GET"
                or not may(caller, route.permission)
                or any(one in route.rule for one in NOT_COMPARED)
                or route.rule in HELD_ANEW
            ):
                continue
            if not set(route.parameters) <= things.keys():
                continue
            query = {"referral_id": place.referral["id"]} if route.rule == "/v1/checks" else {}
            for path in islice(addresses(route, things), OF_EACH) if route.parameters else [route.rule]:
                answer = caller.get(path, **query)
                assert answer.status_code in {200, 404}, (path, answer.text)
                said = answer.get_json() if answer.status_code == 200 else answer.status_code
                found[name, path] = as_called_today(json.dumps(as_kept_then(said), sort_keys=True))
    return found


def as_kept_then(said: Any) -> Any:
    """Leave out of an answer what the release before did not keep of questions."""
    if isinstance(said, list):
        return [as_kept_then(each) for each in said]
    if not isinstance(said, dict):
        return said
    kept = {name: as_kept_then(each) for name, each in said.items() if name not in NOT_KEPT}
    if "event" in said and "text" in said:
        # A timeline names staff by the register, which begins anew.
        kept = {name: each for name, each in kept.items() if name != "text"}
        kept["by"] = {name: each for name, each in kept["by"].items() if name != "name"}
    if "phone" in said and not isinstance(said.get("name"), dict):
        # So does whoever is to be rung.
        kept = {name: each for name, each in kept.items() if name not in {"name", "phone"}}
    if "rebuilt" in said:
        kept = {name: each for name, each in kept.items() if name not in NOT_KEPT_OF_QUESTIONS | {"rebuilt"}}
    for asked in (kept if "rebuilt" in said else None, kept.get("about")):
        if isinstance(asked, dict):
            asked["person"] = {k: v for k, v in asked["person"].items() if k not in NOT_SAID_OF_A_PERSON}
            for contact in asked.get("contacts", ()):
                contact.pop("aliases", None)
    return kept


def test_each_caller_reads_what_was_there_before(both: Both) -> None:
    with both.beside() as place:
        expected = read(place)
    with both.came_over() as (place, _):
        found = read(place)
    assert found.keys() == expected.keys()
    assert {key for key in found if found[key] != expected[key]} == set()
    shown = {path.split("/")[2] for (_, path), said in found.items() if said.startswith("{")}
    assert {"referrals", "destination-referrals", "checks", "check-requests", "people", "overdue"} <= shown


def happened(place: Place) -> dict[str, Any]:
    """Return what was fired and published, without the ids that each time are others."""
    firings = place.rows(
        "SELECT clock_id::text, step_key, ordinal, due_at, fired_at, late FROM clock_firing ORDER BY 1, 3"
    )
    entries = place.rows(
        "SELECT f.organisation_id::text, e.name, e.subject_kind, e.occurred_at FROM feed_entry f"
        " JOIN event e ON e.id = f.event_id"
    )
    notices = place.rows("SELECT organisation_id::text, role, holder, items, sent_at FROM notice")
    return {
        "firings": [(clock, as_called_today(key), *rest) for clock, key, *rest in firings],
        "entries": Counter(entries),
        "notices": Counter(notices),
    }


def test_clocks_go_on_where_they_were_and_fire_nothing_twice(both: Both) -> None:
    with both.beside() as place:
        # What came over goes on by the version of the ladder that the release before started it with.
        with psycopg.connect(place.server, dbname=place.database) as connection:
            connection.execute("ALTER TABLE clock DISABLE TRIGGER USER")
            connection.execute("UPDATE clock SET ladder = %s", [min(ladder.VERSIONS)])
            connection.execute("ALTER TABLE clock ENABLE TRIGGER USER")
        place.story.wait(days=25)
        expected = happened(place)
    with both.came_over() as (place, _):
        earlier = happened(place)
        place.story.wait(days=25)
        found = happened(place)
        assert found == expected
        keys = [(clock, key) for clock, key, *_ in found["firings"]]
        assert len(keys) == len(set(keys)) > len(earlier["firings"])
        repeated = "SELECT 1 FROM clock_firing WHERE kind = %s LIMIT 1"
        assert place.rows(repeated, "tail")
        assert place.rows(repeated, "repeat"), "none went on repeating"


def test_the_first_sweep_of_what_came_over_fires_no_clock_and_sends_nothing(both: Both) -> None:
    """Whatever is timed from the upgrade on counts from then: nobody is late with what was not asked for."""
    with both.came_over() as (place, _):
        before = happened(place)
        assert before["firings"]
        assert before["notices"]
        place.story.work()
        assert happened(place) == before


def test_work_goes_on_in_what_came_over(both: Both) -> None:
    with both.came_over() as (place, _):
        story = place.story
        made = story.submit(darren_and_toby("AFTER-1", crn="X320799"))
        assert story.checks(made["id"], "police_da")
        (asked, *_) = story.inbox(place.cast.police)
        story.answer(place.cast.police, asked["id"], dict(NOTHING_KNOWN), nothing_found=True)
        assert asked["id"] not in {one["id"] for one in story.inbox(place.cast.police)}

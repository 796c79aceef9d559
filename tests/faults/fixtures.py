"""The case that the tests of faults use, and a snapshot of everything that is stored."""

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from flask import Flask
from psycopg import sql
from werkzeug.test import TestResponse

from service import clock
from tests.cast import OTHER_REGION, Caller, Cast, assemble
from tests.conftest import TheClock, a_database
from tests.journeys.driver import EMPLOYER, Json, Story, ok
from tests.people.factories import give_sight
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at

CRN, RESTRICTED, NOBODY = "X320741", "X320749", "X999999"
NAMED = "p.shah"
UNTOUCHED_BY = frozenset({"denied", "sign_in"})
"""Verbs of the trail that a refused call may leave behind."""


@dataclass
class Place:
    """One case in the middle of its life, and another of limited access."""

    server: str
    database: str
    cast: Cast
    story: Story
    referral: Json = field(default_factory=dict)
    restricted: Json = field(default_factory=dict)

    @property
    def officer(self) -> Caller:
        return self.cast.probation.as_practitioner(NAMED)

    def callers(self) -> dict[str, Caller]:
        """Return all callers, with a practitioner for those that need one."""
        callers = dict(self.cast.callers)
        callers["colleague"] = callers["probation"].as_practitioner("n.other")
        callers["manager"] = callers["probation"].as_practitioner("h.other", "pdu_head")
        callers["records"] = callers["probation"].as_practitioner("r.keeper", "records_manager")
        callers["stranger"] = callers["stranger"].as_practitioner(NAMED)
        callers["nobody_named"] = callers["probation"]
        callers["administration"] = callers["administration"].as_practitioner(
            "m.okonkwo", "registrar", pdu=None
        )
        callers["probation"] = self.officer
        return callers

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the database, with every right there is."""
        with psycopg.connect(self.server, dbname=self.database) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def ids(self, table: str, where: str = "true") -> list[str]:
        """Return the ids in a table."""
        return [str(row[0]) for row in self.rows(f"SELECT id FROM {table} WHERE {where} ORDER BY 1")]

    def stored(self) -> dict[str, tuple[int, int]]:
        """Return a digest of every table: how many rows, and a sum over what they say.

        Left out is what a refusal leaves behind: entries that say so, what was counted, used assertions; and
        the staff register, which has everybody from when their first token is asked for.
        """
        untouched = sql.Literal(sorted(UNTOUCHED_BY))
        left_out = {
            "audit_entry": sql.SQL("WHERE verb <> ALL ({}) AND object_kind <> 'staff'").format(untouched),
        }
        with psycopg.connect(self.server, dbname=self.database) as connection:
            tables = connection.execute(
                "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
                " AND c.relname NOT IN"
                " ('used_assertion', 'call_count', 'refusal_count', 'staff', 'staff_role') ORDER BY 1"
            ).fetchall()
            every = sql.SQL(" UNION ALL ").join(
                sql.SQL("SELECT {}, count(*), sum(hashtextextended(t::text, 0)) FROM {} t {}").format(
                    sql.Literal(name),
                    sql.Identifier(name),
                    left_out.get(name, sql.SQL("")),
                )
                for (name,) in tables
            )
            return {name: (rows, said) for name, rows, said in connection.execute(every)}

    @contextmanager
    def nothing_stored(self, *, but: Collection[str] = ()) -> Iterator[None]:
        """Insist that the block leaves every table as it was, but for those named."""
        before = self.stored()
        yield
        after = self.stored()
        assert {name for name in after if after[name] != before[name]} <= set(but)

    def nothing_stored_but_reading(self) -> AbstractContextManager[None]:
        """Insist on the same of a block that also reads, and so leaves entries on the trail."""
        return self.nothing_stored(but={"audit_entry"})


@contextmanager
def prepared_place(
    server: str, template: str, app: Flask, prepare: Callable[[Place], None]
) -> Iterator[tuple[Place, TheClock]]:
    """A place in a database of its own, with a clock that stays where the preparations have left it."""
    still = TheClock()
    clock.use(lambda: still.at)
    with a_database(server, template) as name:
        cast = assemble(app)
        place = Place(server, name, cast, Story(cast, still))
        prepare(place)
        clock.use(None)
        yield place, still


def open_cases(place: Place) -> None:
    """Submit both cases, start the work of every organisation, and move the clock until something is late."""
    story = place.story
    place.referral = story.submit(darren_and_toby())
    limited = darren_and_toby("LAO-1", crn=RESTRICTED)
    limited["person"]["restricted_record"] = True
    place.restricted = story.submit(limited)
    for referral, crn in ((place.referral, CRN), (place.restricted, RESTRICTED)):
        ap = story.part(referral["id"], "approved_premises")["id"]
        crs = story.part(referral["id"], "crs", "accommodation")["id"]
        story.take_on(place.cast.ap, ap)
        story.take_on(place.cast.crs, crs)
        ok(place.cast.crs.post(f"/v1/destination-referrals/{crs}/messages", json={"body": "When?"}), 201)
        story.report_change(crn, "arrest")
        ok(
            place.cast.ap.post(
                f"/v1/destination-referrals/{ap}/concerns",
                json={"occurred_on": "2026-03-01", "details": "Shouting at the door."},
            ),
            201,
        )
    for crn in (CRN, RESTRICTED):
        ok(place.officer.post(f"{person_at(crn)}/disclosure-decisions", json=EMPLOYER), 201)
        _ask_the_police(place, crn)
    (unchanged,) = story.report_change(CRN, "work_started")["reviews"]
    ok(story.complete_review(unchanged["id"], no_change_reason="The plan had counted on the job."))
    for crn in (CRN, RESTRICTED):
        _share_and_exclude(place, crn)
    story.wait(days=8)


def _ask_the_police(place: Place, crn: str) -> None:
    partner = {"recipient": "partner", "name": "Joanne Threlfall", "reason": "Her sister asked."}
    opened = ok(place.officer.post(f"{person_at(crn)}/disclosure-decisions", json=partner), 201)
    day = clock.today().isoformat()
    referral = {"force": "west-yorkshire", "sent_on": day, "reason": "He has harmed a partner."}
    ok(place.story.tell(opened["id"], "refer", place.officer, referral=referral))


def _share_and_exclude(place: Place, crn: str) -> None:
    """Let the other region's system name somebody of its staff whom nobody calls as."""
    give_sight(place.cast.stranger, crn, "risk", practitioner="x.nobody")
    excluded = {"practitioner": "x.nobody", "region": OTHER_REGION, "reason": "A relative."}
    ok(place.officer.post(f"{person_at(crn)}/exclusions", json=excluded))


def told(answer: TestResponse) -> tuple[int, Json, dict[str, str]]:
    """Return all that an answer says, but for its own id."""
    said = answer.get_json()
    said.pop("request_id", None)
    headers = {name: value for name, value in answer.headers if name not in {"X-Request-Id", "RateLimit"}}
    return answer.status_code, said, headers


def problem(answer: TestResponse) -> Json:
    """Return a refusal, which must be a problem document with the id of its request."""
    assert answer.status_code >= 400, (answer.status_code, answer.text[:500])
    assert answer.status_code != 500, answer.text
    assert answer.mimetype == "application/problem+json", (answer.status_code, answer.text[:500])
    said: Json = answer.get_json()
    assert said["status"] == answer.status_code
    assert said["type"].startswith("/problems/")
    assert said["title"]
    assert said["request_id"] == answer.headers["X-Request-Id"]
    return said

"""What happened stays as it was, every state has its event, and a referral's timeline is read in order."""

from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege, IntegrityConstraintViolation
from sqlalchemy import TextClause, text
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.orm import Session

from service import db
from service.access.actor import Actor, Practitioner
from service.events import append, timeline
from service.events.catalogue import CATALOGUE
from tests import rows
from tests.cast import PARTS, Cast
from tests.conftest import TheClock
from tests.events.factories import data_of, happened

REFERRAL, PERSON = UUID(int=1), UUID(int=2)


REWRITINGS = (
    "UPDATE event SET name = 'referral.withdrawn'",
    "DELETE FROM event",
    "TRUNCATE event CASCADE",
    "UPDATE feed_entry SET position = position + 1",
    "TRUNCATE feed_entry",
    "UPDATE feed_head SET position = position - 1",
)


@pytest.mark.parametrize("replica", [False, True])
def test_not_even_the_owner_rewrites_history(cast: Cast, server: str, *, replica: bool) -> None:
    with rows.transaction() as session:
        happened(session, cast.crs.organisation_id)
        happened(session, cast.crs.organisation_id)
    if replica:
        pretend_to_replicate(server)
    with db.transaction("owner") as session:
        assert session.scalar(text("SHOW session_replication_role")) == ("replica" if replica else "origin")
    for rewriting in REWRITINGS:
        assert refused_by_the_database(text(rewriting), role="owner"), rewriting


def pretend_to_replicate(server: str) -> None:
    """Switch ordinary triggers off for the owner, as only a superuser can."""
    with db.transaction("owner") as session:
        database = str(session.scalar(text("SELECT current_database()")))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(
            sql.SQL(
                "ALTER ROLE referrals_owner IN DATABASE {} SET session_replication_role = replica"
            ).format(sql.Identifier(database))
        )
    db.engine("owner").dispose()


@pytest.mark.parametrize("role", ["api", "worker"])
def test_the_service_may_only_add(database: str, role: db.Role) -> None:
    # A worker ends a feed's memory; what happened stays on record.
    forgetting = ["DELETE FROM feed_entry"] if role == "api" else []
    for rewriting in ("UPDATE event SET name = 'a.b'", "DELETE FROM event", *forgetting):
        with pytest.raises(ProgrammingError) as refused, db.transaction(role) as session:
            session.execute(text(rewriting))
        assert isinstance(refused.value.orig, InsufficientPrivilege)


def explain(session: Session, subject: UUID, to_state: str) -> UUID:
    return append(
        session,
        Actor.for_service("test"),
        "check.answered",
        subject_kind="check",
        subject_id=subject,
        to_state=to_state,
        data=data_of("check.answered"),
    )


STORE = text("INSERT INTO thing (id, state, state_event_id) VALUES (:id, :state, :event)")
MOVE = text("UPDATE thing SET state = :state, state_event_id = :event WHERE id = :id")


@pytest.fixture
def thing(database: str) -> UUID:
    """A table that insists on explained states, with one row in the state `open`."""
    with db.transaction("owner") as session:
        session.execute(
            text("CREATE TABLE thing (id uuid PRIMARY KEY, state text, state_event_id uuid, note text)")
        )
        session.execute(text("SELECT insist_on_explained_state('thing')"))
        session.execute(text("GRANT SELECT, INSERT, UPDATE ON thing TO referrals_api"))
    subject = db.new_id()
    with rows.transaction() as session:
        session.execute(STORE, {"id": subject, "state": "open", "event": explain(session, subject, "open")})
    return subject


def test_a_state_may_change_with_the_event_that_says_so(thing: UUID) -> None:
    with rows.transaction() as session:
        session.execute(MOVE, {"id": thing, "state": "closed", "event": explain(session, thing, "closed")})
        session.execute(text("UPDATE thing SET note = 'anything else may change freely'"))


def refused_by_the_database(statement: TextClause, role: db.Role = "api", **values: object) -> bool:
    try:
        with db.transaction(role) as session:
            session.execute(statement, values)
    except DBAPIError as error:
        return isinstance(error.orig, IntegrityConstraintViolation)
    return False


def test_a_state_without_its_event_is_refused(thing: UUID) -> None:
    with rows.transaction() as session:
        of_another = explain(session, db.new_id(), "closed")
        of_another_state = explain(session, thing, "paused")
    assert refused_by_the_database(text("UPDATE thing SET state = 'closed'"))
    assert refused_by_the_database(text("UPDATE thing SET state = NULL"))
    assert refused_by_the_database(MOVE, id=thing, state="closed", event=of_another)
    assert refused_by_the_database(MOVE, id=thing, state="closed", event=of_another_state)
    assert refused_by_the_database(MOVE, id=thing, state="open", event=of_another_state)
    assert refused_by_the_database(STORE, id=db.new_id(), state="open", event=of_another)
    assert refused_by_the_database(STORE, id=db.new_id(), state="open", event=None)


FORGED = (
    "CREATE TEMPORARY TABLE event (id uuid, subject_id uuid, to_state text)",
    "INSERT INTO pg_temp.event VALUES (:event, :id, :state)",
    "GRANT ALL ON pg_temp.event TO PUBLIC",
)


def test_a_state_is_not_explained_by_a_table_of_ones_own(thing: UUID) -> None:
    forged = {"id": thing, "state": "closed", "event": db.new_id()}

    def forge() -> None:
        with db.transaction("api") as session:
            for statement in FORGED:
                session.execute(text(statement), forged)
            session.execute(MOVE, forged)

    with pytest.raises(DBAPIError) as refused:
        forge()
    assert isinstance(refused.value.orig, IntegrityConstraintViolation)


def test_the_timeline_tells_a_referral_in_order_with_who_did_what(cast: Cast, the_clock: TheClock) -> None:
    practitioner = Practitioner("p.shah", "P Shah", "practitioner", "N54")
    probation = Actor(
        client_id="n54-system",
        organisation_id=cast.probation.organisation_id,
        organisation_kind="probation_region",
        practitioner=practitioner,
        scopes=frozenset(),
        request_id="test",
        address=None,
        strength="test",
    )

    def say(name: str, actor: Actor, **more: object) -> None:
        with rows.transaction() as session:
            about = {"subject_kind": CATALOGUE[name].subjects[0], "subject_id": UUID(int=9)}
            append(session, actor, name, **about, data=data_of(name), **more)  # type: ignore[arg-type]
        the_clock.move(timedelta(hours=1))

    say("referral.submitted", probation, referral_id=REFERRAL, person_id=PERSON)
    say("rosh.raised", probation, person_id=PERSON)
    say("check.raised", Actor.for_service("checks"), referral_id=REFERRAL, to_state="open")
    say("referral.submitted", probation, referral_id=UUID(int=77), person_id=PERSON)
    with rows.transaction() as session:
        whole = timeline(session, REFERRAL, person_id=PERSON)
        own = timeline(session, REFERRAL)
        rest = timeline(session, REFERRAL, after=own[0]["ordinal"], limit=1)
    assert [entry["event"] for entry in whole] == ["referral.submitted", "rosh.raised", "check.raised"]
    assert [entry["event"] for entry in own] == ["referral.submitted", "check.raised"]
    assert rest == own[1:]
    assert whole[0]["by"] == {
        "organisation": PARTS["probation"].name,
        "organisation_id": cast.probation.organisation_id,
        "practitioner": "p.shah",
        "role": "practitioner",
    }
    assert whole[2]["by"]["organisation"] == "Referral Exchange"
    assert (whole[2]["to_state"], whole[2]["subject"]["href"]) == ("open", f"/v1/checks/{UUID(int=9)}")

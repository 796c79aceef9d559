"""Repeated refusals: the first of a kind in a minute has its own entry, the others share one."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from service import audit, clock, db
from service.access.actor import Actor, Practitioner
from service.audit.model import AuditEntry, RefusalCount
from tests.cast import Cast
from tests.conftest import TheClock
from tests.rows import person_at

Json = dict[str, Any]
SYSTEM = Actor(
    client_id="n55-system",
    organisation_id=uuid4(),
    organisation_kind="probation_region",
    practitioner=Practitioner("p.shah", "Priya Shah", "practitioner", "N55", "Leeds"),
    scopes=frozenset({"referrals"}),
    request_id="request-1",
    address="192.0.2.7",
    strength="private_key_jwt",
)


def refusals() -> list[Json]:
    """Return every entry about refusals, oldest first."""
    with db.transaction("audit_reader") as session:
        written = select(AuditEntry.body).where(AuditEntry.verb == "denied").order_by(AuditEntry.recorded_at)
        return [json.loads(body) for body in session.scalars(written)]


def in_full() -> list[Json]:
    return [entry for entry in refusals() if "refusals" not in entry]


def summed_up() -> list[Json]:
    return [entry for entry in refusals() if "refusals" in entry]


def counted() -> int:
    with db.transaction("owner") as session:
        return len(session.scalars(select(RefusalCount)).all())


def refuse(actor: Actor = SYSTEM, kind: str = "person", reason: str = "people:read not-found") -> UUID | None:
    return audit.denied(actor, object_kind=kind, object_id=uuid4(), reason=reason)


def all_agree() -> None:
    with db.transaction("audit_reader") as session:
        assert list(audit.verify_bodies(session)) == []


def test_four_hundred_refused_calls_of_one_client_are_two_entries(cast: Cast, the_clock: TheClock) -> None:
    start = clock.now()
    asked = [str(uuid4()) for _ in range(400)]
    for number, part in enumerate(asked):
        the_clock.set(start + timedelta(milliseconds=100 * number))
        assert cast.crs.get(f"/v1/destination-referrals/{part}").status_code == 404
    assert audit.aggregate_refusals(clock.now()) == 0, "the minute is not past"
    (first,) = refusals()
    assert first["object"]["id"] == asked[0]
    the_clock.set(start + timedelta(minutes=1))
    assert audit.aggregate_refusals(clock.now()) == 1
    (told,) = summed_up()
    assert told["refusals"] == {
        "count": 399,
        "first_at": "2026-03-02T09:00:00.100000Z",
        "last_at": "2026-03-02T09:00:39.900000Z",
        "objects": asked[1:11],
    }
    for member in ("verb", "outcome", "reason", "actor"):
        assert told[member] == first[member]
    assert told["object"] == {"kind": first["object"]["kind"], "id": "-"}
    assert counted() == 0
    assert audit.aggregate_refusals(clock.now()) == 0
    all_agree()


def test_the_refusals_about_two_people_stand_on_the_trail_of_each(database: str, the_clock: TheClock) -> None:
    people = [uuid4(), uuid4()]
    for person in (*people, *people, people[0]):
        audit.denied(
            SYSTEM, object_kind="person", object_id=person, person_id=person, reason="held-elsewhere"
        )
    the_clock.move(timedelta(minutes=1))
    audit.aggregate_refusals(clock.now())
    assert {entry["person_id"] for entry in in_full()} == set(map(str, people))
    counts = {entry["person_id"]: entry["refusals"]["count"] for entry in summed_up()}
    assert counts == {str(people[0]): 2, str(people[1]): 1}
    all_agree()


def test_a_single_refusal_has_its_entry_and_no_other(database: str, the_clock: TheClock) -> None:
    assert refuse() is not None
    the_clock.move(timedelta(minutes=1))
    assert audit.aggregate_refusals(clock.now()) == 0
    assert len(refusals()) == 1
    assert counted() == 0


OTHERS = {
    "another client": replace(SYSTEM, client_id="n51-system", organisation_id=uuid4()),
    "another member of staff": replace(SYSTEM, practitioner=Practitioner("q", "Q", "spo", "N55", None)),
    "nobody named": replace(SYSTEM, practitioner=None),
    "another address": replace(SYSTEM, address="192.0.2.8"),
    "nobody known": replace(Actor.for_service("guard"), address="192.0.2.7"),
    "nobody known, elsewhere": replace(Actor.for_service("guard"), address="2001:db8:0:1::1"),
    "nobody known, from nowhere": Actor.for_service("guard"),
}


@pytest.mark.parametrize("other", OTHERS)
def test_the_refusals_of_two_callers_stay_apart(database: str, the_clock: TheClock, other: str) -> None:
    for actor in (SYSTEM, OTHERS[other], OTHERS[other], SYSTEM, OTHERS[other]):
        refuse(actor)
    assert len(in_full()) == 2
    the_clock.move(timedelta(minutes=1))
    audit.aggregate_refusals(clock.now())
    counts = {json.dumps(entry["actor"]): entry["refusals"]["count"] for entry in summed_up()}
    assert sorted(counts.values()) == [1, 2]
    all_agree()


@pytest.mark.parametrize(
    "other",
    [
        {"reason": "people:read role-required"},
        {"reason": "people:change not-found"},
        {"kind": "referral"},
    ],
    ids=["another reason", "another permission", "another kind of thing"],
)
def test_the_refusals_of_two_routes_stay_apart(database: str, the_clock: TheClock, other: Json) -> None:
    for _ in range(3):
        refuse()
        refuse(**other)
    assert len(in_full()) == 2
    the_clock.move(timedelta(minutes=1))
    assert audit.aggregate_refusals(clock.now()) == 2
    assert [entry["refusals"]["count"] for entry in summed_up()] == [2, 2]


def test_each_minute_begins_again(database: str, the_clock: TheClock) -> None:
    the_clock.set("2026-03-02T09:00:59.999999+00:00")
    assert refuse() is not None
    assert refuse() is None
    the_clock.move(timedelta(microseconds=1))
    assert refuse() is not None
    assert refuse() is None
    audit.aggregate_refusals(clock.now())
    assert [entry["refusals"]["count"] for entry in summed_up()] == [1], (
        "the minute that is past, and no other"
    )
    the_clock.move(timedelta(minutes=1))
    audit.aggregate_refusals(clock.now())
    assert [entry["refusals"]["count"] for entry in summed_up()] == [1, 1]


def test_a_neighbourhood_of_addresses_is_one_caller_nobody_knows(database: str, the_clock: TheClock) -> None:
    for last in range(5):
        refuse(replace(Actor.for_service("guard"), address=f"2001:db8:0:1::{last:x}"))
    assert len(in_full()) == 1
    the_clock.move(timedelta(minutes=1))
    audit.aggregate_refusals(clock.now())
    (told,) = summed_up()
    assert told["actor"]["address"] == "2001:db8:0:1::/64"
    assert told["refusals"]["count"] == 4


def test_one_thing_asked_for_again_and_again_is_named(database: str, the_clock: TheClock) -> None:
    for _ in range(5):
        audit.denied(SYSTEM, object_kind="person", object_id="X320741", reason="people:read not-found")
    the_clock.move(timedelta(minutes=1))
    audit.aggregate_refusals(clock.now())
    (told,) = summed_up()
    assert told["object"]["id"] == "X320741"
    assert told["refusals"]["objects"] == ["X320741"]


def test_what_a_caller_writes_freely_is_on_no_record(cast: Cast, the_clock: TheClock) -> None:
    officer = cast.probation.as_practitioner("p.shah")
    written = ["Ellershaw", "X320741 Ellershaw", "x320741", "X3207411", "Élise", "a" * 3000, "%00", "0x1"]
    for crn in written:
        assert officer.get(person_at(crn)).status_code == 404
    assert officer.get(f"/v1/referrals/{uuid4()}/versions/{'9' * 4000}").status_code == 404
    the_clock.move(timedelta(minutes=1))
    audit.aggregate_refusals(clock.now())
    bodies = json.dumps(refusals())
    for word in ("Ellershaw", "lise", "aaaa", "0x1", "9999"):
        assert word not in bodies
    assert "malformed" in bodies


def test_refusals_at_the_token_endpoint_are_summed_up_too(cast: Cast, the_clock: TheClock) -> None:
    client = cast.crs.app.test_client()
    for _ in range(4):
        assert client.post("/oauth/token", data={"grant_type": "client_credentials"}).status_code == 401
        form = cast.crs.signer.token_form(clock.now(), scopes=["oversight"])
        assert client.post("/oauth/token", data=form).status_code == 400
    assert len(in_full()) == 2
    the_clock.move(timedelta(minutes=1))
    audit.aggregate_refusals(clock.now())
    told = {entry["actor"]["client_id"]: entry["refusals"]["count"] for entry in summed_up()}
    assert told == {"service/guard": 3, cast.crs.client_id: 3}


def test_calls_without_a_token_and_calls_that_are_not_allowed_are_summed_up(
    cast: Cast, the_clock: TheClock
) -> None:
    for _ in range(3):
        assert cast.crs.app.test_client().get("/v1/referrals").status_code == 401
        assert cast.crs.get("/v1/referrals").status_code == 403
    the_clock.move(timedelta(minutes=1))
    audit.aggregate_refusals(clock.now())
    assert len(in_full()) == 2
    assert {entry["reason"]: entry["refusals"]["count"] for entry in summed_up()} == {
        entry["reason"]: 2 for entry in in_full()
    }


def test_the_trail_shows_what_was_summed_up(cast: Cast, the_clock: TheClock) -> None:
    for _ in range(3):
        cast.crs.get(f"/v1/destination-referrals/{uuid4()}")
    the_clock.move(timedelta(minutes=1))
    audit.aggregate_refusals(clock.now())
    officer = cast.oversight.as_practitioner("d.officer", "data_protection_officer")
    shown = officer.get("/v1/audit/entries", verb="denied", client_id=cast.crs.client_id).get_json()["items"]
    assert [entry.get("refusals", {}).get("count") for entry in shown] == [2, None]
    assert len(shown[0]["refusals"]["objects"]) == 2


def test_none_is_lost_and_none_is_told_twice_among_many_at_once(database: str, the_clock: TheClock) -> None:
    callers, each, workers = 6, 20, 3
    together = Barrier(callers + workers)

    def be_refused(_: int) -> Sequence[UUID | None]:
        together.wait(30)
        return [refuse() for _ in range(each)]

    def sum_up(_: int) -> int:
        together.wait(30)  # the minute is past for the workers' clocks, and not yet for the callers'
        return sum(audit.aggregate_refusals(clock.now() + timedelta(minutes=1)) for _ in range(each))

    with ThreadPoolExecutor(callers + workers) as pool:
        refused = [pool.submit(be_refused, number) for number in range(callers)]
        sums = [pool.submit(sum_up, number) for number in range(workers)]
        entries = [entry for one in refused for entry in one.result() if entry is not None]
        written = sum(one.result() for one in sums)
    the_clock.move(timedelta(minutes=1))
    written += audit.aggregate_refusals(clock.now())
    assert len(in_full()) == len(entries)
    assert len(summed_up()) == written
    assert len(entries) + sum(entry["refusals"]["count"] for entry in summed_up()) == callers * each
    assert counted() == 0
    all_agree()


def test_many_at_the_same_moment_have_one_first(database: str) -> None:
    many = 8
    together = Barrier(many)

    def be_refused(_: int) -> UUID | None:
        together.wait(30)
        return refuse()

    with ThreadPoolExecutor(many) as pool:
        entries = list(pool.map(be_refused, range(many)))
    assert sum(entry is not None for entry in entries) == 1
    assert len(refusals()) == 1


def test_a_count_stays_until_its_entry_is_stored(database: str, the_clock: TheClock) -> None:
    for _ in range(3):
        refuse()
    the_clock.move(timedelta(minutes=1))
    with db.transaction("owner") as session:
        session.execute(text("REVOKE INSERT ON audit_entry FROM referrals_worker"))
    with pytest.raises(DBAPIError, match="permission denied"):
        audit.aggregate_refusals(clock.now())
    with db.transaction("owner") as session:
        session.execute(text("GRANT INSERT ON audit_entry TO referrals_worker"))
    assert audit.aggregate_refusals(clock.now()) == 1
    (told,) = summed_up()
    assert told["refusals"]["count"] == 2


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT count(*) FROM refusal_count",
        "DELETE FROM refusal_count",
        "UPDATE refusal_count SET further = 0",
    ],
)
def test_who_counts_cannot_read_nor_change_what_is_counted(database: str, statement: str) -> None:
    refuse()
    with pytest.raises(ProgrammingError, match="permission denied"), db.transaction("api") as session:
        session.execute(text(statement))

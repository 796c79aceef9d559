"""/v1/staff: the register of one's own organisation, kept by a system that may do nothing else."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from benchmarks.statements import watched
from service import db
from service.access.actor import Practitioner
from service.document.regions import REGIONS
from service.organisations import register
from service.organisations.delivery_units import DELIVERY_UNITS
from service.staff.rules import faults_in_role
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.journeys.driver import ok
from tests.people.factories import as_owner

Json = dict[str, Any]
_LIMIT = "WITH allowed AS"
"""How the statement begins by which a process takes calls out of a client's limit, some at a time."""
FINCH = {
    "name": "Lorna Finch",
    "phone": "0113 496 0001",
    "email": "lorna.finch@probation.example",
    "roles": [{"role": "spo", "unit": "Leeds", "deputy": True, "from": "2026-03-01"}],
    "absences": [{"from": "2026-03-09", "until": "2026-03-13"}],
}


@pytest.fixture
def keeper(cast: Cast) -> Caller:
    return cast.probation.keeper()


def put(keeper: Caller, member: str, entry: Json) -> Json:
    """Enter a member of staff, or replace the entry that there is."""
    seen = keeper.get(f"/v1/staff/{member}")
    tag = seen.headers["ETag"] if seen.status_code == 200 else None
    return ok(keeper.put(f"/v1/staff/{member}", json=entry, if_match=tag))


def holders(caller: Caller, role: str, unit: str | None = None) -> list[str]:
    with db.transaction("owner") as session:
        return register.holders(session, caller.organisation_id, role, unit)


def faults(answer: Any) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    return {one.get("pointer", one.get("parameter")): one["detail"] for one in answer.get_json()["errors"]}


def test_a_member_of_staff_is_entered_and_read(keeper: Caller, cast: Cast) -> None:
    entered = keeper.put("/v1/staff/L.Finch", json=FINCH)
    view = ok(entered)
    assert view["id"] == "l.finch"
    assert (view["name"], view["phone"], view["email"]) == (FINCH["name"], FINCH["phone"], FINCH["email"])
    assert view["entered_by"] == "register"
    assert view["roles"] == [
        {
            "role": "spo",
            "unit": "Leeds",
            "deputy": True,
            "from": "2026-03-01T00:00:00Z",
            "until": None,
        }
    ]
    assert ok(cast.probation.as_practitioner().get("/v1/staff/l.finch")) == view
    assert entered.headers["ETag"] == view["etag"]


def test_a_date_is_the_whole_day_in_london_and_the_last_day_counts(keeper: Caller) -> None:
    summer = FINCH | {"absences": [{"from": "2026-04-20", "until": "2026-04-24"}], "ended": "2026-06-30"}
    view = put(keeper, "l.finch", summer)
    assert view["absences"] == [{"from": "2026-04-19T23:00:00Z", "until": "2026-04-24T23:00:00Z"}]
    assert view["ended"] == "2026-06-30T23:00:00Z"
    moments = FINCH | {"absences": [{"from": "2026-04-20T12:00:00+01:00", "until": "2026-04-20T17:00:00Z"}]}
    assert put(keeper, "l.finch", moments)["absences"][-1] == {
        "from": "2026-04-20T11:00:00Z",
        "until": "2026-04-20T17:00:00Z",
    }


def test_an_entry_is_replaced_only_by_who_has_read_it(keeper: Caller) -> None:
    first = keeper.put("/v1/staff/l.finch", json=FINCH)
    assert keeper.put("/v1/staff/l.finch", json=FINCH).status_code == 428
    tag = first.headers["ETag"]
    named = FINCH | {"name": "Lorna Finch-Hall"}
    ok(keeper.put("/v1/staff/l.finch", json=named, if_match=tag))
    assert keeper.put("/v1/staff/l.finch", json=FINCH, if_match=tag).status_code == 412
    assert keeper.put("/v1/staff/nobody", json=FINCH, if_match=tag).status_code == 412


def test_the_same_entry_again_changes_nothing(keeper: Caller) -> None:
    first = ok(keeper.put("/v1/staff/l.finch", json=FINCH))
    again = ok(keeper.put("/v1/staff/l.finch", json=FINCH, if_match=first["etag"]))
    assert again == first


def test_a_repeated_call_is_recognised(keeper: Caller) -> None:
    key = {"Idempotency-Key": "one"}
    first = ok(keeper.put("/v1/staff/l.finch", json=FINCH, headers=key))
    assert ok(keeper.put("/v1/staff/l.finch", json=FINCH, headers=key)) == first
    other = FINCH | {"phone": None}
    refused = keeper.put("/v1/staff/l.finch", json=other, headers=key)
    assert refused.get_json()["type"] == "/problems/idempotency-key-reused"


def test_what_is_left_out_ends_now_and_what_was_stays(keeper: Caller, the_clock: TheClock) -> None:
    put(keeper, "l.finch", FINCH)
    the_clock.set("2026-03-10T09:00Z")
    view = put(keeper, "l.finch", {"name": "Lorna Finch"})
    assert view["roles"][0]["until"] == "2026-03-10T09:00:00Z"
    assert view["absences"] == [{"from": "2026-03-09T00:00:00Z", "until": "2026-03-10T09:00:00Z"}]
    assert (view["phone"], view["email"]) == (None, None)


def test_an_absence_may_have_no_end_until_they_are_back(keeper: Caller, the_clock: TheClock) -> None:
    ill = FINCH | {"absences": [{"from": "2026-03-09"}]}
    put(keeper, "l.finch", ill)
    the_clock.set("2026-12-09T09:00Z")
    assert put(keeper, "l.finch", ill)["absences"] == [{"from": "2026-03-09T00:00:00Z", "until": None}]
    assert [one["id"] for one in ok(keeper.get("/v1/staff", away="yes"))["items"]] == ["l.finch"]
    back = put(keeper, "l.finch", FINCH | {"absences": []})
    assert back["absences"] == [{"from": "2026-03-09T00:00:00Z", "until": "2026-12-09T09:00:00Z"}]
    assert ok(keeper.get("/v1/staff", away="yes"))["items"] == []


def test_a_role_can_come_in_several_periods(keeper: Caller) -> None:
    acting = [
        {"role": "spo", "from": "2026-04-01", "until": "2026-04-10"},
        {"role": "spo", "from": "2026-05-01", "until": "2026-05-10"},
    ]
    first = put(keeper, "l.finch", FINCH | {"roles": acting})
    again = put(keeper, "l.finch", FINCH | {"roles": acting})
    assert first == again
    assert len(first["roles"]) == 2


def test_a_role_must_be_one_of_the_kind_of_organisation(cast: Cast, keeper: Caller) -> None:
    wrong = FINCH | {"roles": [{"role": "spo"}, {"role": "duty_manager"}]}
    found = faults(keeper.put("/v1/staff/l.finch", json=wrong))
    assert set(found) == {"/roles/1/role"}
    assert "spo" in found["/roles/1/role"]
    police = cast.police.keeper()
    found = faults(police.put("/v1/staff/l.finch", json=FINCH))
    assert set(found) == {"/roles/0/role", "/roles/0/unit"}
    ok(police.put("/v1/staff/d.osei", json={"name": "Dele Osei", "roles": [{"role": "duty_manager"}]}))
    assert police.get("/v1/staff/d.osei").get_json()["roles"][0]["role"] == "duty_manager"


def test_a_unit_is_one_of_those_of_the_region_where_they_are_listed(cast: Cast, keeper: Caller) -> None:
    wrong = FINCH | {"roles": [{"role": "spo", "unit": "Leeds"}, {"role": "spo", "unit": "Leeds North"}]}
    found = faults(keeper.put("/v1/staff/l.finch", json=wrong))
    assert set(found) == {"/roles/1/unit"}
    assert found["/roles/1/unit"].startswith(
        "Not a delivery unit of N55; its units are: Barnsley and Rotherham; "
    )
    assert "; Leeds; " in found["/roles/1/unit"]
    line = {"id": "l.finch", **wrong}
    assert set(faults(keeper.post("/v1/staff/bulk", json={"entries": [line]}))) == {"/entries/0/roles/1/unit"}


def test_a_region_without_a_list_takes_any_unit() -> None:
    assert list(faults_in_role("probation_region", "N57", "spo", "Any Unit")) == []
    assert [member for member, _ in faults_in_role("probation_region", "N55", "spo", "Any Unit")] == ["unit"]


def test_every_listed_region_is_one_and_no_unit_is_listed_twice() -> None:
    assert DELIVERY_UNITS.keys() == REGIONS.keys() - {"N57"}
    every = [unit for units in DELIVERY_UNITS.values() for unit in units]
    assert len(every) == len(set(every)) == 104
    assert all(list(units) == sorted(units, key=str.lower) for units in DELIVERY_UNITS.values())


def test_every_fault_of_an_entry_is_named(keeper: Caller) -> None:
    wrong: Json = {
        "roles": [{"role": "spo", "from": "2026-03-10", "until": "2026-03-01"}],
        "absences": [{"from": "soon", "until": "2026-03-13"}, {"from": "2026-03-13", "reason": "ill"}],
        "ended": "never",
    }
    found = faults(keeper.put("/v1/staff/l.finch", json=wrong))
    assert set(found) == {
        "/name",
        "/roles/0/until",
        "/absences/0/from",
        "/absences/1/reason",
        "/ended",
    }


def bulk(keeper: Caller, *entries: Json, **more: Any) -> Any:
    return keeper.post("/v1/staff/bulk", json={"entries": list(entries)}, **more)


def people(number: int, **more: Any) -> list[Json]:
    return [{"id": f"o.{place:03}", "name": f"Officer {place}"} | more for place in range(number)]


def test_a_bulk_call_says_what_came_of_it(keeper: Caller) -> None:
    assert ok(bulk(keeper, *people(3))) == {"entered": 3, "changed": 0, "unchanged": 0}
    changed = [*people(2), {"id": "O.002", "name": "Officer 2", "phone": "1"}, {"id": "new", "name": "New"}]
    sent = bulk(keeper, *changed, idempotency_key="nightly")
    assert ok(sent) == {"entered": 1, "changed": 1, "unchanged": 2}
    assert ok(bulk(keeper, *changed, idempotency_key="nightly")) == ok(sent)
    assert ok(bulk(keeper, *changed)) == {"entered": 0, "changed": 0, "unchanged": 4}
    assert bulk(keeper, *changed, idempotency_key=None).status_code == 400


def test_a_bulk_call_with_a_bad_line_stores_nothing_and_names_every_one(keeper: Caller) -> None:
    stored = "SELECT count(*) AS n FROM staff"
    before = as_owner(stored)
    lines = people(6)
    lines[1] |= {"roles": [{"role": "spo"}, {"role": "banana"}]}
    lines[4] |= {"roles": [{"role": "duty_manager"}]}
    assert set(faults(bulk(keeper, *lines))) == {"/entries/1/roles/1/role", "/entries/4/roles/0/role"}
    lines[2] = {"id": "O.000", "name": "Again"}
    lines[3] = {"id": "has space", "ended": "x"}
    assert set(faults(bulk(keeper, *lines))) == {
        "/entries/3/id",
        "/entries/3/name",
        "/entries/3/ended",
    }
    lines[3] = people(4)[3]
    assert set(faults(bulk(keeper, *lines))) == {"/entries/2/id"}
    assert bulk(keeper).status_code == 422
    assert bulk(keeper, *people(501)).status_code == 422
    assert as_owner(stored) == before


def test_a_bulk_call_takes_as_many_statements_for_five_hundred_as_for_five(keeper: Caller) -> None:
    entry = {"roles": FINCH["roles"], "absences": FINCH["absences"]}

    def statements(lines: list[Json]) -> int:
        with watched() as seen:
            ok(bulk(keeper, *lines))
        return sum(not statement.lstrip().startswith(_LIMIT) for statement, _ in seen)

    for _ in range(2):
        ok(bulk(keeper, *people(1, **entry)))  # a token, and what is read once and kept
    few, many = people(5, **entry), people(100, **entry)
    assert statements(few) == statements(many)
    for place, line in enumerate(many):
        line |= {"phone": "2", "roles": [] if place % 2 else line["roles"]}
    changing = statements(many)
    few = [{**line, "phone": "3", "roles": []} for line in few[:2]]
    assert statements(few) == changing


def test_only_the_own_register_is_read(cast: Cast, keeper: Caller) -> None:
    put(keeper, "l.finch", FINCH)
    for caller in (cast.stranger.keeper(), cast.stranger.as_practitioner("t.jones"), cast.police):
        assert caller.get("/v1/staff/l.finch").status_code == 404
        listed = {one["id"] for one in ok(caller.get("/v1/staff"))["items"]}
        assert "l.finch" not in listed
    assert "duty.manager" in {one["id"] for one in ok(cast.police.get("/v1/staff"))["items"]}


def test_the_register_is_filtered_by_role_unit_and_who_is_there(keeper: Caller, the_clock: TheClock) -> None:
    put(keeper, "l.finch", FINCH)
    put(keeper, "g.one", {"name": "G", "ended": "2026-03-05"})

    def ids(**filters: str) -> list[str]:
        return [one["id"] for one in ok(keeper.get("/v1/staff", **filters))["items"]]

    assert ids(role="spo") == ["l.finch", "s.okafor"]
    assert ids(unit="Leeds") == ["l.finch"]
    assert ids(role="spo", holding_today="yes") == ["s.okafor"]
    assert ids(role="spo", unit="Leeds", holding_today="yes") == ["l.finch"]
    assert ids(away="yes") == []
    assert "g.one" in ids()
    the_clock.set("2026-03-09T09:00Z")
    assert ids(away="yes") == ["l.finch"]
    assert ids(role="spo", unit="Leeds", holding_today="yes") == ["s.okafor"]
    assert "g.one" not in ids()
    assert ok(keeper.get("/v1/staff/g.one"))["ended"] == "2026-03-06T00:00:00Z"
    assert set(faults(keeper.get("/v1/staff", holding_today="yes"))) == {"role"}


def test_the_register_is_read_in_pages(keeper: Caller) -> None:
    ok(bulk(keeper, *people(7)))
    seen: list[str] = []
    after: Json = {}
    while True:
        answer = ok(keeper.get("/v1/staff", limit=3, **after))
        seen += [one["id"] for one in answer["items"]]
        if answer["next"] is None:
            break
        after = {"after": answer["next"]}
    assert seen == sorted(set(seen))
    assert {f"o.{place:03}" for place in range(7)} <= set(seen)


def test_a_probation_system_names_who_reads_and_the_keeper_names_nobody(cast: Cast, keeper: Caller) -> None:
    assert cast.probation.get("/v1/staff").get_json()["type"] == "/problems/practitioner-required"
    ok(keeper.get("/v1/staff"))
    refused = cast.probation.as_practitioner().put("/v1/staff/x", json={"name": "X"})
    assert refused.status_code == 403


def test_what_changed_stands_in_the_feed_as_numbers_and_on_the_trail_as_names_of_fields(
    cast: Cast, keeper: Caller
) -> None:
    put(keeper, "l.finch", FINCH)
    ok(bulk(keeper, *people(2)))
    ok(bulk(keeper, *people(2)))
    feed = ok(cast.probation.get("/v1/events", limit=500))["items"]
    kept = [one for one in feed if one["event"] == "staff_register.changed"]
    assert [one["data"] for one in kept] == [
        {"entered": 1, "changed": 0, "unchanged": 0},
        {"entered": 2, "changed": 0, "unchanged": 0},
    ]
    assert kept[0]["subject"]["href"] == "/v1/staff"
    assert "Finch" not in str(feed)
    entries = as_owner(
        "SELECT body FROM audit_entry WHERE body LIKE '%l.finch%' AND body LIKE '%alteration%'"
    )
    assert len(entries) == 1
    assert "absences" in entries[0]["body"]
    assert "Finch" not in entries[0]["body"].replace("l.finch", "")


def test_a_role_that_is_dated_back_makes_nothing_right_that_was_done_before_it_was_entered(
    cast: Cast, keeper: Caller, the_clock: TheClock
) -> None:
    """A register is kept daily, so that a role may begin in the past; each call is judged when it is made."""
    lorna = Practitioner("l.finch", "Lorna Finch", "spo", cast.probation.code, "Leeds")
    manager = replace(cast.probation, practitioner=lorna)
    refused = manager.get("/v1/overdue")
    assert refused.get_json()["type"] == "/problems/role-not-registered"
    denied = "SELECT count(*) AS n FROM audit_entry WHERE verb = 'denied' AND practitioner_id = 'l.finch'"
    before = as_owner(denied)
    the_clock.move(timedelta(days=1))
    last_week = (the_clock.at - timedelta(days=7)).isoformat()
    put(keeper, "l.finch", {"name": "Lorna Finch", "roles": [{"role": "spo", "from": last_week}]})
    assert as_owner(denied) == before != [{"n": 0}], "what was refused stays refused, on the trail"
    ok(manager.get("/v1/overdue"))


def test_a_managers_role_counts_from_when_the_register_has_it(
    cast: Cast, keeper: Caller, the_clock: TheClock
) -> None:
    late = replace(
        cast.probation,
        practitioner=Practitioner("l.finch", "Lorna Finch", "spo", cast.probation.code, "Leeds"),
    )
    assert late.get("/v1/overdue").get_json()["type"] == "/problems/role-not-registered"
    put(keeper, "l.finch", {"name": "Lorna Finch", "roles": [{"role": "spo", "from": "2026-03-03"}]})
    assert late.get("/v1/overdue").status_code == 403
    the_clock.move(timedelta(days=1))
    ok(late.get("/v1/overdue"))
    put(keeper, "l.finch", {"name": "Lorna Finch"})
    assert late.get("/v1/overdue").status_code == 403

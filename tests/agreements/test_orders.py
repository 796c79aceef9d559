"""No order of calls decides anything twice, or lets one human do both; nor do two calls at once."""

import threading
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from service import db
from tests.agreements.office import INDEPENDENT, Office
from tests.conftest import TheClock
from tests.journeys.driver import Json, ok

pytestmark = pytest.mark.long

STAFF: Final = ("p.shah", "a.boyle", "r.asked", "c.taker", "h.grant", "b.lowe", "s.okafor")
DEEDS: Final = ("ask", "withdraw", "agree", "disagree", "directly")
steps = st.lists(st.tuples(st.sampled_from(DEEDS), st.sampled_from(STAFF)), min_size=3, max_size=9)


class Desk:
    """One request to an agency, and whoever asks, decides or ends it."""

    def __init__(self, office: Office) -> None:
        office.story.report_change(office.crn, "address_new", addresses=[NEW_HOME])
        found = office.story.requests(office.referral, "police_da")
        self.office = office
        self.request: Json = next(
            one for one in found if (one["area"], one["state"]) == (NEW_HOME["police_force"], "requested")
        )

    def act(self, deed: str, who: str) -> TestResponse | None:
        """Do one thing as somebody, with the role that it takes; None where there is nothing to do it to."""
        office, manager = self.office, self.office.staff(who, "pdu_head")
        if deed == "ask":
            body = {"kind": "check_request_cancelled", "subject_id": self.request["id"], "reason": "No."}
            return manager.post("/v1/agreements", json=body)
        if deed == "directly":
            at = self.request["href"]
            return office.post(manager, at, f"{at}/transitions", {"action": "cancel", "reason": "No."})
        waiting = self.newest()
        if not waiting:
            return None
        (newest,) = waiting
        if deed == "withdraw":
            return office.post(manager, newest["href"], f"{newest['href']}/withdrawal", {"reason": "No."})
        return office.decide(manager, newest, agreed=deed == "agree")

    def about(self) -> list[Json]:
        """Return every agreement about the request."""
        found = ok(self.office.staff("n.other").get("/v1/agreements", limit=500))["items"]
        return [one for one in found if one["subject"]["id"] == self.request["id"]]

    def newest(self) -> list[Json]:
        """Return the agreement that waits, if one does; else any, to be refused."""
        about = self.about()
        return ([one for one in about if one["state"] == "asked"] or about)[-1:]


NEW_HOME: Final[Json] = {
    "ref": "weavers-row",
    "kind": "current",
    "lines": ["9 Weavers Row", "Leeds"],
    "postcode": "LS9 8AB",
    "police_force": "west-yorkshire",
    "local_authority": "E08000035",
}
NEVER: Final = {"p.shah", "a.boyle", "c.taker"}


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps)
def test_no_order_of_calls_decides_twice_or_lets_one_human_do_both(
    office: Office, the_clock: TheClock, order: list[tuple[str, str]]
) -> None:
    del the_clock
    desk, asked_by, ended = Desk(office), set[str](), 0
    for deed, who in order:
        answer = desk.act(deed, who)
        if answer is None:
            continue
        done = answer.status_code < 300
        assert done or answer.status_code in {403, 404, 409, 412, 428}, (deed, who, answer.text)
        if deed == "ask" and done:
            asked_by.add(who)
        if deed in {"agree", "directly"} and done:
            ended += 1
            assert who not in NEVER | asked_by, (deed, who)
        state = ok(office.staff("n.other").get(desk.request["href"]))["state"]
        assert (state == "cancelled") == bool(ended)
    about = desk.about()
    assert ended <= 1
    assert len([one for one in about if one["state"] == "agreed"]) == ended
    assert len([one for one in about if one["state"] == "asked"]) <= (0 if ended else 1)
    for one in about:
        decided = one["decision"]
        assert decided is None or decided["by"] not in NEVER | {one["asked_by"]}


def test_two_managers_who_decide_at_once_decide_once(office: Office) -> None:
    asked = ok(office.ask("check_not_required", office.request()["check_id"]), 201)
    managers = [office.staff(who, "pdu_head") for who in (INDEPENDENT, "b.lowe")]
    tags = [manager.get(asked["href"]).headers["ETag"] for manager in managers]
    barrier, came_to = threading.Barrier(2), dict[int, TestResponse]()

    def decide(number: int) -> None:
        barrier.wait()
        body = {"agreed": number == 0, "reason": "I have looked into it."}
        path = f"{asked['href']}/decision"
        came_to[number] = managers[number].post(path, json=body, if_match=tags[number])

    threads = [threading.Thread(target=decide, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in came_to.values()) == [200, 412]
    late = office.decide(managers[0], asked)
    assert (late.status_code, late.get_json()["type"]) == (409, "/problems/conflict")
    with db.transaction("owner") as session:
        decided = session.connection().exec_driver_sql(
            "SELECT count(*) FROM event WHERE name = 'agreement.decided'"
        )
        assert decided.scalar_one() == 1

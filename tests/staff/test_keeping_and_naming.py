"""A client that keeps the register may do nothing else; partners may name their officers, and need not."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from flask import Flask

from service import db
from service.access.actor import Actor, Practitioner
from service.access.permissions import SCOPES_OF_KIND
from service.errors import Refused
from service.organisations.model import Client
from service.organisations.writes.clients import register_client
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.faults.calling import NOWHERE, call
from tests.faults.routes import routes_of
from tests.journeys.driver import NOTHING_KNOWN, Story, ok
from tests.people.factories import as_owner
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at

STAFF = {"staff:keep", "staff:read"}


def _anything(names: tuple[str, ...]) -> Mapping[str, object]:
    return {name: 1 if name == "number" else NOWHERE for name in names}


def test_who_keeps_the_register_may_call_nothing_else(app: Flask, cast: Cast) -> None:
    for caller in (cast.probation, cast.crs, cast.police):
        keeper = caller.keeper()
        for route in routes_of(app):
            answer = call(keeper, route, route.path(_anything(route.parameters)))
            if route.permission in STAFF:
                assert answer.status_code != 403, route
            else:
                assert (answer.status_code, answer.get_json()["type"]) == (
                    403,
                    "/problems/insufficient-scope",
                ), route


def test_a_client_that_keeps_the_register_can_be_registered_for_nothing_else(cast: Cast) -> None:
    region = cast.probation
    region.keeper()
    for client_id, scopes in (
        (f"{region.code.lower()}-register", ["staff", "referrals"]),
        ("new", ["staff", "feed"]),
    ):
        with db.transaction("owner") as session, pytest.raises(Refused, match="can have no other"):
            register_client(
                session,
                Actor.for_service("registration"),
                client_id=client_id,
                organisation_id=region.organisation_id,
                name="Both",
                scopes=scopes,
            )
    with db.transaction("owner") as session:
        assert "staff" not in session.get_one(Client, region.client_id).scopes
    assert [kind for kind, scopes in SCOPES_OF_KIND.items() if "staff" not in scopes] == [
        "prison",
        "oversight",
        "administration",
    ]


def test_an_exclusive_scope_leaves_no_other_however_it_came_there(cast: Cast) -> None:
    region = cast.probation
    as_owner(
        f"UPDATE client SET scopes = '{{staff,referrals,feed}}' WHERE id = '{region.client_id}' RETURNING 1"
    )
    assert region.as_practitioner().get("/v1/referrals").status_code == 403
    assert region.get("/v1/events").status_code == 403
    ok(region.get("/v1/staff"))


@pytest.fixture
def story(app: Flask, cast: Cast, the_clock: TheClock) -> Story:
    del app
    return Story(cast, the_clock)


def officer(caller: Caller, role: str = "officer", who: str = "d.osei") -> Caller:
    """Return a partner's system speaking for an officer, whatever its register has of them."""
    return replace(caller, practitioner=Practitioner(who, "Dele Osei", role, caller.code, None))


def test_an_officer_stands_on_the_event_and_on_the_trail(story: Story) -> None:
    referral = story.submit(darren_and_toby("REF-1", today=story.clock.at.date()))["id"]
    asked = next(one for one in story.requests(referral, "police_da") if one["area"] == "west-yorkshire")
    named = officer(story.cast.police)
    story.answer(named, asked["id"], dict(NOTHING_KNOWN), nothing_found=True)
    event = "SELECT practitioner_id, practitioner_role FROM event WHERE name = 'check_request.returned'"
    assert as_owner(event) == [{"practitioner_id": "d.osei", "practitioner_role": "officer"}]
    written = as_owner("SELECT count(*) AS n FROM audit_entry WHERE practitioner_id = 'd.osei'")
    assert written[0]["n"] > 0
    kept = story.cast.police.keeper().get("/v1/staff/d.osei").get_json()
    assert (kept["name"], kept["entered_by"]) == ("Dele Osei", "assertion")


def test_a_duty_manager_counts_only_when_registered_and_opens_nothing(story: Story) -> None:
    manager = officer(story.cast.police, "duty_manager")
    assert manager.get("/v1/check-requests").get_json()["type"] == "/problems/role-not-registered"
    entry = {"name": "Dele Osei", "roles": [{"role": "duty_manager"}]}
    ok(story.cast.police.keeper().put("/v1/staff/d.osei", json=entry))
    ok(manager.get("/v1/check-requests"))
    assert manager.get("/v1/referrals").status_code == 403


def test_what_a_partner_reads_of_a_limited_case_is_the_same_with_an_officer_named(story: Story) -> None:
    document = darren_and_toby("REF-1", today=story.clock.at.date())
    story.submit(document)
    access = f"{person_at(document['person']['crn'])}/access"
    tag = story.practitioner.get(access).headers["ETag"]
    limit = {"named": [{"practitioner": "q.brown"}], "reason": "A relative works here."}
    ok(story.practitioner.post(access.replace("access", "limit"), json=limit, if_match=tag))
    for caller in (story.cast.police, story.cast.ap):
        named = officer(caller)
        for path in ("/v1/events", "/v1/overdue", "/v1/escalations"):
            assert ok(named.get(path)) == ok(caller.get(path)), (caller.code, path)
        feed = ok(named.get("/v1/events"))["items"]
        assert feed
        assert {one["event"] for one in feed}.isdisjoint({"entry.withheld"})


def test_an_officer_with_the_id_of_a_manager_is_somebody_else(story: Story) -> None:
    """What an officer of a provider reports is not the SPO's own, though both are called s.okafor."""
    document = darren_and_toby("REF-1", today=story.clock.at.date())
    submitted = story.submit(document)
    part = story.part(submitted["id"], "approved_premises")["id"]
    named = officer(story.cast.ap, who="s.okafor")
    seen = {"occurred_on": story.clock.at.date().isoformat(), "details": "Shouting.", "people": ["partner"]}
    ok(named.post(f"/v1/destination-referrals/{part}/concerns", json=seen), 201)
    (review, *_) = [
        one
        for one in ok(story.practitioner.get(f"{person_at(document['person']['crn'])}/reviews"))["items"]
        if one["kind"] == "risk"
    ]
    considered = [
        {"what": one, "outcome": "not_needed", "reason": "Known to it."} for one in review["consider"]
    ]
    ok(story.complete_review(review["id"], no_change_reason="She knows.", considered=considered))
    shown = story.spo.get(f"/v1/reviews/{review['id']}")
    agreed = {"agreed": True, "reason": "So it is."}
    ok(story.spo.post(f"/v1/reviews/{review['id']}/agreement", json=agreed, if_match=shown.headers["ETag"]))


@pytest.mark.parametrize(
    ("what", "body", "pointer"),
    [
        ("holding", {"practitioner": "no.body", "pdu": "Leeds"}, "/practitioner"),
        (
            "caretaker",
            {"action": "name", "practitioner": "no.body", "until": "2026-03-20T17:00:00Z"},
            "/practitioner",
        ),
        ("team", {"action": "add", "practitioner": "no.body", "part": "pso"}, "/practitioner"),
        (
            "limit",
            {"named": [{"practitioner": "q.brown"}, {"practitioner": "no.body"}], "reason": "News."},
            "/named/1/practitioner",
        ),
    ],
)
def test_nobody_is_given_a_case_who_is_not_in_the_register(
    story: Story, what: str, body: dict[str, object], pointer: str
) -> None:
    document = darren_and_toby("REF-1", today=story.clock.at.date())
    story.submit(document)
    person = person_at(document["person"]["crn"])
    read = f"{person}/access" if what == "limit" else f"{person}/holding"

    def send() -> list[str]:
        tag = story.spo.get(read).headers["ETag"]
        answer = story.spo.post(f"{person}/{what}", json=body, if_match=tag)
        if answer.status_code == 200:
            return []
        assert answer.status_code == 422, answer.text
        return [one["pointer"] for one in answer.get_json()["errors"]]

    assert send() == [pointer]
    keeper = story.cast.probation.keeper()
    left = ok(keeper.put("/v1/staff/no.body", json={"name": "No Body", "ended": "2026-03-01"}))
    assert send() == [pointer]
    ok(keeper.put("/v1/staff/no.body", json={"name": "No Body"}, if_match=left["etag"]))
    assert send() == []

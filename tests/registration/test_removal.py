"""What is removed ends: nobody answers or calls for it, it can be read, and nothing is deleted."""

from typing import Any, Final

import pytest
from flask import Flask

from service import clock
from tests.cast import Caller, Cast
from tests.commands.conftest import Operator
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, ok
from tests.people.factories import as_owner
from tests.referrals.samples import darren_and_toby
from tests.registration.calls import ROOT, endpoint_body

KEYRING: Final = f"{ROOT}/organisations/crs_provider/keyring"


@pytest.fixture
def story(app: Flask, cast: Cast, the_clock: TheClock) -> Story:
    del app
    return Story(cast, the_clock)


def remove(registrar: Caller, path: str, **more: Any) -> Json:
    removed: Json = ok(registrar.delete(path, if_match=registrar.get(path).headers["ETag"], **more))
    return removed


def listed(registrar: Caller, what: str, **query: str) -> set[str]:
    return {one.get("code", one["id"]) for one in ok(registrar.get(f"{ROOT}/{what}", **query))["items"]}


def test_a_removed_organisation_answers_for_nothing_and_nobody_calls_for_it(
    cast: Cast, registrar: Caller
) -> None:
    hook = ok(registrar.post(f"{ROOT}/webhooks", json=endpoint_body()), 201)
    cast.crs.token()
    assert cast.crs.get("/v1/events").status_code == 200
    removed = remove(registrar, KEYRING)
    assert removed["duties"] == []
    assert removed["ended_at"] is not None
    assert cast.crs.get("/v1/events").status_code == 401
    assert "keyring" in listed(registrar, "organisations"), "it stays listed, with the day it ended"
    assert "keyring-system" not in listed(registrar, "clients")
    assert "keyring-system" in listed(registrar, "clients", removed="yes")
    assert hook["id"] not in listed(registrar, "webhooks")
    assert listed(registrar, "webhooks", removed="yes") == {hook["id"]}
    client = ok(registrar.get(f"{ROOT}/clients/keyring-system"))
    assert (client["status"], client["allowed_actions"]) == ("denied", [])
    assert as_owner("SELECT count(*) AS n FROM client WHERE id = 'keyring-system'") == [{"n": 1}]


def test_a_removed_organisation_is_registered_again_by_its_name_and_without_what_it_had(
    cast: Cast, registrar: Caller
) -> None:
    cast.crs.token()
    remove(registrar, KEYRING)
    tag = registrar.get(KEYRING).headers["ETag"]
    again = ok(registrar.put(KEYRING, json={"name": "Keyring Homes"}, if_match=tag))
    assert (again["ended_at"], again["duties"]) == (None, [])
    assert cast.crs.get("/v1/events").status_code == 401


def test_a_removal_names_the_version_and_a_repeat_of_it_is_recognised(registrar: Caller) -> None:
    assert registrar.delete(KEYRING).status_code == 428
    key: Any = {"headers": {"Idempotency-Key": "once"}}
    tag = registrar.get(KEYRING).headers["ETag"]
    first = ok(registrar.delete(KEYRING, if_match=tag, **key))
    assert ok(registrar.delete(KEYRING, if_match=tag, **key)) == first
    assert registrar.delete(KEYRING, if_match=registrar.get(KEYRING).headers["ETag"]).status_code == 409


def test_an_endpoint_that_is_registered_again_is_sent_to_again(registrar: Caller) -> None:
    body = endpoint_body()
    made = ok(registrar.post(f"{ROOT}/webhooks", json=body), 201)
    assert remove(registrar, made["href"])["state"] == "disabled"
    again = ok(registrar.post(f"{ROOT}/webhooks", json=body), 201)
    assert (again["id"], again["ended_at"], again["state"]) == (made["id"], None, "pending")


@pytest.mark.parametrize(
    ("organisation", "why"),
    [
        ("probation_region/N55", "it holds cases"),
        ("crs_provider/keyring", "it has referrals that are open"),
        ("police_force/west-yorkshire", "it has been asked checks that are open"),
    ],
)
def test_whoever_has_open_work_is_not_removed_either_way(
    story: Story, operate: Operator, registrar: Caller, organisation: str, why: str
) -> None:
    story.submit(darren_and_toby("OPEN-WORK", clock.today(), "X320741"))
    path = f"{ROOT}/organisations/{organisation}"
    refused = registrar.delete(path, if_match=registrar.get(path).headers["ETag"])
    assert refused.status_code == 409
    said = operate.refused("organisations", "remove", organisation)
    assert said == refused.get_json()["detail"]
    assert said.startswith(f"{organisation} cannot be removed: {why}")
    assert ok(registrar.get(path))["ended_at"] is None


def test_what_is_removed_is_listed_at_the_command_line_when_asked_for(operate: Operator) -> None:
    operate.done("clients", "remove", "keyring-system")
    assert "keyring-system" not in operate.done("clients", "list")
    assert operate.done("clients", "list", "--removed").startswith("keyring-system  crs_provider/keyring")
    assert "status: removed 2026-" in operate.done("clients", "show", "keyring-system")
    operate.done("organisations", "remove", "crs_provider/keyring")
    assert "removed: 2026-" in operate.done("organisations", "show", "crs_provider/keyring")
    assert "Keyring Housing Support  removed 2026-" in operate.done("organisations", "list")

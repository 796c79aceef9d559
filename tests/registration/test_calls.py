"""The calls of registration: versions, operators at once, repeats, faults, lists, and the trail of reads."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, Final

from flask import Flask

from tests.cast import Caller, Cast
from tests.journeys.driver import ok
from tests.people.factories import as_owner
from tests.registration.calls import ROOT

KEYRING: Final = "organisations/crs_provider/keyring"


def test_of_two_operators_with_the_same_version_the_second_is_told(registrar: Caller) -> None:
    path = f"{ROOT}/{KEYRING}"
    seen = registrar.get(path).headers["ETag"]
    assert registrar.put(path, json={"name": "Keyring Homes"}, if_match=seen).status_code == 200
    assert registrar.put(path, json={"name": "Keyring Housing"}, if_match=seen).status_code == 412
    assert registrar.put(path, json={"name": "Keyring Housing"}).status_code == 428
    assert registrar.put(f"{path}-two", json={"name": "Two"}, if_match=seen).status_code == 412
    client = f"{ROOT}/clients/keyring-system"
    tag = registrar.get(client).headers["ETag"]
    for status in (200, 412):
        answer = registrar.post(f"{client}/transitions", json={"action": "deny"}, if_match=tag)
        assert answer.status_code == status


def test_of_two_operators_at_once_one_gives_the_duty(app: Flask, registrar: Caller) -> None:
    others = [f"organisations/crs_provider/{code}" for code in ("keyring", "forward-work")]
    tags = [registrar.get(f"{ROOT}/{one}").headers["ETag"] for one in others]
    registrar.token()
    together = Barrier(2)

    def give(organisation: str, tag: str) -> int:
        together.wait()
        path = f"{ROOT}/{organisation}/duties/crs:accommodation/N54"
        return int(registrar.put(path, json={}, if_match=tag).status_code)

    with ThreadPoolExecutor(2) as both:
        answered = sorted(both.map(give, others, tags))
    assert answered == [200, 409]


def test_of_two_operators_at_once_one_registers(app: Flask, registrar: Caller) -> None:
    registrar.token()
    together = Barrier(2)

    def register(name: str) -> int:
        together.wait()
        path = f"{ROOT}/organisations/crs_provider/bridge"
        return int(registrar.put(path, json={"name": name}).status_code)

    with ThreadPoolExecutor(2) as both:
        answered = sorted(both.map(register, ("Bridge", "Bridge House")))
    assert answered == [201, 428]


def test_a_repeat_is_recognised_and_does_nothing_twice(registrar: Caller) -> None:
    path = f"{ROOT}/organisations/crs_provider/bridge"
    key = {"Idempotency-Key": "first"}
    first = registrar.put(path, json={"name": "Bridge"}, headers=key)
    again = registrar.put(path, json={"name": "Bridge"}, headers=key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.get_json() == first.get_json()
    hook = {"organisation": "crs_provider/bridge", "url": "https://hooks.example.org/in", "schemes": ["v1"]}
    made = registrar.post(f"{ROOT}/webhooks", json=hook, idempotency_key="second").get_json()
    repeated = registrar.post(f"{ROOT}/webhooks", json=hook, idempotency_key="second").get_json()
    assert made["receiver_keys"][0].startswith("whsec_")
    assert repeated == made | {"receiver_keys": []}, "a secret is shown once"
    entries = as_owner("SELECT body FROM audit_entry WHERE body LIKE '%webhook_registered%'")
    assert len(entries) == 1


def test_every_fault_is_named_with_its_place(registrar: Caller) -> None:
    answer = registrar.put(
        f"{ROOT}/organisations/crs_provider/-",
        json={
            "may_know_of_mappa": True,
            "office_hours": [{"day": "mon", "opens": "17:00", "closes": "09:00"}],
        },
    )
    assert answer.status_code == 422
    places = {fault.get("pointer") or fault.get("parameter") for fault in answer.get_json()["errors"]}
    assert places == {"code", "/name", "/may_know_of_mappa", "/office_hours"}


def test_lists_are_filtered_and_paged(registrar: Caller) -> None:
    def codes(**query: Any) -> list[str]:
        found, after = [], None
        while True:
            page = ok(
                registrar.get(
                    f"{ROOT}/organisations", limit=2, **query, **({"after": after} if after else {})
                )
            )
            found += [one["code"] for one in page["items"]]
            after = page["next"]
            if after is None:
                return found

    assert codes(kind="crs_provider") == ["forward-work", "keyring"]
    assert codes(duty="police_da") == ["greater-manchester", "west-yorkshire"]
    assert codes(area="west-yorkshire") == ["mappa-west-yorkshire", "west-yorkshire"]
    assert codes(duty="mappa", area="west-yorkshire") == ["mappa-west-yorkshire"]
    assert len(codes()) > 10
    assert registrar.get(f"{ROOT}/organisations", duty="banana").status_code == 422
    assert registrar.get(f"{ROOT}/clients", organisation="crs_provider/nosuch").status_code == 422
    (client,) = ok(registrar.get(f"{ROOT}/clients", organisation="crs_provider/keyring"))["items"]
    assert client["id"] == "keyring-system"
    duties = ok(registrar.get(f"{ROOT}/duties", limit=500))["items"]
    assert len(duties) > 20


def test_areas_are_listed_by_kind_and_page_by_page(registrar: Caller) -> None:
    found: list[Any] = []
    page = ok(registrar.get(f"{ROOT}/areas"))
    while True:
        found += page["items"]
        if page["next"] is None:
            break
        page = ok(registrar.get(f"{ROOT}/areas", after=page["next"]))
    places = [(one["kind"], one["code"]) for one in found]
    assert places == sorted(set(places))
    assert len(places) == 12 + 42 + 46 + 339
    by_code = {one["code"]: one for one in ok(registrar.get(f"{ROOT}/areas", kind="region"))["items"]}
    assert by_code["N55"]["delivery_units"][0] == "Barnsley and Rotherham"
    assert by_code["N57"]["delivery_units"] is None
    assert registrar.get(f"{ROOT}/areas", kind="village").status_code == 422


def test_a_registered_client_calls_at_once_and_a_denied_one_no_more(cast: Cast, registrar: Caller) -> None:
    assert ok(cast.crs.get("/v1/events"))["items"] == []
    client = f"{ROOT}/clients/keyring-system"
    tag = registrar.get(client).headers["ETag"]
    denied = registrar.post(f"{client}/transitions", json={"action": "deny"}, if_match=tag)
    assert cast.crs.get("/v1/events").status_code == 401
    allowed = {"action": "allow", "reason": "It was a mistake."}
    ok(registrar.post(f"{client}/transitions", json=allowed, if_match=denied.headers["ETag"]))
    assert cast.crs.get("/v1/events").status_code == 200


def test_every_read_is_on_the_trail_with_the_person_behind_it(registrar: Caller) -> None:
    for path in (
        "organisations",
        "organisations/crs_provider/keyring",
        "clients",
        "clients/keyring-system",
        "webhooks",
    ):
        answer = registrar.get(f"{ROOT}/{path}")
        assert answer.status_code == 200
        request_id = answer.headers["X-Request-Id"]
        (entry,) = as_owner(
            f"SELECT verb, practitioner_id FROM audit_entry WHERE strpos(body, '{request_id}') > 0"
        )
        assert (entry["verb"], entry["practitioner_id"]) == ("consultation", "m.okonkwo")

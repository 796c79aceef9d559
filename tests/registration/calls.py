"""For every operation of registration, one call that is taken, on registrations of its own."""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Final
from uuid import UUID

from joserfc.jwk import OKPKey

from tests.cast import Caller
from tests.journeys.driver import Json, ok

ROOT: Final = "/v1/registration"
_numbers = count(1)


def public_key() -> Json:
    """Return a fresh public key as a request has it."""
    return {"jwk": OKPKey.generate_key("Ed25519").as_dict(private=False)}


def new_organisation(registrar: Caller) -> Json:
    """Register a provider, and return its names in a path."""
    path = {"kind": "crs_provider", "code": f"provider-{next(_numbers)}"}
    ok(registrar.put(f"{ROOT}/organisations/{path['kind']}/{path['code']}", json={"name": "Bridge"}), 201)
    return path


def new_client(registrar: Caller) -> Json:
    """Register a client of a provider of its own, and return its name in a path."""
    whose = new_organisation(registrar)
    body = {"organisation": f"{whose['kind']}/{whose['code']}", "name": "Bridge", "key": public_key()}
    client_id = f"{whose['code']}-system"
    ok(registrar.put(f"{ROOT}/clients/{client_id}", json=body), 201)
    return {"client_id": client_id}


def new_endpoint(registrar: Caller) -> Json:
    """Register an endpoint, and return its name in a path."""
    return {"endpoint_id": ok(registrar.post(f"{ROOT}/webhooks", json=endpoint_body()), 201)["id"]}


def endpoint_body() -> Json:
    """Return an endpoint that can be registered."""
    url = f"https://hooks.example.org/{UUID(int=next(_numbers))}"
    return {"organisation": "crs_provider/keyring", "url": url, "schemes": ["v1", "v1a"]}


def with_duty(registrar: Caller) -> Json:
    """Register a provider for a duty that nobody holds, and return both in a path."""
    duty = {"duty": "crs:emotional_wellbeing", "area": "N54"}
    listed = ok(registrar.get(f"{ROOT}/organisations", **duty))["items"]
    path = (
        {name: listed[0][name] for name in ("kind", "code")} if listed else new_organisation(registrar)
    ) | duty
    if not listed:
        where = f"{ROOT}/organisations/{path['kind']}/{path['code']}"
        tag = registrar.get(where).headers["ETag"]
        ok(registrar.put(f"{where}/duties/{duty['duty']}/{duty['area']}", json={}, if_match=tag))
    return path


TAGS: Final[Mapping[str, str]] = {
    "add_key": f"{ROOT}/clients/{{client_id}}",
    "assign_duty": f"{ROOT}/organisations/{{kind}}/{{code}}",
    "move_client": f"{ROOT}/clients/{{client_id}}",
    "move_endpoint": f"{ROOT}/webhooks/{{endpoint_id}}",
    "register_client": f"{ROOT}/clients/{{client_id}}",
    "remove_client": f"{ROOT}/clients/{{client_id}}",
    "remove_endpoint": f"{ROOT}/webhooks/{{endpoint_id}}",
    "remove_organisation": f"{ROOT}/organisations/{{kind}}/{{code}}",
    "register_organisation": f"{ROOT}/organisations/{{kind}}/{{code}}",
    "remove_duty": f"{ROOT}/organisations/{{kind}}/{{code}}",
}
"""Where the tag of the version is read that an operation changes."""


def _assigned(registrar: Caller) -> tuple[Json, Json | None]:
    path = new_organisation(registrar) | {"duty": "crs:accommodation", "area": "N55"}
    return path, {"take_over": "The contract has passed to them."}


def _organisation(registrar: Caller) -> tuple[Json, Json | None]:
    return new_organisation(registrar), {
        "name": "Bridge House",
        "division": "england-and-wales",
        "office_hours": [{"day": "mon", "opens": "08:30", "closes": "17:00"}],
        "closures": ["2026-12-24"],
        "open_on_bank_holidays": False,
        "may_know_of_mappa": False,
        "may_know_of_victims": True,
    }


def _with_everything(registrar: Caller) -> tuple[Json, Json | None]:
    client_id = new_client(registrar)["client_id"]
    path = {"kind": "crs_provider", "code": client_id.removesuffix("-system")}
    body = endpoint_body() | {"organisation": f"{path['kind']}/{path['code']}"}
    ok(registrar.post(f"{ROOT}/webhooks", json=body), 201)
    return path, None


def _client(registrar: Caller) -> tuple[Json, Json | None]:
    path = new_client(registrar)
    whose = f"crs_provider/{path['client_id'].removesuffix('-system')}"
    body = {"organisation": whose, "name": "Bridge: referrals", "scopes": ["destination", "feed"]}
    more = {"certificate_bound": False, "requests_per_minute": 600, "key": public_key()}
    return path, body | more


OPENINGS: Final[Mapping[str, Callable[[Caller], tuple[Json, Json | None]]]] = {
    "add_key": lambda registrar: (new_client(registrar), {"key": public_key()}),
    "assign_duty": _assigned,
    "move_client": lambda registrar: (new_client(registrar), {"action": "deny"}),
    "move_endpoint": lambda registrar: (new_endpoint(registrar), {"action": "rotate", "overlap_hours": 24}),
    "read_client": lambda registrar: (new_client(registrar), None),
    "read_endpoint": lambda registrar: (new_endpoint(registrar), None),
    "read_organisation": lambda registrar: (new_organisation(registrar), None),
    "register_client": _client,
    "register_endpoint": lambda _: ({}, endpoint_body()),
    "register_organisation": _organisation,
    "remove_client": lambda registrar: (new_client(registrar), None),
    "remove_duty": lambda registrar: (with_duty(registrar), None),
    "remove_endpoint": lambda registrar: (new_endpoint(registrar), None),
    "remove_organisation": _with_everything,
}
"""By operation: what stands in its path, and its body."""


def register_everything(registrar: Caller) -> None:
    """Register a provider with a duty, a client and an endpoint, change each, and read all of it."""

    def change(method: str, path: str, read_at: str, json: Json | None = None) -> Json:
        send = getattr(registrar, method)
        return ok(
            send(f"{ROOT}/{path}", json=json, if_match=registrar.get(f"{ROOT}/{read_at}").headers["ETag"])
        )

    own = "organisations/crs_provider/bridge-house"
    body = _organisation(registrar)[1]
    ok(registrar.put(f"{ROOT}/{own}", json=body), 201)
    change("put", own, own, {"name": "Bridge House Trust"})
    change("put", f"{own}/duties/crs:accommodation/N54", own, {})
    ok(registrar.get(f"{ROOT}/{own}"))
    ok(registrar.get(f"{ROOT}/organisations", kind="crs_provider", duty="crs:accommodation", area="N54"))
    client, key = "clients/bridge-house-system", {"key": public_key()}
    named = {"organisation": "crs_provider/bridge-house", "name": "Bridge House: referrals"}
    ok(registrar.put(f"{ROOT}/{client}", json=named | key), 201)
    change("put", client, client, named | {"requests_per_minute": 600})
    kid = change("post", f"{client}/keys", client, {"key": public_key()})["keys"][0]["kid"]
    change("post", f"{client}/transitions", client, {"action": "retire_key", "kid": kid})
    ok(registrar.get(f"{ROOT}/{client}"))
    ok(registrar.get(f"{ROOT}/clients", organisation="crs_provider/bridge-house"))
    hook = {"organisation": "crs_provider/bridge-house", "url": "https://hooks.bridge-house.example/in"}
    made = ok(registrar.post(f"{ROOT}/webhooks", json=hook), 201)["href"].removeprefix(f"{ROOT}/")
    ok(registrar.get(f"{ROOT}/{made}"))
    ok(registrar.get(f"{ROOT}/webhooks", organisation="crs_provider/bridge-house"))
    change("post", f"{made}/transitions", made, {"action": "disable"})
    change("delete", f"{own}/duties/crs:accommodation/N54", own)
    change("delete", made, made)
    change("delete", client, client)
    change("delete", own, own)
    ok(registrar.get(f"{ROOT}/duties", limit=2))
    ok(registrar.get(f"{ROOT}/areas", kind="region", limit=2))

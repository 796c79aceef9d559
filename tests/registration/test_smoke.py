from typing import Any
from joserfc.jwk import OKPKey
from tests.cast import Caller

ROOT = "/v1/registration"


def j(r: Any) -> Any:
    print(r.status_code, r.get_data(as_text=True)[:400])
    return r


def test_all(registrar: Caller) -> None:
    for p in ("organisations", "clients", "webhooks", "duties"):
        assert j(registrar.get(f"{ROOT}/{p}", limit=2)).status_code == 200
        r = registrar.get(f"{ROOT}/{p}", limit=2)
        if r.get_json()["next"]:
            assert j(registrar.get(f"{ROOT}/{p}", limit=2, after=r.get_json()["next"])).status_code == 200
    one = f"{ROOT}/organisations/crs_provider/bridge"
    r = j(
        registrar.put(
            one,
            json={
                "name": "Bridge",
                "closures": ["2026-12-24"],
                "office_hours": [{"day": "mon", "opens": "09:00", "closes": "12:00"}],
            },
        )
    )
    assert r.status_code == 201
    assert j(registrar.put(one, json={"name": "Bridge"})).status_code == 428
    assert j(registrar.put(one, json={"name": "Bridge"}, if_match='"x"')).status_code == 412
    r = j(registrar.put(one, json={"may_know_of_mappa": True}, if_match=r.headers["ETag"]))
    assert r.status_code == 422
    r = j(registrar.get(one))
    r = j(registrar.put(one + "/duties/crs:accommodation/N54", json={}, if_match=r.headers["ETag"]))
    assert r.status_code == 200
    r = j(registrar.delete(one + "/duties/crs:accommodation/N54", if_match=r.headers["ETag"]))
    assert r.status_code == 200
    assert (
        j(
            registrar.put(one + "/duties/crs:accommodation/N55", json={}, if_match=r.headers["ETag"])
        ).status_code
        == 409
    )
    r2 = j(
        registrar.put(
            one + "/duties/crs:accommodation/N55", json={"take_over": "New."}, if_match=r.headers["ETag"]
        )
    )
    assert r2.status_code == 200
    assert (
        j(registrar.put(one + "/duties/banana/N99", json={}, if_match=r2.headers["ETag"])).status_code == 422
    )
    c = f"{ROOT}/clients/bridge-system"
    assert j(registrar.put(c, json={"organisation": "crs_provider/bridge", "name": "X"})).status_code == 422
    key = OKPKey.generate_key("Ed25519")
    r = j(
        registrar.put(
            c,
            json={
                "organisation": "crs_provider/bridge",
                "name": "X",
                "key": {"jwk": key.as_dict(private=False)},
            },
        )
    )
    assert r.status_code == 201
    key2 = OKPKey.generate_key("Ed25519")
    r = j(
        registrar.post(
            c + "/keys",
            json={"key": {"pem": key2.as_pem(private=False).decode()}},
            if_match=r.headers["ETag"],
        )
    )
    assert r.status_code == 200
    kid = r.get_json()["keys"][0]["kid"]
    for body in (
        {"action": "retire_key", "kid": kid},
        {"action": "deny_key", "kid": kid},
        {"action": "deny"},
        {"action": "allow", "reason": "Ok"},
    ):
        r = j(registrar.post(c + "/transitions", json=body, if_match=r.headers["ETag"]))
        assert r.status_code == 200
    r = j(
        registrar.post(
            f"{ROOT}/webhooks",
            json={
                "organisation": "crs_provider/bridge",
                "url": "https://hooks.example.org/in",
                "schemes": ["v1", "v1a"],
            },
        )
    )
    assert r.status_code == 201
    w = r.headers["Location"]
    r = j(registrar.post(w + "/transitions", json={"action": "rotate"}, if_match=r.headers["ETag"]))
    assert r.status_code == 200
    r = j(registrar.post(w + "/transitions", json={"action": "disable"}, if_match=r.headers["ETag"]))
    assert r.status_code == 200
    assert j(registrar.get(w)).status_code == 200

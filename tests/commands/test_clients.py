"""What an operator registers of clients and keys: what has been denied stays denied, and nothing is lost."""

import base64
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import ECKey, OKPKey

from service import clock
from service.oauth.client_side import Signer
from tests.cast import Caller, key_of
from tests.commands.conftest import Operator

Entries = Callable[..., Sequence[dict[str, Any]]]
WHOSE = "crs_provider/keyring"
CLIENT = "keyring-system"


def _kid(operate: Operator, client: str = CLIENT, status: str = "active") -> str:
    keys = operate.shown("clients", "show", client)["keys"]
    return str(next(key["kid"] for key in keys if key["status"] == status))


def _own_key(operate: Operator) -> str:
    return operate.key_file(key_of(CLIENT))


def _answers(caller: Caller) -> int:
    """Ask for a token; return the status of the answer."""
    form = caller.signer.token_form(clock.now())
    answer = caller.app.test_client().post("/oauth/token", data=form)
    return int(answer.status_code)


# What has been denied


def test_a_denied_key_is_never_registered_again(operate: Operator, entries: Entries) -> None:
    operate.done("clients", "deny-key", CLIENT, _kid(operate))
    said = operate.refused("clients", "register", CLIENT, WHOSE, "--key", _own_key(operate))
    assert "was denied" in said
    assert _answers(operate.cast.crs) == 401
    assert [entry["reason"] for entry in entries("key_event")] == ["key_denied"]


def test_a_retired_key_is_not_registered_again_either(operate: Operator) -> None:
    operate.done("clients", "retire-key", CLIENT, _kid(operate))
    assert "was retired" in operate.refused("clients", "register", CLIENT, WHOSE, "--key", _own_key(operate))


@pytest.mark.parametrize("end", ["retire-key", "deny-key"])
def test_a_key_that_has_ended_comes_back_under_no_other_name_or_client_or_spelling(
    operate: Operator, end: str
) -> None:
    operate.done("clients", end, CLIENT, _kid(operate))
    key = key_of(CLIENT)
    jwk = key.as_dict(private=False)
    spelled = operate.place / "spelled.json"  # the unused bits of the last character say nothing
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet[alphabet.index(str(jwk["x"])[-1]) | 1]
    spelled.write_text(json.dumps(dict(jwk) | {"x": str(jwk["x"])[:-1] + last}))
    padded = base64.urlsafe_b64decode(str(jwk["x"])[:-1] + last + "=")
    assert padded == base64.urlsafe_b64decode(str(jwk["x"]) + "=")
    files = [operate.key_file(key, kid="another"), operate.key_file(key, pem=True), str(spelled)]
    for file in files:
        operate.refused("clients", "register", CLIENT, WHOSE, "--key", file)
        operate.refused("clients", "register", "new", WHOSE, "--name", "New", "--key", file)
    assert "no client new" in operate.refused("clients", "show", "new")


def test_a_denied_client_is_let_in_by_an_act_of_its_own_and_with_a_reason(
    operate: Operator, entries: Entries
) -> None:
    operate.done("clients", "deny", CLIENT)
    for more in ([], ["--name", "X"], ["--key", _own_key(operate)], ["--key", operate.key_file()]):
        assert "is denied" in operate.refused("clients", "register", CLIENT, WHOSE, *more)
        assert operate.shown("clients", "show", CLIENT)["status"] == "denied"
    assert _answers(operate.cast.crs) == 401
    operate.done("clients", "allow", CLIENT, "--reason", "the incident is closed")
    assert _answers(operate.cast.crs) == 200
    assert [entry["reason"] for entry in entries("key_event")] == [
        "client_denied",
        "client_allowed: the incident is closed",
    ]
    assert "is not denied" in operate.refused("clients", "allow", CLIENT, "--reason", "again")


def test_a_client_that_is_let_in_again_does_not_get_its_denied_key_back(operate: Operator) -> None:
    operate.done("clients", "deny-key", CLIENT, _kid(operate))
    operate.done("clients", "deny", CLIENT)
    assert "0 of its keys" in operate.done("clients", "allow", CLIENT, "--reason", "the incident is closed")
    assert _answers(operate.cast.crs) == 401


def test_a_denied_key_is_not_made_a_retired_one(operate: Operator, entries: Entries) -> None:
    kid = _kid(operate)
    operate.done("clients", "deny-key", CLIENT, kid)
    assert "is denied" in operate.done("clients", "retire-key", CLIENT, kid)
    assert [entry["reason"] for entry in entries("key_event")] == ["key_denied"]


# Names that are not there


@pytest.mark.parametrize(
    "arguments",
    [
        ("clients", "deny", "nosuch"),
        ("clients", "allow", "nosuch", "--reason", "x"),
        ("clients", "show", "nosuch"),
        ("clients", "retire-key", "nosuch", "kid"),
        ("clients", "deny-key", "nosuch", "kid"),
        ("clients", "retire-key", CLIENT, "nosuch"),
        ("clients", "deny-key", CLIENT, "nosuch"),
        ("clients", "list", "--organisation", "crs_provider/nosuch"),
        ("clients", "list", "--organisation", "nosuch"),
        ("people", "allow", "X999999", "N55"),
        ("people", "hand-over", "X999999", "N55", "n.new"),
        ("people", "ownerless", "nosuch", "n.new"),
        ("people", "allow", "X320741", "nosuch"),
        ("people", "allow", "X320741", "N55", "not an id"),
        ("webhooks", "register", "crs_provider/nosuch", "https://a.example/"),
        ("webhooks", "register", WHOSE, "http://127.0.0.1/"),
        ("webhooks", "rotate", "00000000-0000-0000-0000-000000000001"),
        ("webhooks", "disable", "00000000-0000-0000-0000-000000000001"),
        ("organisations", "remove-duty", WHOSE, "banana@N55"),
        ("organisations", "remove-role", WHOSE, "spo"),
    ],
    ids=" ".join,
)
def test_what_is_not_there_is_said_in_one_line_and_leaves_nothing_on_the_trail(
    operate: Operator, entries: Entries, arguments: tuple[str, ...]
) -> None:
    operate.refused(*arguments)
    assert entries() == []


@pytest.mark.parametrize(
    ("organisation", "said"),
    [
        ("crs_provider/nosuch", "forward-work, keyring"),
        ("provider/keyring", "crs_provider"),
        ("keyring", "crs_provider"),
        ("cas3_team/nosuch", "cas3-yorkshire"),
    ],
)
def test_an_organisation_that_is_not_there_is_answered_with_those_that_are(
    operate: Operator, organisation: str, said: str
) -> None:
    key = operate.key_file()
    assert said in operate.refused("clients", "register", "new", organisation, "--name", "New", "--key", key)


# What is not given is kept


def test_registering_a_client_again_changes_only_what_is_given(operate: Operator) -> None:
    more = ("--scope", "feed", "--certificate-bound", "--requests-per-minute", "60")
    operate.done("clients", "register", CLIENT, WHOSE, "--name", "Before", *more)
    before = operate.shown("clients", "show", CLIENT)
    assert before["scopes"] == ["feed"]
    operate.done("clients", "register", CLIENT, WHOSE, "--name", "After")
    operate.done("clients", "register", CLIENT, WHOSE)
    assert operate.shown("clients", "show", CLIENT) == before | {"name": "After"}
    operate.done("clients", "register", CLIENT, WHOSE, "--key", operate.key_file(kid="second"))
    after = operate.shown("clients", "show", CLIENT)
    assert {key["kid"] for key in after["keys"]} == {before["keys"][0]["kid"], "second"}
    assert {**after, "keys": []} == {**before, "name": "After", "keys": []}


@pytest.mark.parametrize("missing", ["--name", "--key"])
def test_a_new_client_has_a_name_and_a_key(operate: Operator, missing: str) -> None:
    given = {"--name": "New", "--key": operate.key_file()}
    del given[missing]
    ((option, value),) = given.items()
    assert "not registered yet" in operate.refused("clients", "register", "new", WHOSE, option, value)


@pytest.mark.parametrize(
    ("client", "more", "said"),
    [
        ("bad id!", [], "letters, digits"),
        ("x" * 101, [], "letters, digits"),
        ("new", ["--scope", "referrals"], "destination, feed"),
        ("new", ["--scope", "banana"], "destination, feed"),
        ("elm-house-system", [], "never changes its organisation"),
    ],
)
def test_a_client_that_could_not_be_used_is_refused(
    operate: Operator, client: str, more: list[str], said: str
) -> None:
    key = operate.key_file()
    assert said in operate.refused("clients", "register", client, WHOSE, "--name", "New", "--key", key, *more)


def test_clients_are_listed_as_text_and_as_json(operate: Operator) -> None:
    text = operate.done("clients", "list", "--organisation", WHOSE)
    assert text == f"{CLIENT}  {WHOSE}  active  Keyring Housing Support: case system\n"
    assert len(operate.shown("clients", "list")) == len(operate.cast.callers)
    assert f"keys: {_kid(operate)} (active)" in operate.done("clients", "show", CLIENT)


# Keys


@pytest.mark.parametrize(
    "made", [ECKey.generate_key("P-256"), OKPKey.generate_key("Ed25519")], ids=["EC", "OKP"]
)
@pytest.mark.parametrize("pem", [True, False], ids=["PEM", "JWK"])
def test_a_client_calls_with_a_key_registered_in_either_form(
    operate: Operator, made: ECKey | OKPKey, pem: bool
) -> None:
    said = operate.done(
        *("clients", "register", "new", WHOSE, "--name", "New", "--key", operate.key_file(made, pem=pem))
    )
    assert said == f"new may call with the key {made.thumbprint()}\n"
    issuer = operate.cast.crs.signer.issuer
    form = Signer("new", made, issuer).token_form(clock.now())
    assert operate.cast.crs.app.test_client().post("/oauth/token", data=form).status_code == 200


PRIVATE = ECKey.generate_key("P-256")


@pytest.mark.parametrize(
    "content",
    [
        PRIVATE.as_pem(private=True),
        PRIVATE.as_pem(private=False) + PRIVATE.as_pem(private=True),
        OKPKey.generate_key("Ed25519").as_pem(private=True),
        json.dumps(PRIVATE.as_dict(private=True)).encode(),
        b"-----BEGIN RSA PRIVATE KEY-----\nx\n-----END RSA PRIVATE KEY-----\n",
        b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nx\n-----END ENCRYPTED PRIVATE KEY-----\n",
        b"-----BEGIN OPENSSH PRIVATE KEY-----\nx\n-----END OPENSSH PRIVATE KEY-----\n",
    ],
    ids=["EC", "both", "Ed25519", "JWK", "RSA", "encrypted", "OpenSSH"],
)
def test_a_private_key_is_refused_in_one_line_and_never_stored(operate: Operator, content: bytes) -> None:
    file = operate.place / "private"
    file.write_bytes(content)
    said = operate.refused("clients", "register", "new", WHOSE, "--name", "New", "--key", str(file))
    assert "private key" in said
    assert "no client new" in operate.refused("clients", "show", "new")


def _rsa() -> bytes:
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return made.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a key",
        b"\xff\xfe\x00",
        b"[]",
        b"5",
        b"{}",
        b"[" * 50_000,
        b" " * 70_000,
        json.dumps({"keys": [PRIVATE.as_dict(private=False)]}).encode(),
        json.dumps({**PRIVATE.as_dict(private=False), "kid": "not an identifier!"}).encode(),
        json.dumps({**PRIVATE.as_dict(private=False), "kid": 5}).encode(),
        b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        _rsa(),
        ECKey.generate_key("P-384").as_pem(private=False),
    ],
    ids=range(15),
)
def test_a_file_that_holds_no_key_of_ours_is_refused_in_one_line(operate: Operator, content: bytes) -> None:
    file = operate.place / "key"
    file.write_bytes(content)
    operate.refused("clients", "register", CLIENT, WHOSE, "--key", str(file))
    assert len(operate.shown("clients", "show", CLIENT)["keys"]) == 1


def test_a_key_file_that_is_not_there_is_named(operate: Operator, tmp_path: Path) -> None:
    file = str(tmp_path / "gone.json")
    assert operate.refused("clients", "register", CLIENT, WHOSE, "--key", file).startswith(file)


def test_a_key_belongs_to_one_client_and_a_kid_to_one_key(operate: Operator) -> None:
    own = _own_key(operate)
    said = operate.refused("clients", "register", "new", WHOSE, "--name", "New", "--key", own)
    assert f"registered already: of {CLIENT}" in said
    said = operate.refused("clients", "register", CLIENT, WHOSE, "--key", operate.key_file(kid=_kid(operate)))
    assert "taken by another key" in said
    said = operate.refused(
        "clients", "register", CLIENT, WHOSE, "--key", operate.key_file(key_of(CLIENT), kid="b")
    )
    assert "registered already" in said


def test_registering_an_active_key_again_changes_nothing(operate: Operator, entries: Entries) -> None:
    assert "may call" in operate.done("clients", "register", CLIENT, WHOSE, "--key", _own_key(operate))
    assert [entry["reason"] for entry in entries("key_event")] == ["client_registered"]


# Webhooks


def test_an_endpoint_registered_again_is_signed_as_before_unless_another_way_is_named(
    operate: Operator,
) -> None:
    url = "https://hooks.example.org/in"
    both = operate.done("webhooks", "register", WHOSE, url, "--scheme", "v1", "--scheme", "v1a")
    again = operate.done("webhooks", "register", WHOSE, url)
    assert len(both.splitlines()) == len(again.splitlines()) == 3
    assert "\nwhsec_" in again
    assert "\nwhsec_" not in operate.done("webhooks", "register", WHOSE, url, "--scheme", "v1a")


def test_an_endpoint_is_listed_and_shown_and_its_secrets_are_not(operate: Operator) -> None:
    made = operate.done("webhooks", "register", WHOSE, "https://hooks.example.org/in", "--scheme", "v1")
    secret = made.splitlines()[-1]
    (one,) = operate.shown("webhooks", "list")
    assert operate.shown("webhooks", "show", one["id"]) == one
    text = operate.done("webhooks", "show", one["id"])
    assert f"organisation: {WHOSE}" in text
    assert "keys: v1 a shared secret" in text
    assert secret.removeprefix("whsec_") not in text + str(one)
    operate.done("webhooks", "disable", one["id"])
    assert "state: operator" in operate.done("webhooks", "show", one["id"])


@pytest.mark.parametrize("place", [".", "nosuch/key.json"])
def test_a_key_file_that_cannot_be_read_is_named(operate: Operator, place: str) -> None:
    file = str(operate.place / place)
    assert operate.refused("clients", "register", CLIENT, WHOSE, "--key", file).startswith(file)

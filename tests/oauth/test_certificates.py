"""Where a call comes from, and tokens that work only behind the certificate they were got with."""

import base64
import hashlib
import json
from collections.abc import Callable
from ipaddress import ip_network
from typing import Any
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from werkzeug.test import TestResponse

from service import clock, config
from service.oauth import caller
from service.oauth.jwts import TokenRefused
from tests.cast import Caller, Cast
from tests.noticeboard import Noticeboard
from tests.oauth.certificates import HERS, OTHERS, rfc_9440

Configure = Callable[..., config.Config]
PROXY, STRANGER = "10.1.2.3", "203.0.113.9"
OURS = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


def thumbprint(shown: x509.Certificate) -> str:
    digest = hashlib.sha256(shown.public_bytes(Encoding.DER)).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@pytest.fixture
def behind_proxies(board: Noticeboard, configure: Configure) -> Noticeboard:
    configure(proxy_networks=OURS)
    return board


def ask(
    board: Noticeboard, who: Caller, shown: x509.Certificate | None, *, peer: str = PROXY
) -> TestResponse:
    headers = {} if shown is None else {"Client-Cert": rfc_9440(shown)}
    return board.app.test_client().post(
        "/oauth/token",
        data=who.signer.token_form(clock.now()),
        headers=headers,
        environ_base={"REMOTE_ADDR": peer},
    )


def call(
    board: Noticeboard, token: str, shown: x509.Certificate | None, *, peer: str = PROXY, **headers: str
) -> TestResponse:
    headers["Authorization"] = f"Bearer {token}"
    if shown is not None:
        headers["Client-Cert"] = rfc_9440(shown)
    return board.app.test_client().get("/notices", headers=headers, environ_base={"REMOTE_ADDR": peer})


def claims(answer: TestResponse) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    payload = jws.extract_compact(answer.get_json()["access_token"].encode()).payload
    assert payload is not None
    said: dict[str, Any] = json.loads(payload)
    return said


def test_a_token_got_behind_a_certificate_works_behind_no_other(
    board: Noticeboard, callers: Cast, configure: Configure
) -> None:
    configure(proxy_networks=OURS)
    answer = ask(board, callers.crs, HERS)
    assert claims(answer)["cnf"] == {"x5t#S256": thumbprint(HERS)}
    token = answer.get_json()["access_token"]
    assert call(board, token, HERS).status_code == 200
    assert board.seen[0].strength == "private_key_jwt+tls_certificate"
    for other in (OTHERS, None):
        refused = call(board, token, other)
        assert refused.status_code == 401
        assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]


def test_a_certificate_in_a_strangers_header_is_not_looked_at(
    board: Noticeboard, callers: Cast, configure: Configure
) -> None:
    configure(proxy_networks=OURS)
    assert "cnf" not in claims(ask(board, callers.crs, HERS, peer=STRANGER))
    token = ask(board, callers.crs, HERS).get_json()["access_token"]
    assert call(board, token, HERS, peer=STRANGER).status_code == 401


def test_without_a_configured_proxy_no_header_is_believed(board: Noticeboard, callers: Cast) -> None:
    assert "cnf" not in claims(ask(board, callers.crs, HERS))


def test_a_client_registered_so_gets_and_uses_tokens_only_behind_its_certificate(
    board: Noticeboard, callers: Cast, configure: Configure
) -> None:
    configure(proxy_networks=OURS)
    before = ask(board, callers.crs, None).get_json()["access_token"]
    assert call(board, before, None).status_code == 200
    callers.crs.register_again(certificate_bound=True)
    assert call(board, before, None).status_code == 401
    refused = ask(board, callers.crs, None)
    assert (refused.status_code, refused.get_json()["error"]) == (400, "invalid_request")
    bound = ask(board, callers.crs, HERS).get_json()["access_token"]
    assert call(board, bound, HERS).status_code == 200


def test_a_binding_outlives_that_another_key_is_registered(
    board: Noticeboard, callers: Cast, configure: Configure
) -> None:
    configure(proxy_networks=OURS)
    callers.crs.register_again(certificate_bound=True)
    callers.crs.register_again()
    assert ask(board, callers.crs, None).status_code == 400


GARBAGE = ("", "x", ":x:", "::", ":AAAA:", ":AAAA", "%2D%2D", "é", "A" * 40000)
THIRD_VERSION, SIXTH_VERSION = b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x05"
FROM_THE_FUTURE = HERS.public_bytes(Encoding.DER).replace(THIRD_VERSION, SIXTH_VERSION, 1)


@pytest.mark.parametrize("garbage", [*GARBAGE, f":{base64.b64encode(FROM_THE_FUTURE).decode()}:"])
def test_what_is_not_a_certificate_is_refused(
    board: Noticeboard, callers: Cast, configure: Configure, garbage: str
) -> None:
    configure(proxy_networks=OURS)
    token = ask(board, callers.crs, HERS).get_json()["access_token"]
    answer = call(board, token, None, **{"Client-Cert": garbage})
    assert answer.status_code == 401
    if garbage:
        answer = board.app.test_client().post(
            "/oauth/token",
            data=callers.crs.signer.token_form(clock.now()),
            headers={"Client-Cert": garbage},
            environ_base={"REMOTE_ADDR": PROXY},
        )
        assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_request")


def test_two_certificates_are_none(board: Noticeboard, callers: Cast, configure: Configure) -> None:
    configure(proxy_networks=OURS)
    token = ask(board, callers.crs, HERS).get_json()["access_token"]
    both = f"{rfc_9440(OTHERS)}, {rfc_9440(HERS)}"
    assert call(board, token, None, **{"Client-Cert": both}).status_code == 401


def test_a_proxy_that_writes_pem_under_a_name_of_its_own_is_understood(
    board: Noticeboard, callers: Cast, configure: Configure
) -> None:
    configure(proxy_networks=OURS, certificate_header="X-SSL-Client-Cert")
    pem = quote(HERS.public_bytes(Encoding.PEM).decode())
    answer = board.app.test_client().post(
        "/oauth/token",
        data=callers.crs.signer.token_form(clock.now()),
        headers={"X-SSL-Client-Cert": pem, "Client-Cert": rfc_9440(OTHERS)},
        environ_base={"REMOTE_ADDR": PROXY},
    )
    assert claims(answer)["cnf"] == {"x5t#S256": thumbprint(HERS)}


def test_the_metadata_say_whether_tokens_can_be_bound(board: Noticeboard, configure: Configure) -> None:
    def said() -> bool:
        answer = board.app.test_client().get("/.well-known/oauth-authorization-server").get_json()
        bound: bool = answer["tls_client_certificate_bound_access_tokens"]
        return bound

    assert not said()
    configure(proxy_networks=OURS)
    assert said()


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        (PROXY, "198.51.100.7", "198.51.100.7"),
        (PROXY, "192.0.2.1, 198.51.100.7", "198.51.100.7"),
        (PROXY, "192.0.2.1, 198.51.100.7, 10.9.9.9", "198.51.100.7"),
        (PROXY, "198.51.100.7:4711", "198.51.100.7"),
        (PROXY, "[2001:db8::7]:4711", "2001:db8::7"),
        (PROXY, "2001:db8::7", "2001:db8::7"),
        ("::ffff:10.1.2.3", "198.51.100.7", "198.51.100.7"),
        (PROXY, "10.4.5.6", "10.4.5.6"),
        (PROXY, "198.51.100.7" + ", 10.4.5.6" * 15, "198.51.100.7"),
        (PROXY, "198.51.100.7" + ", 10.4.5.6" * 16, "10.4.5.6"),
        (PROXY, "", PROXY),
        (PROXY, "nonsense", PROXY),
        (PROXY, "198.51.100.7, nonsense", PROXY),
        (STRANGER, "198.51.100.7", STRANGER),
    ],
)
def test_the_address_of_a_caller_is_what_our_own_proxies_say(
    callers: Cast, behind_proxies: Noticeboard, peer: str, forwarded: str, address: str
) -> None:
    token = callers.crs.token()
    board = behind_proxies
    call(board, token, None, peer=peer, **{"X-Forwarded-For": forwarded})
    assert board.seen[0].address == address


@given(st.ip_addresses(v=6))
def test_a_caller_with_many_addresses_is_counted_by_its_network(address: Any) -> None:
    other = str(address)[:-1] + ("1" if str(address)[-1] != "1" else "2")
    if str(address).count(":") == 7:
        assert caller.neighbourhood(str(address)) == caller.neighbourhood(other)
    assert caller.neighbourhood("198.51.100.7") == "198.51.100.7"


@given(st.text(max_size=200))
def test_no_header_breaks_the_reading_of_certificates(header: str) -> None:
    with pytest.raises(TokenRefused):
        caller.thumbprint(header)


def test_settings_of_proxies_that_cannot_be_read_stop_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFERRALS_PROXY_NETWORKS", "10.0.0.0/8, fd00::/8")
    assert config.load().proxy_networks == OURS
    monkeypatch.setenv("REFERRALS_PROXY_NETWORKS", "10.0.0.1/8")
    with pytest.raises(ValueError, match="host bits"):
        config.load()

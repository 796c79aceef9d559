"""A client can use only some of the threads of a process; its further requests wait in order."""

import base64
import json

import pytest

from service.client_queues import ClientQueues, client_of


def head(token: str, spelled: str = "Authorization: Bearer ") -> bytes:
    return f"GET /v1/events HTTP/1.1\r\nHost: x\r\n{spelled}{token}\r\nA: b\r\n\r\n".encode()


def token(**claims: object) -> str:
    return f"e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.c2ln"


def test_a_client_waits_for_its_own_requests_and_not_for_those_of_others() -> None:
    queues, started = ClientQueues(2), list[str]()

    def ask(client: str | None, name: str) -> None:
        queues.submit(client, lambda: started.append(name))

    for number in range(4):
        ask("provider", f"provider {number}")
    ask("region", "region")
    for _ in range(3):
        ask(None, "no client")
    assert started == ["provider 0", "provider 1", "region", "no client", "no client", "no client"]
    queues.finish(None)
    queues.finish("region")
    assert len(started) == 6
    queues.finish("provider")
    queues.finish("provider")
    assert started[6:] == ["provider 2", "provider 3"]
    queues.finish("provider")
    ask("provider", "provider 4")
    ask("provider", "provider 5")
    assert started[8:] == ["provider 4"]


@pytest.mark.parametrize("spelled", ["Authorization: Bearer ", "authorization: bearer "])
def test_the_client_is_the_one_named_in_the_token(spelled: str) -> None:
    assert client_of(head(token(client_id="region"), spelled), "client_id") == "region"
    assert client_of(head(token(azp="region", client_id=7), spelled), "azp") == "region"


@pytest.mark.parametrize(
    "request_head",
    [
        head("x.y.z"),
        head("."),
        head(""),
        head(token(sub="region")),
        head(token(client_id=["region"])),
        head("e30.W10.c2ln"),
        head(f"e30.{base64.urlsafe_b64encode(b'[' * 9000).decode()}.c2ln"),
        head("x", "Cookie: "),
        b"GET / HTTP/1.1\r\nAuthorization: Bearer e30",
    ],
)
def test_a_request_without_a_valid_client_claim_has_no_client(request_head: bytes) -> None:
    assert client_of(request_head, "client_id") is None

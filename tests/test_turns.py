"""A client has only so many threads of a process, in the order in which it asked."""

import base64
import json

import pytest

from service.turns import Turns, client_of


def head(token: str, spelled: str = "Authorization: Bearer ") -> bytes:
    return f"GET /v1/events HTTP/1.1\r\nHost: x\r\n{spelled}{token}\r\nA: b\r\n\r\n".encode()


def token(**claims: object) -> str:
    return f"e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.c2ln"


def test_a_client_waits_for_its_own_requests_and_not_for_those_of_others() -> None:
    turns, begun = Turns(2), list[str]()

    def ask(client: str | None, what: str) -> None:
        turns.take(client, lambda: begun.append(what))

    for number in range(4):
        ask("provider", f"provider {number}")
    ask("region", "region")
    for _ in range(3):
        ask(None, "nobody")
    assert begun == ["provider 0", "provider 1", "region", "nobody", "nobody", "nobody"]
    turns.end(None)
    turns.end("region")
    assert len(begun) == 6
    turns.end("provider")
    turns.end("provider")
    assert begun[6:] == ["provider 2", "provider 3"]
    turns.end("provider")
    ask("provider", "provider 4")
    ask("provider", "provider 5")
    assert begun[8:] == ["provider 4"]


@pytest.mark.parametrize("spelled", ["Authorization: Bearer ", "authorization: bearer "])
def test_the_client_is_the_one_that_the_token_names(spelled: str) -> None:
    assert client_of(head(token(client_id="region"), spelled), "client_id") == "region"
    assert client_of(head(token(azp="region", client_id=7), spelled), "azp") == "region"


@pytest.mark.parametrize(
    "shown",
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
def test_what_names_no_client_is_nobodys(shown: bytes) -> None:
    assert client_of(shown, "client_id") is None

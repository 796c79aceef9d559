"""An address is written in one way: every other spelling of it is a path that is not there."""

from collections.abc import Iterator
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
from flask import Flask
from werkzeug.test import run_wsgi_app

from service.http import canonical_paths
from tests.cast import Caller, Cast


def respellings(path: str) -> Iterator[str]:
    """Return other ways to write a path that some server, proxy or router takes for the same."""
    first, _, rest = path[1:].partition("/")
    last = path.rpartition("/")[2]
    yield f"/{path}"
    yield f"//x{path}"
    yield f"/{first}//{rest}"
    yield f"{path}/"
    yield f"{path}//"
    yield f"/.{path}"
    yield f"/{first}/./{rest}"
    yield f"/{first}/x/../{rest}"
    yield f"/x/..{path}"
    yield f"{path}/."
    yield f"{path}/x/.."
    yield f"/{first}%2f{rest}"
    yield f"/{first}%2F{rest}"
    yield f"/{first}/%2e/{rest}"
    yield f"/{first}/x/%2e%2e/{rest}"
    yield f"/%2e{path}"
    yield f"/%{ord(first[0]):02x}{path[2:]}"
    yield f"{path[: -len(last)]}%{ord(last[0]):02X}{last[1:]}"
    yield f"/{first}%252f{rest}"
    yield f"/{first.upper()}/{rest}" if first.upper() != first else f"/{first}/{rest.upper()}"
    yield f"{path};a=b"
    yield f"/{first};a=b/{rest}"
    yield f"{path};"
    yield f"{path}%3ba=b"
    yield f"{path}%00"
    yield f"{path}%20"
    yield f"{path}%0a"
    yield f"{path}%09"
    yield f"{path}%3f"
    yield f"{path}%23"
    yield f"/{first}\\{rest}"
    yield f"/{first}%5c{rest}"
    yield f"{path}#here"
    yield path[1:]


PATHS = ("/v1/events", "/v1/referrals", "/health/liveness", "/.well-known/jwks.json", "/oauth/token")


def ask(app: Flask, target: str, path: str, method: str = "GET", **more: str) -> tuple[int, dict[str, str]]:
    """Ask as a server does: with the target as it came, and the path that was made of it."""
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": target.partition("?")[2],
        "RAW_URI": target,
        "SERVER_NAME": "x",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        **more,
    }
    _, status, headers = run_wsgi_app(app, environ)
    return int(status.split()[0]), dict(headers)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PATCH"])
def test_every_other_spelling_of_an_address_is_not_there(cast: Cast, path: str, method: str) -> None:
    known = {"HTTP_AUTHORIZATION": f"Bearer {cast.crs.token()}"}
    assert ask(cast.crs.app, path, path, method, **known)[0] != 404
    for target in respellings(path):
        status, headers = ask(cast.crs.app, target, path, method, **known)
        assert status == 404, target
        assert "Location" not in headers


@pytest.mark.parametrize("path", PATHS)
def test_the_test_client_cannot_spell_it_otherwise_either(app: Flask, path: str) -> None:
    client = app.test_client()
    for target in respellings(path):
        if target.startswith("/") and not target.startswith("//") and "#" not in target:
            assert client.get(target).status_code == 404, target


def spelled_otherwise(identifier: UUID) -> Iterator[str]:
    yield str(identifier).upper()
    yield identifier.hex
    yield f"{{{identifier}}}"
    yield f"urn:uuid:{identifier}"
    yield quote(str(identifier)).replace("-", "%2d", 1)


def test_what_is_named_in_an_address_is_written_in_one_way(cast: Cast) -> None:
    officer = cast.probation.as_practitioner("p.shah")
    referral = UUID("abcdefab-cdef-4bcd-8fab-cdefabcdefab")

    def view_of(path: str) -> str | None:
        with officer.app.test_request_context(path) as context:
            return context.request.endpoint

    assert view_of(f"/v1/referrals/{referral}") is not None
    for other in spelled_otherwise(referral):
        assert officer.get(f"/v1/referrals/{other}").status_code == 404
        assert view_of(f"/v1/referrals/{other}") is None or "%" in other, other
    assert view_of(f"/v1/referrals/{referral}/versions/1") is not None
    for number in ("01", "+1", "1.0", "-1", "\uff11", " 1", "1_0"):
        assert view_of(f"/v1/referrals/{referral}/versions/{number}") is None, number


def test_a_poll_that_is_spelled_otherwise_is_not_answered_from_memory(cast: Cast) -> None:
    after = cast.crs.get("/v1/events").get_json()["next"]
    tag = cast.crs.get("/v1/events", after=after).headers["ETag"]
    known = {"HTTP_AUTHORIZATION": f"Bearer {cast.crs.token()}", "HTTP_IF_NONE_MATCH": tag}
    query = f"?after={after}"
    for _ in range(2):
        assert ask(cast.crs.app, f"/v1/events{query}", "/v1/events", **known)[0] == 304
    for target in respellings("/v1/events"):
        assert ask(cast.crs.app, target + query, "/v1/events", **known)[0] == 404, target


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("http://x/health/liveness", 200),
        ("https://referrals.test:8443/health/liveness?a=b", 200),
        ("http://x//health/liveness", 404),
        ("http://x/health%2fliveness", 404),
        ("http://x@y/health/liveness", 404),
        ("ftp://x/health/liveness", 404),
        ("http:///health/liveness", 404),
        ("http:/health/liveness", 404),
        ("*", 404),
        ("", 200),
    ],
)
def test_a_whole_url_is_a_target_like_its_path(app: Flask, target: str, status: int) -> None:
    assert ask(app, target, "/health/liveness")[0] == status


def test_a_server_that_has_decoded_the_path_is_judged_by_that(app: Flask) -> None:
    assert ask(app, "", "//health/liveness")[0] == 404
    assert ask(app, "", "/health/./liveness")[0] == 404
    assert ask(app, "/health/liveness", "/health/liveness/")[0] == 404, "the two must agree"


def test_a_path_is_not_there_for_anybody_who_says_that_it_lies_elsewhere(app: Flask) -> None:
    assert ask(app, "/x/health/liveness", "/health/liveness")[0] == 404
    assert ask(app, "/x/health/liveness", "/health/liveness", SCRIPT_NAME="/x")[0] == 200


def test_no_rule_redirects_and_every_rule_can_be_reached(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        plain = rule.rule.replace("<", "").replace(">", "").replace(":", "")
        assert canonical_paths.is_canonical(plain, plain), rule
        assert not rule.rule.endswith("/") or rule.rule == "/"
        assert rule.rule != canonical_paths.NOWHERE


def test_an_unknown_path_is_a_problem_like_any_other(cast: Cast) -> None:
    for path in ("//v1/events", "/v1/nothing", f"/v1/nothing/{uuid4()}"):
        caller: Caller = cast.crs
        answer = caller.app.test_client().get("/x", environ_overrides={"PATH_INFO": path, "RAW_URI": path})
        assert answer.status_code == 404
        assert answer.content_type == "application/problem+json"
        assert answer.get_json()["type"] == "/problems/not-found"

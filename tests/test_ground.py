"""The ground floor: strict JSON, strict fields, problem documents."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from service import fields, http
from service.errors import Fault
from service.http import Body, problems
from service.http.problems import invalid


class Case(fields.Schema):
    name = fields.Text(max=20, required=True)
    count = fields.Count()
    urgent = fields.Flag()
    born = fields.Day()
    at = fields.Moment()
    crn = fields.Crn()
    postcode = fields.Postcode()
    identifier = fields.Identifier()
    level = fields.Choice({"low": "little", "high": "much"})


class Query(fields.Schema):
    limit = fields.QueryCount(min=1, max=500)


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    app = Flask("ground")
    app.config.update(
        API_TITLE="t",
        API_VERSION="1",
        OPENAPI_VERSION="3.1.0",
        MAX_CONTENT_LENGTH=2000,
        PROPAGATE_EXCEPTIONS=False,
    )
    problems.register(app)
    http.register(app)
    blueprint = http.Blueprint("ground", "ground")

    @blueprint.route("/cases", methods=["POST"])
    @blueprint.arguments(Case)
    @blueprint.response(201, Case)
    def submit(body: Body) -> http.View | Response:
        return http.respond(body.load(), status=201, tag=http.etag("case", 1), location="/cases/1")

    @blueprint.route("/cases")
    @blueprint.response(200, Case)
    def read() -> http.View | Response:
        return http.respond({"name": "Toby"}, tag=http.etag("case", 1))

    @blueprint.route("/cases/broken")
    def broken() -> None:
        raise RuntimeError("CRN X320741 is in this message")

    http.Api(app).register_blueprint(blueprint)
    return app.test_client()


def pointers(response: object) -> set[str]:
    return {fault["pointer"] for fault in response.get_json()["errors"]}  # type: ignore[attr-defined]


def test_every_fault_of_a_body_is_named_at_once(client: FlaskClient) -> None:
    body = {
        "count": "7", "urgent": 1, "born": "1066-10-14", "at": "2026-03-02T09:00:00", "crn": "nonsense",
        "postcode": "LS1 4A", "identifier": "7", "level": "medium", "colour/hue": "red",
    }  # fmt: skip
    response = client.post("/cases", json=body)
    assert response.status_code == 422
    assert response.content_type == "application/problem+json"
    assert pointers(response) == {
        "/name", "/count", "/urgent", "/born", "/at", "/crn", "/postcode", "/identifier", "/level",
        "/colour~1hue",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("name", "   "), ("name", "nul\u0000"), ("name", "x" * 21), ("name", "\ud800"),
        ("name", 7),
        ("count", True), ("count", 1.0), ("count", -1), ("born", "9999-12-31"), ("born", "20260302"),
        ("born", "2026-02-30"), ("at", "2026-03-02"), ("at", "2026-03-02T25:00:00Z"), ("urgent", "true"),
        ("urgent", None), ("at", "9999-12-31T23:59:59-23:59"),
    ],
)  # fmt: skip
def test_what_only_looks_right_is_refused(client: FlaskClient, field: str, value: object) -> None:
    response = client.post("/cases", json={"name": "Toby"} | {field: value})
    assert response.status_code == 422
    assert pointers(response) == {f"/{field}"}


def test_a_key_that_stands_twice_is_named(client: FlaskClient) -> None:
    response = client.post(
        "/cases",
        data='{"name": "Toby", "list": [{"a": 1, "a": 2}], "name": "Stuart"}',
        content_type="application/json",
    )
    assert response.status_code == 422
    assert pointers(response) == {"/name", "/list/0/a"}


@pytest.mark.parametrize("data", [b"", b"{", b'{"name": NaN}', b"\xff", b"[" * 100_00, b"[" * 1000])
def test_what_is_not_json_is_refused(client: FlaskClient, data: bytes) -> None:
    response = client.post("/cases", data=data, content_type="application/json")
    assert response.status_code in {400, 413}
    assert response.get_json()["type"] in {"/problems/malformed-json", "/problems/content-too-large"}


def test_a_list_where_an_object_belongs_is_refused(client: FlaskClient) -> None:
    assert client.post("/cases", json=[]).status_code == 422


def test_another_content_type_is_refused(client: FlaskClient) -> None:
    assert client.post("/cases", data="name=Toby").status_code == 415


def test_a_body_that_is_too_large_is_refused(client: FlaskClient) -> None:
    assert client.post("/cases", json={"name": "x" * 3000}).status_code == 413


def test_what_was_read_before_need_not_be_sent_again(client: FlaskClient) -> None:
    first = client.get("/cases")
    again = client.get("/cases", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code, again.data) == (200, 304, b"")
    # A proxy that compresses makes our tags weak on the way; what was read is the same (RFC 9110, 13.1.2).
    weak = client.get("/cases", headers={"If-None-Match": f"W/{first.headers['ETag']}"})
    assert (weak.status_code, weak.data) == (304, b"")


def test_a_place_in_a_list_is_read_as_it_was_written_and_nothing_else_is_one() -> None:
    since, last = datetime(2026, 3, 2, 9, 0, 0, 123456, UTC), UUID(int=7)
    assert http.place_in_list({"after": http.encode_cursor(since.isoformat(), str(last))}) == (since, last)
    assert http.place_in_list({"limit": 100}) is None
    for other in (
        http.encode_cursor(str(last), since.isoformat()),
        http.encode_cursor(since.isoformat()),
        "W10",
    ):
        with pytest.raises(problems.Problem) as refused:
            http.place_in_list({"after": other})
        assert (refused.value.status, refused.value.type) == (400, "bad-cursor")


def test_headers_of_an_error_survive(client: FlaskClient) -> None:
    response = client.delete("/cases")
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]
    assert response.content_type == "application/problem+json"


def test_a_fault_of_ours_says_nothing_of_the_data(client: FlaskClient) -> None:
    response = client.get("/cases/broken")
    assert response.status_code == 500
    assert "X320741" not in response.text
    assert response.get_json()["request_id"] == response.headers["X-Request-Id"]


def test_a_flood_of_faults_is_cut_and_says_so() -> None:
    problem = invalid(Fault(f"/{n}", "wrong") for n in range(600)).as_json()
    assert (len(problem["errors"]), problem["errors_omitted"]) == (500, 100)

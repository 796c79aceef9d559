"""Everything that a request can make long is measured before anything else is done with it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from marshmallow import ValidationError
from marshmallow import fields as plain

from service import fields, http, strict_json
from service.errors import Fault
from service.http import bodies, problems
from service.referrals.schemas.submission import Annex

LONG = (plain.String, plain.UUID, plain.Date, plain.DateTime, plain.Time, plain.List, plain.Dict, plain.Tuple)
SHORT = (plain.Boolean, plain.Integer, plain.Nested, Annex)
"""Of a fixed size as JSON, or made of what is looked at by itself."""


def schemas(above: type[fields.Schema] = fields.Schema) -> Iterator[type[fields.Schema]]:
    """Yield every schema of the service by which something is read."""
    for schema in above.__subclasses__():
        if schema.__module__.startswith("service."):
            yield schema
        yield from schemas(schema)


def within(field: plain.Field[Any]) -> Iterator[plain.Field[Any]]:
    yield field
    for part in ("inner", "key_field", "value_field"):
        if isinstance(inner := getattr(field, part, None), plain.Field):
            yield from within(inner)


def test_every_text_and_list_of_a_request_is_measured(app: Flask) -> None:
    assert app, "every schema is declared once the application is made"
    found = [
        (schema.__name__, name, field)
        for schema in schemas()
        for name, declared in schema().fields.items()
        for field in within(declared)
    ]
    assert len(found) > 400
    unmeasured = [
        (schema, name)
        for schema, name, field in found
        if not isinstance(field, fields.Measured)
        and (isinstance(field, LONG) or not isinstance(field, SHORT))
    ]
    assert unmeasured == []
    assert all(
        field.longest > 0 and field.too_long for *_, field in found if isinstance(field, fields.Measured)
    )


class _Untouchable(plain.Field[Any]):
    """Fails whoever looks at it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        raise AssertionError("an entry of a list that is too long was looked at")


def test_a_list_that_is_too_long_is_named_once_and_not_looked_into() -> None:
    class Household(fields.Schema):
        contacts = fields.List(_Untouchable(), max=3)

    assert Household().validate({"contacts": [{}] * 4}) == {"contacts": ["At most 3 entries."]}
    with pytest.raises(AssertionError):
        Household().validate({"contacts": [{}] * 3})


@pytest.mark.parametrize(
    "field",
    [
        fields.Text(),
        fields.LongText(),
        fields.Crn(),
        fields.Postcode(),
        fields.Choice({"low": "little", "high": "much"}),
        fields.Identifier(),
        fields.Day(),
        fields.Moment(),
        fields.QueryCount(),
    ],
    ids=lambda field: type(field).__name__,
)
def test_a_text_that_is_too_long_is_not_read(field: fields.Measured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(field), "_deserialize", _Untouchable()._deserialize)
    with pytest.raises(ValidationError) as refused:
        field.deserialize("a" + "\u0315\u0300" * 120_000)
    assert refused.value.messages == [field.too_long]


def test_the_largest_body_that_a_schema_allows_is_well_within_what_is_read(app: Flask) -> None:
    assert app
    sizes = {schema.__name__: _largest(schema()) for schema in schemas()}
    values, deepest, members = (max(size[n] for size in sizes.values()) for n in range(3))
    assert values > 10_000
    assert (2 * values, 2 * deepest, 2 * members) <= (
        strict_json.MAX_VALUES,
        strict_json.MAX_DEPTH,
        strict_json.MAX_MEMBERS,
    )
    names = {field.data_key or name for schema in schemas() for name, field in schema().fields.items()}
    assert 2 * max(map(len, names)) <= strict_json.MAX_NAME


def _largest(schema: Any) -> tuple[int, int, int]:
    """Return how many values, how many levels and how many members of one object a schema allows."""
    found = [_of(field) for field in schema.fields.values()]
    values, levels = 1 + sum(size for size, _ in found), 1 + max((deep for _, deep in found), default=0)
    return values, levels, len(found)


def _of(field: Any) -> tuple[int, int]:
    if isinstance(field, plain.Nested):
        return _largest(field.schema)[:2]
    if isinstance(field, fields.List):
        size, deep = _of(field.inner)
        return 1 + field.longest * size, 1 + deep
    alternatives: tuple[Any, ...] = getattr(field, "alternatives", tuple)()
    if alternatives:
        sizes = [_largest(schema()) for schema in alternatives]
        return max(size for size, *_ in sizes), max(deep for _, deep, _ in sizes)
    return 1, 0


def test_the_names_of_a_free_object_are_texts_too() -> None:
    class Report(fields.Schema):
        content = fields.FreeObject()

    assert Report().validate({"content": {"summary": 1}}) == {}
    assert "direction" in str(Report().validate({"content": {"sum\u202emary": 1}}))
    too_many = {f"m{n}": n for n in range(fields.FreeObject.longest + 1)}
    assert Report().validate({"content": too_many}) == {"content": [fields.FreeObject.too_long]}


LITTLE = '{"name": "Toby \\\\ \\" [[[ {{{ ,,,", "list": [1, {"a": [-2.5e3, null, true]}]}'


def test_brackets_and_commas_within_a_text_count_for_nothing() -> None:
    text = '"' + "[" * 1000 + "," * 50_000 + '\\"' + "{" * 1000 + '\\\\"'
    assert strict_json.loads(text.encode())[0] == json.loads(text)
    assert strict_json.loads(LITTLE.encode()) == (json.loads(LITTLE), [])


@pytest.mark.parametrize(
    ("sent", "of_what"),
    [
        (b"[" + b"1," * strict_json.MAX_VALUES + b"1]", "values"),
        (b"[" + b"[]," * strict_json.MAX_VALUES + b"1]", "values"),
        (b"{" + b'"a":1,' * strict_json.MAX_VALUES + b"1}", "values"),
        (b"[" * (strict_json.MAX_DEPTH + 1), "deep"),
        (b'{"a":' * (strict_json.MAX_DEPTH + 1), "deep"),
        (json.dumps({f"m{n}": n for n in range(strict_json.MAX_MEMBERS + 1)}).encode(), "members"),
        (json.dumps([{"m" * (strict_json.MAX_NAME + 1): 1}]).encode(), "name"),
    ],
)
def test_more_than_is_ever_needed_is_refused_and_says_of_what(sent: bytes, of_what: str) -> None:
    with pytest.raises(strict_json.LimitExceeded, match=of_what):
        strict_json.loads(sent)


def test_as_much_as_may_be_is_read() -> None:
    deep = b"[" * strict_json.MAX_DEPTH + b"]" * strict_json.MAX_DEPTH
    many = b"[" + b"1," * (strict_json.MAX_VALUES - 2) + b"1]"
    wide = json.dumps({f"m{n}": n for n in range(strict_json.MAX_MEMBERS)}).encode()
    for sent in (deep, many, wide):
        assert strict_json.loads(sent)[0] == json.loads(sent)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b'"',
        b'"\\',
        b"]",
        b"[}",
        b'{"a":NaN}',
        b"\xff",
        b'"\xed\xa0\x80"',
        b"[1e5000,",
        b"9" * 5000,
        b"{}{}",
    ],
)
def test_what_is_not_json_is_not_taken_for_it(sent: bytes) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        strict_json.loads(sent)
    assert not isinstance(refused.value, strict_json.LimitExceeded)


def test_a_name_that_stands_twice_is_pointed_at_wherever_it_is() -> None:
    sent = b'{"a": [{"b": 1, "b/c": 2, "b/c": 3}], "d": {"e": {"f": 1, "f": 1}}, "a2": 1, "a2": 2}'
    assert strict_json.loads(sent)[1] == ["/a2", "/a/0/b~1c", "/d/e/f"]


def test_a_flood_of_faults_is_listed_up_to_a_number_and_the_rest_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = []

    def fault(pointer: str, detail: str) -> Fault:
        made.append(Fault(pointer, detail))
        return made[-1]

    monkeypatch.setattr(bodies, "Fault", fault)
    wrong = {n: {"name": ["Missing."], "crn": ["Missing."]} for n in range(2000)}
    said = http.refused(wrong, "/findings").as_json()
    assert (len(said["errors"]), said["errors_omitted"]) == (500, 3500)
    assert said["errors"][3] == {"pointer": "/findings/1/crn", "detail": "Missing."}
    assert len(made) == 500


def test_a_query_that_is_too_long_is_refused_before_it_is_taken_apart() -> None:
    class Page(fields.Schema):
        after = fields.Text()

    app = Flask("queries")
    for query, status in (
        ("after=" + "x" * (http.MAX_QUERY_BYTES - 6), 422),
        ("after=" + "x" * (http.MAX_QUERY_BYTES - 5), 414),
        ("&".join(f"p{n}=1" for n in range(http.MAX_PARAMETERS)), 422),
        ("&" * http.MAX_PARAMETERS, 414),
    ):
        with app.test_request_context(query_string=query), pytest.raises(problems.Problem) as refused:
            http.Parameters(Page()).load()
        assert refused.value.status == status

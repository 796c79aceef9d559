"""Bad input to every call that stores something: a clear refusal that says where, and nothing stored."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults.fixtures import Place, problem
from tests.faults.writes import Steps, Write, changed, leaves, objects, part_of, pointer, writes
from tests.journeys.driver import Json, ok
from tests.referrals.samples import darren_and_toby

pytestmark = pytest.mark.long

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")

UNREADABLE: dict[str, bytes] = {
    "nothing": b"",
    "cut off": b'{"a":',
    "not UTF-8": b'{"a": "\xff"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "a mark before it": b'\xef\xbb\xbf{"a": 1}',
    "NaN": b'{"a": NaN}',
    "infinity": b'{"a": -Infinity}',
    "two values": b"{}{}",
    "a comment": b"{/* */}",
    "single quotes": b"{'a': 1}",
    "a NUL": b'{"a": "b"}\x00',
    "a NUL in a text": b'{"a": "\x00"}',
    "a number of 5,000 digits": b'{"a": ' + b"9" * 5000 + b"}",
    "XML": b"<a/>",
}
NOT_AN_OBJECT = (b"[]", b"null", b"5", b'"x"', b"true", b"1e999", b"[" * 20 + b"]" * 20)
TOO_MUCH: dict[str, bytes] = {
    "deep lists": b"[" * 100_000,
    "deep lists that end": b"[" * 200 + b"]" * 200,
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "many numbers": b"[" + b"1," * 500_000 + b"1]",
    "many empty objects": b'{"a":[' + b"{}," * 300_000 + b"{}]}",
    "many members": json.dumps({f"m{number}": 1 for number in range(50_000)}).encode(),
    "a long name": json.dumps({"m" * 500_000: 1}).encode(),
}
OTHER_TYPES = (
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "application/xml",
    "",
)

THOROUGHLY = {"submit", "decide", "answer"}
"""Calls that are tried in every way, each of another package; the others show that they read alike."""
THE_SAME_BODY = {"preview", "amend"}
"""Calls that take what `submit` takes."""


@pytest.fixture(scope="module")
def _calls() -> dict[str, Write]:
    return {}


@pytest.fixture
def calls(place: Place, _calls: dict[str, Write]) -> dict[str, Write]:
    """Every call that stores something."""
    if not _calls:
        ok(place.cast.mappa.get(f"{part_of(place, 'mappa')}/document"))
        _calls.update(writes(place))
        for write in _calls.values():
            if write.seen_at:
                assert write.tag(), "a first reading is a receipt: it comes before all that follows"
    return _calls


def faults(said: Json) -> set[str]:
    assert said["status"] == 422, said
    return {fault["pointer"] for fault in said["errors"]}


def test_every_call_would_be_taken_as_it_is(place: Place, calls: dict[str, Write]) -> None:
    """Else what is refused below might be refused for another reason."""
    for name, write in calls.items():
        said = problem(write.send(json={**write.body, "nobody_asked": 1}))
        assert faults(said) == {"/nobody_asked"}, (name, said)


def test_what_cannot_be_read_is_refused(place: Place, calls: dict[str, Write]) -> None:
    with place.nothing_stored_but_reading():
        for name, write in calls.items():
            some = list(UNREADABLE) if name in THOROUGHLY else ["cut off", "a NUL in a text"]
            for what in some:
                data = UNREADABLE[what]
                said = problem(write.send(data))
                assert (said["status"], said["type"]) == (400, "/problems/malformed-json"), (name, what)
            for data in NOT_AN_OBJECT if name in THOROUGHLY else NOT_AN_OBJECT[:2]:
                assert problem(write.send(data))["status"] == 422, (name, data)


def test_more_than_any_body_needs_is_refused_whatever_it_is(place: Place, calls: dict[str, Write]) -> None:
    with place.nothing_stored_but_reading():
        for name, write in calls.items():
            for what in TOO_MUCH if name in THOROUGHLY else ["many numbers"]:
                said = problem(write.send(TOO_MUCH[what]))
                assert (said["status"], said["type"]) == (413, "/problems/content-too-large"), (name, what)


def test_what_is_not_json_is_refused(place: Place, calls: dict[str, Write]) -> None:
    with place.nothing_stored_but_reading():
        for write in calls.values():
            for kind in OTHER_TYPES:
                answer = write.send(json.dumps(write.body).encode(), content_type=kind)
                assert problem(answer)["status"] == 415, kind


def test_what_is_too_large_is_refused(place: Place, calls: dict[str, Write]) -> None:
    large = json.dumps({"a": "x" * 5 * 1024 * 1024}).encode()
    with place.nothing_stored_but_reading():
        for name, write in calls.items():
            assert problem(write.send(large))["status"] == 413, name


def test_a_key_that_stands_twice_is_refused_where_it_stands(place: Place, calls: dict[str, Write]) -> None:
    with place.nothing_stored_but_reading():
        for name, write in calls.items():
            if name in THE_SAME_BODY:
                continue
            for at in objects(write.body):
                body = json.dumps(write.body)
                twice = _twice(write.body, at)
                assert body != twice
                assert faults(problem(write.send(twice.encode()))) == {f"{pointer(at)}/zz"}, (name, at)


def _twice(body: Json, at: Steps) -> str:
    marked: Any = json.loads(json.dumps(body))
    inner = marked
    for step in at:
        inner = inner[step]
    inner["zz"] = "marked"
    return json.dumps(marked).replace('"zz": "marked"', '"zz": 1, "zz": 2')


def test_a_member_that_nobody_declared_is_refused_at_every_level(
    place: Place, calls: dict[str, Write]
) -> None:
    with place.nothing_stored_but_reading():
        for name, write in calls.items():
            body: Any = json.loads(json.dumps(write.body))
            places = list(objects(write.body))
            for at in places:
                inner = body
                for step in at:
                    inner = inner[step]
                inner["nobody_asked"] = {"deep": [1]}
            found = faults(problem(write.send(json=body)))
            assert found >= {f"{pointer(at)}/nobody_asked" for at in places if not _named_apart(name, at)}


def _named_apart(name: str, at: Steps) -> bool:
    """Tell whether a place is read only once everything around it is right."""
    return name == "report" and at == ("content",)


_FULL_WIDTH = {ord(str(digit)): 0xFF10 + digit for digit in range(10)}
HOSTILE: dict[str, Any] = {
    "NUL": lambda value: f"{value}\x00" if isinstance(value, str) else None,
    "half a character": lambda value: f"{value}\ud800" if isinstance(value, str) else None,
    "an escape": lambda value: f"\x1b[2J{value}" if isinstance(value, str) else None,
    "an object": lambda value: {"x": value},
    "a list": lambda value: [value],
    "a number as text": lambda value: str(value) if type(value) in {int, float} else None,
    "a huge number": lambda value: 10**30 if type(value) is int else None,
    "a fraction": lambda value: value + 0.5 if type(value) is int else None,
    "text for a flag": lambda value: str(value).lower() if isinstance(value, bool) else None,
    "a number for a flag": lambda value: int(value) if isinstance(value, bool) else None,
    "1066": lambda value: "1066-10-14" if _is_day(value) else None,
    "9999": lambda value: "9999-12-31" if _is_day(value) else None,
    "no such day": lambda value: "2026-02-30" if _is_day(value) else None,
    "other digits": lambda value: value.translate(_FULL_WIDTH) if _is_day(value) else None,
    "endless": lambda value: value + "x" * 4001 if isinstance(value, str) else None,
    "piled marks": lambda value: value + "\u0315\u0300" * 5 if isinstance(value, str) else None,
    "another direction": lambda value: f"\u202e{value}" if isinstance(value, str) else None,
    "a zero-width space": lambda value: f"{value}\u200b" if isinstance(value, str) else None,
    "tag characters": lambda value: f"{value}\U000e0041\U000e007f" if isinstance(value, str) else None,
    "a line separator": lambda value: f"{value}\u2028{value}" if isinstance(value, str) else None,
    "private use": lambda value: f"{value}\ue000" if isinstance(value, str) else None,
}
"""What is put in the place of a value that is right; None where that would not be wrong."""


def _is_day(value: object) -> bool:
    return isinstance(value, str) and _DATE.fullmatch(value) is not None


def spoilt(body: Json, how: str) -> tuple[Json, set[str]]:
    """Return a body spoilt in every place where it can be, and those places.

    What says which form the rest has stays as it is: it is tried by itself.
    """
    places: set[str] = set()

    def change(at: Steps, value: Any) -> Any:
        other = HOSTILE[how](value)
        if other is None or at[-1] in {"kind", "service_category", "action", "decision"}:
            return value
        places.add(pointer(at))
        return other

    return changed(body, change), places


@pytest.mark.parametrize("how", HOSTILE)
def test_every_bad_value_is_named_at_once_where_it_stands(
    place: Place, calls: dict[str, Write], how: str
) -> None:
    tried = 0
    with place.nothing_stored_but_reading():
        for name, write in calls.items():
            body, places = spoilt(write.body, how)
            if not places:
                continue
            tried += len(places)
            found = faults(problem(write.send(json=body)))
            unnamed = {one for one in places if not any(_within(fault, one) for fault in found)}
            assert {one for one in unnamed if not _read_later(name, one)} == set(), (name, how)
    assert tried


@pytest.mark.parametrize("how", ["NUL", "an object", "endless"])
def test_what_a_report_holds_is_read_by_its_own_kind(calls: dict[str, Write], how: str) -> None:
    write = calls["report"]
    content, _ = spoilt(write.body["content"], how)
    for spoilt_content in (content, {**write.body["content"], "nobody_asked": 1}, {}):
        found = faults(problem(write.send(json={**write.body, "content": spoilt_content})))
        assert all(fault.startswith("/content/") for fault in found)


MARKS = "a" + "\u0315\u0300" * 120_000
NAMES = ("/person/name/given", "/person/name/aliases/0", "/referrer/office", "/addresses/0/lines/0")


@pytest.mark.parametrize("at", NAMES)
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (MARKS, "At most"),
        ("Dar\u202eren", "direction"),
        ("Dar\u200bren", "zero-width"),
        ("Dar\U000e0041ren", "Tag characters"),
        ("Dar\nren", "Line breaks"),
    ],
    ids=["marks", "direction", "zero-width", "tag", "line break"],
)
def test_a_name_is_what_it_looks_like(place: Place, at: str, text: str, said: str) -> None:
    document = darren_and_toby("NEW", crn="X320760")
    inner: Any = document
    *way, last = (int(step) if step.isdigit() else step for step in at.split("/")[1:])
    for step in way:
        inner = inner.setdefault(step, {}) if isinstance(step, str) else inner[step]
        if isinstance(inner, list) and not inner:
            inner.append("")
    inner[last] = text
    for path in ("/v1/referrals/preview", "/v1/referrals"):
        with place.nothing_stored_but_reading():
            sent = json.dumps(document, ensure_ascii=False).encode()
            refusal = problem(place.officer.post(path, data=sent, content_type="application/json"))
        (fault,) = refusal["errors"]
        assert (refusal["status"], fault["pointer"]) == (422, at)
        assert said in fault["detail"]
        assert text not in json.dumps(refusal)


def test_a_list_that_is_too_long_is_one_fault(place: Place, calls: dict[str, Write]) -> None:
    many: list[Json] = [{}] * 15_000
    document = darren_and_toby("NEW", crn="X320760")
    lists = [
        ("preview", {**document, "addresses": many}, "/addresses"),
        ("submit", {**document, "household": {"contacts": many}}, "/household/contacts"),
        ("tell a change", {**calls["tell a change"].body, "contacts": many}, "/contacts"),
        ("complete a review", {**calls["complete a review"].body, "considered": many}, "/considered"),
        ("report", {"kind": "adjustments", "content": {"answers": many}}, "/content/answers"),
    ]
    for sort in ("incidents", "call_outs", "orders"):
        findings = {**calls["answer"].body["findings"], sort: many}
        lists.append(("answer", {**calls["answer"].body, "findings": findings}, f"/findings/{sort}"))
    with place.nothing_stored_but_reading():
        for name, body, at in lists:
            said = problem(calls[name].send(json=body))["errors"]
            (fault,) = [one for one in said if one["pointer"].startswith(at)]
            assert (fault["pointer"], fault["detail"][:7]) == (at, "At most"), (name, fault)


def _within(fault: str, at: str) -> bool:
    return fault == at or fault.startswith(f"{at}/") or at.rpartition("/")[0] == fault


def _read_later(name: str, at: str) -> bool:
    return name == "report" and at.startswith("/content")


SELECTORS = {"kind", "service_category", "action", "decision"}


def test_what_chooses_the_form_is_refused_when_it_is_no_choice(place: Place, calls: dict[str, Write]) -> None:
    with place.nothing_stored_but_reading():
        for name, write in calls.items():
            if name in THE_SAME_BODY:
                continue
            for at, value in _selectors(write.body):
                others: tuple[Any, ...] = (f"{value}\x00", None, [], {})
                for other in others:
                    body: Any = json.loads(json.dumps(write.body))
                    inner = body
                    for step in at[:-1]:
                        inner = inner[step]
                    inner[at[-1]] = other
                    found = faults(problem(write.send(json=body)))
                    assert any(_within(fault, pointer(at)) for fault in found), (name, at, other, found)


def _selectors(body: Json) -> Iterator[tuple[Steps, Any]]:
    return ((at, value) for at, value in leaves(body) if at[-1] in SELECTORS)


@pytest.mark.parametrize(
    "missing", ["person", "referrer", "sharing_basis", "destinations", "submission_reference"]
)
def test_what_a_submission_cannot_do_without_is_asked_for(place: Place, missing: str) -> None:
    document = darren_and_toby("NEW", crn="X320760")
    del document[missing]
    with place.nothing_stored():
        assert f"/{missing}" in faults(problem(place.officer.post("/v1/referrals", json=document)))


def test_a_destination_that_does_not_exist_is_named(place: Place) -> None:
    for change in (
        {"kind": "duty_of_care"},
        {"kind": "crs", "service_category": "astrology", "annex": {}},
    ):
        document = darren_and_toby("NEW", crn="X320760")
        document["destinations"][0] |= change
        with place.nothing_stored():
            found = faults(problem(place.officer.post("/v1/referrals", json=document)))
        assert any(fault.startswith("/destinations/0") for fault in found), (change, found)


def test_the_same_destination_twice_is_an_error(place: Place) -> None:
    document = darren_and_toby("NEW", crn="X320760")
    document["destinations"] *= 2
    with place.nothing_stored():
        assert faults(problem(place.officer.post("/v1/referrals", json=document)))


@pytest.mark.parametrize("key", ["", "a b", "k\u00e9y", "k" * 256, "a\tb"])
def test_a_submission_without_a_key_that_can_be_kept_is_refused(place: Place, key: str) -> None:
    with place.nothing_stored():
        answer = place.officer._call(
            "POST", "/v1/referrals", {"Idempotency-Key": key}, json=darren_and_toby("NEW", crn="X320760")
        )
        assert problem(answer)["type"] == "/problems/idempotency-key-required"


def test_the_same_key_with_another_body_is_refused_and_the_first_stands(place: Place) -> None:
    document = darren_and_toby("KEY-1", crn="X320761")
    first = place.officer.post("/v1/referrals", json=document, idempotency_key="one-key")
    assert first.status_code == 201
    with place.nothing_stored():
        other = place.officer.post(
            "/v1/referrals", json=darren_and_toby("KEY-2", crn="X320761"), idempotency_key="one-key"
        )
        assert problem(other)["type"] == "/problems/idempotency-key-reused"
        colleague = place.callers()["colleague"]
        theirs = colleague.post("/v1/referrals", json=document, idempotency_key="one-key")
        assert problem(theirs)["type"] == "/problems/idempotency-key-reused"
    with place.nothing_stored():
        same = place.officer.post("/v1/referrals", json=document)
        assert problem(same)["href"] == f"/v1/referrals/{first.get_json()['id']}"
    with place.nothing_stored_but_reading():
        again = place.officer.post("/v1/referrals", json=document, idempotency_key="one-key")
    assert (again.status_code, again.get_json()["id"]) == (201, first.get_json()["id"])


@pytest.mark.parametrize("tag", ['"stale"', "W/" + '"stale"', "stale", '"', '""', "*", ""])
def test_a_change_of_what_was_not_read_is_refused(place: Place, calls: dict[str, Write], tag: str) -> None:
    with place.nothing_stored_but_reading():
        for name, write in calls.items():
            if write.seen_at and tag != "*":
                headers = {"If-Match": tag, "Idempotency-Key": "12345678"}
                answer = write.caller._call(write.method, write.path, headers, json=write.body)
                assert problem(answer)["status"] in {412, 428}, name

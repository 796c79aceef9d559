"""Nothing happens and nothing is read without an entry on the trail, by its actor, in its transaction."""

import json
from typing import Any

import pytest
from flask import Flask

from service.audit.entry import VERBS
from tests.faults.calling import may
from tests.faults.fixtures import CRN, Place
from tests.faults.routes import Route, about_cases
from tests.faults.things import addresses, owners, things_of
from tests.journeys.driver import Json, ok
from tests.rows import person_at, person_id

pytestmark = pytest.mark.long

BY_ITSELF = ("service/sweep", "service/delivery")
"""The worker records only that time has passed; reading its events is recorded."""


def test_every_change_has_an_entry_by_the_same_actor_in_the_same_transaction(place: Place) -> None:
    without = place.rows(
        "SELECT e.name, e.client_id, e.subject_kind, count(*) FROM event e"
        " WHERE e.client_id <> ALL (%s) AND NOT EXISTS ("
        "  SELECT FROM audit_entry a WHERE a.xmin = e.xmin AND a.client_id = e.client_id"
        "  AND a.practitioner_id IS NOT DISTINCT FROM e.practitioner_id"
        "  AND a.verb IN ('collection', 'alteration', 'disclosure', 'override', 'consultation')"
        " ) GROUP BY 1, 2, 3",
        list(BY_ITSELF),
    )
    assert without == []


def test_every_change_of_state_is_in_an_entry_of_what_was_changed(place: Place) -> None:
    without = place.rows(
        "SELECT e.name, e.subject_kind, count(*) FROM event e WHERE e.to_state IS NOT NULL AND NOT EXISTS ("
        "  SELECT FROM audit_entry a WHERE a.xmin = e.xmin AND a.client_id = e.client_id"
        "  AND a.object_id = e.subject_id::text AND a.verb <> 'consultation'"
        " ) GROUP BY 1, 2"
    )
    assert without == []
    moved = {
        row[0] for row in place.rows("SELECT DISTINCT subject_kind FROM event WHERE to_state IS NOT NULL")
    }
    assert {"destination_referral", "check_request", "check"} <= moved


def test_every_entry_has_an_actor(place: Place) -> None:
    nobody = place.rows(
        "SELECT verb, object_kind, client_id FROM audit_entry WHERE client_id NOT LIKE 'service/%%'"
        " AND actor_organisation_id NOT IN (SELECT id FROM organisation)"
    )
    assert nobody == []
    unnamed = place.rows(
        "SELECT verb, object_kind FROM audit_entry WHERE client_id = %s AND practitioner_id IS NULL"
        " AND verb <> ALL (%s)",
        place.cast.probation.client_id,
        ["sign_in", "denied"],
    )
    assert unnamed == []


READS_NOBODYS_DATA = {"/v1/adjustments", "/v1/events", "/v1/audit/entries", "/v1/staff", "/v1/webhooks"}
"""The feed names things and never a person; the trail has its own verb for being read; staff are no case, and
adjustments are counted."""


def entries_of(place: Place, request_id: str) -> list[Json]:
    rows = place.rows("SELECT body FROM audit_entry WHERE body LIKE %s", f'%"request_id":"{request_id}"%')
    return [json.loads(row[0]) for row in rows]


def reads(place: Place, app: Flask) -> list[tuple[str, Route, str]]:
    """Return something to read at every route, for each side that may."""
    found = []
    things_of_person, of_everybody = things_of(place, CRN), owners(place)
    for route in about_cases(app):
        if route.method != "GET":
            continue
        for name in ("probation", "crs", "ap", "police", "oversight"):
            if not may(place.callers()[name], route.permission):
                continue
            things = things_of_person | (of_everybody[name] if name != "probation" else {})
            if all(things.get(parameter) for parameter in route.parameters):
                path = next(addresses(route, things)) if route.parameters else route.path({})
                found.append((name, route, path))
    return found


def test_every_read_of_personal_data_has_its_entry(place: Place, app: Flask) -> None:
    offer = {"person_id": str(person_id(CRN)), "to_region": "N51", "reason": "He moves there."}
    ok(place.officer.post("/v1/transfers", json=offer), 201)
    read: set[tuple[str, str]] = set()
    for name, route, path in reads(place, app):
        query: dict[str, Any] = {}
        if route.rule == "/v1/checks":
            query["referral_id"] = place.referral["id"]
        caller = place.callers()[name]
        answer = caller.get(path, **query)
        if answer.status_code != 200:
            continue
        read.add((name, route.rule))
        entries = entries_of(place, answer.headers["X-Request-Id"])
        if route.rule in READS_NOBODYS_DATA or not _says_whose(answer.get_json()):
            continue
        assert entries, (name, route)
        practitioner = caller.practitioner.id if caller.practitioner else None
        for entry in entries:
            assert entry["actor"]["client_id"] == caller.client_id
            assert entry["actor"].get("practitioner", {}).get("id") == practitioner
            assert entry["verb"] in VERBS
            assert entry["purpose"]
            assert entry["legal_basis"]
        assert any("person_id" in entry for entry in entries), (name, route)
        assert any(entry.get("fields") for entry in entries), (name, route)
    missed = {route.rule for route in about_cases(app) if route.method == "GET"} - {rule for _, rule in read}
    # Somebody of each register has its own tests, and so has whoever prepares a person's own copy.
    of_its_own = ("webhook", "staff_id", "subject_access_id")
    assert {rule for rule in missed if not any(name in rule for name in of_its_own)} == set()


def _says_whose(view: Json | None) -> bool:
    """Return whether a response holds personal data: a list may be empty, a page to print never is."""
    return view is None or any(
        value not in ([], None, {}) for name, value in view.items() if name not in {"next", "more"}
    )


def test_every_refusal_is_on_the_trail(place: Place) -> None:
    for caller, path, status in (
        (place.cast.crs, "/v1/referrals", 403),
        (place.callers()["colleague"], person_at("X320749"), 404),
        (place.callers()["nobody_named"], person_at(CRN), 403),
        (place.cast.crs, f"/v1/destination-referrals/{place.referral['id']}", 404),
    ):
        answer = caller.get(path)
        assert answer.status_code == status
        (entry,) = entries_of(place, answer.headers["X-Request-Id"])
        assert (entry["verb"], entry["outcome"]) == ("denied", "denied")
        assert entry["actor"]["client_id"] == caller.client_id
    anonymous = place.cast.crs.app.test_client()
    answer = anonymous.get(person_at(CRN))
    (entry,) = entries_of(place, answer.headers["X-Request-Id"])
    assert (answer.status_code, entry["verb"]) == (401, "denied")


def test_the_trail_holds_names_of_fields_and_never_what_was_in_them(place: Place) -> None:
    # The thumbprint of a key holds any two letters by chance, and nobody's data.
    of_people = "SELECT body FROM audit_entry WHERE verb NOT IN ('denied', 'key_event')"
    written = "\n".join(row[0] for row in place.rows(of_people))
    for word in (
        "Darren",
        "Ellershaw",
        "Larkhill",
        "Kirsty",
        "LS",
        "M21 9WQ",
        CRN,
        "Shouting",
        "unnamed source",
    ):
        assert word not in written, word

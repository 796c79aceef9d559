"""Nobody but an administration's named person gets in, and such a person gets nowhere else."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import pytest
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.engine import Engine

from service import db
from service.access.actor import ADMINISTRATION_ROLES, Practitioner
from tests.cast import Caller, Cast
from tests.commands.conftest import Operator
from tests.faults.calling import NOWHERE, call
from tests.faults.routes import REGISTRATION, Route, about_cases, routes_of
from tests.journeys.driver import ok
from tests.people.factories import as_owner
from tests.registration.calls import public_key
from tests.registration.people import REGISTRAR

MISSING: Final = "DATABASE_REGISTRAR_URL"
REGISTRAR_READS: Final = {
    "alembic_version",
    "calendar",
    "client",
    "client_key",
    "feed_head",
    "idempotency_key",
    "organisation",
    "responsibility",
    "webhook_endpoint",
    "webhook_key",
}
"""The tables of which the registrar's role may read something: none is about anybody."""
REGISTRAR_WRITES: Final = {
    "audit_entry": "INSERT",
    "calendar": "INSERT",
    "client": "INSERT UPDATE",
    "client_key": "INSERT UPDATE",
    "duty_taken_up": "INSERT",
    "idempotency_key": "INSERT",
    "knowledge_ended": "INSERT",
    "organisation": "INSERT UPDATE",
    "responsibility": "DELETE INSERT UPDATE",
    "webhook_endpoint": "INSERT UPDATE",
    "webhook_key": "DELETE INSERT UPDATE",
}


def registration_routes(app: Flask) -> list[Route]:
    return [route for route in routes_of(app) if route.rule.startswith(REGISTRATION)]


def path_of(route: Route) -> str:
    return route.path({name: 1 if name == "number" else NOWHERE for name in route.parameters})


def callers(cast: Cast) -> dict[str, Caller]:
    """Return every caller but the administration's, with somebody named where they can be."""
    found = {name: caller for name, caller in cast.callers.items() if name != "administration"}
    for role in ("practitioner", "regional_director"):
        found[role] = cast.probation.as_practitioner("d.ellis", role)
    found["inspector"] = cast.oversight.as_practitioner("i.nspector", "inspector", pdu=None)
    return found


def test_no_other_caller_gets_in(app: Flask, cast: Cast) -> None:
    routes = registration_routes(app)
    assert len(routes) > 10
    for name, caller in callers(cast).items():
        for route in routes:
            answer = call(caller, route, path_of(route))
            assert answer.status_code == 403, (name, route)
            assert answer.get_json()["type"] == "/problems/insufficient-scope", (name, route)


def test_a_person_is_behind_every_call_in_one_of_two_roles(app: Flask, cast: Cast) -> None:
    for route in registration_routes(app):
        answer = call(cast.administration, route, path_of(route))
        assert answer.get_json()["type"] == "/problems/practitioner-required", route
    for role in ("operator", "registrar"):
        named = cast.administration.as_practitioner(REGISTRAR, role, pdu=None)
        assert named.get(f"{REGISTRATION}/duties").status_code == 200


def test_only_those_in_the_register_of_the_administration_get_in(cast: Cast, operate: Operator) -> None:
    registry = cast.administration
    anybody = replace(registry, practitioner=Practitioner("any.body", "Any Body", "registrar", registry.code))
    duties = f"{REGISTRATION}/duties"
    for role in ADMINISTRATION_ROLES:
        who = replace(anybody, practitioner=Practitioner("any.body", "Any Body", role, registry.code))
        assert who.get(duties).get_json()["type"] == "/problems/role-not-registered"
    entry = ("administration/registry", "any.body")
    operate.done("staff", "set", *entry, "--name", "Any Body", "--role", "registrar")
    assert anybody.get(duties).status_code == 200
    as_operator = replace(
        anybody, practitioner=Practitioner("any.body", "Any Body", "operator", registry.code)
    )
    assert as_operator.get(duties).status_code == 403, "in the role that the register has"
    operate.done("staff", "end", *entry, "2026-03-01")
    assert anybody.get(duties).get_json()["type"] == "/problems/role-not-registered"


def test_the_register_of_an_administration_is_kept_at_the_command_line_alone(operate: Operator) -> None:
    assert "operator, registrar" in operate.refused(
        *("staff", "set", "administration/registry", "j.ward", "--name", "Jo Ward", "--role", "spo")
    )
    key = operate.key_file()
    keeper = ("clients", "register", "hr", "administration/registry", "--name", "HR", "--key", key)
    assert "registration" in operate.refused(*keeper, "--scope", "staff")


def test_a_registrar_appoints_no_managers_and_no_registrars(cast: Cast, registrar: Caller) -> None:
    """Whoever registers the system that keeps a register, or vouches for registrars, is an operator."""
    operator = cast.administration.as_practitioner("o.reid", "operator", pdu=None)
    region = {"organisation": "probation_region/N55", "name": "Human resources"}
    staff = region | {"scopes": ["staff"], "key": public_key()}
    other = {"organisation": "administration/registry", "name": "Another", "key": public_key()}
    for client_id, body in (("hr", staff), ("another", other)):
        client = f"{REGISTRATION}/clients/{client_id}"
        refused = registrar.put(client, json=body)
        assert (refused.status_code, refused.get_json()["type"]) == (403, "/problems/role-required")
        ok(operator.put(client, json=body), 201)
        tag = registrar.get(client).headers["ETag"]
        for changed in (
            registrar.put(client, json={**body, "key": public_key()}, if_match=tag),
            registrar.post(f"{client}/keys", json={"key": public_key()}, if_match=tag),
        ):
            assert changed.get_json()["type"] == "/problems/role-required"
        denied = registrar.post(f"{client}/transitions", json={"action": "deny"}, if_match=tag)
        ok(denied)
        tag = denied.headers["ETag"]
        allow = {"action": "allow", "reason": "It was a mistake."}
        again = registrar.post(f"{client}/transitions", json=allow, if_match=tag)
        assert again.get_json()["type"] == "/problems/role-required"
        ok(operator.post(f"{client}/transitions", json=allow, if_match=tag))
    case_system = f"{REGISTRATION}/clients/n55-system"
    tag = registrar.get(case_system).headers["ETag"]
    turned = registrar.put(case_system, json=region | {"scopes": ["staff"]}, if_match=tag)
    assert turned.get_json()["type"] == "/problems/role-required"


@pytest.mark.parametrize("role", ["practitioner", "spo", "inspector", "administrator"])
def test_an_administration_vouches_for_no_other_role(cast: Cast, role: str) -> None:
    caller = cast.administration.as_practitioner(REGISTRAR, role, pdu=None)
    with pytest.raises(AssertionError, match="operator, registrar"):
        caller.token()


def test_no_other_organisation_vouches_for_an_operator(cast: Cast) -> None:
    for part in ("probation", "oversight", "crs"):
        with pytest.raises(AssertionError, match=r"role must be one of|not act for named people"):
            cast.callers[part].as_practitioner(REGISTRAR, "operator", pdu=None).token()


def test_an_administration_gets_nowhere_else(app: Flask, registrar: Caller) -> None:
    for route in about_cases(app):
        answer = call(registrar, route, path_of(route))
        assert answer.status_code == 403, route
        assert answer.get_json()["type"] == "/problems/insufficient-scope", route


def test_without_the_registrars_role_there_is_nothing_here(app: Flask, registrar: Caller) -> None:
    registrar.token()
    db.bind({role: db.url_for(role) for role in db.ROLES if db.environment_name(role) != MISSING})
    for route in registration_routes(app):
        answer = call(registrar, route, path_of(route))
        assert answer.status_code == 404, route
        assert answer.get_json()["type"] == "/problems/not-found", route


@pytest.fixture
def sent_by(app: Flask) -> Iterator[set[str]]:
    """The roles that have found out who calls."""
    roles: set[str] = set()

    def note(connection: Any, _cursor: Any, query: str, *_more: Any) -> None:
        if "FROM client c JOIN organisation o" in query:
            roles.add(connection.connection.driver_connection.info.user)

    event.listen(Engine, "before_cursor_execute", note)
    yield roles
    event.remove(Engine, "before_cursor_execute", note)


def test_every_call_runs_as_the_registrar(app: Flask, registrar: Caller, sent_by: set[str]) -> None:
    for route in registration_routes(app):
        sent_by.clear()
        call(registrar, route, path_of(route))
        assert sent_by == {"referrals_registrar"}, route


def _rights(privilege: str) -> set[str]:
    may = "has_table_privilege" if privilege == "DELETE" else "has_any_column_privilege"
    return {
        str(row["relname"])
        for row in as_owner(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p', 'v', 'm') AND NOT relispartition"
            f" AND {may}('referrals_registrar', oid, '{privilege}')"
        )
    }


def test_the_registrars_role_reads_nothing_about_anybody(cast: Cast) -> None:
    assert _rights("SELECT") == REGISTRAR_READS
    written = {privilege: _rights(privilege) for privilege in ("DELETE", "INSERT", "UPDATE")}
    held = {
        table: " ".join(sorted(privilege for privilege, tables in written.items() if table in tables))
        for table in set().union(*written.values())
    }
    assert held == REGISTRAR_WRITES


def test_the_registrars_role_reads_no_secret_of_a_webhook(cast: Cast) -> None:
    (found,) = as_owner(
        "SELECT has_column_privilege('referrals_registrar', 'webhook_key', 'secret', 'SELECT') AS may"
    )
    assert found["may"] is False


def test_the_registrars_role_reaches_no_further_by_a_setting(cast: Cast, registrar: Caller) -> None:
    key = "one-key"
    path = f"{REGISTRATION}/organisations/crs_provider/bridge"
    assert registrar.put(path, json={"name": "Bridge"}, headers={"Idempotency-Key": key}).status_code == 201
    with db.transaction("registrar") as session:
        session.execute(text("SELECT set_config('app.reach', 'every_row', true)"))
        assert session.scalar(text("SELECT count(*) FROM idempotency_key")) == 0

"""Who is registered, with which keys; who holds which role; who answers for what where."""

import json
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from sqlalchemy import event, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError, ProgrammingError

from service import db
from service.access.actor import ADMINISTRATION_ROLES, PRACTITIONER_ROLES, SIDE_OF, THE_SERVICE, Actor
from service.access.permissions import OWN_SCOPE, PERMISSIONS, SCOPES, SCOPES_OF_KIND
from service.audit.model import AuditEntry
from service.organisations import queries, register
from service.organisations.model import NATIONAL, ClientKey, Organisation
from service.organisations.writes.clients import add_key, register_client
from service.organisations.writes.organisations import register_organisation, set_responsibility
from service.organisations.writes.staff import set_role_holder
from tests import rows
from tests.cast import OTHER_REGION, Cast

REGISTRAR = Actor.for_service("registration")


def test_an_organisation_is_registered_once_and_can_be_renamed(cast: Cast) -> None:
    with db.transaction("owner") as session:
        again = register_organisation(
            session, REGISTRAR, kind="approved_premises", code=cast.ap.code, name="New Name"
        )
    assert again.id == cast.ap.organisation_id
    with db.transaction("api") as session:
        assert queries.organisation(session, cast.ap.organisation_id).name == "New Name"


@pytest.mark.parametrize("kind", ["charity", "service", ""])
def test_only_kinds_that_we_know_are_registered(cast: Cast, kind: str) -> None:
    with db.transaction("owner") as session, pytest.raises(ValueError, match="kind"):
        register_organisation(session, REGISTRAR, kind=kind, code="x", name="X")


def test_a_client_never_changes_its_organisation(cast: Cast) -> None:
    with db.transaction("owner") as session, pytest.raises(ValueError, match="never changes"):
        register_client(
            session,
            REGISTRAR,
            client_id=cast.ap.client_id,
            organisation_id=cast.crs.organisation_id,
            name="x",
        )


def test_a_client_is_registered_for_no_more_than_its_kind_may(cast: Cast) -> None:
    with db.transaction("owner") as session, pytest.raises(ValueError, match="scope"):
        register_client(
            session,
            REGISTRAR,
            client_id="greedy",
            organisation_id=cast.crs.organisation_id,
            name="x",
            scopes=["destination", "referrals"],
        )


PRIVATE = ECKey.generate_key("P-256").as_dict(private=True)


@pytest.mark.parametrize(
    "jwk",
    [
        PRIVATE,
        OKPKey.generate_key("Ed25519").as_dict(private=True),
        OctKey.generate_key(256).as_dict(private=True),
        RSAKey.generate_key(2048).as_dict(private=False),
        ECKey.generate_key("P-384").as_dict(private=False),
        OKPKey.generate_key("X25519").as_dict(private=False),
        {},
        {"kty": "EC", "crv": "P-256"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "OKP", "crv": "Ed25519", "x": "!"},
    ],
    ids=lambda jwk: f"{jwk.get('kty')}-{jwk.get('crv')}-{len(jwk)}",
)
def test_only_public_keys_of_the_two_kinds_are_registered(cast: Cast, jwk: dict[str, Any]) -> None:
    with db.transaction("owner") as session, pytest.raises(ValueError, match="key"):
        add_key(session, REGISTRAR, cast.ap.client_id, jwk)


def test_the_database_itself_refuses_a_private_key(cast: Cast) -> None:
    with pytest.raises(IntegrityError, match="is_public"), db.transaction("owner") as session:
        session.add(
            ClientKey(
                client_id=cast.ap.client_id,
                kid="private",
                public_jwk=PRIVATE,
                status="active",
                created_at=db.started_at(session),
            )
        )


def test_a_kid_is_not_given_to_another_key(cast: Cast) -> None:
    one, other = (ECKey.generate_key("P-256").as_dict(private=False) for _ in range(2))
    with db.transaction("owner") as session:
        assert add_key(session, REGISTRAR, cast.ap.client_id, one | {"kid": "spring"}) == "spring"
        assert add_key(session, REGISTRAR, cast.ap.client_id, one | {"kid": "spring"}) == "spring"
        with pytest.raises(ValueError, match="taken"):
            add_key(session, REGISTRAR, cast.ap.client_id, other | {"kid": "spring"})


def test_the_api_can_register_nobody(cast: Cast) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), db.transaction("api") as session:
        register_organisation(session, REGISTRAR, kind="crs_provider", code="x", name="X")


def test_changes_of_clients_and_keys_are_on_the_trail(cast: Cast) -> None:
    with db.transaction("audit_reader") as session:
        events = session.scalars(
            select(AuditEntry.body).where(AuditEntry.object_id == cast.ap.client_id).order_by(AuditEntry.body)
        ).all()
    assert {json.loads(body)["reason"] for body in events} == {"client_registered", "key_added"}


def answers(duty: str, area: str | None, *, national: bool = False) -> list[str]:
    """Return who answers, best first, by code."""
    sought = queries.Sought(duty, area, national)
    with db.transaction("api") as session:
        return [one.code for one in queries.responsible_for_each(session, [sought])[sought]]


def register_a_team(area: str) -> None:
    """Register an organisation with its duty, as the operator's command does: in one transaction."""
    with db.transaction("owner") as session:
        team = register_organisation(session, REGISTRAR, kind="cas3_team", code="cas3-new", name="CAS3 New")
        set_responsibility(session, REGISTRAR, team.id, "cas3", area)


def test_an_organisation_registered_between_two_reads_is_found_or_not(cast: Cast) -> None:
    """Each statement sees what is committed when it begins, so the second may see more than the first."""
    registered: list[str] = []

    def note(_connection: Any, _cursor: Any, query: str, *_more: Any) -> None:
        if query.startswith("SELECT organisation.id") and not registered:
            registered.append("N53")
            register_a_team("N53")

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert answers("cas3", "N53") in ([], ["cas3-new"])
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert registered
    assert answers("cas3", "N53") == ["cas3-new"]


def test_what_is_kept_is_dropped_when_a_duty_goes_to_another(cast: Cast) -> None:
    register_a_team("N53")
    assert answers("cas3", "N55") == ["cas3-yorkshire"]
    with db.transaction("owner") as session:
        team = queries.organisation_by_code(session, "cas3_team", "cas3-new")
        assert team is not None
        set_responsibility(session, REGISTRAR, team.id, "cas3", "N55", take_over="The contract ended.")
    assert answers("cas3", "N55") == ["cas3-new"]


def test_each_duty_has_one_answer_in_an_area(cast: Cast) -> None:
    assert answers("police_da", "west-yorkshire") == ["west-yorkshire"]
    assert answers("crs:accommodation", cast.probation.code) == ["keyring"]
    with db.transaction("owner") as session:
        set_responsibility(
            session,
            REGISTRAR,
            cast.other_police.organisation_id,
            "police_da",
            "west-yorkshire",
            take_over="the boundary has moved",
        )
    assert answers("police_da", "west-yorkshire") == [cast.other_police.code]


def test_nobody_answers_for_an_area_that_nobody_is_registered_for(cast: Cast) -> None:
    with db.transaction("owner") as session:
        set_responsibility(session, REGISTRAR, cast.crs_ete.organisation_id, "crs:accommodation", NATIONAL)
    assert answers("police_da", "avon-and-somerset") == []
    assert answers("crs:accommodation", OTHER_REGION) == []
    assert answers("crs:accommodation", None) == []
    assert answers("crs:accommodation", "national") == [], "a case cannot name the whole country as its area"


def test_a_national_organisation_answers_after_that_of_the_area_where_the_duty_allows_it(cast: Cast) -> None:
    duty, area = "crs:accommodation", cast.probation.code
    assert answers(duty, OTHER_REGION, national=True) == []
    with db.transaction("owner") as session:
        set_responsibility(session, REGISTRAR, cast.crs_ete.organisation_id, duty, NATIONAL)
    assert answers(duty, area, national=True) == ["keyring", "forward-work"]
    assert answers(duty, OTHER_REGION, national=True) == ["forward-work"]
    assert answers(duty, None, national=True) == ["forward-work"]


def test_a_unit_has_its_own_holders_or_those_of_the_organisation(cast: Cast) -> None:
    region = cast.probation.organisation_id
    with db.transaction("owner") as session:
        set_role_holder(session, REGISTRAR, region, "spo", "l.finch", "a.boyle", unit="Gateshead")

    def spo(unit: str | None) -> list[str]:
        with rows.transaction() as session:
            return register.holders(session, region, "spo", unit)

    assert spo("Gateshead") == ["a.boyle", "l.finch"]
    assert spo("Sunderland") == spo(None) == ["s.okafor"]
    with db.transaction("owner") as session:
        set_role_holder(session, REGISTRAR, region, "spo", unit="Gateshead")
    assert spo("Gateshead") == ["s.okafor"]


def test_the_service_itself_is_an_organisation_that_nobody_can_be(cast: Cast) -> None:
    with db.transaction("api") as session:
        assert session.get_one(Organisation, THE_SERVICE).kind == "service"
    assert "service" not in SCOPES_OF_KIND


def test_every_kind_has_a_side_and_every_side_its_scope() -> None:
    assert set(SIDE_OF) == set(SCOPES_OF_KIND) | {"service"}
    for kind, scopes in SCOPES_OF_KIND.items():
        assert OWN_SCOPE[SIDE_OF[kind]] in scopes
        assert set(scopes) <= set(SCOPES)


@pytest.mark.parametrize("name", PERMISSIONS)
def test_every_permission_can_be_held_and_says_why(name: str) -> None:
    permission = PERMISSIONS[name]
    assert permission.purpose
    assert permission.legal_basis
    assert set(permission.roles) <= {*PRACTITIONER_ROLES, *ADMINISTRATION_ROLES}
    for side in permission.sides:
        kinds = [kind for kind, its_side in SIDE_OF.items() if its_side == side]
        assert any(permission.scope_for(side) in SCOPES_OF_KIND[kind] for kind in kinds)

"""What organisations may be registered for, and what is said of a registration that leads to nothing."""

from uuid import UUID

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import text

from service import db, duties, health, migrate
from service.access.actor import Actor
from service.checks.kinds import KINDS
from service.cli import main
from service.destinations import DESTINATIONS
from service.organisations.model import NATIONAL
from service.organisations.writes.organisations import set_responsibility
from tests.cast import Cast

ELSEWHERE = ("british-transport", "northern-ireland", "scotland")
"""Police forces beside the 43 of England and Wales that may know a person or an address."""


@pytest.fixture
def operator(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """The cast, and an operator's commands that find the same database."""
    for role in db.ROLES:
        monkeypatch.setenv(db.environment_name(role), db.url_for(role))
    return cast


def test_every_destination_and_every_check_has_its_duties() -> None:
    categories = {f"crs:{category}" for category in DESTINATIONS["crs"].service_categories}
    others = {"approved_premises", "cas3", "mappa", "police_da", "childrens_services"}
    assert set(duties.DUTIES) == categories | others
    assert set(KINDS) == {"police_da", "childrens_safeguarding"}


def test_every_mappa_area_is_that_of_a_police_force_but_london_which_has_two() -> None:
    forces, areas = duties.DUTIES["police_da"].areas, duties.DUTIES["mappa"].areas
    assert forces is not None
    assert areas is not None
    assert set(areas) - {"london"} <= set(forces)
    assert len(set(forces)) == len(forces)
    assert set(forces) - set(areas) == {"city-of-london", "metropolitan", *ELSEWHERE}


def test_nothing_is_answered_for_the_whole_country_at_once() -> None:
    assert [duty for duty, allowed in duties.DUTIES.items() if allowed.national] == []


@pytest.mark.parametrize(
    ("duty", "area", "why"),
    [
        ("cas3", "N55", None),
        ("mappa", "humberside", None),
        ("police_da", "north-yorkshire", None),
        ("childrens_services", "E08000035", None),
        ("banana", "N55", "crs:accommodation"),
        ("cas3", "N99", "N55"),
        ("cas3", "west-yorkshire", "N55"),
        ("mappa", "N55", "west-yorkshire"),
        ("police_da", "metropolitan", None),
        ("police_da", "north-yorkshir", "north-yorkshire"),
        ("police_da", "N55", "west-yorkshire"),
        ("mappa", NATIONAL, "name an area"),
        ("crs:accommodation", NATIONAL, "name an area"),
        ("police_da", NATIONAL, "name an area"),
    ],
)
def test_a_registration_that_leads_to_nothing_says_why(duty: str, area: str, why: str | None) -> None:
    said = duties.why_unused(duty, area)
    assert said is None if why is None else why in str(said)


@pytest.mark.parametrize("what", ["cas3@national", "cas3", "cas3@", "banana@N55", "cas3@N99"])
def test_an_operator_cannot_register_what_leads_to_nothing(operator: Cast, what: str) -> None:
    named = ["crs_provider", "trial", "Trial"]
    done = CliRunner().invoke(main, ["organisations", "register", *named, "--answers-for", what])
    assert done.exit_code == 1
    with db.transaction("owner") as session:
        assert session.scalar(text("SELECT count(*) FROM organisation WHERE code = 'trial'")) == 0


def test_preparation_and_readiness_say_which_registrations_lead_to_nothing(
    operator: Cast, app: Flask
) -> None:
    def attention() -> list[str]:
        found: list[str] = app.test_client().get("/health/readiness").get_json()["attention"]
        return found

    assert health.NOT_USED not in attention()
    assert "no referral or check uses" not in CliRunner().invoke(main, ["prepare"]).output
    with db.transaction("owner") as session:
        set_responsibility(
            session, Actor.for_service("registration"), operator.cas3.organisation_id, "cas3", NATIONAL
        )
        set_responsibility(
            session, Actor.for_service("registration"), operator.mappa.organisation_id, "mappa", "N55"
        )
    assert health.NOT_USED in attention()
    said = CliRunner().invoke(main, ["prepare"])
    assert said.exit_code == 0
    assert "cas3_team/cas3-yorkshire: no referral or check uses cas3@national." in said.output
    assert "mappa_area/mappa-west-yorkshire: no referral or check uses mappa@N55." in said.output
    assert said.output.count("no referral or check uses") == 2


def test_who_was_registered_without_an_area_is_kept_and_asked_nowhere_until_it_has_one(
    operator: Cast,
) -> None:
    def areas_of(organisation_id: UUID) -> set[str | None]:
        with db.transaction("owner") as session:
            return set(
                session.scalars(
                    text("SELECT area FROM responsibility WHERE organisation_id = :id"),
                    {"id": organisation_id},
                )
            )

    national = operator.crs_ete.organisation_id
    migrate.downgrade("0014-1")
    with db.transaction("owner") as session:
        session.execute(
            text(
                "INSERT INTO responsibility (id, organisation_id, duty, area)"
                " VALUES (gen_random_uuid(), :id, 'crs:accommodation', NULL)"
            ),
            {"id": national},
        )
    said = CliRunner().invoke(main, ["prepare"])
    assert said.exit_code == 0
    assert "crs_provider/forward-work: no referral or check uses crs:accommodation@national." in said.output
    assert areas_of(national) == {"N55", NATIONAL}
    migrate.downgrade("0014-1")
    assert areas_of(national) == {"N55", None}

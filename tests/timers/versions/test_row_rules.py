"""What the database itself lets the API publish: overrides of the caller's own region, and nothing else."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from service import db
from tests.timers.factories import Factory

INSERT = text("""
    INSERT INTO policy (id, key, area, version, document, valid_from, published_at, published_by,
        published_by_id, reason)
    VALUES (gen_random_uuid(), 'police_da.trial', :area, 9, '{}', now(), now(), 'x', :whose, 'x')
""")


def insert(factory: Factory, caller: str | None, **given: Any) -> None:
    with db.transaction("api") as session:
        organisation = str(factory.ids[caller]) if caller else ""
        session.execute(text("SELECT set_config('app.organisation', :id, true)"), {"id": organisation})
        session.execute(INSERT, {"area": "N55", "whose": factory.ids["probation"], **given})


def test_a_region_adds_what_is_for_its_own_clocks(factory: Factory) -> None:
    insert(factory, "probation")


@pytest.mark.parametrize(
    ("caller", "given"),
    [
        ("probation", {"area": None}),
        ("probation", {"area": "N51"}),
        ("stranger", {}),
        ("police", {}),
        (None, {}),
    ],
)
def test_nobody_adds_anything_else(factory: Factory, caller: str | None, given: dict[str, Any]) -> None:
    with pytest.raises(DBAPIError, match="row-level security"):
        insert(factory, caller, **given)


def test_an_administration_adds_what_is_for_a_region_or_a_responder(factory: Factory) -> None:
    insert(factory, "administration", whose=factory.ids["administration"], area="N51")
    for given in ({"area": None}, {"whose": factory.ids["probation"]}):
        with pytest.raises(DBAPIError, match="row-level security"):
            insert(factory, "administration", **{"whose": factory.ids["administration"], **given})


def test_a_wider_reach_adds_nothing_more(factory: Factory) -> None:
    with db.transaction("api") as session:
        session.execute(text("SELECT set_config('app.reach', 'every_row', true)"))
        with pytest.raises(DBAPIError, match="row-level security"):
            session.execute(INSERT, {"area": "N55", "whose": factory.ids["probation"]})
        session.rollback()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE policy SET valid_until = now() + interval '1 day'",
        "UPDATE policy_application SET moved = 0",
        "DELETE FROM policy",
    ],
)
def test_a_version_never_changes_not_even_for_the_owner(factory: Factory, change: str) -> None:
    del factory
    with pytest.raises(DBAPIError, match="only ever added to"), db.transaction("owner") as session:
        session.execute(text(change))

"""The migrations: up, down and up again, and what they make is what the models say."""

from itertools import chain

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from service import db, migrate
from service.app import APIS

KEPT_BY_ALEMBIC = "alembic_version"


def _differences() -> list[object]:
    def ours(_what: object, name: str | None, kind: str, reflected: bool, compared_to: object) -> bool:
        # Monthly partitions, indexes and comments stand in the migrations alone.
        partition = reflected and compared_to is None and str(name).startswith("audit_entry_")
        return kind in {"table", "column"} and not partition

    with db.engine("owner").connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": True})
        found = compare_metadata(context, db.Base.metadata)
    one_by_one = chain.from_iterable(each if isinstance(each, list) else [each] for each in found)
    return [each for each in one_by_one if not str(each[0]).endswith("_comment")]


def test_the_migrations_make_what_the_models_say(database: str) -> None:
    assert APIS  # importing the interfaces has imported every model
    assert _differences() == []


def test_every_migration_has_its_way_back(database: str) -> None:
    assert migrate.at_head(db.engine("owner"))
    migrate.downgrade("base")
    with db.engine("owner").connect() as connection:
        assert set(inspect(connection).get_table_names()) == {KEPT_BY_ALEMBIC}
    migrate.upgrade()
    assert migrate.at_head(db.engine("owner"))

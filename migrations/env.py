"""Runs the migrations as the owner role, in one transaction each, with short lock time-outs."""

from alembic import context
from sqlalchemy import Connection

from service.db import Base, engine


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        transaction_per_migration=True,
        compare_type=True,
        compare_server_default=False,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with engine("owner").connect() as own:
        run(own)
        own.commit()

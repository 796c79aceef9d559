"""Indexes events by practitioner and person, for what a manager did in a person's case."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

NAME = "event_of_practitioner"
ON = "event (practitioner_id, person_id) WHERE practitioner_id IS NOT NULL AND person_id IS NOT NULL"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # It waits for others and holds nobody up; what an attempt that failed has left is made again.
        op.execute("SET lock_timeout = 0")
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}")
        op.execute(f"CREATE INDEX CONCURRENTLY {NAME} ON {ON}")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(f"DROP INDEX {NAME}")

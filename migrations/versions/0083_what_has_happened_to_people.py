"""What has happened to the people of a board, such as a recall, is read without all that changed for them."""

from alembic import op

revision = "0083"
down_revision = "0082"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # It waits for others and holds nobody up; what an attempt that failed has left is made again.
        op.execute("SET lock_timeout = 0")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS change_that_happened")
        op.execute(
            "CREATE INDEX CONCURRENTLY change_that_happened ON change_of_circumstance (person_id, kind)"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP INDEX change_that_happened")

"""An index of names and dates of birth, by which officers on duty find people."""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # It waits for others and holds nobody up; what an attempt that failed has left is made again.
        op.execute("SET lock_timeout = 0")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS person_by_name_and_birth")
        op.execute(
            "CREATE INDEX CONCURRENTLY person_by_name_and_birth ON person"
            " (date_of_birth, lower(family_name), lower(given_name)) WHERE date_of_birth IS NOT NULL"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP INDEX person_by_name_and_birth")

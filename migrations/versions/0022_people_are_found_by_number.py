"""Indexes of the numbers by which people are found, besides the CRN."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

NUMBERS = ("noms_number", "pnc_number")


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # It waits for others and holds nobody up; what an attempt that failed has left is made again.
        op.execute("SET lock_timeout = 0")
        for number in NUMBERS:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS person_by_{number}")
            op.execute(
                f"CREATE INDEX CONCURRENTLY person_by_{number} ON person ({number})"
                f" WHERE {number} IS NOT NULL"
            )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for number in NUMBERS:
        op.execute(f"DROP INDEX person_by_{number}")

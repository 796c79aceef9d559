"""Indexes of running clocks by what is read of them together: what probation owes about a person.

A page of referrals reads that, and not every clock of the people on it.
"""

from alembic import op

revision = "0080"
down_revision = "0077"
branch_labels = None
depends_on = None

OWED = "state = 'running' AND (responder_id IS NULL OR owner_role IS NOT NULL)"
INDEXES = {
    "clock_owed_of_person": f"clock (person_id) WHERE {OWED}",
}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # It waits for others and holds nobody up; what an attempt that failed has left is made again.
        op.execute("SET lock_timeout = 0")
        for name, rows in INDEXES.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY {name} ON {rows}")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name in INDEXES:
        op.execute(f"DROP INDEX {name}")

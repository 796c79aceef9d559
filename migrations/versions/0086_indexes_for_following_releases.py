"""Indexes for following releases: clocks that ended ready, by when they were due, and addresses of release.

A worker looked for such clocks among all that have ever stopped, every few minutes; the board of releases read
every address of its people.
"""

from alembic import op

revision = "0086"
down_revision = "0085"
branch_labels = None
depends_on = None

INDEXES = {
    "clock_that_ended_ready": (
        "clock (subject_kind, timer, due_at) WHERE state = 'stopped' AND stop_reason = 'ready'"
    ),
    "address_proposed_for_release": "address (person_id) WHERE kind = 'proposed_release'",
}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for name, columns in INDEXES.items():
            # It waits for others and holds nobody up; what an attempt that failed has left is made again.
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY {name} ON {columns}")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name in INDEXES:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")

"""An index of running clocks by who must answer, or, inside probation, by the version they were started with.

A version for one responder is moved onto by its clocks alone; they were looked for among all the region's.
"""

from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

INDEX = "clock_by_whom_it_is_for"
CREATE = f"""
    CREATE INDEX CONCURRENTLY {INDEX} ON clock (
        (CASE WHEN responder_id IS NULL THEN policy_id ELSE responder_id END), probation_id,
        (CASE WHEN moved_onto_id IS NULL THEN policy_id ELSE moved_onto_id END), id
    ) WHERE state <> 'stopped'
"""


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # It waits for others and holds nobody up; what an attempt that failed has left is made again.
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {INDEX}")
        op.execute(CREATE)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {INDEX}")

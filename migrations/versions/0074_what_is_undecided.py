"""Probation decides about a change with which a destination cannot go on, and about another complexity.

What destinations had said before, and have gone on to work with since, is undecided from now on: nobody had
been asked. The upgrade itself starts no clock.
"""

from alembic import op

revision = "0074"
down_revision = "0073"
branch_labels = None
depends_on = None

COLUMN = """
ALTER TABLE destination_referral ADD COLUMN undecided text[] NOT NULL DEFAULT '{}'
    CONSTRAINT ck_destination_referral_undecided CHECK (undecided <@ ARRAY['change', 'complexity'])
"""
CHANGE = """
UPDATE destination_referral d SET undecided = array_append(d.undecided, 'change')
FROM (
    SELECT DISTINCT ON (destination_referral_id) destination_referral_id, can_continue
    FROM change_notice WHERE can_continue IS NOT NULL
    ORDER BY destination_referral_id, version_number DESC
) said
WHERE said.destination_referral_id = d.id AND NOT said.can_continue
    AND d.state IN ('waitlisted', 'deferred', 'received', 'information_requested', 'challenged', 'accepted',
                    'in_progress', 'on_hold')
"""
COMPLEXITY = """
UPDATE destination_referral d SET undecided = array_append(d.undecided, 'complexity')
FROM (
    SELECT DISTINCT ON (destination_referral_id) destination_referral_id, withdrawn
    FROM destination_update WHERE kind = 'complexity_proposal'
    ORDER BY destination_referral_id, ordinal DESC
) said
WHERE said.destination_referral_id = d.id AND NOT said.withdrawn
    AND d.state IN ('waitlisted', 'deferred', 'received', 'information_requested', 'challenged')
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(COLUMN)
    op.execute(CHANGE)
    op.execute(COMPLEXITY)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE destination_referral DROP COLUMN undecided")

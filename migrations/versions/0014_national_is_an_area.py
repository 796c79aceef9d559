"""Whoever answers for the whole country is registered as `national`; nobody is registered without an area.

An organisation without an area used to be asked wherever nobody else was registered. From now on a national one
receives referrals and checks only where the rules of the duty allow it, so none receives more than before. Whose registration leads
to nothing any more is named by `referrals prepare` and by readiness.
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("UPDATE responsibility SET area = 'national' WHERE area IS NULL")
    op.execute("ALTER TABLE responsibility ALTER COLUMN area SET NOT NULL")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE responsibility ALTER COLUMN area DROP NOT NULL")
    op.execute("UPDATE responsibility SET area = NULL WHERE area = 'national'")

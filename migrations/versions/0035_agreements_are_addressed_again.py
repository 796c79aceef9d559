"""Whom a decision is asked of may change when a named manager can no longer decide it."""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("GRANT UPDATE (role) ON agreement TO referrals_api")
    op.execute(
        "CREATE INDEX agreement_asked_by_name ON agreement (organisation_id, staff_id) WHERE state = 'asked'"
    )
    op.execute("GRANT UPDATE (role, staff_id, version) ON agreement TO referrals_worker")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP INDEX agreement_asked_by_name")
    op.execute("REVOKE UPDATE (role, staff_id, version) ON agreement FROM referrals_worker")
    op.execute("REVOKE UPDATE (role) ON agreement FROM referrals_api")

"""A change of circumstance may be recorded in a case that was opened and has no referral yet."""

from alembic import op

revision = "0030"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute("ALTER TABLE change_of_circumstance ALTER COLUMN referral_id DROP NOT NULL")


def downgrade() -> None:
    """Refuse while a change names no referral: the release before could not read it."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("ALTER TABLE change_of_circumstance ALTER COLUMN referral_id SET NOT NULL")

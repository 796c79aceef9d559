"""A destination counts the documents that it was sent: gaps would tell it of what others were sent."""

from alembic import op

revision = "0041"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE destination_referral ADD COLUMN editions integer[] NOT NULL DEFAULT '{}'")
    op.execute(
        """
        UPDATE destination_referral SET editions = sent.versions FROM (
            SELECT destination_referral_id, array_agg(DISTINCT version_number ORDER BY version_number) AS versions
            FROM disclosure GROUP BY destination_referral_id
        ) sent
        WHERE sent.destination_referral_id = destination_referral.id
        """
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE destination_referral DROP COLUMN editions")

"""A check keeps the hearing by which it is needed, and when the allegation that raised it was refuted.

A release that was put back took the hearing with it. Of cases opened before, no hearing is known, and of
what was refuted before, no agency is told afterwards.
"""

from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "ALTER TABLE safety_check ADD COLUMN hearing_at timestamptz, ADD COLUMN refuted_at timestamptz"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE safety_check DROP COLUMN hearing_at, DROP COLUMN refuted_at")

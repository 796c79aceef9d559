"""The hearing for which a case was opened stays known, whatever is said of a hearing afterwards.

Of a case from before it is the one known now: what was said since stands among its changes of circumstance.
"""

from alembic import op

revision = "0078"
down_revision = "0077"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE safety_check ADD COLUMN opened_hearing_at timestamptz")
    op.execute(
        "UPDATE safety_check SET opened_hearing_at = hearing_at"
        " WHERE trigger_event = 'case.opened' AND hearing_at IS NOT NULL"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE safety_check DROP COLUMN opened_hearing_at")

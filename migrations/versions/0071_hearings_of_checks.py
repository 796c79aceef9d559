"""The hearing by which answers are needed is kept with the checks of a case, apart from a release.

A release that was put back took the hearing with it. Of cases opened before, no hearing is known.
"""

from alembic import op

revision = "0071"
down_revision = "0061"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE safety_check ADD COLUMN hearing_at timestamptz")

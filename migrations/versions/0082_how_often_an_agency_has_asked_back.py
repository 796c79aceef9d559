"""How often an agency has asked back about each subject of its question: a third time pauses nothing.

Nobody knows what earlier questions were about, so all count from now. The release before does not count.
"""

import sqlalchemy as sa
from alembic import op

revision = "0082"
down_revision = "0081"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column(
        "check_request_subject", sa.Column("asked_back", sa.SmallInteger, nullable=False, server_default="0")
    )
    op.execute("GRANT UPDATE (asked_back) ON check_request_subject TO referrals_api, referrals_worker")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("check_request_subject", "asked_back")

"""Probation agrees to every address that somebody moves on to, and not only where others must."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column(
        "placement",
        sa.Column("move_on_agreed_for", sa.UUID, sa.ForeignKey("address.id"), nullable=True),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("placement", "move_on_agreed_for")

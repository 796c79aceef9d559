"""How a contact or an address was verified, by whom, on which day and who was seen.

The flag `verified` stays as it was said. Alone it verifies nothing: nobody has said how. Going back forgets
how anything was verified, and stops the clocks of what must be looked at again.
"""

from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in ("contact", "address"):
        op.execute(f"ALTER TABLE {table} ADD COLUMN verification jsonb")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "UPDATE clock SET state = 'stopped', next_fires_at = NULL, next_step = NULL, next_is_assumed = false,"
        " stopped_at = now(), stop_reason = 'downgraded'"
        " WHERE timer = 'verification' AND state <> 'stopped'"
    )
    for table in ("contact", "address"):
        op.execute(f"ALTER TABLE {table} DROP COLUMN verification")

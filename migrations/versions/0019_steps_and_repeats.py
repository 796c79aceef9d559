"""Calls the steps of a ladder steps, and what goes on after the last of them a repeat.

What has fired keeps the name that it was recorded with: firings are only added to.
"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

BEFORE = ("chaser", "owner", "rung", "tail", "pause_review", "pause_ended")
AFTER = (*BEFORE, "step", "repeat")


def upgrade() -> None:
    _take(AFTER)


def downgrade() -> None:
    _take(BEFORE)


def _take(kinds: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "ALTER TABLE clock_firing DROP CONSTRAINT clock_firing_kind_check, "
        f"ADD CONSTRAINT clock_firing_kind_check CHECK (kind IN ({listed})) NOT VALID"
    )
    op.execute("ALTER TABLE clock_firing VALIDATE CONSTRAINT clock_firing_kind_check")

"""Takes the firing of a clock at its hard date, and the day of release that a change brings.

Going back keeps what has fired: firings are only added to, and the release before reads whatever is there.
"""

from alembic import op

revision = "0060"
down_revision = "0056"
branch_labels = None
depends_on = None

BEFORE = ("chaser", "owner", "rung", "tail", "pause_review", "pause_ended", "step", "repeat")
AFTER = (*BEFORE, "hard_date")


def upgrade() -> None:
    op.execute(
        "ALTER TABLE change_of_circumstance ADD COLUMN release_date date, "
        "ADD COLUMN may_wait boolean NOT NULL DEFAULT false CHECK (NOT may_wait OR release_date IS NOT NULL)"
    )
    _take(AFTER)
    op.execute("ALTER TABLE clock_firing VALIDATE CONSTRAINT clock_firing_kind_check")


def downgrade() -> None:
    _take(BEFORE)
    op.execute("ALTER TABLE change_of_circumstance DROP COLUMN may_wait, DROP COLUMN release_date")


def _take(kinds: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "ALTER TABLE clock_firing DROP CONSTRAINT clock_firing_kind_check, "
        f"ADD CONSTRAINT clock_firing_kind_check CHECK (kind IN ({listed})) NOT VALID"
    )

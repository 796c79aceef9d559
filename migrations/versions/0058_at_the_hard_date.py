"""Takes the firing of a clock at its hard date, the day of release that a change brings, and what ends a case.

Going back keeps what has fired: firings are only added to, and the release before reads whatever is there.
"""

from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

BEFORE = ("chaser", "owner", "rung", "tail", "pause_review", "pause_ended", "step", "repeat")
AFTER = (*BEFORE, "hard_date")


def upgrade() -> None:
    op.execute(
        "ALTER TABLE change_of_circumstance ADD COLUMN release_date date, "
        "ADD COLUMN may_wait boolean NOT NULL DEFAULT false CHECK (NOT may_wait OR release_date IS NOT NULL)"
    )
    op.execute(
        "ALTER TABLE change_of_circumstance DROP CONSTRAINT change_of_circumstance_standing_check, "
        "DROP CONSTRAINT unfounded_is_what_was_alleged, "
        "ADD CONSTRAINT change_of_circumstance_standing_check CHECK (standing IN ('alleged', 'established', "
        "'refuted', 'not_substantiated', 'answered', 'unfounded')) NOT VALID, "
        "ADD CONSTRAINT what_ends_was_alleged CHECK (standing IN ('alleged', 'established') "
        "OR follows_id IS NOT NULL) NOT VALID"
    )
    op.execute(
        "CREATE INDEX change_that_follows ON change_of_circumstance (follows_id) WHERE follows_id IS NOT NULL"
    )
    op.execute("ALTER TABLE change_of_circumstance VALIDATE CONSTRAINT change_of_circumstance_standing_check")
    op.execute("ALTER TABLE change_of_circumstance VALIDATE CONSTRAINT what_ends_was_alleged")
    _take_states("'open', 'awaiting_agreement', 'completed', 'closed'")
    op.execute("ALTER TABLE review VALIDATE CONSTRAINT review_state_check")
    op.execute("ALTER TABLE destination_referral ADD COLUMN stopped_because text")
    op.execute("ALTER TABLE person ADD COLUMN died_on date")
    _take(AFTER)
    op.execute("ALTER TABLE clock_firing VALIDATE CONSTRAINT clock_firing_kind_check")


def downgrade() -> None:
    _take(BEFORE)
    op.execute("DROP INDEX change_that_follows")
    op.execute(
        "ALTER TABLE change_of_circumstance DROP CONSTRAINT change_of_circumstance_standing_check, "
        "DROP CONSTRAINT what_ends_was_alleged, "
        "ADD CONSTRAINT change_of_circumstance_standing_check CHECK "
        "(standing IN ('alleged', 'established', 'unfounded')) NOT VALID, "
        "ADD CONSTRAINT unfounded_is_what_was_alleged CHECK "
        "(standing <> 'unfounded' OR follows_id IS NOT NULL) NOT VALID"
    )
    _take_states("'open', 'awaiting_agreement', 'completed'")
    op.execute("ALTER TABLE person DROP COLUMN died_on")
    op.execute("ALTER TABLE destination_referral DROP COLUMN stopped_because")
    op.execute("ALTER TABLE change_of_circumstance DROP COLUMN may_wait, DROP COLUMN release_date")


def _take_states(states: str) -> None:
    op.execute(
        "ALTER TABLE review DROP CONSTRAINT review_state_check, "
        f"ADD CONSTRAINT review_state_check CHECK (state IN ({states})) NOT VALID"
    )


def _take(kinds: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "ALTER TABLE clock_firing DROP CONSTRAINT clock_firing_kind_check, "
        f"ADD CONSTRAINT clock_firing_kind_check CHECK (kind IN ({listed})) NOT VALID"
    )

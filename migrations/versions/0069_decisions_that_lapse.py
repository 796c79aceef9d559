"""A disclosure decision lapses when nothing is left to decide: it was opened for what is not so.

Going back leaves what has lapsed: the release before counts it among what is not decided.
"""

from alembic import op

revision = "0069"
down_revision = "0066"
branch_labels = None
depends_on = None

BEFORE = "'open', 'proposed', 'with_police', 'to_be_told', 'told', 'not_told'"
STATES = (
    "ALTER TABLE disclosure_decision DROP CONSTRAINT disclosure_decision_state_check,"
    " ADD CONSTRAINT disclosure_decision_state_check CHECK (state IN ({states})) NOT VALID"
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(STATES.format(states=f"{BEFORE}, 'lapsed'"))
    op.execute("ALTER TABLE disclosure_decision VALIDATE CONSTRAINT disclosure_decision_state_check")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(STATES.format(states=BEFORE))

"""Of a disclosure decision: on what law somebody is told, and until when the person can tell it first.

A decision that was agreed before has neither: what it rests on is in its proposal.
"""

from alembic import op

revision = "0052"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE disclosure_decision ADD COLUMN basis jsonb, ADD COLUMN person_tells_by date")
    op.execute("GRANT UPDATE (urgency, basis, person_tells_by) ON disclosure_decision TO referrals_api")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("REVOKE UPDATE (urgency) ON disclosure_decision FROM referrals_api")
    op.execute("ALTER TABLE disclosure_decision DROP COLUMN basis, DROP COLUMN person_tells_by")

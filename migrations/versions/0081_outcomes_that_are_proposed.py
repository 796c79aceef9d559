"""Probation decides about other desired outcomes that a destination proposes, as about another complexity.

And a clock says whether a worker started it for what waited before there was one.
"""

from alembic import op

revision = "0081"
down_revision = "0080"
branch_labels = None
depends_on = None

ALLOWED = """
ALTER TABLE destination_referral DROP CONSTRAINT ck_destination_referral_undecided,
    ADD CONSTRAINT ck_destination_referral_undecided CHECK (undecided <@ ARRAY[{about}]) NOT VALID
"""
BEFORE = "'change', 'complexity'"
CHECKED = "ALTER TABLE destination_referral VALIDATE CONSTRAINT ck_destination_referral_undecided"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # Looked through without the lock that the change itself takes.
        op.execute("SET lock_timeout = '5s'")
        op.execute(ALLOWED.format(about=f"{BEFORE}, 'outcomes'"))
        op.execute(CHECKED)
        op.execute("RESET lock_timeout")
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE clock ADD COLUMN carried_over boolean NOT NULL DEFAULT false")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE clock DROP COLUMN carried_over")
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with pending triggers cannot be altered
    op.execute(
        "UPDATE destination_referral SET undecided = array_remove(undecided, 'outcomes')"
        " WHERE 'outcomes' = ANY (undecided)"
    )
    op.execute(ALLOWED.format(about=BEFORE))
    op.execute(CHECKED)

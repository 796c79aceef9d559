"""What somebody said is put right or withdrawn by a later entry of theirs, which names it.

The old entry stays as it was. Of any entry there is at most one correction, so that two at once cannot both
count; a correction can be corrected in its turn.

A referral of somebody who has the same one open already names it, and what probation decided about a decline
is kept: both end what calls for attention.
"""

from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

# What is said of a change of circumstance in words is kept apart, and so is why it is corrected.
REASONED = ("destination_update", "destination_move", "check_result")
CORRECTABLE = (*REASONED, "change_of_circumstance")


PART = """
ALTER TABLE destination_referral
    ADD COLUMN duplicate_of_id uuid REFERENCES destination_referral (id),
    ADD COLUMN decline_settled text
        CONSTRAINT ck_destination_referral_decline_settled CHECK (decline_settled IN ('seek_elsewhere', 'close'));
CREATE INDEX destination_referral_duplicate ON destination_referral (duplicate_of_id)
    WHERE duplicate_of_id IS NOT NULL;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(PART)
    for table in CORRECTABLE:
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN corrects_id uuid REFERENCES {table} (id),"
            " ADD COLUMN withdrawn boolean NOT NULL DEFAULT false,"
            f" ADD CONSTRAINT ck_{table}_withdrawn CHECK (NOT withdrawn OR corrects_id IS NOT NULL)"
        )
        op.execute(
            f"CREATE UNIQUE INDEX {table}_corrected ON {table} (corrects_id) WHERE corrects_id IS NOT NULL"
        )
    for table in REASONED:
        op.execute(f"ALTER TABLE {table} ADD COLUMN corrected_because text")
    # A whole answer that was withdrawn stays, and another comes.
    op.execute("DROP INDEX one_full_answer")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    # Not unique: what was answered anew stays.
    op.execute("CREATE INDEX one_full_answer ON check_result (request_id) WHERE complete AND NOT supplement")
    for table in REASONED:
        op.execute(f"ALTER TABLE {table} DROP COLUMN corrected_because")
    for table in CORRECTABLE:
        op.execute(f"ALTER TABLE {table} DROP COLUMN corrects_id, DROP COLUMN withdrawn")
    op.execute("ALTER TABLE destination_referral DROP COLUMN duplicate_of_id, DROP COLUMN decline_settled")

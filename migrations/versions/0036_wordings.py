"""Clocks of texts that must be worded anew, which belong to the section of referrals."""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

SECTION_OF = """
CREATE OR REPLACE FUNCTION section_of(kind text, event_name text) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN CASE
        WHEN kind IN ('contact', 'address') THEN 'household'
        WHEN kind = 'person' AND event_name LIKE 'rosh.%' THEN 'risk'
        WHEN kind IN ('check', 'check_request', 'check_review') THEN 'checks'
        WHEN kind IN ('referral', 'destination_referral', 'placement', 'change_notice'{more}) THEN 'referrals'
        WHEN kind IN ('change_of_circumstance', 'review') THEN 'circumstances'
    END
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(SECTION_OF.format(more=", 'wording'"))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(SECTION_OF.format(more=""))

"""What waits about a destination referral, a recall and what a manager is asked belong to sections of a record.

Their events were of no section, and so shown to every region that saw any section of the record.
"""

from alembic import op

revision = "0077"
down_revision = "0076"
branch_labels = None
depends_on = None

# As `section_of` of 0062.
SECTION_OF = """
CREATE OR REPLACE FUNCTION section_of(kind text, event_name text) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN CASE
        WHEN kind IN ('contact', 'address') THEN 'household'
        WHEN kind = 'person' AND event_name LIKE 'rosh.%' THEN 'risk'
        WHEN kind IN ('check', 'check_request', 'check_review') THEN 'checks'
        WHEN kind IN ('referral', 'destination_referral', 'placement', 'change_notice', 'wording'{parts})
            THEN 'referrals'
        WHEN kind IN ('change_of_circumstance', 'review', 'disclosure_decision', 'right_to_know'{changes})
            THEN 'circumstances'
        WHEN kind = 'subject_access'{managers} THEN 'protected_contacts'
    END
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        SECTION_OF.format(
            parts=", 'adjustment', 'agency_review', 'completion', 'emergency', 'probation_move'",
            changes=", 'recall'",
            # A timer has no dot in its name: what a manager owes, no other region sees.
            managers=" OR kind = 'agreement' AND event_name LIKE '%.%'",
        )
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(SECTION_OF.format(parts="", changes="", managers=""))

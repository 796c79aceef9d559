"""A hearing can be put off, brought forward or vacated: the day of release stands beside it.

Of a check from before, its day is that of release, unless it is known to be that of the hearing. Of those the day
of release is not taken from a document: an opened case has none, and the next referral or change of it says it.
"""

from alembic import op

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None

_RELEASED = """
UPDATE safety_check SET release_at = hard_date
WHERE hard_date IS NOT NULL
  AND NOT EXISTS (
      SELECT FROM safety_check AS other
      WHERE other.person_id = safety_check.person_id AND other.hearing_at = safety_check.hard_date
  )
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "ALTER TABLE change_of_circumstance ADD COLUMN hearing_date date,"
        " DROP CONSTRAINT change_of_circumstance_check,"
        " ADD CONSTRAINT what_waits_has_a_day CHECK ("
        "NOT may_wait OR release_date IS NOT NULL OR kind IN ('hearing_date_changed', 'hearing_vacated')) NOT VALID"
    )
    op.execute("ALTER TABLE change_of_circumstance VALIDATE CONSTRAINT what_waits_has_a_day")
    op.execute("ALTER TABLE safety_check ADD COLUMN release_at timestamptz")
    op.execute(_RELEASED)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE safety_check DROP COLUMN release_at")
    op.execute(
        "ALTER TABLE change_of_circumstance DROP COLUMN hearing_date, DROP CONSTRAINT what_waits_has_a_day,"
        " ADD CONSTRAINT change_of_circumstance_check CHECK (NOT may_wait OR release_date IS NOT NULL)"
        " NOT VALID"
    )

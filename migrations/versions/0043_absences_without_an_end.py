"""An absence without an end: somebody is away until the register says that they are back."""

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

# The release before reads an end in every absence.
WITHOUT_END = "UPDATE staff_absence SET until_at = NULL WHERE until_at = '2999-01-01 00:00Z'"
WITH_END = "UPDATE staff_absence SET until_at = '2999-01-01 00:00Z' WHERE until_at IS NULL"

NUMBERS = """
CREATE OR REPLACE FUNCTION numbers_to_ring(region uuid) RETURNS TABLE (role text, phone text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT DISTINCT ON (r.role) r.role, s.phone
    FROM staff_role r JOIN staff s ON s.organisation_id = r.organisation_id AND s.id = r.staff_id
    WHERE r.organisation_id = region AND r.role IN ('on_call_manager', 'region') AND s.phone IS NOT NULL
      AND r.from_at <= (SELECT caller_time()) AND (r.until_at IS NULL OR r.until_at > (SELECT caller_time()))
      AND (s.ended_at IS NULL OR s.ended_at > (SELECT caller_time()))
      AND NOT EXISTS (
          SELECT FROM staff_absence a
          WHERE a.organisation_id = s.organisation_id AND a.staff_id = s.id
            AND a.from_at <= (SELECT caller_time()) AND {absent})
    ORDER BY r.role, r.unit IS NOT NULL, r.deputy, s.id;
END;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE staff_absence ALTER COLUMN until_at DROP NOT NULL")
    op.execute(WITHOUT_END)
    absent = "(a.until_at IS NULL OR a.until_at > (SELECT caller_time()))"
    op.execute(NUMBERS.format(absent=absent))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(NUMBERS.format(absent="a.until_at > (SELECT caller_time())"))
    op.execute(WITH_END)
    op.execute("ALTER TABLE staff_absence ALTER COLUMN until_at SET NOT NULL")

"""Whoever works on a side record may ring the region that holds the record.

The function gives the caller numbers by role and nothing else of the held record. Where the caller's own
region holds it, in a case that is limited, there are none: its own number would show that.
"""

from alembic import op

revision = "0042"
down_revision = "0040"
branch_labels = None
depends_on = None

NUMBERS = """
CREATE FUNCTION numbers_to_ring_holder(side_record uuid) RETURNS TABLE (role text, phone text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT n.role, n.phone
    FROM person s
    JOIN person h ON h.crn = s.crn AND h.held AND h.holder_id <> s.holder_id
    CROSS JOIN LATERAL numbers_to_ring(h.holder_id) n
    WHERE s.id = side_record AND NOT s.held AND holds_record(s.id);
END;
"""
NUMBERS_OF = "numbers_to_ring_holder(uuid)"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(NUMBERS)
    op.execute(f"REVOKE EXECUTE ON FUNCTION {NUMBERS_OF} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {NUMBERS_OF} TO referrals_api, referrals_reader")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(f"DROP FUNCTION {NUMBERS_OF}")

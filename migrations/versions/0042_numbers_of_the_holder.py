"""Whoever works on a side record may ring the region that holds the record.

The function gives the caller numbers by role and nothing else of the held record. Where the caller's own
region holds it, in a case that is limited, there are none: its own number would show that.

A region's check requests are seen by its check, as that is seen: no function is called for each of them, so
that they can be counted. Another region's, which it sees by a share, are still asked about one by one.
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

ME = "(SELECT caller_organisation())"
# As the check itself is seen. Not for an agency, which is asked by its check too for what others are asked.
OF_A_CHECK = "(SELECT c.id FROM safety_check c WHERE c.id = check_request.check_id) IS NOT NULL"
SENT = f"agency_id = {ME} AND sent_at IS NOT NULL"
BY_ITS_CHECK = f"{SENT} OR probation_id = {ME} AND {OF_A_CHECK} OR owns_check(check_id)"
BEFORE = f"{SENT} OR owns_check(check_id)"
"""Which check requests are there for a caller."""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(NUMBERS)
    op.execute(f"REVOKE EXECUTE ON FUNCTION {NUMBERS_OF} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {NUMBERS_OF} TO referrals_api, referrals_reader")
    _alter(BY_ITS_CHECK)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _alter(BEFORE)
    op.execute(f"DROP FUNCTION {NUMBERS_OF}")


def _alter(rule: str) -> None:
    whole = f"(SELECT on_every_row()) OR {rule}"
    op.execute(f"ALTER POLICY callers_own ON check_request USING ({whole}) WITH CHECK ({whole})")

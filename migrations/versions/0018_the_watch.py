"""The watch reads with rights of its own: a rule on rows hides every clock from a reader without a caller."""

from alembic import op

revision = "0018"
down_revision = "0012"
branch_labels = None
depends_on = None

# It answers with moments and counts, so that whoever may call it learns nothing about anybody. Each figure is
# the end of an index or a count that stops at 1,000: the cost does not grow with what is wrong.
FUNCTION = """
CREATE FUNCTION watch_timers() RETURNS TABLE (
    next_fires_at timestamptz, due_at timestamptz, swept_at timestamptz, notice_since timestamptz,
    without_firing bigint, faulted bigint, assumed bigint, calendar_until text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT
        (SELECT min(c.next_fires_at) FROM clock c WHERE c.next_fires_at IS NOT NULL),
        (SELECT min(c.due_at) FROM clock c WHERE c.state <> 'stopped'),
        (SELECT max(r.swept_at) FROM sweep_run r),
        (SELECT min(i.fired_at) FROM notice_item i WHERE i.notice_id IS NULL AND i.dropped_at IS NULL),
        (SELECT count(*) FROM (
            SELECT FROM clock c WHERE c.state <> 'stopped' AND c.next_fires_at IS NULL LIMIT 1000) AS found),
        (SELECT count(*) FROM (
            SELECT FROM clock c WHERE c.faulted_at IS NOT NULL LIMIT 1000) AS found),
        (SELECT count(*) FROM (
            SELECT FROM clock c WHERE c.next_is_assumed AND c.next_fires_at IS NOT NULL LIMIT 1000) AS found),
        (SELECT min(latest.document ->> 'known_until') FROM (
            SELECT own.document FROM organisation o CROSS JOIN LATERAL (
                SELECT k.document FROM calendar k WHERE k.organisation_id = o.id
                ORDER BY k.version DESC LIMIT 1) AS own
            UNION ALL
            SELECT shared.document
            FROM unnest(ARRAY['england-and-wales', 'scotland', 'northern-ireland']) AS d (division)
            CROSS JOIN LATERAL (
                SELECT k.document FROM calendar k WHERE k.organisation_id IS NULL AND k.division = d.division
                ORDER BY k.version DESC LIMIT 1) AS shared) AS latest);
END;
COMMENT ON FUNCTION watch_timers() IS 'What readiness and metrics show of the clocks of everybody: figures only';
REVOKE EXECUTE ON FUNCTION watch_timers() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION watch_timers() TO referrals_api, referrals_worker;
"""


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '5s'")
        op.execute(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS notice_item_unsent ON notice_item (fired_at)"
            " WHERE notice_id IS NULL AND dropped_at IS NULL"
        )
    op.execute(FUNCTION)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP FUNCTION watch_timers()")
    op.execute("DROP INDEX notice_item_unsent")

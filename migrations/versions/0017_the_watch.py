"""The watch reads with rights of its own: a rule on rows hides every clock from a reader without a caller."""

from alembic import op

revision = "0017"
down_revision = "0016"
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


# Called bare, `caller_organisation()` is evaluated while PostgreSQL plans the body of a function, and the session
# keeps the plan: made for nobody, it expects no row of the organisation, begins with those, and reads everybody
# in a region for each row that later callers ask about. In a subquery the caller is unknown to every plan alike.
CALLER_UNKNOWN_TO_PLANS = r"""
DO $do$
DECLARE
    looks regprocedure;
BEGIN
    FOR looks IN
        SELECT oid FROM pg_proc
        WHERE pronamespace = CAST('public' AS regnamespace) AND prosecdef AND prosqlbody IS NOT NULL
          AND pg_get_functiondef(oid) ~ 'caller_'
    LOOP
        EXECUTE regexp_replace(pg_get_functiondef(looks), {});
    END LOOP;
END $do$
"""
HIDDEN = r"'(?<!SELECT )(caller_[a-z]+\(\))', '(SELECT \1)', 'g'"
BARE = r"'\( *SELECT (caller_[a-z]+\(\)) AS caller_[a-z]+\)', '\1', 'g'"

# What a worker looks for every few seconds must be the end of an index too.
INDEXES = {
    "notice_item_unsent": "notice_item (fired_at) WHERE notice_id IS NULL AND dropped_at IS NULL",
    "webhook_delivery_forgotten": "webhook_delivery (state, settled_at) WHERE settled_at IS NOT NULL",
    "webhook_delivery_unsettled": "webhook_delivery (endpoint_id, state) WHERE state <> 'delivered'",
    "webhook_key_ends": "webhook_key (ends_at) WHERE ends_at IS NOT NULL",
}
SUPERSEDED = "webhook_delivery_settled"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # It waits for others and holds nobody up; what an attempt that failed has left is made again.
        op.execute("SET lock_timeout = 0")
        for name, on in INDEXES.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY {name} ON {on}")
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {SUPERSEDED}")
    op.execute("SET lock_timeout = '5s'")
    op.execute(FUNCTION)
    op.execute(CALLER_UNKNOWN_TO_PLANS.format(HIDDEN))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(CALLER_UNKNOWN_TO_PLANS.format(BARE))
    op.execute("DROP FUNCTION watch_timers()")
    op.execute(f"CREATE INDEX {SUPERSEDED} ON webhook_delivery (settled_at) WHERE settled_at IS NOT NULL")
    for name in INDEXES:
        op.execute(f"DROP INDEX {name}")

"""A role for the requests that only read: no row is there for it that is not there for the caller.

The API's role can see every row for a moment, where a rule of the service needs it. A view that only reads
never does, and now cannot: for its role the policies are the same, and the wider reach is never there.
"""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

NEEDED = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'referrals_reader') THEN
        RAISE EXCEPTION 'create the role referrals_reader first: docs/operating.md, "The database"';
    END IF;
END $$;
"""

# What the API's role may read, but for what only writers look at.
RIGHTS = """
DO $$
DECLARE
    named text;
BEGIN
    FOR named IN
        SELECT relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
          AND has_table_privilege('referrals_api', oid, 'SELECT')
          AND relname NOT IN ('idempotency_key', 'call_count')
    LOOP
        EXECUTE format('GRANT SELECT ON %I TO referrals_reader', named);
    END LOOP;
    FOR named IN
        SELECT oid::regprocedure::text FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND provolatile <> 'v'
          AND has_function_privilege('referrals_api', oid, 'EXECUTE')
    LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO referrals_reader', named);
    END LOOP;
    FOR named IN
        SELECT tablename FROM pg_policies WHERE policyname = 'callers_own'
    LOOP
        EXECUTE format('ALTER POLICY callers_own ON %I TO referrals_api, referrals_reader', named);
    END LOOP;
END $$;
GRANT SELECT (id, endpoint_id, scheme, public_key, created_at, ends_at) ON webhook_key TO referrals_reader;
GRANT INSERT ON audit_entry TO referrals_reader;
"""

# A session can set what it likes; who is logged in it cannot. A site may have logins of its own in the role.
REACH = """
CREATE OR REPLACE FUNCTION on_every_row() RETURNS boolean LANGUAGE sql STABLE
    RETURN coalesce(current_setting('app.reach', true) = 'every_row', false){but};
"""

NO_RIGHTS = """
DO $$
DECLARE
    named text;
BEGIN
    FOR named IN
        SELECT tablename FROM pg_policies WHERE policyname = 'callers_own'
    LOOP
        EXECUTE format('ALTER POLICY callers_own ON %I TO referrals_api', named);
    END LOOP;
    FOR named IN
        SELECT oid::regprocedure::text FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND proacl::text LIKE '%referrals_reader=%'
    LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM referrals_reader', named);
    END LOOP;
END $$;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM referrals_reader;
"""


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute(NEEDED)
    op.execute(REACH.format(but=" AND NOT pg_has_role(session_user, 'referrals_reader', 'MEMBER')"))
    op.execute(RIGHTS)


def downgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute(NO_RIGHTS)
    op.execute(REACH.format(but=""))

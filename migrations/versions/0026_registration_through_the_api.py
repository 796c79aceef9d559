"""Registration through the API: a role that writes registrations and reads nothing about anybody.

Also who may know of MAPPA and of victims, for each organisation, and the duties for which something may be
waiting: a worker releases it, so that no call grows with what waits.
"""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

NEEDED = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'referrals_registrar') THEN
        RAISE EXCEPTION 'create the role referrals_registrar first: docs/operating.md, "The database"';
    END IF;
END $$;
"""

KINDS = """
    'probation_region', 'approved_premises', 'cas3_team', 'crs_provider', 'mappa_area',
    'police_force', 'local_authority', 'oversight', 'service'{more}
"""

# NOT VALID: an administration, or a kind of a later release, that is registered by then stays. 0059 validates.
KINDS_ALLOWED = """
ALTER TABLE organisation DROP CONSTRAINT ck_organisation_kind;
ALTER TABLE organisation ADD CONSTRAINT ck_organisation_kind CHECK (kind IN ({kinds})) NOT VALID;
"""

# The release before adds organisations without them.
COLUMNS = """
ALTER TABLE organisation
    ADD COLUMN may_know_of_mappa boolean NOT NULL DEFAULT false,
    ADD COLUMN may_know_of_victims boolean NOT NULL DEFAULT false;
UPDATE organisation SET may_know_of_mappa = true, may_know_of_victims = true
WHERE kind IN ('probation_region', 'mappa_area', 'police_force');

CREATE TABLE duty_taken_up (
    id uuid CONSTRAINT pk_duty_taken_up PRIMARY KEY,
    duty text NOT NULL,
    taken_up_at timestamptz NOT NULL
);
COMMENT ON TABLE duty_taken_up IS
    'Duties that an organisation took up a moment ago: what waited for it is released, and the row is gone';
GRANT SELECT, DELETE ON duty_taken_up TO referrals_worker;
"""

# Nothing about anybody: no right on a person, a referral, a check or an event.
REGISTRAR = """
GRANT SELECT ON alembic_version, organisation, client, client_key, responsibility, calendar, feed_head,
    webhook_endpoint, idempotency_key TO referrals_registrar;
GRANT SELECT (id, endpoint_id, scheme, public_key, created_at, ends_at) ON webhook_key TO referrals_registrar;
GRANT INSERT ON organisation, client, client_key, responsibility, calendar, webhook_endpoint, webhook_key,
    duty_taken_up, idempotency_key, audit_entry TO referrals_registrar;
GRANT UPDATE (name, division, office_hours, may_know_of_mappa, may_know_of_victims) ON organisation
    TO referrals_registrar;
GRANT UPDATE (name, scopes, status, certificate_bound, requests_per_minute) ON client TO referrals_registrar;
GRANT UPDATE (status) ON client_key TO referrals_registrar;
GRANT UPDATE (organisation_id), DELETE ON responsibility TO referrals_registrar;
GRANT UPDATE (state, disabled_reason, verified_at, challenge, failures, rests_until, lease, leased_until)
    ON webhook_endpoint TO referrals_registrar;
GRANT UPDATE (ends_at), DELETE ON webhook_key TO referrals_registrar;
GRANT EXECUTE ON FUNCTION caller_client(), standing_in_register(uuid, text, text, timestamptz)
    TO referrals_registrar;
CREATE POLICY registrars_own ON idempotency_key TO referrals_registrar
    USING (client_id = (SELECT caller_client())) WITH CHECK (client_id = (SELECT caller_client()));
CREATE POLICY registrar ON webhook_endpoint TO referrals_registrar USING (true) WITH CHECK (true);
CREATE POLICY registrar ON webhook_key TO referrals_registrar USING (true) WITH CHECK (true);
CREATE POLICY registrar ON feed_head FOR SELECT TO referrals_registrar USING (true);
"""

NO_REGISTRAR = """
DROP POLICY registrar ON feed_head;
DROP POLICY registrar ON webhook_key;
DROP POLICY registrar ON webhook_endpoint;
DROP POLICY registrars_own ON idempotency_key;
REVOKE EXECUTE ON FUNCTION caller_client(), standing_in_register(uuid, text, text, timestamptz)
    FROM referrals_registrar;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM referrals_registrar;
"""


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute(NEEDED)
    op.execute(KINDS_ALLOWED.format(kinds=KINDS.format(more=", 'administration'")))
    op.execute(COLUMNS)
    op.execute(REGISTRAR)


def downgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute(NO_REGISTRAR)
    op.execute("DROP TABLE duty_taken_up")
    op.execute("ALTER TABLE organisation DROP COLUMN may_know_of_mappa, DROP COLUMN may_know_of_victims")
    op.execute(KINDS_ALLOWED.format(kinds=KINDS.format(more="")))

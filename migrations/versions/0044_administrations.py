"""An administration publishes overrides of policies, and ends what is registered and no longer takes part."""

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

# A version for everybody stays with the owner: it is no figure that somebody agreed with somebody.
PUBLISHES = """
CREATE POLICY administrations ON policy FOR INSERT TO referrals_api WITH CHECK (
    published_by_id = (SELECT caller_organisation())
    AND num_nonnulls(responder_id, area) > 0
    AND (SELECT kind FROM organisation WHERE id = (SELECT caller_organisation())) = 'administration');
"""

ENDS = """
ALTER TABLE organisation ADD COLUMN ended_at timestamptz;
ALTER TABLE client ADD COLUMN ended_at timestamptz;
ALTER TABLE webhook_endpoint ADD COLUMN ended_at timestamptz;
ALTER TABLE client ADD CONSTRAINT what_has_ended_does_not_call
    CHECK (ended_at IS NULL OR status = 'denied');
ALTER TABLE webhook_endpoint ADD CONSTRAINT what_has_ended_is_sent_nothing
    CHECK (ended_at IS NULL OR state = 'disabled');
GRANT UPDATE (ended_at) ON organisation, client, webhook_endpoint TO referrals_registrar;
"""

# It has the owner's rights: whoever registers reads no case, and learns no more than that there is one. In the
# order of an index each: of an organisation that has nothing, nothing is read.
OPEN_WORK = """
CREATE FUNCTION open_work_of(organisation uuid) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT CASE
        WHEN (SELECT h.person_id FROM case_holding h
              WHERE h.organisation_id = organisation AND h.ended_at IS NULL
              ORDER BY h.since, h.person_id LIMIT 1) IS NOT NULL
            THEN 'cases'
        WHEN (SELECT d.id FROM destination_referral d
              WHERE d.organisation_id = organisation
                AND d.sent_version IS NOT NULL  -- what still waits goes to whoever answers when it is sent
                AND d.state NOT IN ('completed', 'ended_early', 'withdrawn', 'entered_in_error', 'declined')
              ORDER BY d.sent_at, d.id LIMIT 1) IS NOT NULL
            THEN 'referrals'
        WHEN (SELECT c.id FROM check_request c
              WHERE c.agency_id = organisation AND c.sent_at IS NOT NULL
                AND c.state IN ('requested', 'acknowledged', 'returned_for_information', 'partially_returned')
              ORDER BY c.sent_at, c.id LIMIT 1) IS NOT NULL
            THEN 'checks'
        END;
END;
REVOKE ALL ON FUNCTION open_work_of(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION open_work_of(uuid) TO referrals_registrar;
"""


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute(PUBLISHES)
    op.execute(ENDS)
    op.execute(OPEN_WORK)


def downgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute("DROP FUNCTION open_work_of(uuid)")
    for table in ("webhook_endpoint", "client", "organisation"):
        op.execute(f"ALTER TABLE {table} DROP COLUMN ended_at")
    op.execute("DROP POLICY administrations ON policy")

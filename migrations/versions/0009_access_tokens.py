"""Keys that are denied at once, tokens bound to a certificate, and calls counted for all processes together."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE client
    ADD COLUMN certificate_bound boolean NOT NULL DEFAULT false,
    ADD COLUMN requests_per_minute integer
        CONSTRAINT ck_client_requests_per_minute CHECK (requests_per_minute > 0);

ALTER TABLE client_key DROP CONSTRAINT ck_client_key_status;
ALTER TABLE client_key ADD CONSTRAINT ck_client_key_status
    CHECK (status IN ('active', 'retired', 'denied'));

-- Not logged: after a crash counting begins again, and no call waits for a disk. Half-empty pages let a count
-- be changed in place.
CREATE UNLOGGED TABLE call_count (
    bucket text CONSTRAINT pk_call_count PRIMARY KEY,
    minute bigint NOT NULL,
    used integer NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

GRANT SELECT, INSERT, UPDATE ON call_count TO referrals_api;
GRANT SELECT, DELETE ON call_count TO referrals_worker;
"""

DOWN = """
DROP TABLE call_count;
UPDATE client_key SET status = 'retired' WHERE status = 'denied';
ALTER TABLE client_key DROP CONSTRAINT ck_client_key_status;
ALTER TABLE client_key ADD CONSTRAINT ck_client_key_status CHECK (status IN ('active', 'retired'));
ALTER TABLE client DROP COLUMN certificate_bound, DROP COLUMN requests_per_minute;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(UP)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(DOWN)

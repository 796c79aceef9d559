"""Webhooks: where each organisation wants to be told, the keys that sign, and what was sent from its feed.

Also the end of a feed's memory: a worker may take its oldest entries away.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE webhook_endpoint (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisation (id),
    url text NOT NULL CHECK (length(url) <= 2000),
    state text NOT NULL CHECK (state IN ('pending', 'active', 'disabled')),
    disabled_reason text CHECK (disabled_reason IN ('operator', 'gone', 'not_verified')),
    challenge text NOT NULL,
    position bigint NOT NULL CHECK (position >= 0),
    failures integer NOT NULL CHECK (failures >= 0),
    rests_until timestamptz,
    lease uuid,
    leased_until timestamptz,
    claimed_at timestamptz,
    created_at timestamptz NOT NULL,
    verified_at timestamptz,
    UNIQUE (organisation_id, url),
    CONSTRAINT disabled_says_why CHECK ((state = 'disabled') = (disabled_reason IS NOT NULL))
);
COMMENT ON COLUMN webhook_endpoint.position IS
    'Everything in the feed up to here has its delivery: one cursor, so that nothing is written twice or lost';

CREATE TABLE webhook_key (
    id uuid PRIMARY KEY,
    endpoint_id uuid NOT NULL REFERENCES webhook_endpoint (id) ON DELETE CASCADE,
    scheme text NOT NULL CHECK (scheme IN ('v1', 'v1a')),
    secret bytea NOT NULL,
    public_key text,
    created_at timestamptz NOT NULL,
    ends_at timestamptz,
    CONSTRAINT one_half_is_public CHECK ((scheme = 'v1a') = (public_key IS NOT NULL))
);
CREATE INDEX webhook_key_of_endpoint ON webhook_key (endpoint_id);

CREATE TABLE webhook_delivery (
    id uuid PRIMARY KEY,
    endpoint_id uuid NOT NULL REFERENCES webhook_endpoint (id) ON DELETE CASCADE,
    organisation_id uuid NOT NULL REFERENCES organisation (id),
    position bigint NOT NULL,
    event_id uuid NOT NULL REFERENCES event (id),
    state text NOT NULL CHECK (state IN ('waiting', 'delivered', 'dead')),
    tries integer NOT NULL CHECK (tries >= 0),
    replays integer NOT NULL CHECK (replays >= 0),
    next_try_at timestamptz,
    derived_at timestamptz NOT NULL,
    tried_at timestamptz,
    settled_at timestamptz,
    last_status integer,
    last_fault text CHECK (last_fault ~ '^[a-z_]{1,40}$'),
    UNIQUE (endpoint_id, position),
    CONSTRAINT what_waits_is_tried CHECK ((state = 'waiting') = (next_try_at IS NOT NULL)),
    CONSTRAINT what_is_settled_says_when CHECK ((state = 'waiting') = (settled_at IS NULL))
);
CREATE INDEX webhook_delivery_due ON webhook_delivery (endpoint_id, next_try_at) WHERE state = 'waiting';
CREATE INDEX webhook_delivery_settled ON webhook_delivery (settled_at) WHERE settled_at IS NOT NULL;
COMMENT ON COLUMN webhook_delivery.id IS 'The webhook-id: the same at every try';
"""

# The secret halves are for whoever signs: the API cannot read them.
GRANTS = """
GRANT SELECT ON webhook_endpoint, webhook_delivery TO referrals_api, referrals_worker;
GRANT SELECT (id, endpoint_id, scheme, public_key, created_at, ends_at) ON webhook_key TO referrals_api;
GRANT UPDATE (state, tries, replays, next_try_at, derived_at, settled_at) ON webhook_delivery
    TO referrals_api;
GRANT UPDATE ON webhook_endpoint TO referrals_worker;
GRANT SELECT, DELETE ON webhook_key TO referrals_worker;
GRANT INSERT, UPDATE, DELETE ON webhook_delivery TO referrals_worker;
GRANT DELETE ON feed_entry TO referrals_worker;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TABLES)
    op.execute(GRANTS)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("REVOKE DELETE ON feed_entry FROM referrals_worker")
    for table in ("webhook_delivery", "webhook_key", "webhook_endpoint"):
        op.execute(f"DROP TABLE {table}")

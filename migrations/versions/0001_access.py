"""Organisations, their clients and keys, who holds which role, who answers for what; what works only once."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE organisation (
    id uuid CONSTRAINT pk_organisation PRIMARY KEY,
    kind text NOT NULL CONSTRAINT ck_organisation_kind CHECK (kind IN (
        'probation_region', 'approved_premises', 'cas3_team', 'crs_provider', 'mappa_area',
        'police_force', 'local_authority', 'oversight', 'service')),
    code text NOT NULL CONSTRAINT ck_organisation_code CHECK (code ~ '^[A-Za-z0-9._-]{1,60}$'),
    name text NOT NULL,
    division text NOT NULL CONSTRAINT ck_organisation_division
        CHECK (division IN ('england-and-wales', 'scotland', 'northern-ireland')),
    office_hours jsonb,
    created_at timestamptz NOT NULL,
    CONSTRAINT uq_organisation_kind_code UNIQUE (kind, code)
);

CREATE TABLE client (
    id text CONSTRAINT pk_client PRIMARY KEY CONSTRAINT ck_client_id CHECK (id ~ '^[A-Za-z0-9._-]{1,100}$'),
    organisation_id uuid NOT NULL CONSTRAINT fk_client_organisation_id REFERENCES organisation (id),
    name text NOT NULL,
    scopes text[] NOT NULL,
    status text NOT NULL CONSTRAINT ck_client_status CHECK (status IN ('active', 'denied')),
    created_at timestamptz NOT NULL
);
CREATE INDEX ix_client_organisation_id ON client (organisation_id);

CREATE TABLE client_key (
    client_id text NOT NULL CONSTRAINT fk_client_key_client_id REFERENCES client (id),
    kid text NOT NULL,
    public_jwk jsonb NOT NULL CONSTRAINT ck_client_key_is_public CHECK (NOT public_jwk ? 'd'),
    status text NOT NULL CONSTRAINT ck_client_key_status CHECK (status IN ('active', 'retired')),
    created_at timestamptz NOT NULL,
    CONSTRAINT pk_client_key PRIMARY KEY (client_id, kid)
);

CREATE TABLE role_holder (
    id uuid CONSTRAINT pk_role_holder PRIMARY KEY,
    organisation_id uuid NOT NULL CONSTRAINT fk_role_holder_organisation_id REFERENCES organisation (id),
    role text NOT NULL,
    unit text,
    holder text NOT NULL,
    CONSTRAINT uq_role_holder_organisation_id_role_unit_holder
        UNIQUE NULLS NOT DISTINCT (organisation_id, role, unit, holder)
);

CREATE TABLE responsibility (
    id uuid CONSTRAINT pk_responsibility PRIMARY KEY,
    organisation_id uuid NOT NULL CONSTRAINT fk_responsibility_organisation_id REFERENCES organisation (id),
    duty text NOT NULL,
    area text,
    CONSTRAINT uq_responsibility_duty_area UNIQUE NULLS NOT DISTINCT (duty, area)
);
CREATE INDEX ix_responsibility_organisation_id ON responsibility (organisation_id);

CREATE TABLE used_assertion (
    client_id text NOT NULL CONSTRAINT fk_used_assertion_client_id REFERENCES client (id),
    jti text NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT pk_used_assertion PRIMARY KEY (client_id, jti)
);
CREATE INDEX ix_used_assertion_expires_at ON used_assertion (expires_at);

CREATE TABLE idempotency_key (
    client_id text NOT NULL CONSTRAINT fk_idempotency_key_client_id REFERENCES client (id),
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    reference uuid NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT pk_idempotency_key PRIMARY KEY (client_id, key)
);
CREATE INDEX ix_idempotency_key_created_at ON idempotency_key (created_at);
"""

# The service acts too (it sweeps, sends and refuses), and what it does is recorded under a name of its own.
THE_SERVICE = """
INSERT INTO organisation (id, kind, code, name, division, created_at)
VALUES ('00000000-0000-0000-0000-000000000000', 'service', 'referral-exchange', 'Referral Exchange',
        'england-and-wales', now());
"""

GRANTS = """
GRANT SELECT ON alembic_version TO referrals_api, referrals_worker;    -- readiness asks whether it is at head
GRANT SELECT ON organisation, client, client_key, role_holder, responsibility
    TO referrals_api, referrals_worker;
GRANT SELECT, INSERT ON used_assertion, idempotency_key TO referrals_api;
GRANT SELECT, DELETE ON used_assertion, idempotency_key TO referrals_worker;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TABLES)
    op.execute(THE_SERVICE)
    op.execute(GRANTS)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "DROP TABLE idempotency_key, used_assertion, responsibility, role_holder, "
        "client_key, client, organisation"
    )

"""Prisons, and the release dates that they send.

A prison adds lines and reads none. A worker finds out whom each is about, and keeps of it what became of it.
"""

from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

KINDS = """
    'probation_region', 'approved_premises', 'cas3_team', 'crs_provider', 'mappa_area',
    'police_force', 'local_authority', 'oversight', 'administration', 'service'{more}
"""
# NOT VALID on the way down: a prison that is registered by then stays.
KINDS_ALLOWED = """
ALTER TABLE organisation DROP CONSTRAINT ck_organisation_kind;
ALTER TABLE organisation ADD CONSTRAINT ck_organisation_kind CHECK (kind IN ({kinds})) NOT VALID;
"""
TABLE = """
CREATE TABLE release_date_line (
    id uuid PRIMARY KEY,
    batch_id uuid NOT NULL,
    place integer NOT NULL,
    organisation_id uuid NOT NULL REFERENCES organisation (id),
    noms_number text,
    crn text,
    release_date date NOT NULL,
    kind text NOT NULL CHECK (kind IN ('confirmed', 'conditional', 'earliest')),
    as_of timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    person_id uuid REFERENCES person (id),
    outcome text,
    followed_at timestamptz,
    told_at timestamptz,
    UNIQUE (batch_id, place),
    CONSTRAINT names_somebody CHECK (followed_at IS NOT NULL OR num_nonnulls(noms_number, crn) > 0),
    CONSTRAINT followed_says_what_became_of_it CHECK ((followed_at IS NULL) = (outcome IS NULL))
);
COMMENT ON TABLE release_date_line IS
    'A release date as a prison sent it: by number until a worker has found the record, then by the record';
CREATE INDEX release_date_line_to_follow ON release_date_line (received_at, batch_id, place)
    WHERE followed_at IS NULL;
CREATE INDEX release_date_line_to_tell ON release_date_line (batch_id)
    WHERE followed_at IS NOT NULL AND told_at IS NULL;
CREATE INDEX release_date_line_of_person ON release_date_line (person_id, as_of) WHERE person_id IS NOT NULL;
ALTER TABLE release_date_line ENABLE ROW LEVEL SECURITY;
CREATE POLICY callers_own ON release_date_line FOR INSERT TO referrals_api
    WITH CHECK (organisation_id = (SELECT caller_organisation()));
CREATE POLICY every_row ON release_date_line TO referrals_worker USING (true) WITH CHECK (true);
GRANT INSERT ON release_date_line TO referrals_api;
GRANT SELECT, DELETE ON release_date_line TO referrals_worker;
GRANT UPDATE (noms_number, crn, person_id, outcome, followed_at, told_at) ON release_date_line
    TO referrals_worker;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(KINDS_ALLOWED.format(kinds=KINDS.format(more=", 'prison'")))
    op.execute("ALTER TABLE organisation VALIDATE CONSTRAINT ck_organisation_kind")
    op.execute(TABLE)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TABLE release_date_line")
    op.execute(KINDS_ALLOWED.format(kinds=KINDS.format(more="")))

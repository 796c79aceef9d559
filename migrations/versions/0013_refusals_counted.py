"""Refusals of one caller on one route within a minute are counted, and summed up on the trail when it is past."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE refusal_count (
    minute bigint NOT NULL,
    client_id text NOT NULL,
    practitioner_id text NOT NULL,   -- '' where nobody is named
    address text NOT NULL,           -- a neighbourhood; '' where it is not known
    object_kind text NOT NULL,
    reason text NOT NULL,
    person_id text NOT NULL,         -- whose record was asked for; '' where that is not known
    organisation_id uuid NOT NULL,
    practitioner_role text NOT NULL,
    strength text NOT NULL,
    further integer NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    objects text[] NOT NULL,
    CONSTRAINT pk_refusal_count
        PRIMARY KEY (minute, client_id, practitioner_id, address, object_kind, reason, person_id)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
COMMENT ON COLUMN refusal_count.further IS 'Refusals after the first, which has an entry of its own';
"""

# The API counts and cannot read: what one caller was refused is no business of another's transaction.
COUNT = """
CREATE FUNCTION count_refusal(
    of_minute bigint, client text, practitioner text, from_address text, about text, why text,
    of_person text, organisation uuid, practitioners_role text, how_shown text, happened_at timestamptz, asked_for text
) RETURNS timestamptz
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO refusal_count AS held (
        minute, client_id, practitioner_id, address, object_kind, reason, person_id,
        organisation_id, practitioner_role, strength, further, first_at, last_at, objects)
    VALUES (of_minute, client, practitioner, from_address, about, why, of_person,
            organisation, practitioners_role, how_shown, 0, happened_at, happened_at, '{}')
    ON CONFLICT ON CONSTRAINT pk_refusal_count DO UPDATE SET
        further = held.further + 1,
        first_at = CASE held.further WHEN 0 THEN excluded.first_at
                   ELSE least(held.first_at, excluded.first_at) END,
        last_at = greatest(held.last_at, excluded.last_at),
        objects = CASE
            WHEN asked_for IS NULL OR asked_for = ANY (held.objects) OR cardinality(held.objects) >= 10
            THEN held.objects ELSE array_append(held.objects, asked_for) END
    RETURNING CASE further WHEN 0 THEN now() END
$$;
COMMENT ON FUNCTION count_refusal(bigint, text, text, text, text, text, text, uuid, text, text, timestamptz, text) IS
    'Counts a refusal; returns the time when it is the first of its kind in its minute, and nothing otherwise';
REVOKE EXECUTE ON FUNCTION
    count_refusal(bigint, text, text, text, text, text, text, uuid, text, text, timestamptz, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    count_refusal(bigint, text, text, text, text, text, text, uuid, text, text, timestamptz, text) TO referrals_api;
"""

RIGHTS = """
ALTER TABLE refusal_count ENABLE ROW LEVEL SECURITY;
CREATE POLICY every_row ON refusal_count TO referrals_worker USING (true) WITH CHECK (true);
GRANT SELECT, UPDATE, DELETE ON refusal_count TO referrals_worker;  -- UPDATE to lock rows, and for nothing else
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for step in (TABLE, COUNT, RIGHTS):
        op.execute(step)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "DROP FUNCTION count_refusal(bigint, text, text, text, text, text, text, uuid, text, text, timestamptz, text)"
    )
    op.execute("DROP TABLE refusal_count")

"""The audit trail: added to by those who work, read by those who oversee, changed by nobody."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE audit_entry (
    recorded_at timestamptz NOT NULL,
    id uuid NOT NULL,
    person_id uuid,                  -- of people, a layer above: no foreign key
    actor_organisation_id uuid NOT NULL,
    client_id text NOT NULL,
    practitioner_id text,
    verb text NOT NULL,
    outcome text NOT NULL,
    object_kind text NOT NULL,
    object_id text NOT NULL,
    body text NOT NULL,
    body_sha256 bytea NOT NULL,
    CONSTRAINT pk_audit_entry PRIMARY KEY (recorded_at, id)
) PARTITION BY RANGE (recorded_at);
CREATE INDEX ix_audit_entry_person_id_recorded_at_id ON audit_entry (person_id, recorded_at, id);
CREATE INDEX ix_audit_entry_actor_organisation_id_recorded_at_id
    ON audit_entry (actor_organisation_id, recorded_at, id);
CREATE INDEX ix_audit_entry_verb_recorded_at_id ON audit_entry (verb, recorded_at, id);
"""

# Statement triggers, so that even a change that touches no row is refused; ALWAYS, so that a session that
# calls itself a replica is refused too. A partition can be addressed by its own name, so each has them.
PROTECTION = """
CREATE FUNCTION refuse_change_of_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is only ever added to' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION date_audit_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.recorded_at <> transaction_timestamp() THEN
        RAISE EXCEPTION 'an audit entry is dated by the database' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE PROCEDURE protect_audit(part regclass) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER audit_is_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON %s '
                   'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit()', part);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER audit_is_only_added_to', part);
END $$;

CREATE TRIGGER audit_is_dated_by_the_database BEFORE INSERT ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION date_audit_entry();
ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_is_dated_by_the_database;
CALL protect_audit('audit_entry');
"""

# Entries of a month without a partition go to the default one: nothing is ever lost for want of housekeeping,
# but that month then stays there. Making partitions again is harmless.
PARTITIONS = """
CREATE TABLE audit_entry_other PARTITION OF audit_entry DEFAULT;
CALL protect_audit('audit_entry_other');

CREATE FUNCTION make_audit_partitions(months_ahead integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    first timestamptz;
    part text;
    made integer := 0;
BEGIN
    FOR ahead IN 0..months_ahead LOOP
        first := (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => ahead))
            AT TIME ZONE 'UTC';
        part := 'audit_entry_' || to_char(first AT TIME ZONE 'UTC', 'YYYY_MM');
        CONTINUE WHEN to_regclass(part) IS NOT NULL;
        BEGIN
            EXECUTE format('CREATE TABLE %I PARTITION OF audit_entry FOR VALUES FROM (%L) TO (%L)',
                           part, first, ((first AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC');
            CALL protect_audit(part);
            made := made + 1;
        EXCEPTION WHEN check_violation THEN
            RAISE WARNING 'entries of % are in the default partition already and stay there', part;
        END;
    END LOOP;
    RETURN made;
END $$;
REVOKE ALL ON FUNCTION make_audit_partitions(integer) FROM PUBLIC;
SELECT make_audit_partitions(24);
"""

GRANTS = """
GRANT INSERT ON audit_entry TO referrals_api, referrals_worker;
GRANT SELECT ON audit_entry TO referrals_audit_reader, referrals_sealer;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for step in (TABLE, PROTECTION, PARTITIONS, GRANTS):
        op.execute(step.replace(":=", r"\:="))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TABLE audit_entry")
    op.execute("DROP FUNCTION make_audit_partitions")
    op.execute("DROP PROCEDURE protect_audit")
    op.execute("DROP FUNCTION date_audit_entry, refuse_change_of_audit")

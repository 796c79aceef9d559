"""What happened, and each organisation's feed of it.

Events are only ever added, whoever asks. A row with a state cannot be stored unless an event explains it.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE event (
    id uuid PRIMARY KEY,
    ordinal bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL CHECK (name ~ '^[a-z0-9_]+([.][a-z0-9_]+)+$'),
    subject_kind text NOT NULL CHECK (subject_kind ~ '^[a-z0-9_]+$'),
    subject_id uuid NOT NULL,
    person_id uuid,          -- of people, a layer above: no foreign key
    referral_id uuid,        -- of referrals, a layer above: no foreign key
    from_state text,
    to_state text,
    version integer,
    organisation_id uuid REFERENCES organisation (id),
    client_id text NOT NULL,
    practitioner_id text,
    practitioner_role text,
    data jsonb NOT NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX event_of_referral ON event (referral_id, ordinal) WHERE referral_id IS NOT NULL;
CREATE INDEX event_of_person ON event (person_id, ordinal) WHERE person_id IS NOT NULL;

CREATE TABLE feed_head (
    organisation_id uuid PRIMARY KEY REFERENCES organisation (id),
    position bigint NOT NULL CHECK (position > 0)
) WITH (fillfactor = 50);    -- one busy row for each organisation: room for it to be rewritten in place

CREATE TABLE feed_entry (
    organisation_id uuid NOT NULL,    -- has its feed_head, which has the foreign key
    position bigint NOT NULL CHECK (position > 0),
    event_id uuid NOT NULL REFERENCES event (id),
    PRIMARY KEY (organisation_id, position)
);
COMMENT ON TABLE feed_entry IS
    'Positions are given in commit order by feed_head, whose row is taken last: no gaps, none out of turn.';
"""

GUARDS = """
CREATE FUNCTION refuse_rewriting_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
COMMENT ON FUNCTION refuse_rewriting_history() IS
    'For tables of what was: a statement trigger before UPDATE, DELETE or TRUNCATE';

CREATE FUNCTION refuse_going_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.organisation_id <> OLD.organisation_id OR NEW.position <= OLD.position THEN
        RAISE EXCEPTION 'a feed only goes forward' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

-- A row trigger for any table with id, state and state_event_id: on INSERT, and on UPDATE of those columns.
-- It looks into event with the owner's rights, so that no rule on rows can blind it.
CREATE FUNCTION refuse_unexplained_state() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.id, NEW.state, NEW.state_event_id)
       IS NOT DISTINCT FROM (OLD.id, OLD.state, OLD.state_event_id) THEN
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT FROM event
        WHERE event.id = NEW.state_event_id AND event.subject_id = NEW.id AND event.to_state = NEW.state
    ) THEN
        RAISE EXCEPTION '% cannot be % without an event that says so', TG_TABLE_NAME, NEW.state
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'state_has_its_event';
    END IF;
    RETURN NEW;
END $$;
REVOKE EXECUTE ON FUNCTION refuse_unexplained_state() FROM PUBLIC;

-- For migrations: SELECT insist_on_explained_state('check_request'). Looked at when the transaction commits:
-- the event may be written before or after the row.
CREATE FUNCTION insist_on_explained_state(guarded regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'CREATE CONSTRAINT TRIGGER state_has_its_event AFTER INSERT OR UPDATE ON %s '
        'DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_unexplained_state()', guarded);
END $$;
REVOKE EXECUTE ON FUNCTION insist_on_explained_state(regclass) FROM PUBLIC;

CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history();
ALTER TABLE event ENABLE ALWAYS TRIGGER only_added_to;
CREATE TRIGGER only_added_to BEFORE UPDATE OR TRUNCATE ON feed_entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history();
ALTER TABLE feed_entry ENABLE ALWAYS TRIGGER only_added_to;
CREATE TRIGGER only_forward BEFORE UPDATE ON feed_head
    FOR EACH ROW EXECUTE FUNCTION refuse_going_back();
ALTER TABLE feed_head ENABLE ALWAYS TRIGGER only_forward;
"""

GRANTS = """
GRANT SELECT, INSERT ON event, feed_entry TO referrals_api, referrals_worker;
GRANT SELECT, INSERT, UPDATE ON feed_head TO referrals_api, referrals_worker;
"""


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute(TABLES)
    op.execute(GUARDS)
    op.execute(GRANTS)


def downgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    for table in ("feed_entry", "feed_head", "event"):
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP FUNCTION insist_on_explained_state(regclass)")
    for function in ("refuse_unexplained_state", "refuse_going_back", "refuse_rewriting_history"):
        op.execute(f"DROP FUNCTION {function}()")

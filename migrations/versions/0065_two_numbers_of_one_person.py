"""Two CRNs of one person: one record stands for another, and somebody is asked where two have one number.

Nothing moves: a record that is merged into another keeps its CRN and all that hangs on it, and says which
record stands for it. Undone, it says so no more. It stays the held record of its CRN, so that the index which
allows one for each CRN also keeps anybody from making a second while it is an alias.

What a number was before is read through a function that returns nothing but whose it was.
"""

from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

NUMBERS = ("noms_number", "pnc_number")

COLUMNS = """
ALTER TABLE person ADD COLUMN same_as_id uuid,
    ADD CONSTRAINT fk_person_same_as_id_person FOREIGN KEY (same_as_id) REFERENCES person (id),
    ADD CONSTRAINT merged_into_another CHECK (same_as_id IS NULL OR held AND same_as_id <> id);
CREATE INDEX person_merged ON person (same_as_id) WHERE same_as_id IS NOT NULL;
ALTER TABLE sight ADD COLUMN carried_from_id uuid,
    ADD CONSTRAINT fk_sight_carried_from_id_sight FOREIGN KEY (carried_from_id) REFERENCES sight (id);
CREATE INDEX sight_carried ON sight (carried_from_id) WHERE carried_from_id IS NOT NULL;
ALTER TABLE case_holding DROP CONSTRAINT case_holding_because_check;
ALTER TABLE case_holding ADD CONSTRAINT case_holding_because_check CHECK (because IN
    ('submitted', 'opened', 'reassigned', 'caretaker', 'transferred', 'carried_over', 'merged'));
"""
TABLES = """
CREATE TABLE shared_number (
    id uuid CONSTRAINT pk_shared_number PRIMARY KEY,
    person_id uuid NOT NULL,
    other_id uuid NOT NULL,
    number text NOT NULL CONSTRAINT is_a_number CHECK (number IN ('noms_number', 'pnc_number')),
    value_digest text NOT NULL,
    since timestamptz NOT NULL,
    event_id uuid NOT NULL,
    ended_at timestamptz,
    answered boolean,
    CONSTRAINT of_two_records CHECK (person_id <> other_id),
    CONSTRAINT ends_somehow CHECK ((ended_at IS NULL) = (answered IS NULL)),
    CONSTRAINT asked_once UNIQUE (person_id, other_id, number, value_digest),
    CONSTRAINT fk_shared_number_person_id_person FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT fk_shared_number_other_id_person FOREIGN KEY (other_id) REFERENCES person (id),
    CONSTRAINT fk_shared_number_event_id_event FOREIGN KEY (event_id) REFERENCES event (id)
);
COMMENT ON TABLE shared_number IS
    'That a record has a number that stands, or stood, on another: are they one person? Answered, or withdrawn';
CREATE INDEX shared_number_other ON shared_number (other_id);
CREATE TABLE same_as_decision (
    id uuid CONSTRAINT pk_same_as_decision PRIMARY KEY,
    person_id uuid NOT NULL,
    other_id uuid NOT NULL,
    same boolean NOT NULL,
    reason text NOT NULL,
    decided_by text NOT NULL,
    decided_at timestamptz NOT NULL,
    event_id uuid NOT NULL,
    CONSTRAINT of_two_records CHECK (person_id <> other_id),
    CONSTRAINT fk_same_as_decision_person_id_person FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT fk_same_as_decision_other_id_person FOREIGN KEY (other_id) REFERENCES person (id),
    CONSTRAINT fk_same_as_decision_event_id_event FOREIGN KEY (event_id) REFERENCES event (id)
);
COMMENT ON TABLE same_as_decision IS
    'That a manager said of two records that they are one person''s (other_id stands for both), or are not';
CREATE INDEX same_as_decision_person ON same_as_decision (person_id, decided_at);
CREATE INDEX same_as_decision_other ON same_as_decision (other_id, decided_at);
"""
FORMERLY = """
CREATE FUNCTION formerly_numbered(number text, value text) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT s.person_id FROM superseded_fact s
    WHERE s.subject_kind = 'person' AND number = 'noms_number' AND s.facts ->> 'noms_number' = value
    UNION
    SELECT s.person_id FROM superseded_fact s
    WHERE s.subject_kind = 'person' AND number = 'pnc_number' AND s.facts ->> 'pnc_number' = value;
END;
COMMENT ON FUNCTION formerly_numbered(text, text) IS
    'The records on which a number stood before: their ids only, for a caller who then looks which it sees';
REVOKE EXECUTE ON FUNCTION formerly_numbered(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION formerly_numbered(text, text)
    TO referrals_api, referrals_reader, referrals_worker;
"""
RULE = "(SELECT on_every_row()) OR sees_record(person_id, NULL) AND sees_record(other_id, NULL)"
ONLY_ADDED_TO = {"shared_number": "never_deleted", "same_as_decision": "only_added_to"}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # It waits for others and holds nobody up; what an attempt that failed has left is made again.
        op.execute("SET lock_timeout = 0")
        for number in NUMBERS:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS person_formerly_by_{number}")
            op.execute(
                f"CREATE INDEX CONCURRENTLY person_formerly_by_{number} ON superseded_fact"
                f" ((facts ->> '{number}'))"
                f" WHERE subject_kind = 'person' AND facts ->> '{number}' IS NOT NULL"
            )
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(COLUMNS)
    op.execute(TABLES)
    op.execute(FORMERLY)
    for table, trigger in ONLY_ADDED_TO.items():
        of = "DELETE" if trigger == "never_deleted" else "UPDATE OR DELETE"
        op.execute(
            f"CREATE TRIGGER {trigger} BEFORE {of} OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY callers_own ON {table} TO referrals_api, referrals_reader"
            f" USING ({RULE}) WITH CHECK ({RULE})"
        )
        op.execute(f"CREATE POLICY every_row ON {table} TO referrals_worker USING (true) WITH CHECK (true)")
        op.execute(f"GRANT SELECT ON {table} TO referrals_api, referrals_reader, referrals_worker")
        op.execute(f"GRANT INSERT ON {table} TO referrals_api, referrals_worker")
    op.execute("GRANT UPDATE (ended_at, answered) ON shared_number TO referrals_api, referrals_worker")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "UPDATE clock SET state = 'stopped', next_fires_at = NULL, next_step = NULL, next_is_assumed = false,"
        " stopped_at = now(), stop_reason = 'downgraded'"
        " WHERE timer = 'same_person' AND state <> 'stopped'"
    )
    op.execute("DROP FUNCTION formerly_numbered(text, text)")
    op.execute("DROP TABLE same_as_decision")
    op.execute("DROP TABLE shared_number")
    # The release before knows each record by its own CRN again.
    op.execute("DROP INDEX sight_carried")
    op.execute("ALTER TABLE sight DROP COLUMN carried_from_id")
    op.execute("DROP INDEX person_merged")
    op.execute("ALTER TABLE person DROP CONSTRAINT merged_into_another, DROP COLUMN same_as_id")
    op.execute("ALTER TABLE case_holding DROP CONSTRAINT case_holding_because_check")
    op.execute("UPDATE case_holding SET because = 'reassigned' WHERE because = 'merged'")
    op.execute(
        "ALTER TABLE case_holding ADD CONSTRAINT case_holding_because_check CHECK (because IN"
        " ('submitted', 'opened', 'reassigned', 'caretaker', 'transferred', 'carried_over'))"
    )
    for number in NUMBERS:
        op.execute(f"DROP INDEX person_formerly_by_{number}")

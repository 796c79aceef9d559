"""What is arranged for a release, as probation says it: only added to, and of each item the newest stands."""

from alembic import op

revision = "0084"
down_revision = "0083"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE release_arrangement (
    id uuid CONSTRAINT pk_release_arrangement PRIMARY KEY,
    ordinal bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    person_id uuid NOT NULL CONSTRAINT fk_release_arrangement_person_id_person REFERENCES person (id),
    item text NOT NULL,
    state text NOT NULL,
    day date,
    time text,
    office text,
    explained_by text,
    organisation_id uuid NOT NULL
        CONSTRAINT fk_release_arrangement_organisation_id_organisation REFERENCES organisation (id),
    client_id text NOT NULL,
    practitioner text,
    recorded_at timestamptz NOT NULL
);
COMMENT ON TABLE release_arrangement IS
    'What probation said of an arrangement for a release; of each item the newest stands';
CREATE INDEX release_arrangement_of_person ON release_arrangement (person_id, ordinal);
"""
# As `section_of` of 0077.
SECTION_OF = """
CREATE OR REPLACE FUNCTION section_of(kind text, event_name text) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN CASE
        WHEN kind IN ('contact', 'address') THEN 'household'
        WHEN kind = 'person' AND event_name LIKE 'rosh.%' THEN 'risk'
        WHEN kind IN ('check', 'check_request', 'check_review') THEN 'checks'
        WHEN kind IN ('referral', 'destination_referral', 'placement', 'change_notice', 'wording', 'adjustment',
                      'agency_review', 'completion', 'emergency', 'probation_move'{more})
            THEN 'referrals'
        WHEN kind IN ('change_of_circumstance', 'review', 'disclosure_decision', 'right_to_know', 'recall')
            THEN 'circumstances'
        WHEN kind = 'subject_access' OR kind = 'agreement' AND event_name LIKE '%.%' THEN 'protected_contacts'
    END
"""
RULE = "(SELECT on_every_row()) OR sees_record(person_id, 'referrals')"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TABLE)
    op.execute(SECTION_OF.format(more=", 'release_arrangement'"))
    op.execute(
        "CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON release_arrangement "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history()"
    )
    op.execute("ALTER TABLE release_arrangement ENABLE ALWAYS TRIGGER only_added_to")
    op.execute("ALTER TABLE release_arrangement ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY callers_own ON release_arrangement TO referrals_api, referrals_reader"
        f" USING ({RULE}) WITH CHECK ({RULE})"
    )
    op.execute(
        "CREATE POLICY every_row ON release_arrangement TO referrals_worker USING (true) WITH CHECK (true)"
    )
    op.execute("GRANT SELECT ON release_arrangement TO referrals_api, referrals_reader, referrals_worker")
    op.execute("GRANT INSERT ON release_arrangement TO referrals_api")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TABLE release_arrangement")
    op.execute(SECTION_OF.format(more=""))

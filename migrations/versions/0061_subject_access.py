"""Requests of people for what is held about them, and the copy that each was given.

A request is seen with whom the record protects: whoever prepares a copy must know what is to be left out.
"""

from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE subject_access (
    id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES person (id),
    probation_id uuid NOT NULL REFERENCES organisation (id),
    asked_by text NOT NULL CHECK (asked_by IN ('person', 'representative')),
    identity_confirmed text NOT NULL,
    received_on date NOT NULL,
    texts jsonb NOT NULL,
    copy jsonb,
    taken_back text,
    state text NOT NULL CHECK (state IN ('open', 'released', 'withdrawn')),
    state_event_id uuid NOT NULL REFERENCES event (id),
    version integer NOT NULL CHECK (version >= 1),
    opened_at timestamptz NOT NULL,
    CONSTRAINT released_with_its_copy CHECK ((copy IS NOT NULL) = (state = 'released')),
    CONSTRAINT withdrawn_with_its_reason CHECK ((taken_back IS NOT NULL) = (state = 'withdrawn'))
);
COMMENT ON TABLE subject_access IS
    'A request of a person for what is held about them, what was decided about each text, and the copy';
CREATE UNIQUE INDEX subject_access_open ON subject_access (person_id) WHERE state = 'open';
CREATE INDEX subject_access_of_person ON subject_access (person_id);
"""

# As `section_of` of 0052.
SECTION_OF = """
CREATE OR REPLACE FUNCTION section_of(kind text, event_name text) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN CASE
        WHEN kind IN ('contact', 'address') THEN 'household'
        WHEN kind = 'person' AND event_name LIKE 'rosh.%' THEN 'risk'
        WHEN kind IN ('check', 'check_request', 'check_review') THEN 'checks'
        WHEN kind IN ('referral', 'destination_referral', 'placement', 'change_notice', 'wording')
            THEN 'referrals'
        WHEN kind IN ('change_of_circumstance', 'review', 'disclosure_decision', 'right_to_know')
            THEN 'circumstances'{more}
    END
"""
RULE = (
    "(SELECT on_every_row()) OR probation_id = (SELECT caller_organisation())"
    " AND (SELECT g.person_id FROM guarded_person g WHERE g.person_id = subject_access.person_id)"
    " IS NULL OR sees_record(person_id, 'protected_contacts')"
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TABLE)
    op.execute(SECTION_OF.format(more="\n        WHEN kind = 'subject_access' THEN 'protected_contacts'"))
    op.execute("SELECT insist_on_explained_state('subject_access')")
    op.execute(
        "CREATE TRIGGER never_rewritten BEFORE DELETE OR TRUNCATE ON subject_access "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history()"
    )
    op.execute("ALTER TABLE subject_access ENABLE ALWAYS TRIGGER never_rewritten")
    op.execute("ALTER TABLE subject_access ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY callers_own ON subject_access TO referrals_api, referrals_reader"
        f" USING ({RULE}) WITH CHECK ({RULE})"
    )
    op.execute("CREATE POLICY every_row ON subject_access TO referrals_worker USING (true) WITH CHECK (true)")
    op.execute("GRANT SELECT ON subject_access TO referrals_api, referrals_reader, referrals_worker")
    op.execute(
        "GRANT INSERT, UPDATE (probation_id, texts, copy, taken_back, state, state_event_id, version)"
        " ON subject_access TO referrals_api"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "UPDATE clock SET state = 'stopped', next_fires_at = NULL, next_step = NULL, next_is_assumed = false,"
        " stopped_at = now(), stop_reason = 'downgraded'"
        " WHERE subject_kind = 'subject_access' AND state <> 'stopped'"
    )
    op.execute("DROP TABLE subject_access")
    op.execute(SECTION_OF.format(more=""))

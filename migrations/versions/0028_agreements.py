"""Every decision that takes four eyes is one agreement: what was asked, of whom, and what was decided.

Decisions from before have none: their events say who decided.
"""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE agreement (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    subject_kind text NOT NULL,
    subject_id uuid NOT NULL,
    person_id uuid NOT NULL REFERENCES person (id),
    organisation_id uuid NOT NULL REFERENCES organisation (id),
    asked_by text,
    role text NOT NULL,
    unit text,
    staff_id text,
    proposal jsonb NOT NULL,
    reason text NOT NULL,
    barred text[] NOT NULL,
    state text NOT NULL CHECK (state IN ('asked', 'agreed', 'not_agreed', 'withdrawn', 'lapsed')),
    state_event_id uuid NOT NULL REFERENCES event (id),
    version integer NOT NULL CHECK (version >= 1),
    asked_at timestamptz NOT NULL,
    decided_by text,
    decided_role text,
    decided_at timestamptz,
    decision_reason text,
    regardless jsonb,
    CHECK ((state IN ('agreed', 'not_agreed')) = (decided_by IS NOT NULL)),
    CHECK ((decided_by IS NULL) = (decided_at IS NULL) AND (decided_by IS NULL) = (decided_role IS NULL)),
    CHECK ((state IN ('agreed', 'not_agreed', 'withdrawn')) = (decision_reason IS NOT NULL)),
    CHECK (asked_by IS NOT NULL OR decided_by IS NOT NULL),
    CONSTRAINT four_eyes CHECK (decided_by IS DISTINCT FROM asked_by AND NOT decided_by = ANY (barred))
);
COMMENT ON TABLE agreement IS
    'A decision that takes a manager who is not on the case: asked and decided, or decided without being asked';
CREATE UNIQUE INDEX one_agreement_asked_at_a_time ON agreement (subject_id, kind) WHERE state = 'asked';
CREATE INDEX agreement_of_subject ON agreement (subject_id, kind);
CREATE INDEX agreement_of_person ON agreement (person_id, asked_at, id);
CREATE INDEX agreement_of_organisation ON agreement (organisation_id, asked_at, id);
CREATE INDEX agreement_asked_by ON agreement (organisation_id, asked_by, asked_at, id);
CREATE INDEX agreement_to_decide ON agreement (organisation_id, role, asked_at, id) WHERE state = 'asked';
"""

# As the rules of 0023, for the region that holds the record: who else sees a record decides nothing about it.
RULE = (
    "organisation_id = (SELECT caller_organisation())"
    " AND (SELECT g.person_id FROM guarded_person g WHERE g.person_id = agreement.person_id) IS NULL"
    " OR holds_record(person_id)"
)
# Who decided is never rewritten; what was asked is not either, but for whom it is asked of after a transfer.
CHANGES = (
    "organisation_id, staff_id, state, state_event_id, version,"
    " decided_by, decided_role, decided_at, decision_reason, regardless"
)


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute(TABLE)
    op.execute("SELECT insist_on_explained_state('agreement')")
    op.execute(
        "CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON agreement "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history()"
    )
    op.execute("ALTER TABLE agreement ENABLE ALWAYS TRIGGER never_deleted")
    whole = f"(SELECT on_every_row()) OR {RULE}"
    op.execute("ALTER TABLE agreement ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY callers_own ON agreement TO referrals_api, referrals_reader"
        f" USING ({whole}) WITH CHECK ({whole})"
    )
    op.execute("CREATE POLICY every_row ON agreement TO referrals_worker USING (true) WITH CHECK (true)")
    op.execute("GRANT SELECT ON agreement TO referrals_api, referrals_reader, referrals_worker")
    op.execute(f"GRANT INSERT, UPDATE ({CHANGES}) ON agreement TO referrals_api")


def downgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    # The release before waits for the same decisions where they are made, without a clock of their own.
    op.execute(
        "UPDATE clock SET state = 'stopped', next_fires_at = NULL, next_step = NULL, next_is_assumed = false,"
        " stopped_at = now(), stop_reason = 'downgraded'"
        " WHERE subject_kind = 'agreement' AND state <> 'stopped'"
    )
    op.execute("DROP TABLE agreement")

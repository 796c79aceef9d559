"""Of a disclosure decision: on what law somebody is told, who may tell it first, and what a force was asked.

A decision that was agreed before has neither law nor chance: what it rests on is in its proposal. What a force
was asked before went to it by other ways, and goes on so.
"""

from alembic import op

revision = "0052"
down_revision = "0050"
branch_labels = None
depends_on = None

RIGHT_TO_KNOW = """
CREATE TABLE right_to_know (
    id uuid PRIMARY KEY,
    decision_id uuid NOT NULL REFERENCES disclosure_decision (id),
    person_id uuid NOT NULL REFERENCES person (id),
    probation_id uuid NOT NULL REFERENCES organisation (id),
    police_id uuid NOT NULL REFERENCES organisation (id),
    reason text NOT NULL,
    sent_on date NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    asked_at timestamptz NOT NULL,
    ended_at timestamptz
);
COMMENT ON TABLE right_to_know IS
    'What a force was asked under the Right to Know; whom it is about is read from the record while it is asked';
CREATE UNIQUE INDEX right_to_know_asked ON right_to_know (decision_id) WHERE ended_at IS NULL;
CREATE INDEX right_to_know_of_decision ON right_to_know (decision_id);
CREATE INDEX right_to_know_of_person ON right_to_know (person_id);
"""

# As `section_of` of 0039, and its rule of a section; the force reads what it was asked.
SECTION_OF = """
CREATE OR REPLACE FUNCTION section_of(kind text, event_name text) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN CASE
        WHEN kind IN ('contact', 'address') THEN 'household'
        WHEN kind = 'person' AND event_name LIKE 'rosh.%' THEN 'risk'
        WHEN kind IN ('check', 'check_request', 'check_review') THEN 'checks'
        WHEN kind IN ('referral', 'destination_referral', 'placement', 'change_notice', 'wording')
            THEN 'referrals'
        WHEN kind IN ('change_of_circumstance', 'review', 'disclosure_decision'{more}) THEN 'circumstances'
    END
"""
RULE = (
    "(SELECT on_every_row()) OR police_id = (SELECT caller_organisation())"
    " OR probation_id = (SELECT caller_organisation())"
    " AND (SELECT g.person_id FROM guarded_person g WHERE g.person_id = right_to_know.person_id)"
    " IS NULL OR sees_record(person_id, 'circumstances')"
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE disclosure_decision ADD COLUMN basis jsonb, ADD COLUMN person_tells_by date")
    op.execute("GRANT UPDATE (urgency, basis, person_tells_by) ON disclosure_decision TO referrals_api")
    op.execute(RIGHT_TO_KNOW)
    op.execute(SECTION_OF.format(more=", 'right_to_know'"))
    op.execute(
        "CREATE TRIGGER never_rewritten BEFORE DELETE OR TRUNCATE ON right_to_know "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history()"
    )
    op.execute("ALTER TABLE right_to_know ENABLE ALWAYS TRIGGER never_rewritten")
    op.execute("ALTER TABLE right_to_know ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY callers_own ON right_to_know TO referrals_api, referrals_reader"
        f" USING ({RULE}) WITH CHECK ({RULE})"
    )
    op.execute("CREATE POLICY every_row ON right_to_know TO referrals_worker USING (true) WITH CHECK (true)")
    op.execute("GRANT SELECT ON right_to_know TO referrals_api, referrals_reader, referrals_worker")
    op.execute("GRANT INSERT, UPDATE (probation_id, version, ended_at) ON right_to_know TO referrals_api")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "UPDATE clock SET state = 'stopped', next_fires_at = NULL, next_step = NULL, next_is_assumed = false,"
        " stopped_at = now(), stop_reason = 'downgraded'"
        " WHERE subject_kind = 'right_to_know' AND state <> 'stopped'"
    )
    op.execute("DROP TABLE right_to_know")
    op.execute(SECTION_OF.format(more=""))
    op.execute("REVOKE UPDATE (urgency) ON disclosure_decision FROM referrals_api")
    op.execute("ALTER TABLE disclosure_decision DROP COLUMN basis, DROP COLUMN person_tells_by")

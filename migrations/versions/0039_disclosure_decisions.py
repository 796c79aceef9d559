"""Whether somebody outside the case is told something about a person: who decided, what was told, and when.

A decision that an earlier release left open as a review goes on as one.
"""

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE disclosure_decision (
    id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES person (id),
    probation_id uuid NOT NULL REFERENCES organisation (id),
    change_id uuid REFERENCES change_of_circumstance (id),
    recipient text NOT NULL,
    contact_id uuid REFERENCES contact (id),
    organisation_id uuid REFERENCES organisation (id),
    urgency text NOT NULL CHECK (urgency IN ('routine', 'urgent')),
    subjects text[] NOT NULL,
    state text NOT NULL
        CHECK (state IN ('open', 'proposed', 'with_police', 'to_be_told', 'told', 'not_told')),
    state_event_id uuid NOT NULL REFERENCES event (id),
    version integer NOT NULL CHECK (version >= 1),
    opened_at timestamptz NOT NULL,
    CHECK (contact_id IS NULL OR organisation_id IS NULL)
);
COMMENT ON TABLE disclosure_decision IS
    'Whether a third party is told something about a person; a contact is named by its id alone';
CREATE INDEX disclosure_decision_of_person ON disclosure_decision (person_id, opened_at, id);
CREATE INDEX disclosure_decision_of_change ON disclosure_decision (change_id) WHERE change_id IS NOT NULL;
CREATE INDEX disclosure_decision_of_organisation ON disclosure_decision (organisation_id, person_id)
    WHERE organisation_id IS NOT NULL;

CREATE TABLE disclosure_step (
    id uuid PRIMARY KEY,
    decision_id uuid NOT NULL REFERENCES disclosure_decision (id),
    number integer NOT NULL CHECK (number >= 1),
    action text NOT NULL,
    said jsonb NOT NULL,
    practitioner text,
    role text,
    at timestamptz NOT NULL,
    UNIQUE (decision_id, number)
);
COMMENT ON TABLE disclosure_step IS 'What was said at one step of a disclosure decision; only ever added to';
"""

SECTION_OF = """
CREATE OR REPLACE FUNCTION section_of(kind text, event_name text) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN CASE
        WHEN kind IN ('contact', 'address') THEN 'household'
        WHEN kind = 'person' AND event_name LIKE 'rosh.%' THEN 'risk'
        WHEN kind IN ('check', 'check_request', 'check_review') THEN 'checks'
        WHEN kind IN ('referral', 'destination_referral', 'placement', 'change_notice', 'wording')
            THEN 'referrals'
        WHEN kind IN ('change_of_circumstance', 'review'{more}) THEN 'circumstances'
    END
"""

# As the rules of 0023 for a section: for the region that holds the record, and who sees its circumstances.
RULES = {
    "disclosure_decision": (
        "probation_id = (SELECT caller_organisation())"
        " AND (SELECT g.person_id FROM guarded_person g WHERE g.person_id = disclosure_decision.person_id)"
        " IS NULL OR sees_record(person_id, 'circumstances')"
    ),
    "disclosure_step": (
        "EXISTS (SELECT FROM disclosure_decision d WHERE d.id = decision_id"
        " AND (d.probation_id = (SELECT caller_organisation())"
        " AND (SELECT g.person_id FROM guarded_person g WHERE g.person_id = d.person_id) IS NULL"
        " OR sees_record(d.person_id, 'circumstances')))"
    ),
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TABLES)
    op.execute(SECTION_OF.format(more=", 'disclosure_decision'"))
    op.execute("SELECT insist_on_explained_state('disclosure_decision')")
    for table, forbidden in (("disclosure_decision", "DELETE"), ("disclosure_step", "UPDATE OR DELETE")):
        op.execute(
            f"CREATE TRIGGER never_rewritten BEFORE {forbidden} OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER never_rewritten")
        whole = f"(SELECT on_every_row()) OR {RULES[table]}"
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY callers_own ON {table} TO referrals_api, referrals_reader"
            f" USING ({whole}) WITH CHECK ({whole})"
        )
        op.execute(f"CREATE POLICY every_row ON {table} TO referrals_worker USING (true) WITH CHECK (true)")
        op.execute(f"GRANT SELECT ON {table} TO referrals_api, referrals_reader, referrals_worker")
        op.execute(f"GRANT INSERT ON {table} TO referrals_api")
    op.execute(
        "GRANT UPDATE (probation_id, subjects, state, state_event_id, version)"
        " ON disclosure_decision TO referrals_api"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "UPDATE clock SET state = 'stopped', next_fires_at = NULL, next_step = NULL, next_is_assumed = false,"
        " stopped_at = now(), stop_reason = 'downgraded'"
        " WHERE subject_kind = 'disclosure_decision' AND state <> 'stopped'"
    )
    op.execute("DROP TABLE disclosure_step, disclosure_decision")
    op.execute(SECTION_OF.format(more=""))

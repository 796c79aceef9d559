"""A review that would change nothing waits for a manager's own call: what was proposed, and what was said to it.

Outcomes from before keep the manager that the practitioner named.
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE review_proposal (
    id uuid PRIMARY KEY,
    review_id uuid NOT NULL REFERENCES review (id),
    number integer NOT NULL CHECK (number >= 1),
    no_change_reason text NOT NULL,
    considered jsonb NOT NULL,
    withheld jsonb NOT NULL,
    reason text,
    practitioner text NOT NULL,
    proposed_at timestamptz NOT NULL,
    UNIQUE (review_id, number)
);

CREATE TABLE review_agreement (
    proposal_id uuid PRIMARY KEY REFERENCES review_proposal (id),
    agreed boolean NOT NULL,
    reason text NOT NULL,
    manager text NOT NULL,
    manager_role text NOT NULL,
    decided_at timestamptz NOT NULL
);
"""

# As the rules of 0011: for the region whose review it is, and nobody else.
OWN_REVIEW = "SELECT FROM review WHERE review.id = {review_id} AND owns_change(review.change_id)"
RULES = {
    "review_proposal": f"EXISTS ({OWN_REVIEW.format(review_id='review_id')})",
    "review_agreement": (
        "EXISTS (SELECT FROM review_proposal p JOIN review ON review.id = p.review_id"
        " WHERE p.id = proposal_id AND owns_change(review.change_id))"
    ),
}


def _allow_states(*states: str) -> None:
    named = ", ".join(f"'{state}'" for state in states)
    op.execute(
        "ALTER TABLE review DROP CONSTRAINT review_state_check,"
        f" ADD CONSTRAINT review_state_check CHECK (state IN ({named})) NOT VALID"
    )
    op.execute("ALTER TABLE review VALIDATE CONSTRAINT review_state_check")


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute(TABLES)
    _allow_states("open", "awaiting_agreement", "completed")
    for table, rule in RULES.items():
        op.execute(
            f"CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER only_added_to")
        op.execute(f"GRANT SELECT, INSERT ON {table} TO referrals_api, referrals_worker")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        whole = f"(SELECT on_every_row()) OR {rule}"
        op.execute(
            f"CREATE POLICY callers_own ON {table} TO referrals_api USING ({whole}) WITH CHECK ({whole})"
        )
        op.execute(f"CREATE POLICY every_row ON {table} TO referrals_worker USING (true) WITH CHECK (true)")


def downgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    # What waits for a manager is open again: the release before knows no other way to be unfinished.
    op.execute("""
        UPDATE review SET state = 'open', version = version + 1, state_event_id = (
            SELECT id FROM event WHERE subject_id = review.id AND to_state = 'open'
            ORDER BY ordinal DESC LIMIT 1)
        WHERE state = 'awaiting_agreement'
    """)
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    _allow_states("open", "completed")
    op.execute("DROP TABLE review_agreement, review_proposal")

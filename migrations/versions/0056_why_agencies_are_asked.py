"""Why a check was raised, as agencies may be told, and the telephone numbers that go with a question.

What is said about a change stays with probation: `words` are those that the practitioner wrote for agencies.
"""

from alembic import op

revision = "0056"
down_revision = "0054"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE check_reason (
    check_id uuid PRIMARY KEY REFERENCES safety_check (id),
    kind text NOT NULL,
    meaning text NOT NULL,
    occurred_on date NOT NULL,
    standing text NOT NULL,
    words text
);
COMMENT ON TABLE check_reason IS 'The change of circumstance that raised a check; only ever added to';
COMMENT ON COLUMN check_reason.words IS 'What the practitioner wrote for the agencies that are asked';
CREATE TRIGGER never_rewritten BEFORE UPDATE OR DELETE OR TRUNCATE ON check_reason
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history();
ALTER TABLE check_reason ENABLE ALWAYS TRIGGER never_rewritten;
ALTER TABLE check_reason ENABLE ROW LEVEL SECURITY;
CREATE POLICY callers_own ON check_reason TO referrals_api, referrals_reader
    USING ((SELECT on_every_row()) OR owns_check(check_id))
    WITH CHECK ((SELECT on_every_row()) OR owns_check(check_id));
CREATE POLICY every_row ON check_reason TO referrals_worker USING (true) WITH CHECK (true);
GRANT SELECT ON check_reason TO referrals_api, referrals_reader, referrals_worker;
GRANT INSERT ON check_reason TO referrals_api, referrals_worker;
"""
# An officer looks for a person as the question names them.
SEARCHED = ("family_name", "pnc_number", "noms_number")
# A worker sends what waited, and says with it who asks, and why.
FOR_WORKERS = ("numbers_to_ring(uuid)", "protected_words(uuid)")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TABLE)
    for name in SEARCHED:
        op.execute(
            f"CREATE INDEX check_question_{name} ON check_question (lower(document -> 'person' ->> '{name}'))"
        )
    for name in FOR_WORKERS:
        op.execute(f"GRANT EXECUTE ON FUNCTION {name} TO referrals_worker")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name in FOR_WORKERS:
        op.execute(f"REVOKE EXECUTE ON FUNCTION {name} FROM referrals_worker")
    for name in SEARCHED:
        op.execute(f"DROP INDEX check_question_{name}")
    op.execute("DROP TABLE check_reason")

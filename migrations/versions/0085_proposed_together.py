"""What is proposed together is one decision of a manager; what was proposed before is decided one by one.

And the review of an answer that already waits for a countersignature is owed by a manager: its clock waits.
"""

from alembic import op

revision = "0085"
down_revision = "0084"
branch_labels = None
depends_on = None

# As `wait_for_signature`: of what has come since, and under a policy that knows no such pause, the clock goes
# on. The next sweep works out when it is due, and sends nothing.
WAIT = """
UPDATE clock SET state = 'paused', next_fires_at = least(next_fires_at, now()), turns = turns || jsonb_build_array(
    jsonb_build_object('kind', 'paused', 'reason', 'awaiting_agreement',
                       'at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')))
FROM policy p
WHERE p.id = coalesce(clock.moved_onto_id, clock.policy_id)
    AND p.document #> '{pause,on}' ? 'awaiting_agreement'
    AND clock.subject_kind = 'check_request' AND clock.timer = 'review' AND clock.state = 'running'
    AND EXISTS (
        SELECT FROM check_review v JOIN agreement a ON a.subject_id = v.id AND a.state = 'asked'
        WHERE v.request_id = clock.subject_id AND a.kind IN ('review_countersigned', 'nil_return_drawn')
            AND v.up_to_result >= (SELECT max(number) FROM check_result r WHERE r.request_id = v.request_id)
    )
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE agreement ADD COLUMN beside uuid[] NOT NULL DEFAULT '{}'")
    op.execute(
        "COMMENT ON COLUMN agreement.beside IS 'What is decided with the subject, in the same call: of its record'"
    )
    op.execute("CREATE INDEX agreement_asked_beside ON agreement USING gin (beside) WHERE state = 'asked'")
    op.execute(WAIT)
    op.execute("GRANT UPDATE (subject_id, beside, barred) ON agreement TO referrals_api, referrals_worker")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    # The release before decides about the others where each is: at the address of the review.
    op.execute("REVOKE UPDATE (subject_id, beside) ON agreement FROM referrals_api, referrals_worker")
    op.execute("ALTER TABLE agreement DROP COLUMN beside")

"""What is proposed together is one decision of a manager; what was proposed before is decided one by one."""

from alembic import op

revision = "0085"
down_revision = "0084"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE agreement ADD COLUMN beside uuid[] NOT NULL DEFAULT '{}'")
    op.execute(
        "COMMENT ON COLUMN agreement.beside IS 'What is decided with the subject, in the same call: of its record'"
    )
    op.execute("CREATE INDEX agreement_asked_beside ON agreement USING gin (beside) WHERE state = 'asked'")
    op.execute("GRANT UPDATE (subject_id, beside) ON agreement TO referrals_api, referrals_worker")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    # The release before decides about the others where each is: at the address of the review.
    op.execute("REVOKE UPDATE (subject_id, beside) ON agreement FROM referrals_api, referrals_worker")
    op.execute("ALTER TABLE agreement DROP COLUMN beside")

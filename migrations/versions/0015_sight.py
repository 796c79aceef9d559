"""Why somebody may know of a limited access case; a submission reference is used once in a region.

References that two systems of one region have both used stay as they are: each later use has a number of its own.
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

COLUMNS = {
    "restriction": "because text NOT NULL DEFAULT 'chosen'"
    " CHECK (because IN ('chosen', 'works_on_it', 'escalated'))",
    "referral": "reference_use integer NOT NULL DEFAULT 1 CHECK (reference_use >= 1)",
}

# Readers wait for none of it. Writers do, for as long as it takes: else a reference could be used twice between
# the numbering and the index.
REFERENCES = """
LOCK TABLE referral IN SHARE ROW EXCLUSIVE MODE;
UPDATE referral SET reference_use = counted.use
FROM (
    SELECT id, row_number() OVER (
        PARTITION BY probation_id, submission_reference ORDER BY submitted_at, id
    ) AS use
    FROM referral
) AS counted
WHERE counted.id = referral.id AND counted.use > 1;
CREATE UNIQUE INDEX one_reference_for_each_region
    ON referral (probation_id, submission_reference, reference_use);
COMMENT ON COLUMN restriction.because IS
    'Named by whoever limited the case or by an operator; or added because they already worked on it';
COMMENT ON COLUMN referral.reference_use IS
    'Which use of its reference in the region: above 1 only where two systems of one region had both used it';
"""

# The notice of a refusal is in the feed of the region that asked as well. What it is about is another region's.
SIGHT = """
CREATE FUNCTION is_beyond_sight(event_name text, of_person uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN event_name = 'person.submitted_elsewhere'
        AND caller_practitioner() IS NOT NULL
        AND NOT knows_person(of_person);
REVOKE EXECUTE ON FUNCTION is_beyond_sight(text, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION is_beyond_sight(text, uuid) TO referrals_api, referrals_worker;
"""

CLOSED = """
CREATE OR REPLACE FUNCTION is_closed_event(of_event uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN EXISTS (
        SELECT FROM event WHERE id = of_event AND (is_closed_to_practitioner(person_id){beyond}));
"""
BEYOND = "is_beyond_sight(name, person_id)"

EVENTS = (
    "was_published(id) AND NOT is_closed_to_practitioner(person_id){beyond}"
    " OR owns_referral(referral_id)"
    " OR referral_id IS NULL AND knows_person(person_id)"
    " OR subject_kind IN ('destination_referral', 'placement') AND was_sent(subject_id)"
)


def _rule(beyond: str) -> str:
    whole = f"(SELECT on_every_row()) OR {EVENTS.format(beyond=beyond)}"
    return f"ALTER POLICY callers_own ON event USING ({whole}) WITH CHECK ({whole})"


def upgrade() -> None:
    # By themselves, so that nobody waits to read while what follows goes through the table.
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '5s'")
        for table, column in COLUMNS.items():
            op.execute(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {column}")
    op.execute(REFERENCES)
    op.execute(SIGHT)
    op.execute(CLOSED.format(beyond=f" OR {BEYOND}"))
    op.execute(_rule(f" AND NOT {BEYOND}"))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(_rule(""))
    op.execute(CLOSED.format(beyond=""))
    op.execute("DROP FUNCTION is_beyond_sight(text, uuid)")
    op.execute("DROP INDEX one_reference_for_each_region")
    op.execute("ALTER TABLE referral DROP COLUMN reference_use")
    op.execute("ALTER TABLE restriction DROP COLUMN because")

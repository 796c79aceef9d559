"""The day of release stands in a column of each referral, where the board of releases looks for it.

The database takes it from each version, so that whatever writes one, this release or the one before, is
followed. A referral without a version that names a day has none.
"""

from alembic import op

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None

FOLLOW = """
CREATE FUNCTION follow_release_day() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE referral r SET releases_on = CAST(NEW.document #>> '{release,date}' AS date)
    WHERE r.id = NEW.referral_id
      AND r.releases_on IS DISTINCT FROM CAST(NEW.document #>> '{release,date}' AS date);
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION follow_release_day() FROM PUBLIC;
CREATE TRIGGER follow_release_day AFTER INSERT ON referral_version
    FOR EACH ROW EXECUTE FUNCTION follow_release_day()
"""
ON_RECORD = """
UPDATE referral r SET releases_on = CAST(v.document #>> '{release,date}' AS date)
FROM referral_version v
WHERE v.referral_id = r.id AND v.number = r.current_version AND v.document #>> '{release,date}' IS NOT NULL
"""


INDEXES = {
    "referral_releases": "referral (probation_id, releases_on, person_id) WHERE releases_on IS NOT NULL",
    "placement_starts": "placement (starts_on) WHERE starts_on IS NOT NULL",
    "destination_referral_of_person": "destination_referral (person_id)",
    "event_of_release_date": "event (person_id, ordinal) WHERE name = 'person.release_date_sent'",
}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # It waits for others and holds nobody up; what an attempt that failed has left is made again.
        op.execute("SET lock_timeout = '5s'")
        op.execute("ALTER TABLE referral ADD COLUMN IF NOT EXISTS releases_on date")
        op.execute("SET lock_timeout = 0")
        for name, rows in INDEXES.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY {name} ON {rows}")
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(FOLLOW)
    op.execute(ON_RECORD)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP INDEX event_of_release_date")
    op.execute("DROP INDEX destination_referral_of_person")
    op.execute("DROP INDEX placement_starts")
    op.execute("DROP TRIGGER follow_release_day ON referral_version")
    op.execute("DROP FUNCTION follow_release_day()")
    op.execute("ALTER TABLE referral DROP COLUMN releases_on")

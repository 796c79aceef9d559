"""The day of release that a prison sent last stands in a column of the record it is about.

The board of releases finds by it who is in no referral that names a day. Any record of a region may be
looked at for that, so the days of the past months are not searched in the events. Of the records of one person
only the one of the newest line has a day: the board takes the earliest of them.
"""

from alembic import op

revision = "0079"
down_revision = "0078"
branch_labels = None
depends_on = None

TAKEN = """
UPDATE person p SET releases_on = l.release_date
FROM (
    SELECT DISTINCT ON (coalesce(of.same_as_id, of.id)) of.id, release_date
    FROM release_date_line JOIN person of ON of.id = person_id
    WHERE outcome IN ('changed', 'same', 'no_open_referral')
    ORDER BY coalesce(of.same_as_id, of.id), as_of DESC, followed_at DESC, place DESC
) l
WHERE l.id = p.id
"""


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # It waits for others and holds nobody up; what an attempt that failed has left is made again.
        op.execute("SET lock_timeout = '5s'")
        op.execute("ALTER TABLE person ADD COLUMN IF NOT EXISTS releases_on date")
        op.execute("SET lock_timeout = 0")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS person_releases")
        op.execute(
            "CREATE INDEX CONCURRENTLY person_releases ON person (holder_id, releases_on) "
            "WHERE releases_on IS NOT NULL"
        )
    op.execute("SET LOCAL lock_timeout = '5s'")
    # A worker hands over to a manager what a practitioner owed until then.
    op.execute("GRANT UPDATE (owner_role) ON clock TO referrals_worker")
    op.execute(TAKEN)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("REVOKE UPDATE (owner_role) ON clock FROM referrals_worker")
    op.execute("ALTER TABLE person DROP COLUMN releases_on")

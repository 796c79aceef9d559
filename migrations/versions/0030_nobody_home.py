"""When a worker follows what the staff register says: a member of staff has left, or is away.

Each is looked at when it is due, so that a pass costs nothing where nothing is.
"""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute("ALTER TABLE staff ADD COLUMN departure_followed_at timestamptz")
    op.execute("ALTER TABLE staff_absence ADD COLUMN looks_at timestamptz")
    op.execute(
        "CREATE INDEX staff_departing ON staff (ended_at)"
        " WHERE ended_at IS NOT NULL AND departure_followed_at IS NULL"
    )
    op.execute("CREATE INDEX staff_absence_looks_at ON staff_absence (looks_at) WHERE looks_at IS NOT NULL")
    op.execute(
        "COMMENT ON COLUMN staff_absence.looks_at IS 'When a worker next asks whether cover is needed'"
    )
    op.execute("GRANT UPDATE (departure_followed_at) ON staff TO referrals_worker")
    op.execute("GRANT UPDATE (looks_at) ON staff_absence TO referrals_worker")


def downgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute("REVOKE UPDATE (looks_at) ON staff_absence FROM referrals_worker")
    op.execute("REVOKE UPDATE (departure_followed_at) ON staff FROM referrals_worker")
    op.execute("DROP INDEX staff_absence_looks_at, staff_departing")
    op.execute("ALTER TABLE staff_absence DROP COLUMN looks_at")
    op.execute("ALTER TABLE staff DROP COLUMN departure_followed_at")

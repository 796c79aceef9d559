"""Functions that look into tables look into ours: a temporary table of the same name comes last, not first."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# Where a search path does not name pg_temp, it is searched before everything else.
LOOKING = (
    "publish_to_feeds(uuid[], uuid[])",
    "refuse_unexplained_state()",
    "restricted_address_details(uuid[], text)",
    "restricted_contact_details(uuid[], text)",
)
WITH_THE_CALLERS_RIGHTS = "refuse_firing_a_stopped_clock()"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for function in (*LOOKING, WITH_THE_CALLERS_RIGHTS):
        op.execute(f"ALTER FUNCTION {function} SET search_path = pg_catalog, public, pg_temp")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for function in LOOKING:
        op.execute(f"ALTER FUNCTION {function} SET search_path = pg_catalog, public")
    op.execute(f"ALTER FUNCTION {WITH_THE_CALLERS_RIGHTS} RESET search_path")

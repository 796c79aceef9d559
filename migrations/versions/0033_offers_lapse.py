"""An offer of a case that nobody answered lapses, and a worker ends the part of a colleague who has left.

Several regions may ask for one case: what one asks does not show that another has asked.
"""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

STATES = "ALTER TABLE transfer ADD CONSTRAINT transfer_state_check CHECK (state IN ({states}))"
BEFORE = "'requested', 'accepted', 'declined', 'withdrawn'"
ONE_AT_A_TIME = "CREATE UNIQUE INDEX one_transfer_at_a_time ON transfer ({of}) WHERE state = 'requested'"
GRANTS = (
    ("version, state, state_event_id, answered_by, answered_at", "transfer"),
    ("ended_at, ended_by, end_reason", "restriction"),
    ("until_at", "case_team"),
)


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute("ALTER TABLE transfer DROP CONSTRAINT transfer_state_check")
    op.execute(STATES.format(states=f"{BEFORE}, 'lapsed'"))
    op.execute("DROP INDEX one_transfer_at_a_time")
    op.execute(ONE_AT_A_TIME.format(of="person_id, asked_by_id, asked_by"))
    for columns, table in GRANTS:
        op.execute(f"GRANT UPDATE ({columns}) ON {table} TO referrals_worker")


def downgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    for columns, table in GRANTS:
        op.execute(f"REVOKE UPDATE ({columns}) ON {table} FROM referrals_worker")
    # Refused while several wait for one case: let them be answered first.
    op.execute("DROP INDEX one_transfer_at_a_time")
    op.execute(ONE_AT_A_TIME.format(of="person_id"))
    op.execute("ALTER TABLE transfer DROP CONSTRAINT transfer_state_check")
    op.execute(STATES.format(states=BEFORE) + " NOT VALID")

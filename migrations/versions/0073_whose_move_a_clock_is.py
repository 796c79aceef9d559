"""A clock says who of probation owes the move, where that is not the organisation that was asked.

What runs today is told by the policy that it goes by: whoever that notifies first owes the move. Nothing fires
and nothing is sent because of it. Lists of the work of one practitioner, one unit and one caretaker have
indexes of running clocks.
"""

from alembic import op

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None

INDEXES = {
    "clock_of_practitioner": "clock (probation_id, practitioner, due_at, id) WHERE state = 'running'",
    "clock_of_unit": "clock (probation_id, pdu, due_at, id) WHERE state = 'running'",
    "clock_of_caretaker": "clock (probation_id, caretaker) WHERE state = 'running' AND caretaker IS NOT NULL",
    "notice_item_of_clock": "notice_item (clock_id, organisation_id)",
}
OWED = """
UPDATE clock c
SET owner_role = CASE
    WHEN c.subject_kind = 'check_request' AND c.timer = 'answer' THEN 'practitioner'
    ELSE coalesce(
        CASE WHEN c.timer = 'ask' THEN p.document #>> '{ask,owner}'
             ELSE coalesce(p.document #>> '{answer,owner}', p.document #>> '{answer,steps,0,probation}') END,
        'practitioner') END
FROM policy p
WHERE p.id = CASE WHEN c.moved_onto_id IS NULL THEN c.policy_id ELSE c.moved_onto_id END
  AND c.state <> 'stopped' AND c.owner_role IS NULL
  AND (c.responder_id IS NULL
       OR (c.subject_kind, c.timer) IN (
           ('placement', 'placement_end'), ('placement', 'danger'), ('emergency', 'danger'),
           ('change_of_circumstance', 'danger'))
       OR (c.subject_kind, c.timer) = ('check_request', 'answer') AND EXISTS (
           SELECT FROM check_request r WHERE r.id = c.subject_id AND r.state = 'refused'))
"""


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # It waits for others and holds nobody up; what an attempt that failed has left is made again.
        op.execute("SET lock_timeout = '5s'")
        op.execute("ALTER TABLE clock ADD COLUMN IF NOT EXISTS owner_role text")
        op.execute("SET lock_timeout = 0")
        for name, rows in INDEXES.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY {name} ON {rows}")
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("GRANT UPDATE (owner_role) ON clock TO referrals_api")
    op.execute(OWED)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name in INDEXES:
        op.execute(f"DROP INDEX {name}")
    op.execute("ALTER TABLE clock DROP COLUMN owner_role")

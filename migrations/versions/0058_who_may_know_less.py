"""Which organisations may know less since a moment ago: what they were sent is looked through, by a worker.

A registration reads nothing about anybody; it only notes the organisation. The worker compares as a call does,
and whom an agency is asked about gives nothing away to it.
"""

from alembic import op

revision = "0058"
down_revision = "0056"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE knowledge_ended (
    id uuid CONSTRAINT pk_knowledge_ended PRIMARY KEY,
    organisation_id uuid NOT NULL,
    ended_at timestamptz NOT NULL,
    CONSTRAINT fk_knowledge_ended_organisation_id_organisation
        FOREIGN KEY (organisation_id) REFERENCES organisation (id)
);
COMMENT ON TABLE knowledge_ended IS
    'Organisations that may know less since a moment ago: what they were sent is looked through, and the row is gone';
GRANT INSERT ON knowledge_ended TO referrals_registrar;
GRANT SELECT, DELETE ON knowledge_ended TO referrals_worker;
"""
FOR_WORKERS = ("restricted_contact_details(uuid[], text)", "restricted_address_details(uuid[], text)")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TABLE)
    for name in FOR_WORKERS:
        op.execute(f"GRANT EXECUTE ON FUNCTION {name} TO referrals_worker")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name in FOR_WORKERS:
        op.execute(f"REVOKE EXECUTE ON FUNCTION {name} FROM referrals_worker")
    op.execute("DROP TABLE knowledge_ended")

"""Which organisations may know less since a moment ago; who was a partner before; what was said to be urgent.

What such an organisation was sent is looked through, by a worker: a registration reads nothing about anybody,
and only notes the organisation. The worker compares as a call does, and whom an agency is asked about gives
nothing away to it. A former partner who is called a victim is asked about like one still.
"""

from alembic import op

revision = "0060"
down_revision = "0059"
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
# The release before writes neither.
COLUMNS = """
ALTER TABLE contact ADD COLUMN has_been_partner boolean NOT NULL DEFAULT false;
ALTER TABLE change_of_circumstance ADD COLUMN said_urgent boolean NOT NULL DEFAULT false;
UPDATE contact SET has_been_partner = true
WHERE relationship IN ('partner', 'ex_partner')
    OR (relationship = 'victim' AND EXISTS (
        SELECT FROM superseded_fact s
        WHERE s.subject_kind = 'contact' AND s.subject_id = contact.id
            AND s.facts ->> 'relationship' IN ('partner', 'ex_partner')));
"""
FOR_WORKERS = ("restricted_contact_details(uuid[], text)", "restricted_address_details(uuid[], text)")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TABLE)
    op.execute(COLUMNS)
    for name in FOR_WORKERS:
        op.execute(f"GRANT EXECUTE ON FUNCTION {name} TO referrals_worker")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name in FOR_WORKERS:
        op.execute(f"REVOKE EXECUTE ON FUNCTION {name} FROM referrals_worker")
    op.execute("ALTER TABLE change_of_circumstance DROP COLUMN said_urgent")
    op.execute("ALTER TABLE contact DROP COLUMN has_been_partner")
    op.execute("DROP TABLE knowledge_ended")

"""Children's services are asked about a child by name, or by what identifies the child without one.

The store of protected contacts opens for them too, for those they are asked about. Whoever reports danger is
shown whom to ring in the region.
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0041"
branch_labels = None
depends_on = None

CONTACTS = """
CREATE OR REPLACE FUNCTION restricted_contact_details(contacts uuid[], purpose text)
    RETURNS SETOF restricted_contact_detail
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF purpose IS NULL OR purpose NOT IN ({purposes}) THEN
        RAISE EXCEPTION 'restricted details are not for this purpose'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN QUERY SELECT * FROM restricted_contact_detail
        WHERE contact_id = ANY (contacts)
          AND (on_every_row() OR sees_protected_contact(contact_id));
END $$;
"""
# Whoever reports danger is answered with these, whatever it is about: nothing else of the register is shown.
NUMBERS = """
CREATE FUNCTION numbers_to_ring(region uuid) RETURNS TABLE (role text, phone text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT DISTINCT ON (r.role) r.role, s.phone
    FROM staff_role r JOIN staff s ON s.organisation_id = r.organisation_id AND s.id = r.staff_id
    WHERE r.organisation_id = region AND r.role IN ('on_call_manager', 'region') AND s.phone IS NOT NULL
      AND r.from_at <= (SELECT caller_time()) AND (r.until_at IS NULL OR r.until_at > (SELECT caller_time()))
      AND (s.ended_at IS NULL OR s.ended_at > (SELECT caller_time()))
      AND NOT EXISTS (
          SELECT FROM staff_absence a
          WHERE a.organisation_id = s.organisation_id AND a.staff_id = s.id
            AND a.from_at <= (SELECT caller_time()) AND a.until_at > (SELECT caller_time()))
    ORDER BY r.role, r.unit IS NOT NULL, r.deputy, s.id;
END;
"""
NUMBERS_OF = "numbers_to_ring(uuid)"
BEFORE = "'case_management', 'police_check', 'public_protection'"
KEPT_APART = (
    "description_of_protected_contacts_stands_elsewhere "
    "CHECK (NOT protected OR (estimated_age IS NULL AND description IS NULL))"
)
NOW = f"{BEFORE}, 'childrens_safeguarding'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("contact", sa.Column("estimated_age", sa.Integer, nullable=True))
    op.add_column("contact", sa.Column("description", sa.Text, nullable=True))
    op.add_column("contact", sa.Column("aged", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("contact", sa.Column("described", sa.Boolean, nullable=False, server_default=sa.false()))
    mother = sa.ForeignKey("contact.id", deferrable=True, initially="DEFERRED")
    op.add_column("contact", sa.Column("mother_id", sa.UUID, mother, nullable=True))
    op.add_column("restricted_contact_detail", sa.Column("estimated_age", sa.Integer, nullable=True))
    op.add_column("restricted_contact_detail", sa.Column("description", sa.Text, nullable=True))
    op.add_column(
        "check_request", sa.Column("by_description", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.execute(f"ALTER TABLE contact ADD CONSTRAINT {KEPT_APART} NOT VALID")
    op.execute("ALTER TABLE contact VALIDATE CONSTRAINT description_of_protected_contacts_stands_elsewhere")
    op.execute(CONTACTS.format(purposes=NOW))
    op.execute(NUMBERS)
    op.execute(f"REVOKE EXECUTE ON FUNCTION {NUMBERS_OF} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {NUMBERS_OF} TO referrals_api, referrals_reader")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(f"DROP FUNCTION {NUMBERS_OF}")
    op.execute(CONTACTS.format(purposes=BEFORE))
    op.drop_column("check_request", "by_description")
    op.drop_column("restricted_contact_detail", "description")
    op.drop_column("restricted_contact_detail", "estimated_age")
    for column in ("mother_id", "described", "aged", "description", "estimated_age"):
        op.drop_column("contact", column)

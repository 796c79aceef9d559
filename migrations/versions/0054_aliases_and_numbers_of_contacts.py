"""Contacts have aliases and a telephone number, kept apart for protected ones; texts are compared with both."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0054"
down_revision = "0052"
branch_labels = None
depends_on = None

KEPT_APART = "aliases_of_protected_contacts_stand_elsewhere"
FUNCTION = """
CREATE FUNCTION protected_words(of_person uuid)
    RETURNS TABLE (
        subject_kind text, is_current boolean, given_name text, family_name text, {columns}
        lines jsonb, postcode text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT 'contact', true, d.given_name, d.family_name, {details} NULL::jsonb, NULL::text
    FROM contact c JOIN restricted_contact_detail d ON d.contact_id = c.id
    WHERE c.person_id = of_person AND c.protected
      AND (on_every_row() OR sees_record(of_person, 'protected_contacts'))
    UNION ALL
    SELECT 'contact', false, s.facts ->> 'given_name', s.facts ->> 'family_name', {facts} NULL, NULL
    FROM contact c JOIN superseded_fact s ON s.subject_id = c.id AND s.subject_kind = 'contact'
    WHERE c.person_id = of_person AND c.protected
      AND (on_every_row() OR sees_record(of_person, 'protected_contacts'))
    UNION ALL
    SELECT 'address', true, NULL, NULL, {nothing} d.lines, d.postcode
    FROM address a JOIN restricted_address_detail d ON d.address_id = a.id
    WHERE a.person_id = of_person AND a.protected
      AND (on_every_row() OR sees_record(of_person, 'protected_contacts'))
    UNION ALL
    SELECT 'address', false, NULL, NULL, {nothing} s.facts -> 'lines', s.facts ->> 'postcode'
    FROM address a JOIN superseded_fact s ON s.subject_id = a.id AND s.subject_kind = 'address'
    WHERE a.person_id = of_person AND a.protected
      AND (on_every_row() OR sees_record(of_person, 'protected_contacts'));
END;
"""
NOW = {
    "columns": "aliases jsonb, phone text,",
    "details": "d.aliases, d.phone,",
    "facts": "nullif(s.facts -> 'aliases', 'null'::jsonb), s.facts ->> 'phone',",
    "nothing": "NULL, NULL,",
}
BEFORE = dict.fromkeys(NOW, "")
NAME = "protected_words(uuid)"


def compared_with(columns: dict[str, str]) -> None:
    op.execute(f"DROP FUNCTION {NAME}")
    op.execute(FUNCTION.format_map(columns))
    op.execute(f"REVOKE EXECUTE ON FUNCTION {NAME} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {NAME} TO referrals_api")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in ("contact", "restricted_contact_detail"):
        op.add_column(table, sa.Column("aliases", JSONB, nullable=True))
        op.add_column(table, sa.Column("phone", sa.Text, nullable=True))
    op.execute(
        f"ALTER TABLE contact ADD CONSTRAINT {KEPT_APART} "
        "CHECK (NOT protected OR (aliases IS NULL AND phone IS NULL)) NOT VALID"
    )
    op.execute(f"ALTER TABLE contact VALIDATE CONSTRAINT {KEPT_APART}")
    compared_with(NOW)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    compared_with(BEFORE)
    for table in ("restricted_contact_detail", "contact"):
        op.drop_column(table, "phone")
        op.drop_column(table, "aliases")

"""Texts are compared with all that a record protects: names and homes of today, and those of before.

One function opens the restricted store and the history for that comparison, and for nothing else.
"""

from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

FUNCTION = """
CREATE FUNCTION protected_words(of_person uuid)
    RETURNS TABLE (
        subject_kind text, is_current boolean, given_name text, family_name text, lines jsonb, postcode text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT 'contact', true, d.given_name, d.family_name, NULL::jsonb, NULL::text
    FROM contact c JOIN restricted_contact_detail d ON d.contact_id = c.id
    WHERE c.person_id = of_person AND c.protected
      AND (on_every_row() OR sees_record(of_person, 'protected_contacts'))
    UNION ALL
    SELECT 'contact', false, s.facts ->> 'given_name', s.facts ->> 'family_name', NULL, NULL
    FROM contact c JOIN superseded_fact s ON s.subject_id = c.id AND s.subject_kind = 'contact'
    WHERE c.person_id = of_person AND c.protected
      AND (on_every_row() OR sees_record(of_person, 'protected_contacts'))
    UNION ALL
    SELECT 'address', true, NULL, NULL, d.lines, d.postcode
    FROM address a JOIN restricted_address_detail d ON d.address_id = a.id
    WHERE a.person_id = of_person AND a.protected
      AND (on_every_row() OR sees_record(of_person, 'protected_contacts'))
    UNION ALL
    SELECT 'address', false, NULL, NULL, s.facts -> 'lines', s.facts ->> 'postcode'
    FROM address a JOIN superseded_fact s ON s.subject_id = a.id AND s.subject_kind = 'address'
    WHERE a.person_id = of_person AND a.protected
      AND (on_every_row() OR sees_record(of_person, 'protected_contacts'));
END;
"""
NAME = "protected_words(uuid)"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(FUNCTION)
    op.execute(f"REVOKE EXECUTE ON FUNCTION {NAME} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {NAME} TO referrals_api")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(f"DROP FUNCTION {NAME}")

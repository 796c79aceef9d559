"""A disclosure decision lapses where it was opened for what was not so, and views leave out who was in error.

Going back leaves what has lapsed: the release before counts it among what is not decided.
"""

from alembic import op

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None

BEFORE = "'open', 'proposed', 'with_police', 'to_be_told', 'told', 'not_told'"
STATES = (
    "ALTER TABLE disclosure_decision DROP CONSTRAINT disclosure_decision_state_check,"
    " ADD CONSTRAINT disclosure_decision_state_check CHECK (state IN ({states})) NOT VALID"
)
# Beside `protected_words`, which has whom a record protects: a name that somebody else has now counts as theirs.
WORDS_IN_ERROR = """
CREATE FUNCTION words_in_error(of_person uuid)
    RETURNS TABLE (
        subject_kind text, is_current boolean, given_name text, family_name text, aliases jsonb, phone text,
        lines jsonb, postcode text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT 'contact', false, d.given_name, d.family_name, d.aliases, d.phone, NULL::jsonb, NULL::text
    FROM contact c JOIN restricted_contact_detail d ON d.contact_id = c.id
    WHERE c.person_id = of_person AND c.protected AND c.in_error_at IS NOT NULL
      AND (on_every_row() OR sees_record(of_person, 'protected_contacts'))
    UNION ALL
    SELECT 'contact', false, s.facts ->> 'given_name', s.facts ->> 'family_name',
        nullif(s.facts -> 'aliases', 'null'::jsonb), s.facts ->> 'phone', NULL, NULL
    FROM contact c JOIN superseded_fact s ON s.subject_id = c.id AND s.subject_kind = 'contact'
    WHERE c.person_id = of_person AND c.protected AND c.in_error_at IS NOT NULL
      AND (on_every_row() OR sees_record(of_person, 'protected_contacts'))
    UNION ALL
    SELECT 'address', false, NULL, NULL, NULL, NULL, d.lines, d.postcode
    FROM address a JOIN restricted_address_detail d ON d.address_id = a.id
    WHERE a.person_id = of_person AND a.protected AND a.in_error_at IS NOT NULL
      AND (on_every_row() OR sees_record(of_person, 'protected_contacts'))
    UNION ALL
    SELECT 'address', false, NULL, NULL, NULL, NULL, s.facts -> 'lines', s.facts ->> 'postcode'
    FROM address a JOIN superseded_fact s ON s.subject_id = a.id AND s.subject_kind = 'address'
    WHERE a.person_id = of_person AND a.protected AND a.in_error_at IS NOT NULL
      AND (on_every_row() OR sees_record(of_person, 'protected_contacts'));
END;
"""


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # Looked through without the lock that the change itself takes.
        op.execute("SET lock_timeout = '5s'")
        op.execute(STATES.format(states=f"{BEFORE}, 'lapsed'"))
        op.execute("ALTER TABLE disclosure_decision VALIDATE CONSTRAINT disclosure_decision_state_check")
        op.execute("RESET lock_timeout")
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(WORDS_IN_ERROR)
    op.execute("REVOKE EXECUTE ON FUNCTION words_in_error(uuid) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION words_in_error(uuid) TO referrals_api, referrals_reader")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP FUNCTION words_in_error(uuid)")
    op.execute(STATES.format(states=BEFORE))

"""Contacts and addresses that were entered in error, and what each system said last of a record.

Who was entered in error is kept, and protects nothing any more: the words of texts are not compared with it.
"""

from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE {table}
    ADD COLUMN in_error_at timestamptz,
    ADD COLUMN in_error_by text,
    ADD COLUMN in_error_reason text,
    ADD CONSTRAINT ck_{table}_in_error CHECK (num_nonnulls(in_error_at, in_error_by, in_error_reason) IN (0, 3));
"""
# A salt, so that equal values of two records have unlike digests: who reads the table compares nobody by it.
SAID = """
CREATE TABLE said (
    person_id uuid NOT NULL,
    client_id text NOT NULL,
    salt text NOT NULL,
    members jsonb NOT NULL,
    CONSTRAINT pk_said PRIMARY KEY (person_id, client_id),
    CONSTRAINT fk_said_person_id_person FOREIGN KEY (person_id) REFERENCES person (id)
);
COMMENT ON TABLE said IS
    'What each system said last of a record, member by member: a digest and since when, never the value';
ALTER TABLE said ENABLE ROW LEVEL SECURITY;
CREATE POLICY callers_own ON said TO referrals_api, referrals_reader
    USING (client_id = (SELECT caller_client()) OR (SELECT on_every_row()))
    WITH CHECK (client_id = (SELECT caller_client()) OR (SELECT on_every_row()));
CREATE POLICY every_row ON said TO referrals_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON said TO referrals_api, referrals_worker;
"""


# As 0054 has it, but for who was entered in error.
PROTECTED_WORDS = """
CREATE OR REPLACE FUNCTION protected_words(of_person uuid)
    RETURNS TABLE (
        subject_kind text, is_current boolean, given_name text, family_name text, aliases jsonb, phone text,
        lines jsonb, postcode text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT 'contact', true, d.given_name, d.family_name, d.aliases, d.phone, NULL::jsonb, NULL::text
    FROM contact c JOIN restricted_contact_detail d ON d.contact_id = c.id
    WHERE c.person_id = of_person AND c.protected {contact}
      AND (on_every_row() OR sees_record(of_person, 'protected_contacts'))
    UNION ALL
    SELECT 'contact', false, s.facts ->> 'given_name', s.facts ->> 'family_name',
        nullif(s.facts -> 'aliases', 'null'::jsonb), s.facts ->> 'phone', NULL, NULL
    FROM contact c JOIN superseded_fact s ON s.subject_id = c.id AND s.subject_kind = 'contact'
    WHERE c.person_id = of_person AND c.protected {contact}
      AND (on_every_row() OR sees_record(of_person, 'protected_contacts'))
    UNION ALL
    SELECT 'address', true, NULL, NULL, NULL, NULL, d.lines, d.postcode
    FROM address a JOIN restricted_address_detail d ON d.address_id = a.id
    WHERE a.person_id = of_person AND a.protected {address}
      AND (on_every_row() OR sees_record(of_person, 'protected_contacts'))
    UNION ALL
    SELECT 'address', false, NULL, NULL, NULL, NULL, s.facts -> 'lines', s.facts ->> 'postcode'
    FROM address a JOIN superseded_fact s ON s.subject_id = a.id AND s.subject_kind = 'address'
    WHERE a.person_id = of_person AND a.protected {address}
      AND (on_every_row() OR sees_record(of_person, 'protected_contacts'));
END;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in ("contact", "address"):
        op.execute(COLUMNS.format(table=table))
    op.execute(SAID)
    op.execute(
        PROTECTED_WORDS.format(contact="AND c.in_error_at IS NULL", address="AND a.in_error_at IS NULL")
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(PROTECTED_WORDS.format(contact="", address=""))
    op.execute("DROP TABLE said")
    for table in ("contact", "address"):
        op.execute(
            f"ALTER TABLE {table} DROP COLUMN in_error_at, DROP COLUMN in_error_by,"
            " DROP COLUMN in_error_reason"
        )

"""The numbers by which a person is known are kept in one spelling: what is on record is brought in line.

Whoever asks by a number has it read so (`service.person_numbers`), and would find no record that kept it as it
was written. What stood on a record before is history, and stays as it was.
"""

from alembic import op

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None

NUMBERS = """
CREATE FUNCTION pg_temp.noms_number(said text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN said ~ '^ *[A-Za-z] *[0-9]{4} *[A-Za-z]{2} *$' THEN upper(replace(said, ' ', '')) ELSE said
    END
$$;
CREATE FUNCTION pg_temp.pnc_number(said text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(
        CASE WHEN length(parts[1]) > 2 THEN '' WHEN parts[1] >= '50' THEN '19' ELSE '20' END
            || parts[1] || '/' || lpad(parts[2], 7, '0') || upper(parts[3]),
        said
    )
    FROM coalesce(
        regexp_match(said, '^ *([0-9]{4}|[0-9]{2}) *[/ -] *([0-9]{1,7}) *([A-Za-z]) *$'),
        regexp_match(said, '^ *(19[0-9]{2}|20[0-9]{2})([0-9]{7})([A-Za-z]) *$')
    ) AS parts
$$;
"""
DIGESTS = """
UPDATE shared_number AS asked SET value_digest = encode(sha256(convert_to(kept, 'UTF8')), 'hex')
FROM person, pg_temp.{number}(person.{number}) AS kept
WHERE asked.number = '{number}' AND person.id IN (asked.person_id, asked.other_id)
  AND person.{number} <> kept
  AND asked.value_digest = encode(sha256(convert_to(person.{number}, 'UTF8')), 'hex')
  AND NOT EXISTS (
      SELECT FROM shared_number AS other
      WHERE (other.person_id, other.other_id, other.number) = (asked.person_id, asked.other_id, asked.number)
        AND other.value_digest = encode(sha256(convert_to(kept, 'UTF8')), 'hex')
  )
"""
REWRITTEN = """
UPDATE person SET {number} = pg_temp.{number}({number}) WHERE {number} <> pg_temp.{number}({number})
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(NUMBERS)
    for number in ("noms_number", "pnc_number"):
        # By the number as it still stands there.
        op.execute(DIGESTS.format(number=number))
        op.execute(REWRITTEN.format(number=number))
    op.execute("DROP FUNCTION pg_temp.noms_number(text), pg_temp.pnc_number(text)")


def downgrade() -> None:
    """Leave the numbers: each is one that could have been sent."""

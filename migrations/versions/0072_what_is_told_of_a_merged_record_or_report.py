"""Whoever is asked about a merged record is told who the person is as the record that stands for it says.

What that does not say, the merged record does (`service.people.aliases.who_is`). What was answered counts as
asked by that rule, too, so that this release asks nothing again; what is open is put right the next time that
its record is looked at.

What stood on a record before one of its members changed is read once a merge is undone, to be given back.

A check knows whether what was reported, and raised it, has been put right or withdrawn since.
"""

from alembic import op

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None

ON_RECORD = """
CREATE OR REPLACE FUNCTION on_record(of_kind text, subject uuid) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    RETURN CASE of_kind
        WHEN 'person' THEN (SELECT to_jsonb(p){of_another} FROM person p WHERE p.id = subject)
        WHEN 'contact' THEN (SELECT to_jsonb(c) FROM contact c WHERE c.id = subject)
        ELSE (SELECT to_jsonb(a) FROM address a WHERE a.id = subject)
        END || coalesce(apart(of_kind, subject), '{{}}');
"""
STANDS = """ || coalesce((
            SELECT jsonb_object_agg(said.key, said.value)
            FROM person s, jsonb_each(to_jsonb(s)) said
            WHERE s.id = p.same_as_id AND said.value NOT IN ('null', '""', '[]')), '{}')"""
BEFORE = """
-- What stood in place of a member of a record, the newest first. Only for a transaction that works on every row.
CREATE FUNCTION stood_before(of_person uuid, member text) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    RETURN (
        SELECT coalesce(
            jsonb_agg(jsonb_build_object('value', s.facts -> member, 'until', s.superseded_at)
                      ORDER BY s.version DESC), '[]')
        FROM superseded_fact s
        WHERE s.person_id = of_person AND s.subject_kind = 'person' AND on_every_row());
REVOKE EXECUTE ON FUNCTION stood_before(uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stood_before(uuid, text) TO referrals_api, referrals_worker;
"""
AS_IT_STANDS = """
CREATE TEMPORARY TABLE told ON COMMIT DROP AS
    SELECT s.request_id, s.kind, s.subject_id
    FROM check_request_subject s
    JOIN check_request r ON r.id = s.request_id
    JOIN person p ON p.id = s.subject_id AND p.same_as_id IS NOT NULL
    WHERE s.kind = 'person' AND (r.answered_at IS NOT NULL OR r.state = 'cancelled')
      AND s.identity = identity_told(r.kind, s.kind, s.subject_id)
"""
TOLD = """
UPDATE check_request_subject s SET identity = identity_told(r.kind, s.kind, s.subject_id)
FROM check_request r, told
WHERE r.id = s.request_id
  AND (told.request_id, told.kind, told.subject_id) = (s.request_id, s.kind, s.subject_id);
DROP TABLE told
"""


def tell_by(of_another: str) -> None:
    """Have what was answered as it stands count as asked by another rule, too: it is compared by that now."""
    op.execute(AS_IT_STANDS)
    op.execute(ON_RECORD.format(of_another=of_another))
    op.execute(TOLD)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    tell_by(STANDS)
    op.execute(BEFORE)
    op.execute(
        "ALTER TABLE safety_check ADD COLUMN said_since text"
        " CONSTRAINT ck_safety_check_said_since CHECK (said_since IN ('put_right', 'withdrawn'))"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE safety_check DROP COLUMN said_since")
    op.execute("DROP FUNCTION stood_before(uuid, text)")
    tell_by("")

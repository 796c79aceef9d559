"""Each subject of a question is urgent since a moment of its own, and is known by all that identifies it.

What an agency has not answered can be another's to answer, while its own answer stays. A question that a
manager ended before it was sent knows whom the decision was about.

A contact is looked for by aliases, too; where the date of birth is not known, by the estimated age, and where
no full name is, by the description. A person is looked for by the NOMS number, too. What was told before
counts as told: nothing is asked again by this release.
"""

from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

URGENT = """
ALTER TABLE check_request_subject ADD COLUMN urgent_since timestamptz;
COMMENT ON COLUMN check_request_subject.urgent_since IS
    'When it became urgent; null: it was so when it was asked about, or is not';
GRANT UPDATE (urgent_since) ON check_request_subject TO referrals_api, referrals_worker;
"""

# By what an agency is told: a force is not told what somebody looks like, and children's services no numbers.
IDENTITY = """
CREATE FUNCTION identity_told(of_check text, of_kind text, subject uuid) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    RETURN identity_in(of_kind, on_record(of_kind, subject) - CASE of_check
        WHEN 'police_da' THEN ARRAY['estimated_age', 'description']
        WHEN 'childrens_safeguarding' THEN ARRAY['pnc_number', 'noms_number']
        ELSE ARRAY[]::text[] END);
REVOKE EXECUTE ON FUNCTION identity_told(text, text, uuid) FROM PUBLIC;
"""
ON_RECORD = "identity_in(s.kind, on_record(s.kind, s.subject_id))"
AS_TOLD = "identity_told(r.kind, s.kind, s.subject_id)"
AS_IT_STANDS = """
CREATE TEMPORARY TABLE told ON COMMIT DROP AS
    SELECT s.request_id, s.kind, s.subject_id
    FROM check_request_subject s JOIN check_request r ON r.id = s.request_id
    WHERE s.identity = {identity}
"""
TOLD = """
UPDATE check_request_subject s SET identity = {identity}
FROM check_request r, told
WHERE r.id = s.request_id
  AND (told.request_id, told.kind, told.subject_id) = (s.request_id, s.kind, s.subject_id);
DROP TABLE told
"""
FUNCTIONS = """
-- What was told, or decided, otherwise than the record is now. Only for a transaction that works on every row.
CREATE OR REPLACE FUNCTION asked_otherwise(of_person uuid)
    RETURNS TABLE (request_id uuid, kind text, subject_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT s.request_id, s.kind, s.subject_id
    FROM check_request r JOIN check_request_subject s ON s.request_id = r.id
    WHERE r.person_id = of_person AND {of_requests} AND r.state NOT IN ('misdirected', 'superseded')
      AND s.withdrawn_version IS NULL
      AND s.identity <> {identity}
      AND (on_every_row() OR caller_organisation() IS NULL);
END;

-- Copies what was told of protected people and homes, and notes the identity of every subject told.
CREATE OR REPLACE FUNCTION keep_what_was_asked(requests uuid[]) RETURNS void
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    UPDATE check_request_subject s
    SET identity = {identity},
        told_version = CASE
            WHEN s.identity IS DISTINCT FROM {identity}
            THEN r.question_version ELSE s.told_version END
    FROM unnest(requests) AS asked (id) JOIN check_request r ON r.id = asked.id
    WHERE s.request_id = asked.id AND s.withdrawn_version IS NULL;
    INSERT INTO check_question_confidential (request_id, version, kind, subject_id, details)
    SELECT r.id, r.question_version, s.kind, s.subject_id, apart(s.kind, s.subject_id)
    FROM unnest(requests) AS asked (id)
    JOIN check_request r ON r.id = asked.id
    JOIN check_request_subject s ON s.request_id = r.id
    WHERE s.withdrawn_version IS NULL AND apart(s.kind, s.subject_id) IS NOT NULL
    ON CONFLICT DO NOTHING;
END;
"""
DECIDED = """
CREATE FUNCTION keep_whom_a_decision_is_about(requests uuid[]) RETURNS void
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    UPDATE check_request_subject s SET identity = identity_told(r.kind, s.kind, s.subject_id)
    FROM unnest(requests) AS decided (id) JOIN check_request r ON r.id = decided.id
    WHERE s.request_id = decided.id AND s.withdrawn_version IS NULL AND r.sent_at IS NULL;
END;
REVOKE EXECUTE ON FUNCTION keep_whom_a_decision_is_about(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION keep_whom_a_decision_is_about(uuid[]) TO referrals_api, referrals_worker;
"""

ADDRESS = """
        WHEN 'address' THEN (
            SELECT string_agg(folded(line), '|')
            FROM jsonb_array_elements_text(
                CASE jsonb_typeof(facts -> 'lines') WHEN 'array' THEN facts -> 'lines' ELSE '[]' END) line
            ) || '|' || folded(facts ->> 'postcode')"""
NAME_AND_BIRTH = """folded(facts ->> 'given_name') || '|' || folded(facts ->> 'family_name')
            || '|' || coalesce(facts ->> 'date_of_birth', '')"""
ALIASES = """coalesce((
                SELECT string_agg(folded(alias), ',' ORDER BY folded(alias))
                FROM jsonb_array_elements_text(
                    CASE jsonb_typeof(facts -> 'aliases') WHEN 'array' THEN facts -> 'aliases' ELSE '[]' END
                ) alias), '')"""
HEAD = """(of_kind text, facts jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp
    RETURN md5(CASE of_kind"""
BEFORE = f"""{HEAD}{ADDRESS}
        WHEN 'contact' THEN
            {NAME_AND_BIRTH}
        ELSE
            {NAME_AND_BIRTH} || '|' || folded(facts ->> 'pnc_number')
            || '|' || {ALIASES}
        END);"""
NOW = f"""{HEAD}{ADDRESS}
        WHEN 'contact' THEN
            {NAME_AND_BIRTH}
            || '|' || CASE WHEN facts ->> 'date_of_birth' IS NULL
                THEN coalesce(facts ->> 'estimated_age', '') ELSE '' END
            || '|' || CASE WHEN folded(facts ->> 'given_name') = '' OR folded(facts ->> 'family_name') = ''
                THEN folded(facts ->> 'description') ELSE '' END
            || '|' || {ALIASES}
        ELSE
            {NAME_AND_BIRTH} || '|' || folded(facts ->> 'pnc_number')
            || '|' || folded(facts ->> 'noms_number') || '|' || {ALIASES}
        END);"""


def count_as_told(before: str, now: str, rule: str) -> None:
    """Have what was told as it stands count as told by another rule, too: those are compared from now on."""
    op.execute(AS_IT_STANDS.format(identity=before))
    op.execute(f"CREATE OR REPLACE FUNCTION identity_in{rule}")
    op.execute(TOLD.format(identity=now))


def carried_on(unless: str) -> None:
    """Say of which requests another may carry on what they asked, besides those that are set aside."""
    op.execute("ALTER TABLE check_request DROP CONSTRAINT carried_on_by_another")
    op.execute(
        "ALTER TABLE check_request ADD CONSTRAINT carried_on_by_another CHECK ("
        "CASE WHEN state IN ('misdirected', 'superseded') THEN succeeded_by_id IS NOT NULL "
        f"ELSE succeeded_by_id IS NULL OR {unless} END) NOT VALID"
    )


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(URGENT)
    carried_on("asked_no_longer OR state IN ('returned', 'reviewed')")
    op.execute("ALTER TABLE check_request VALIDATE CONSTRAINT carried_on_by_another")
    op.execute(IDENTITY)
    count_as_told(ON_RECORD, AS_TOLD, NOW)
    sent_or_decided = "(r.sent_at IS NOT NULL OR r.state = 'cancelled')"
    op.execute(FUNCTIONS.format(identity=AS_TOLD, of_requests=sent_or_decided))
    op.execute(DECIDED)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP FUNCTION keep_whom_a_decision_is_about(uuid[])")
    op.execute(FUNCTIONS.format(identity=ON_RECORD, of_requests="r.sent_at IS NOT NULL"))
    count_as_told(AS_TOLD, ON_RECORD, BEFORE)
    op.execute("DROP FUNCTION identity_told(text, text, uuid)")
    carried_on("asked_no_longer")
    op.execute("ALTER TABLE check_request_subject DROP COLUMN urgent_since")

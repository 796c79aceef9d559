"""A question is stored as it was sent, version by version, with the identity that each of its subjects had.

The parts about victims and former partners stand in a store of their own, which the API's role neither reads
nor writes: the database copies them there when a question is sent, and opens them for a stated purpose.

A request may serve several checks of a record, so that no agency is asked the same twice. What was sent
before this release becomes version 1 of its question, with the identities that the record had when it was
answered, and now where it was not; it is marked as rebuilt. Nothing is sent by it.
"""

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE check_request
    ADD COLUMN person_id uuid REFERENCES person (id),
    ADD COLUMN kind text,
    ADD COLUMN family text,
    ADD COLUMN area_on_record text,
    ADD COLUMN question_version integer NOT NULL DEFAULT 0 CHECK (question_version >= 0),
    ADD COLUMN acknowledged_version integer NOT NULL DEFAULT 0 CHECK (acknowledged_version >= 0),
    ADD COLUMN carried_over boolean NOT NULL DEFAULT false;
UPDATE check_request r SET person_id = c.person_id, kind = c.kind, area_on_record = r.area,
    question_version = CASE WHEN r.sent_at IS NULL THEN 0 ELSE 1 END,
    acknowledged_version = CASE WHEN r.sent_at IS NULL OR r.state = 'requested' THEN 0 ELSE 1 END
FROM safety_check c WHERE c.id = r.check_id;
WITH RECURSIVE chain (id, area) AS (
    SELECT s.id, r.area FROM check_request r JOIN check_request s ON s.id = r.succeeded_by_id
    WHERE r.state = 'misdirected'
      AND NOT EXISTS (SELECT FROM check_request b WHERE b.succeeded_by_id = r.id AND b.state = 'misdirected')
    UNION ALL
    SELECT s.id, chain.area FROM chain JOIN check_request r ON r.id = chain.id AND r.state = 'misdirected'
    JOIN check_request s ON s.id = r.succeeded_by_id
)
UPDATE check_request r SET area_on_record = chain.area FROM chain WHERE chain.id = r.id;
-- Only the oldest of several open requests of one record to one agency goes on as such.
UPDATE check_request r SET carried_over = true
WHERE state IN ('requested', 'acknowledged', 'returned_for_information', 'partially_returned')
  AND EXISTS (
    SELECT FROM check_request o
    WHERE o.person_id = r.person_id AND o.kind = r.kind AND o.agency_id = r.agency_id
      AND o.state IN ('requested', 'acknowledged', 'returned_for_information', 'partially_returned')
      AND (o.sent_at, o.id) < (r.sent_at, r.id));
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE check_request ALTER COLUMN person_id SET NOT NULL, ALTER COLUMN kind SET NOT NULL;
-- One may be replaced by another that is written after it.
ALTER TABLE check_request ALTER CONSTRAINT check_request_succeeded_by_id_fkey DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX check_request_of_person ON check_request (person_id);
CREATE UNIQUE INDEX one_open_request ON check_request (person_id, kind, agency_id, family) NULLS NOT DISTINCT
    WHERE state IN ('requested', 'acknowledged', 'returned_for_information', 'partially_returned')
      AND NOT carried_over;
COMMENT ON COLUMN check_request.family IS 'The household of children it is about; null: all of the case';
COMMENT ON COLUMN check_request.area_on_record IS
    'The area that the record gave when it was asked: another one only where the question was redirected';
COMMENT ON COLUMN check_request.carried_over IS
    'It was open beside an older one of the same agency when the release came that joins them';

DROP TRIGGER only_added_to ON check_request_subject;
ALTER TABLE check_request_subject
    ADD COLUMN identity text,
    ADD COLUMN area_on_record text,
    ADD COLUMN context boolean NOT NULL DEFAULT false,
    ADD COLUMN urgency text NOT NULL DEFAULT 'routine' CHECK (urgency IN ('routine', 'urgent')),
    ADD COLUMN exposed_since timestamptz,
    ADD COLUMN from_version integer NOT NULL DEFAULT 1 CHECK (from_version >= 1),
    ADD COLUMN told_version integer NOT NULL DEFAULT 1 CHECK (told_version >= 1),
    ADD COLUMN withdrawn_version integer CHECK (withdrawn_version >= from_version),
    ADD COLUMN answered_by uuid REFERENCES check_result (id);
UPDATE check_request_subject s SET exposed_since = r.exposed_since, urgency = r.urgency,
    area_on_record = r.area_on_record,
    context = r.kind = 'childrens_safeguarding'
        AND (s.kind <> 'contact' OR NOT EXISTS (SELECT FROM contact c WHERE c.id = s.subject_id AND c.is_child))
FROM check_request r WHERE r.id = s.request_id;
UPDATE check_request_subject s SET answered_by = a.id
FROM check_result a WHERE a.request_id = s.request_id AND a.complete AND NOT s.context;
ALTER TABLE check_request_subject ALTER COLUMN exposed_since SET NOT NULL;
CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON check_request_subject
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history();
ALTER TABLE check_request_subject ENABLE ALWAYS TRIGGER never_deleted;
COMMENT ON COLUMN check_request_subject.identity IS
    'A digest of who or where it is, as told in the newest version of the question; set when that is sent';
COMMENT ON COLUMN check_request_subject.told_version IS
    'The version of the question since which that identity has been told';
COMMENT ON COLUMN check_request_subject.area_on_record IS
    'The area that the record gave for it when it was asked about';
COMMENT ON COLUMN check_request_subject.context IS 'It helps to find the others and needs no answer';
GRANT UPDATE (
    urgency, context, area_on_record, exposed_since, from_version, withdrawn_version, answered_by)
    ON check_request_subject TO referrals_api, referrals_worker;

-- A whole answer to an older version of its question is a part, of which nothing else is said to remain.
ALTER TABLE check_result ADD COLUMN question_version integer NOT NULL DEFAULT 1 CHECK (question_version >= 1),
    DROP CONSTRAINT a_part_says_what_remains,
    ADD CONSTRAINT of_the_whole_nothing_remains CHECK (NOT complete OR remaining IS NULL);
"""

TABLES = """
CREATE TABLE check_joined (
    check_id uuid NOT NULL REFERENCES safety_check (id),
    request_id uuid NOT NULL REFERENCES check_request (id),
    joined_at timestamptz NOT NULL,
    PRIMARY KEY (check_id, request_id)
);
CREATE INDEX check_joined_of_request ON check_joined (request_id);
COMMENT ON TABLE check_joined IS 'An open request that serves a further check beside the one that raised it';

CREATE TABLE check_question (
    request_id uuid NOT NULL REFERENCES check_request (id),
    version integer NOT NULL CHECK (version > 0),
    asked_at timestamptz NOT NULL,
    asked_by text,
    because text NOT NULL,
    rebuilt boolean NOT NULL DEFAULT false,
    document jsonb NOT NULL,
    PRIMARY KEY (request_id, version)
);
COMMENT ON TABLE check_question IS 'What an agency was asked, as it was sent; only ever added to';

CREATE TABLE check_question_confidential (
    request_id uuid NOT NULL,
    version integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('contact', 'address')),
    subject_id uuid NOT NULL,
    details jsonb NOT NULL,
    PRIMARY KEY (request_id, version, kind, subject_id)
);
COMMENT ON TABLE check_question_confidential IS
    'Its parts about victims and former partners; no role reads it but through confidential_question()';

CREATE TABLE check_answer (
    result_id uuid NOT NULL REFERENCES check_result (id),
    kind text NOT NULL CHECK (kind IN ('person', 'contact', 'address')),
    subject_id uuid NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('information', 'nothing_found')),
    PRIMARY KEY (result_id, kind, subject_id)
);
COMMENT ON TABLE check_answer IS 'What a result said about each subject of its question; only ever added to';
"""

FUNCTIONS = """
CREATE FUNCTION folded(words text) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN regexp_replace(lower(coalesce(words, '')), '[^[:alnum:]]', '', 'g');
CREATE FUNCTION identity_in(of_kind text, facts jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp
    RETURN md5(CASE of_kind
        WHEN 'address' THEN (
            SELECT string_agg(folded(line), '|')
            FROM jsonb_array_elements_text(
                CASE jsonb_typeof(facts -> 'lines') WHEN 'array' THEN facts -> 'lines' ELSE '[]' END) line
            ) || '|' || folded(facts ->> 'postcode')
        WHEN 'contact' THEN
            folded(facts ->> 'given_name') || '|' || folded(facts ->> 'family_name')
            || '|' || coalesce(facts ->> 'date_of_birth', '')
        ELSE
            folded(facts ->> 'given_name') || '|' || folded(facts ->> 'family_name')
            || '|' || coalesce(facts ->> 'date_of_birth', '') || '|' || folded(facts ->> 'pnc_number')
            || '|' || coalesce((
                SELECT string_agg(folded(alias), ',' ORDER BY folded(alias))
                FROM jsonb_array_elements_text(
                    CASE jsonb_typeof(facts -> 'aliases') WHEN 'array' THEN facts -> 'aliases' ELSE '[]' END
                ) alias), '')
        END);
CREATE FUNCTION apart(of_kind text, subject uuid) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    RETURN CASE of_kind
        WHEN 'contact' THEN (
            SELECT jsonb_strip_nulls(to_jsonb(d) - 'contact_id' - 'recorded_at')
            FROM restricted_contact_detail d JOIN contact c ON c.id = d.contact_id AND c.protected
            WHERE d.contact_id = subject)
        WHEN 'address' THEN (
            SELECT jsonb_strip_nulls(to_jsonb(d) - 'address_id' - 'recorded_at')
            FROM restricted_address_detail d JOIN address a ON a.id = d.address_id AND a.protected
            WHERE d.address_id = subject)
        END;
CREATE FUNCTION on_record(of_kind text, subject uuid) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    RETURN CASE of_kind
        WHEN 'person' THEN (SELECT to_jsonb(p) FROM person p WHERE p.id = subject)
        WHEN 'contact' THEN (SELECT to_jsonb(c) FROM contact c WHERE c.id = subject)
        ELSE (SELECT to_jsonb(a) FROM address a WHERE a.id = subject)
        END || coalesce(apart(of_kind, subject), '{}');

-- What was told otherwise than the record is now. Only for a transaction that works on every row.
CREATE FUNCTION asked_otherwise(of_person uuid) RETURNS TABLE (request_id uuid, kind text, subject_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT s.request_id, s.kind, s.subject_id
    FROM check_request r JOIN check_request_subject s ON s.request_id = r.id
    WHERE r.person_id = of_person AND r.sent_at IS NOT NULL AND r.state NOT IN ('misdirected', 'superseded')
      AND s.withdrawn_version IS NULL
      AND s.identity <> identity_in(s.kind, on_record(s.kind, s.subject_id))
      AND (on_every_row() OR caller_organisation() IS NULL);
END;

-- Copies what was told of protected people and homes, and notes the identity of every subject told.
CREATE FUNCTION keep_what_was_asked(requests uuid[]) RETURNS void
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    UPDATE check_request_subject s
    SET identity = identity_in(s.kind, on_record(s.kind, s.subject_id)),
        told_version = CASE
            WHEN s.identity IS DISTINCT FROM identity_in(s.kind, on_record(s.kind, s.subject_id))
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

CREATE FUNCTION confidential_question(of_request uuid, of_version integer, purpose text)
    RETURNS TABLE (kind text, subject_id uuid, details jsonb)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF purpose IS NULL OR purpose NOT IN ('case_management', 'police_check', 'childrens_safeguarding') THEN
        RAISE EXCEPTION 'restricted details are not for this purpose'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN QUERY SELECT q.kind, q.subject_id, q.details FROM check_question_confidential q
        WHERE q.request_id = of_request AND q.version = of_version
          AND (on_every_row() OR sees_request(of_request));
END $$;
"""
FOR_CALLERS = {
    "asked_otherwise(uuid)": "referrals_api, referrals_worker",
    "keep_what_was_asked(uuid[])": "referrals_api, referrals_worker",
    "confidential_question(uuid, integer, text)": "referrals_api, referrals_reader",
}
OF_OUR_OWN = ("folded(text)", "identity_in(text, jsonb)", "apart(text, uuid)", "on_record(text, uuid)")

REBUILD = """
CREATE FUNCTION pg_temp.then_on_record(of_kind text, subject uuid, at timestamptz) RETURNS jsonb
    LANGUAGE sql STABLE RETURN coalesce(
        (SELECT f.facts || jsonb_build_object('id', subject) FROM public.superseded_fact f
         WHERE f.subject_kind = of_kind AND f.subject_id = subject AND f.superseded_at > at
         ORDER BY f.superseded_at LIMIT 1),
        public.on_record(of_kind, subject));
CREATE TEMPORARY TABLE told ON COMMIT DROP AS
    SELECT s.request_id, s.kind, s.subject_id,
        pg_temp.then_on_record(s.kind, s.subject_id, coalesce(r.answered_at, 'infinity')) AS facts
    FROM check_request r JOIN check_request_subject s ON s.request_id = r.id
    WHERE r.sent_at IS NOT NULL;
UPDATE check_request_subject s SET identity = identity_in(t.kind, t.facts)
FROM told t WHERE (t.request_id, t.kind, t.subject_id) = (s.request_id, s.kind, s.subject_id);
INSERT INTO check_question_confidential (request_id, version, kind, subject_id, details)
SELECT request_id, 1, kind, subject_id,
    (SELECT coalesce(jsonb_object_agg(key, value), '{{}}') FROM jsonb_each(facts)
     WHERE key IN ('given_name', 'family_name', 'date_of_birth', 'due_date', 'estimated_age', 'description',
                   'lines', 'postcode') AND value <> 'null')
FROM told WHERE kind <> 'person' AND (facts ->> 'protected')::boolean;
UPDATE told SET facts = facts - ARRAY['given_name', 'family_name', 'date_of_birth', 'due_date', 'estimated_age',
    'description', 'lines', 'postcode']
WHERE kind <> 'person' AND (facts ->> 'protected')::boolean;
INSERT INTO check_question (request_id, version, asked_at, asked_by, because, rebuilt, document)
SELECT r.id, 1, r.sent_at, NULL, 'sent', true, jsonb_build_object(
    'person', (SELECT {person} FROM told t WHERE t.request_id = r.id AND t.kind = 'person'),
    'contacts', coalesce((SELECT jsonb_agg({contact} ORDER BY t.facts ->> 'recorded_at', t.facts ->> 'ref')
        FROM told t WHERE t.request_id = r.id AND t.kind = 'contact'), '[]'),
    'addresses', coalesce((SELECT jsonb_agg({address} ORDER BY t.facts ->> 'recorded_at', t.facts ->> 'ref')
        FROM told t WHERE t.request_id = r.id AND t.kind = 'address'), '[]'))
FROM check_request r WHERE r.sent_at IS NOT NULL;
DROP TABLE told;
DROP FUNCTION pg_temp.then_on_record(text, uuid, timestamptz);
"""
SHOWN = {
    "person": ("given_name", "family_name", "date_of_birth", "pnc_number"),
    "contact": (
        "relationship", "given_name", "family_name", "date_of_birth", "due_date", "estimated_age",
        "description", "lives_at", "mother_id",
    ),
    "address": ("kind", "lines", "postcode", "police_force", "local_authority"),
}  # fmt: skip

RULES = {
    "check_joined": "owns_check(check_id)",
    "check_question": "sees_request(request_id)",
    "check_answer": (
        "EXISTS (SELECT FROM check_result a WHERE a.id = result_id AND sees_request(a.request_id))"
    ),
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(COLUMNS)
    op.execute(TABLES)
    op.execute(FUNCTIONS)
    shown = {
        kind: "jsonb_build_object('id', t.subject_id"
        + "".join(f", '{name}', t.facts -> '{name}'" for name in names)
        + ")"
        for kind, names in SHOWN.items()
    }
    op.execute(REBUILD.format(**shown))
    for name in OF_OUR_OWN:
        op.execute(f"REVOKE EXECUTE ON FUNCTION {name} FROM PUBLIC")
    for name, roles in FOR_CALLERS.items():
        op.execute(f"REVOKE EXECUTE ON FUNCTION {name} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {name} TO {roles}")
    for table in ("check_joined", "check_question", "check_answer", "check_question_confidential"):
        op.execute(
            f"CREATE TRIGGER never_rewritten BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER never_rewritten")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    for table, rule in RULES.items():
        whole = f"(SELECT on_every_row()) OR {rule}"
        op.execute(
            f"CREATE POLICY callers_own ON {table} TO referrals_api, referrals_reader"
            f" USING ({whole}) WITH CHECK ({whole})"
        )
        op.execute(f"CREATE POLICY every_row ON {table} TO referrals_worker USING (true) WITH CHECK (true)")
        op.execute(f"GRANT SELECT ON {table} TO referrals_api, referrals_reader, referrals_worker")
        op.execute(f"GRANT INSERT ON {table} TO referrals_api, referrals_worker")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name in (*FOR_CALLERS, *reversed(OF_OUR_OWN)):
        op.execute(f"DROP FUNCTION {name}")
    op.execute("DROP TABLE check_joined, check_question, check_question_confidential, check_answer")
    op.execute("DROP TRIGGER never_deleted ON check_request_subject")
    op.execute("DROP INDEX one_open_request")
    op.execute("ALTER TABLE check_request ALTER CONSTRAINT check_request_succeeded_by_id_fkey NOT DEFERRABLE")
    op.execute(
        "ALTER TABLE check_request DROP COLUMN person_id, DROP COLUMN kind, DROP COLUMN family,"
        " DROP COLUMN area_on_record, DROP COLUMN question_version, DROP COLUMN acknowledged_version,"
        " DROP COLUMN carried_over"
    )
    op.execute(
        "ALTER TABLE check_request_subject DROP COLUMN identity, DROP COLUMN area_on_record,"
        " DROP COLUMN context, DROP COLUMN urgency, DROP COLUMN exposed_since, DROP COLUMN from_version,"
        " DROP COLUMN told_version, DROP COLUMN withdrawn_version, DROP COLUMN answered_by"
    )
    op.execute(
        "ALTER TABLE check_result DROP COLUMN question_version, DROP CONSTRAINT of_the_whole_nothing_remains,"
        " ADD CONSTRAINT a_part_says_what_remains CHECK (complete = (remaining IS NULL)) NOT VALID"
    )
    op.execute("REVOKE UPDATE ON check_request_subject FROM referrals_api, referrals_worker")
    op.execute(
        "CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON check_request_subject "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history()"
    )
    op.execute("ALTER TABLE check_request_subject ENABLE ALWAYS TRIGGER only_added_to")

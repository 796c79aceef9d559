"""Requests of people for what is held about them, and the copy that each was given.

A request is seen with whom the record protects: whoever prepares a copy must know what is to be left out.

A worker no longer opens the restricted store by any id (0060): what it compares with whom agencies are asked
about, it is given by the requests, and only the words.
"""

from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE subject_access (
    id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES person (id),
    probation_id uuid NOT NULL REFERENCES organisation (id),
    asked_by text NOT NULL CHECK (asked_by IN ('person', 'representative')),
    identity_confirmed text NOT NULL,
    received_on date NOT NULL,
    texts jsonb NOT NULL,
    copy jsonb,
    taken_back text,
    state text NOT NULL CHECK (state IN ('open', 'released', 'withdrawn')),
    state_event_id uuid NOT NULL REFERENCES event (id),
    version integer NOT NULL CHECK (version >= 1),
    opened_at timestamptz NOT NULL,
    CONSTRAINT released_with_its_copy CHECK ((copy IS NOT NULL) = (state = 'released')),
    CONSTRAINT withdrawn_with_its_reason CHECK ((taken_back IS NOT NULL) = (state = 'withdrawn'))
);
COMMENT ON TABLE subject_access IS
    'A request of a person for what is held about them, what was decided about each text, and the copy';
CREATE UNIQUE INDEX subject_access_open ON subject_access (person_id) WHERE state = 'open';
CREATE INDEX subject_access_of_person ON subject_access (person_id);
"""

# As `section_of` of 0052.
SECTION_OF = """
CREATE OR REPLACE FUNCTION section_of(kind text, event_name text) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN CASE
        WHEN kind IN ('contact', 'address') THEN 'household'
        WHEN kind = 'person' AND event_name LIKE 'rosh.%' THEN 'risk'
        WHEN kind IN ('check', 'check_request', 'check_review') THEN 'checks'
        WHEN kind IN ('referral', 'destination_referral', 'placement', 'change_notice', 'wording')
            THEN 'referrals'
        WHEN kind IN ('change_of_circumstance', 'review', 'disclosure_decision', 'right_to_know')
            THEN 'circumstances'{more}
    END
"""
RULE = (
    "(SELECT on_every_row()) OR probation_id = (SELECT caller_organisation())"
    " AND (SELECT g.person_id FROM guarded_person g WHERE g.person_id = subject_access.person_id)"
    " IS NULL OR sees_record(person_id, 'protected_contacts')"
)

WORDS_ASKED_ABOUT = """
CREATE FUNCTION words_asked_about(requests uuid[])
    RETURNS TABLE (
        kind text, subject_id uuid, given_name text, family_name text, aliases jsonb, phone text, lines jsonb,
        postcode text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT DISTINCT s.kind, s.subject_id, d.given_name, d.family_name, d.aliases, d.phone, NULL::jsonb,
        NULL::text
    FROM check_request_subject s JOIN restricted_contact_detail d ON d.contact_id = s.subject_id
    WHERE s.request_id = ANY (requests) AND s.kind = 'contact' AND on_every_row()
    UNION ALL
    SELECT DISTINCT s.kind, s.subject_id, NULL, NULL, NULL::jsonb, NULL, d.lines, d.postcode
    FROM check_request_subject s JOIN restricted_address_detail d ON d.address_id = s.subject_id
    WHERE s.request_id = ANY (requests) AND s.kind = 'address' AND on_every_row();
END;
COMMENT ON FUNCTION words_asked_about(uuid[]) IS
    'The names, numbers and places of protected people whom requests are about, to compare texts with';
REVOKE EXECUTE ON FUNCTION words_asked_about(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION words_asked_about(uuid[]) TO referrals_api, referrals_worker;
"""
OPENED_BY_WORKERS = (
    "restricted_contact_details(uuid[], text)",
    "restricted_address_details(uuid[], text)",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TABLE)
    op.execute(SECTION_OF.format(more="\n        WHEN kind = 'subject_access' THEN 'protected_contacts'"))
    op.execute("SELECT insist_on_explained_state('subject_access')")
    op.execute(
        "CREATE TRIGGER never_rewritten BEFORE DELETE OR TRUNCATE ON subject_access "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history()"
    )
    op.execute("ALTER TABLE subject_access ENABLE ALWAYS TRIGGER never_rewritten")
    op.execute("ALTER TABLE subject_access ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY callers_own ON subject_access TO referrals_api, referrals_reader"
        f" USING ({RULE}) WITH CHECK ({RULE})"
    )
    op.execute("CREATE POLICY every_row ON subject_access TO referrals_worker USING (true) WITH CHECK (true)")
    op.execute("GRANT SELECT ON subject_access TO referrals_api, referrals_reader, referrals_worker")
    op.execute(
        "GRANT INSERT, UPDATE (probation_id, texts, copy, taken_back, state, state_event_id, version)"
        " ON subject_access TO referrals_api"
    )
    op.execute(WORDS_ASKED_ABOUT)
    for name in OPENED_BY_WORKERS:
        op.execute(f"REVOKE EXECUTE ON FUNCTION {name} FROM referrals_worker")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name in OPENED_BY_WORKERS:
        op.execute(f"GRANT EXECUTE ON FUNCTION {name} TO referrals_worker")
    op.execute("DROP FUNCTION words_asked_about(uuid[])")
    op.execute(
        "UPDATE clock SET state = 'stopped', next_fires_at = NULL, next_step = NULL, next_is_assumed = false,"
        " stopped_at = now(), stop_reason = 'downgraded'"
        " WHERE subject_kind = 'subject_access' AND state <> 'stopped'"
    )
    op.execute("DROP TABLE subject_access")
    op.execute(SECTION_OF.format(more=""))

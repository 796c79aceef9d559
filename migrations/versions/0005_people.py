"""The person on probation, household and addresses; what is restricted; risk of serious harm as a history.

Details of victims and ex-partners stand in tables of their own, which no role reads except through a function
that asks for what. What was once recorded and then replaced is kept, and can only be added to.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE person (
    id uuid PRIMARY KEY,
    crn text NOT NULL UNIQUE CHECK (crn ~ '^[A-Z][0-9]{6}$'),
    noms_number text,
    pnc_number text,
    title text,
    given_name text NOT NULL,
    family_name text NOT NULL,
    aliases jsonb NOT NULL,
    date_of_birth date,
    sex text,
    restricted boolean NOT NULL,
    submitted text,
    region text,
    children text NOT NULL CHECK (children IN ('yes', 'no', 'not_recorded')),
    version integer NOT NULL CHECK (version >= 1),
    recorded_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);
COMMENT ON COLUMN person.submitted IS
    'Here and below: digest of what a document last said, so that saying it again changes nothing';
COMMENT ON COLUMN person.restricted IS 'A limited access case: seen only by whom restriction names';

CREATE TABLE involvement (
    person_id uuid NOT NULL REFERENCES person (id),
    organisation_id uuid NOT NULL REFERENCES organisation (id),
    since timestamptz NOT NULL,
    ended_at timestamptz CHECK (ended_at >= since),
    PRIMARY KEY (person_id, organisation_id)
);
CREATE INDEX involvement_of_organisation ON involvement (organisation_id, person_id) WHERE ended_at IS NULL;

CREATE TABLE restriction (
    id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES person (id),
    organisation_id uuid NOT NULL REFERENCES organisation (id),
    practitioner_id text,
    named_by text NOT NULL,
    named_at timestamptz NOT NULL,
    UNIQUE NULLS NOT DISTINCT (person_id, organisation_id, practitioner_id)
);
COMMENT ON TABLE restriction IS
    'Who may know of a limited access case: a practitioner of an organisation, or without one all of it';

CREATE TABLE contact (
    id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES person (id),
    client_id text NOT NULL,
    ref text NOT NULL,
    relationship text NOT NULL,
    is_child boolean NOT NULL,
    protected boolean NOT NULL,
    contact_kind text,
    details_status text NOT NULL CHECK (details_status IN ('provided', 'not_asked', 'declined', 'unknown')),
    named boolean NOT NULL,
    dated boolean NOT NULL,
    unborn boolean NOT NULL,
    given_name text,
    family_name text,
    date_of_birth date,
    due_date date,
    lives_at uuid,
    local_authority text,
    source text,
    verified boolean,
    submitted text,
    version integer NOT NULL CHECK (version >= 1),
    recorded_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    UNIQUE (person_id, client_id, ref),
    CONSTRAINT details_of_protected_contacts_stand_elsewhere CHECK (
        NOT protected
        OR (given_name IS NULL AND family_name IS NULL AND date_of_birth IS NULL AND due_date IS NULL)
    )
);
COMMENT ON COLUMN contact.protected IS
    'A victim or ex-partner, once and for good: details in restricted_contact_detail';
COMMENT ON COLUMN contact.dated IS
    'A date of birth is known, or the date a child is due: here or in the restricted store';

CREATE TABLE address (
    id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES person (id),
    client_id text NOT NULL,
    ref text NOT NULL,
    kind text NOT NULL CHECK (kind IN (
        'current', 'previous', 'proposed_release', 'visited', 'partner', 'family', 'move_on', 'other'
    )),
    contact_id uuid REFERENCES contact (id) DEFERRABLE INITIALLY DEFERRED,
    protected boolean NOT NULL,
    lines jsonb,
    postcode text,
    police_force text,
    local_authority text,
    from_date date,
    to_date date,
    source text,
    verified boolean,
    submitted text,
    version integer NOT NULL CHECK (version >= 1),
    recorded_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    UNIQUE (person_id, client_id, ref),
    CONSTRAINT protected_addresses_stand_elsewhere
        CHECK (NOT protected OR (lines IS NULL AND postcode IS NULL))
);
ALTER TABLE contact ADD CONSTRAINT fk_contact_lives_at
    FOREIGN KEY (lives_at) REFERENCES address (id) DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX contact_at_address ON contact (lives_at) WHERE lives_at IS NOT NULL;
CREATE INDEX address_of_contact ON address (contact_id) WHERE contact_id IS NOT NULL;

CREATE TABLE rosh_assessment (
    id uuid PRIMARY KEY,
    ordinal bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    person_id uuid NOT NULL REFERENCES person (id),
    event_id uuid NOT NULL REFERENCES event (id),
    group_at_risk text NOT NULL
        CHECK (group_at_risk IN ('children', 'public', 'known_adult', 'staff', 'prisoners')),
    level text NOT NULL CHECK (level IN ('low', 'medium', 'high', 'very_high')),
    previous_level text CHECK (previous_level IN ('low', 'medium', 'high', 'very_high')),
    who text,
    nature text,
    imminence text,
    factors jsonb,
    reason text,
    evidence text,
    source text,
    author text,
    manager text,
    submitted text,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX rosh_assessment_of_person ON rosh_assessment (person_id, group_at_risk, ordinal DESC);
"""

RESTRICTED = """
CREATE TABLE restricted_contact_detail (
    contact_id uuid PRIMARY KEY REFERENCES contact (id),
    given_name text,
    family_name text,
    date_of_birth date,
    due_date date,
    recorded_at timestamptz NOT NULL
);
COMMENT ON TABLE restricted_contact_detail IS
    'Victims and ex-partners. Read only through restricted_contact_details(), which asks for what';

CREATE TABLE restricted_address_detail (
    address_id uuid PRIMARY KEY REFERENCES address (id),
    lines jsonb,
    postcode text,
    recorded_at timestamptz NOT NULL
);
COMMENT ON TABLE restricted_address_detail IS
    'Where victims and ex-partners live. Read only through restricted_address_details(), which asks for what';

CREATE TABLE superseded_fact (
    id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES person (id),
    subject_kind text NOT NULL CHECK (subject_kind IN ('person', 'contact', 'address')),
    subject_id uuid NOT NULL,
    version integer NOT NULL,
    facts jsonb NOT NULL,
    recorded_at timestamptz NOT NULL,
    superseded_at timestamptz NOT NULL,
    superseded_by text NOT NULL,
    UNIQUE (subject_id, version)
);
COMMENT ON TABLE superseded_fact IS
    'What was recorded before, with its source and dates; of protected contacts too, so nobody reads it';

-- The purposes are those of service/people/restricted.py, which also says who may have which.
CREATE FUNCTION restricted_contact_details(contacts uuid[], purpose text)
    RETURNS SETOF restricted_contact_detail
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    IF purpose IS NULL OR purpose NOT IN ('case_management', 'police_check', 'public_protection') THEN
        RAISE EXCEPTION 'restricted details are not for this purpose'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN QUERY SELECT * FROM restricted_contact_detail WHERE contact_id = ANY (contacts);
END $$;

CREATE FUNCTION restricted_address_details(addresses uuid[], purpose text)
    RETURNS SETOF restricted_address_detail
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    IF purpose IS NULL OR purpose NOT IN (
        'case_management', 'police_check', 'public_protection', 'childrens_safeguarding'
    ) THEN
        RAISE EXCEPTION 'restricted details are not for this purpose'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN QUERY SELECT * FROM restricted_address_detail WHERE address_id = ANY (addresses);
END $$;
"""

# For layers below people, which cannot ask them: the same rule as service/people/queries.py.
VISIBILITY = """
CREATE FUNCTION may_know_of(of_person uuid, organisation uuid, practitioner text) RETURNS boolean
    LANGUAGE sql STABLE AS $$
    SELECT of_person IS NULL
        OR NOT EXISTS (SELECT FROM person WHERE id = of_person AND restricted)
        OR EXISTS (
            SELECT FROM restriction
            WHERE person_id = of_person AND organisation_id = organisation
              AND (practitioner_id IS NULL OR practitioner_id = practitioner))
$$;
COMMENT ON FUNCTION may_know_of(uuid, uuid, text) IS
    'Whether a limited access case is closed to a caller; everybody else may know of everybody else';
"""

GUARDS = """
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON rosh_assessment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history();
ALTER TABLE rosh_assessment ENABLE ALWAYS TRIGGER only_added_to;
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON superseded_fact
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history();
ALTER TABLE superseded_fact ENABLE ALWAYS TRIGGER only_added_to;
"""

GRANTS = """
GRANT SELECT, INSERT, UPDATE ON person, involvement, contact, address TO referrals_api, referrals_worker;
GRANT SELECT, INSERT, DELETE ON restriction TO referrals_api;
GRANT SELECT ON restriction TO referrals_worker;
GRANT SELECT, INSERT ON rosh_assessment TO referrals_api, referrals_worker;
GRANT INSERT ON superseded_fact TO referrals_api, referrals_worker;

GRANT INSERT, UPDATE ON restricted_contact_detail, restricted_address_detail TO referrals_api;
GRANT SELECT (contact_id) ON restricted_contact_detail TO referrals_api;
GRANT SELECT (address_id) ON restricted_address_detail TO referrals_api;
REVOKE EXECUTE ON FUNCTION restricted_contact_details(uuid[], text) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION restricted_address_details(uuid[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION restricted_contact_details(uuid[], text) TO referrals_api;
GRANT EXECUTE ON FUNCTION restricted_address_details(uuid[], text) TO referrals_api;
"""


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute(TABLES)
    op.execute(RESTRICTED)
    op.execute(VISIBILITY)
    op.execute(GUARDS)
    op.execute(GRANTS)


def downgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute("DROP FUNCTION may_know_of(uuid, uuid, text)")
    op.execute("DROP FUNCTION restricted_contact_details(uuid[], text)")
    op.execute("DROP FUNCTION restricted_address_details(uuid[], text)")
    op.execute("ALTER TABLE contact DROP CONSTRAINT fk_contact_lives_at")
    for table in (
        "superseded_fact",
        "restricted_address_detail",
        "restricted_contact_detail",
        "rosh_assessment",
        "address",
        "contact",
        "restriction",
        "involvement",
        "person",
    ):
        op.execute(f"DROP TABLE {table}")

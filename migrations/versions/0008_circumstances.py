"""Changes in somebody's life, what was said about them, who was told, and the reviews they open.

A change, its words, the telling of it and the outcome of a review are only ever added to. A review that finds
nothing to change says why, and who agreed: the database insists on it as well.
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE change_of_circumstance (
    id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES person (id),
    probation_id uuid NOT NULL REFERENCES organisation (id),
    referral_id uuid NOT NULL REFERENCES referral (id),
    kind text NOT NULL,
    occurred_on date NOT NULL,
    source text NOT NULL,
    reliability text NOT NULL,
    standing text NOT NULL CHECK (standing IN ('alleged', 'established', 'unfounded')),
    follows_id uuid REFERENCES change_of_circumstance (id),
    urgency text NOT NULL CHECK (urgency IN ('routine', 'urgent')),
    contacts jsonb NOT NULL,
    addresses jsonb NOT NULL,
    checks jsonb NOT NULL,
    rosh_assessment_id uuid REFERENCES rosh_assessment (id),
    destination_referral_id uuid REFERENCES destination_referral (id),
    organisation_id uuid NOT NULL REFERENCES organisation (id),
    client_id text NOT NULL,
    practitioner text,
    recorded_at timestamptz NOT NULL,
    CONSTRAINT unfounded_is_what_was_alleged CHECK (standing <> 'unfounded' OR follows_id IS NOT NULL)
);
CREATE INDEX change_of_circumstance_of_person ON change_of_circumstance (person_id, recorded_at, id);
CREATE INDEX change_of_circumstance_reported_with
    ON change_of_circumstance (destination_referral_id, recorded_at, id)
    WHERE destination_referral_id IS NOT NULL;

CREATE TABLE change_detail (
    change_id uuid PRIMARY KEY REFERENCES change_of_circumstance (id),
    words text NOT NULL
);
COMMENT ON TABLE change_detail IS 'What was said, which may name victims and informants: for probation alone';

CREATE TABLE change_told (
    change_id uuid NOT NULL REFERENCES change_of_circumstance (id),
    destination_referral_id uuid NOT NULL REFERENCES destination_referral (id),
    organisation_id uuid NOT NULL REFERENCES organisation (id),
    told_at timestamptz NOT NULL,
    PRIMARY KEY (change_id, destination_referral_id)
);
CREATE INDEX change_told_to ON change_told (destination_referral_id, told_at, change_id);

CREATE TABLE review (
    id uuid PRIMARY KEY,
    change_id uuid NOT NULL REFERENCES change_of_circumstance (id),
    kind text NOT NULL CHECK (kind IN ('risk', 'disclosure')),
    person_id uuid NOT NULL REFERENCES person (id),
    probation_id uuid NOT NULL REFERENCES organisation (id),
    owner text NOT NULL CHECK (owner IN ('practitioner', 'spo')),
    urgency text NOT NULL CHECK (urgency IN ('routine', 'urgent')),
    consider jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'completed')),
    state_event_id uuid NOT NULL REFERENCES event (id),
    version integer NOT NULL CHECK (version >= 1),
    opened_at timestamptz NOT NULL,
    UNIQUE (change_id, kind)
);
CREATE INDEX review_of_person ON review (person_id, opened_at, id);

CREATE TABLE review_outcome (
    review_id uuid PRIMARY KEY REFERENCES review (id),
    changes jsonb NOT NULL,
    no_change_reason text,
    agreed_by text,
    agreed_role text,
    considered jsonb NOT NULL,
    disclosure text CHECK (disclosure IN ('told', 'partly_told', 'not_told')),
    withheld jsonb NOT NULL,
    reason text,
    practitioner text NOT NULL,
    completed_at timestamptz NOT NULL,
    CONSTRAINT changes_or_says_why_not CHECK (
        disclosure IS NOT NULL
        OR (jsonb_array_length(changes) > 0) = (no_change_reason IS NULL)),
    CONSTRAINT no_change_says_who_agreed CHECK (
        no_change_reason IS NULL OR num_nulls(agreed_by, agreed_role) = 0),
    CONSTRAINT a_decision_to_tell_says_why CHECK (disclosure IS NULL OR reason IS NOT NULL)
);
"""

ONLY_ADDED_TO = ("change_of_circumstance", "change_detail", "change_told", "review_outcome")


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute(TABLES)
    op.execute("SELECT insist_on_explained_state('review')")
    # What was learned, told and decided is history: see refuse_rewriting_history() in 0003.
    for table in ONLY_ADDED_TO:
        op.execute(
            f"CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER only_added_to")
        op.execute(f"GRANT SELECT, INSERT ON {table} TO referrals_api, referrals_worker")
    op.execute("GRANT SELECT, INSERT, UPDATE ON review TO referrals_api, referrals_worker")


def downgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    for table in ("review_outcome", "review", "change_told", "change_detail", "change_of_circumstance"):
        op.execute(f"DROP TABLE {table}")

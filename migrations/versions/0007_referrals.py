"""The canonical referral, its versions, the destinations' parts and what went between them.

Nothing here can be done twice: one submission reference for each client, one open part for each destination, one
disclosure and one change notice for each version sent. What was said or sent is never changed.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE referral (
    id uuid PRIMARY KEY,
    client_id text NOT NULL,
    submission_reference text NOT NULL,
    probation_id uuid NOT NULL REFERENCES organisation (id),
    person_id uuid NOT NULL REFERENCES person (id),
    practitioner text NOT NULL,
    region text NOT NULL,
    pdu text,
    urgency text NOT NULL CHECK (urgency IN ('routine', 'urgent')),
    current_version integer NOT NULL CHECK (current_version >= 1),
    revision integer NOT NULL CHECK (revision >= 1),
    submitted_at timestamptz NOT NULL,
    UNIQUE (client_id, submission_reference)
);
CREATE INDEX referral_of_region ON referral (probation_id, submitted_at, id);
CREATE INDEX referral_of_person ON referral (person_id);

CREATE TABLE referral_version (
    referral_id uuid NOT NULL REFERENCES referral (id),
    number integer NOT NULL CHECK (number >= 1),
    document jsonb NOT NULL,
    sections jsonb NOT NULL,
    practitioner text,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (referral_id, number)
);
CREATE TABLE referral_version_restricted (
    referral_id uuid NOT NULL,
    number integer NOT NULL,
    document jsonb NOT NULL,
    PRIMARY KEY (referral_id, number),
    FOREIGN KEY (referral_id, number) REFERENCES referral_version (referral_id, number)
);

CREATE TABLE destination_referral (
    id uuid PRIMARY KEY,
    referral_id uuid NOT NULL REFERENCES referral (id),
    kind text NOT NULL,
    service_category text,
    organisation_id uuid REFERENCES organisation (id),
    state text NOT NULL,
    state_event_id uuid NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    missing jsonb NOT NULL,
    not_representable jsonb NOT NULL,
    held_until date,
    blocked_by jsonb NOT NULL,
    sent_version integer,
    sent_at timestamptz,
    acknowledged_version integer,
    next_update_due timestamptz,
    challenged boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    CHECK ((sent_version IS NULL) = (sent_at IS NULL)),
    CHECK (sent_version IS NULL OR organisation_id IS NOT NULL),
    CHECK (acknowledged_version <= sent_version),
    CHECK (state <> 'sent' OR sent_version IS NOT NULL),
    CHECK ((state = 'held') = (held_until IS NOT NULL))
);
CREATE INDEX destination_referral_of_referral ON destination_referral (referral_id);
CREATE INDEX destination_referral_of_organisation
    ON destination_referral (organisation_id, sent_at, id) WHERE sent_version IS NOT NULL;
CREATE INDEX destination_referral_held ON destination_referral (held_until) WHERE state = 'held';
CREATE UNIQUE INDEX one_live_part_for_each_destination
    ON destination_referral (referral_id, kind, service_category) NULLS NOT DISTINCT
    WHERE state NOT IN ('withdrawn', 'entered_in_error');

CREATE TABLE destination_move (
    id uuid PRIMARY KEY,
    destination_referral_id uuid NOT NULL REFERENCES destination_referral (id),
    part text NOT NULL CHECK (part IN ('referral', 'placement')),
    event_id uuid NOT NULL UNIQUE,
    action text NOT NULL,
    from_state text,
    to_state text NOT NULL,
    side text NOT NULL,
    practitioner text,
    detail jsonb NOT NULL,
    moved_at timestamptz NOT NULL
);
CREATE INDEX destination_move_of ON destination_move (destination_referral_id, moved_at);

CREATE TABLE disclosure (
    id uuid PRIMARY KEY,
    destination_referral_id uuid NOT NULL REFERENCES destination_referral (id),
    version_number integer NOT NULL,
    recipient_id uuid NOT NULL REFERENCES organisation (id),
    person_id uuid NOT NULL REFERENCES person (id),
    document jsonb,
    fields jsonb NOT NULL,
    withheld jsonb NOT NULL,
    not_representable jsonb NOT NULL,
    purpose text NOT NULL,
    legal_basis text NOT NULL,
    decided_by text NOT NULL,
    person_told boolean,
    not_told_reason text,
    made_at timestamptz NOT NULL,
    UNIQUE (destination_referral_id, version_number)
);
CREATE INDEX disclosure_of_person ON disclosure (person_id, made_at);
CREATE TABLE disclosure_confidential (
    id uuid PRIMARY KEY REFERENCES disclosure (id),
    document jsonb NOT NULL
);

CREATE TABLE message (
    id uuid PRIMARY KEY,
    destination_referral_id uuid NOT NULL REFERENCES destination_referral (id),
    ordinal bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL CHECK (kind IN ('message', 'question', 'answer')),
    side text NOT NULL,
    practitioner text,
    author text,
    body text NOT NULL,
    sent_at timestamptz NOT NULL
);
CREATE INDEX message_of ON message (destination_referral_id, ordinal);

CREATE TABLE destination_update (
    id uuid PRIMARY KEY,
    destination_referral_id uuid NOT NULL REFERENCES destination_referral (id),
    ordinal bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL,
    content jsonb NOT NULL,
    side text NOT NULL,
    author text,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX destination_update_of ON destination_update (destination_referral_id, ordinal);

CREATE TABLE change_notice (
    id uuid PRIMARY KEY,
    destination_referral_id uuid NOT NULL REFERENCES destination_referral (id),
    version_number integer NOT NULL,
    sections jsonb NOT NULL,
    reconfirm boolean NOT NULL,
    made_at timestamptz NOT NULL,
    acknowledged_at timestamptz,
    acknowledged_by text,
    can_continue boolean,
    UNIQUE (destination_referral_id, version_number),
    CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL)),
    CHECK (NOT reconfirm OR acknowledged_at IS NULL OR can_continue IS NOT NULL)
);

CREATE TABLE placement (
    id uuid PRIMARY KEY REFERENCES destination_referral (id),
    state text NOT NULL,
    state_event_id uuid NOT NULL,
    starts_on date,
    ends_on date,
    arrived_on date,
    departed_on date,
    details jsonb NOT NULL,
    move_on_address_id uuid REFERENCES address (id),
    gate_overridden_for uuid REFERENCES address (id)
);
"""

# What was said, sent or decided stays as it was; so do the identity of a referral and of its parts.
GUARDS = """
CREATE FUNCTION refuse_change_of_referral() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.client_id, NEW.submission_reference, NEW.person_id, NEW.submitted_at)
       IS DISTINCT FROM (OLD.id, OLD.client_id, OLD.submission_reference, OLD.person_id, OLD.submitted_at) THEN
        RAISE EXCEPTION 'a referral keeps its identity' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.current_version < OLD.current_version OR NEW.revision < OLD.revision THEN
        RAISE EXCEPTION 'a referral only goes forward' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION refuse_second_acknowledgement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.acknowledged_at IS NOT NULL OR (NEW.id, NEW.destination_referral_id, NEW.version_number, NEW.sections)
       IS DISTINCT FROM (OLD.id, OLD.destination_referral_id, OLD.version_number, OLD.sections) THEN
        RAISE EXCEPTION 'a change notice is acknowledged once' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER keeps_its_identity BEFORE UPDATE ON referral
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_referral();
CREATE TRIGGER acknowledged_once BEFORE UPDATE ON change_notice
    FOR EACH ROW EXECUTE FUNCTION refuse_second_acknowledgement();
SELECT insist_on_explained_state('destination_referral');
SELECT insist_on_explained_state('placement');
"""

KEPT_AS_THEY_ARE = (
    "referral_version",
    "referral_version_restricted",
    "destination_move",
    "disclosure",
    "disclosure_confidential",
    "message",
    "destination_update",
)
CHANGED_IN_PLACE = ("referral", "destination_referral", "change_notice", "placement")


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute(TABLES)
    op.execute(GUARDS)
    for table in KEPT_AS_THEY_ARE:
        op.execute(
            f"CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history()"
        )
        op.execute(f"GRANT SELECT, INSERT ON {table} TO referrals_api, referrals_worker")
    for table in CHANGED_IN_PLACE:
        op.execute(
            f"CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history()"
        )
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO referrals_api, referrals_worker")


def downgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    for table in (
        "placement",
        "change_notice",
        "destination_update",
        "message",
        "disclosure_confidential",
        "disclosure",
        "destination_move",
        "destination_referral",
        "referral_version_restricted",
        "referral_version",
        "referral",
    ):
        op.execute(f"DROP TABLE {table}")
    for function in ("refuse_second_acknowledgement", "refuse_change_of_referral"):
        op.execute(f"DROP FUNCTION {function}()")

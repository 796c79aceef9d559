"""Checks, the request to each agency, what came back and what was made of it.

What an agency said, what the two sides wrote to each other and what a practitioner decided are only ever
added to. The same obligation cannot be raised twice, a request that waits says for what, and one that was
sent says to whom.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = """
-- "check" is a word of SQL's own.
CREATE TABLE safety_check (
    id uuid PRIMARY KEY,
    referral_id uuid NOT NULL,          -- of referrals, a layer above: no foreign key
    person_id uuid NOT NULL REFERENCES person (id),
    kind text NOT NULL,
    cycle integer NOT NULL CHECK (cycle > 0),
    previous_id uuid UNIQUE REFERENCES safety_check (id),
    trigger_event text NOT NULL,
    probation_id uuid NOT NULL REFERENCES organisation (id),
    practitioner text NOT NULL,
    pdu text,
    urgency text NOT NULL CHECK (urgency IN ('routine', 'urgent')),
    hard_date timestamptz,
    rosh_highest text,
    state text NOT NULL,
    state_event_id uuid NOT NULL REFERENCES event (id),
    version integer NOT NULL CHECK (version > 0),
    raised_at timestamptz NOT NULL,
    not_required_by text,
    not_required_reason text,
    not_required_at timestamptz,
    UNIQUE (referral_id, kind, trigger_event),
    UNIQUE (referral_id, kind, cycle),
    CONSTRAINT a_later_cycle_is_linked CHECK ((cycle = 1) = (previous_id IS NULL)),
    CONSTRAINT not_required_says_who_and_why CHECK (
        num_nulls(not_required_by, not_required_reason, not_required_at) IN (0, 3)
        AND (state <> 'not_required' OR not_required_by IS NOT NULL))
);
CREATE INDEX safety_check_of_person ON safety_check (person_id);

CREATE TABLE check_request (
    id uuid PRIMARY KEY,
    check_id uuid NOT NULL REFERENCES safety_check (id),
    obligation text NOT NULL,
    probation_id uuid NOT NULL REFERENCES organisation (id),
    area text,
    agency_id uuid REFERENCES organisation (id),
    state text NOT NULL,
    state_event_id uuid NOT NULL REFERENCES event (id),
    version integer NOT NULL CHECK (version > 0),
    missing jsonb NOT NULL CHECK (jsonb_typeof(missing) = 'array'),
    urgency text NOT NULL CHECK (urgency IN ('routine', 'urgent')),
    hard_date timestamptz,
    exposed_since timestamptz NOT NULL,
    required_at timestamptz NOT NULL,
    sent_at timestamptz,
    answered_at timestamptz,
    succeeded_by_id uuid REFERENCES check_request (id),
    UNIQUE (check_id, obligation),
    CONSTRAINT exposed_from_the_beginning CHECK (exposed_since <= required_at),
    CONSTRAINT waiting_says_for_what CHECK (state <> 'awaiting_details' OR jsonb_array_length(missing) > 0),
    CONSTRAINT sent_says_to_whom CHECK ((sent_at IS NULL OR agency_id IS NOT NULL) AND (
        state IN ('required', 'awaiting_details', 'cancelled', 'superseded') OR sent_at IS NOT NULL)),
    CONSTRAINT carried_on_by_another CHECK (
        (state IN ('misdirected', 'superseded')) = (succeeded_by_id IS NOT NULL))
);
CREATE INDEX check_request_of_agency ON check_request (agency_id, sent_at, id) WHERE sent_at IS NOT NULL;
CREATE INDEX check_request_of_probation ON check_request (probation_id, required_at, id);
CREATE INDEX check_request_of_check ON check_request (check_id);

CREATE TABLE check_request_subject (
    request_id uuid NOT NULL REFERENCES check_request (id),
    kind text NOT NULL CHECK (kind IN ('person', 'contact', 'address')),
    subject_id uuid NOT NULL,
    PRIMARY KEY (request_id, kind, subject_id)
);
CREATE INDEX check_request_subject_where ON check_request_subject (subject_id);

CREATE TABLE check_message (
    id uuid PRIMARY KEY,
    request_id uuid NOT NULL REFERENCES check_request (id),
    number integer NOT NULL CHECK (number > 0),
    about text NOT NULL,
    code text,
    body text NOT NULL,
    organisation_id uuid NOT NULL REFERENCES organisation (id),
    practitioner text,
    sent_at timestamptz NOT NULL,
    UNIQUE (request_id, number)
);

CREATE TABLE check_result (
    id uuid PRIMARY KEY,
    request_id uuid NOT NULL REFERENCES check_request (id),
    number integer NOT NULL CHECK (number > 0),
    complete boolean NOT NULL,
    nothing_found boolean NOT NULL,
    valid_as_at date NOT NULL,
    searched_from date NOT NULL,
    searched_until date NOT NULL,
    sources jsonb NOT NULL CHECK (jsonb_array_length(sources) > 0),
    findings jsonb NOT NULL,
    remaining text,
    documents jsonb NOT NULL,
    organisation_id uuid NOT NULL REFERENCES organisation (id),
    client_id text NOT NULL,
    returned_at timestamptz NOT NULL,
    UNIQUE (request_id, number),
    CONSTRAINT searched_forward CHECK (searched_from <= searched_until),
    CONSTRAINT a_part_says_what_remains CHECK (complete = (remaining IS NULL))
);
CREATE UNIQUE INDEX one_full_answer ON check_result (request_id) WHERE complete;

CREATE TABLE check_review (
    id uuid PRIMARY KEY,
    request_id uuid NOT NULL REFERENCES check_request (id),
    number integer NOT NULL CHECK (number > 0),
    changes jsonb NOT NULL CHECK (jsonb_array_length(changes) > 0),
    reason text NOT NULL,
    rosh_highest text,
    countersignature_needed boolean NOT NULL,
    practitioner text NOT NULL,
    reviewed_at timestamptz NOT NULL,
    UNIQUE (request_id, number)
);

CREATE TABLE check_countersignature (
    review_id uuid PRIMARY KEY REFERENCES check_review (id),
    agreed boolean NOT NULL,
    reason text NOT NULL,
    manager text NOT NULL,
    manager_role text NOT NULL,
    signed_at timestamptz NOT NULL
);
"""

# What was said and decided is history: see refuse_rewriting_history() in 0003.
ONLY_ADDED_TO = (
    "check_request_subject",
    "check_message",
    "check_result",
    "check_review",
    "check_countersignature",
)

GRANTS = """
GRANT SELECT, INSERT, UPDATE ON safety_check, check_request TO referrals_api, referrals_worker;
GRANT SELECT, INSERT
    ON check_request_subject, check_message, check_result, check_review, check_countersignature
    TO referrals_api, referrals_worker;
"""


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute(TABLES)
    for table in ("safety_check", "check_request"):
        op.execute(f"SELECT insist_on_explained_state('{table}')")
    for table in ONLY_ADDED_TO:
        op.execute(
            f"CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER only_added_to")
    op.execute(GRANTS)


def downgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    for table in (*reversed(ONLY_ADDED_TO), "check_request", "safety_check"):
        op.execute(f"DROP TABLE {table}")

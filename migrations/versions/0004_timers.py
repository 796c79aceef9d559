"""Escalation: policies and calendars by version, clocks, firings, notices, and what watches the sweep.

What must always hold is held here: an open clock has a next firing time, a step fires once, nothing fires
after the clock has stopped, and no cycle changes the policy or calendar it started with.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

VERSIONS = """
CREATE TABLE policy (
    id uuid PRIMARY KEY,
    key text NOT NULL CHECK (key ~ '^[a-z][a-z0-9_.]*$'),
    responder_id uuid REFERENCES organisation (id),
    version integer NOT NULL CHECK (version > 0),
    document jsonb NOT NULL,
    published_at timestamptz NOT NULL,
    UNIQUE NULLS NOT DISTINCT (key, responder_id, version)
);
COMMENT ON COLUMN policy.responder_id IS
    'Whose information-sharing agreement overrides the policy for everybody; null for that one';

CREATE TABLE calendar (
    id uuid PRIMARY KEY,
    organisation_id uuid REFERENCES organisation (id),
    division text NOT NULL CHECK (division IN ('england-and-wales', 'scotland', 'northern-ireland')),
    version integer NOT NULL CHECK (version > 0),
    document jsonb NOT NULL,
    published_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX calendar_of_organisation ON calendar (organisation_id, version)
    WHERE organisation_id IS NOT NULL;
CREATE UNIQUE INDEX calendar_of_division ON calendar (division, version) WHERE organisation_id IS NULL;
"""

CLOCKS = """
CREATE TABLE clock (
    id uuid PRIMARY KEY,
    subject_kind text NOT NULL CHECK (subject_kind ~ '^[a-z][a-z0-9_]*$'),
    subject_id uuid NOT NULL,    -- of a layer above: no foreign key
    timer text NOT NULL CHECK (timer ~ '^[a-z][a-z0-9_]*$'),
    cycle integer NOT NULL CHECK (cycle > 0),
    policy_id uuid NOT NULL REFERENCES policy (id),
    calendar_id uuid NOT NULL REFERENCES calendar (id),
    referral_id uuid,            -- of referrals, a layer above: no foreign key
    person_id uuid,              -- of people, a layer above: no foreign key
    probation_id uuid NOT NULL REFERENCES organisation (id),
    responder_id uuid REFERENCES organisation (id),
    practitioner text NOT NULL,
    pdu text,
    label text NOT NULL CHECK (label ~ '^[a-z][a-z0-9_.:]*$'),
    anchor timestamptz NOT NULL,
    exposed_since timestamptz NOT NULL,
    first_urgency text NOT NULL CHECK (first_urgency IN ('routine', 'urgent')),
    first_hard_date timestamptz,
    turns jsonb NOT NULL CHECK (jsonb_typeof(turns) = 'array'),
    urgency text NOT NULL CHECK (urgency IN ('routine', 'urgent')),
    state text NOT NULL CHECK (state IN ('running', 'paused', 'stopped')),
    due_at timestamptz NOT NULL,
    next_fires_at timestamptz,
    next_step text,
    next_is_assumed boolean NOT NULL,
    fired integer NOT NULL CHECK (fired >= 0),
    rung text,
    faulted_at timestamptz,
    started_at timestamptz NOT NULL,
    stopped_at timestamptz,
    stop_reason text,
    UNIQUE (subject_kind, subject_id, timer, cycle),
    CONSTRAINT an_open_clock_fires_again CHECK (
        (state IN ('running', 'paused')) = (next_fires_at IS NOT NULL)
        AND (next_fires_at IS NULL) = (next_step IS NULL)),
    CONSTRAINT stopped_says_when_and_why CHECK (
        (state = 'stopped') = (stopped_at IS NOT NULL) AND (stopped_at IS NULL) = (stop_reason IS NULL)),
    CONSTRAINT what_is_asked_inside_has_no_responder CHECK (timer <> 'ask' OR responder_id IS NULL),
    CONSTRAINT urgency_is_never_lowered CHECK (first_urgency = 'routine' OR urgency = 'urgent')
) WITH (fillfactor = 85);
CREATE UNIQUE INDEX one_open_cycle ON clock (subject_kind, subject_id, timer) WHERE state <> 'stopped';
CREATE INDEX clock_due ON clock (next_fires_at, id) WHERE next_fires_at IS NOT NULL;
CREATE INDEX clock_overdue ON clock (due_at) WHERE state <> 'stopped';
CREATE INDEX clock_overdue_for_probation ON clock (probation_id, due_at, id) WHERE state <> 'stopped';
CREATE INDEX clock_overdue_for_responder ON clock (responder_id, due_at, id)
    WHERE state <> 'stopped' AND responder_id IS NOT NULL;
CREATE INDEX clock_faulted ON clock (faulted_at) WHERE faulted_at IS NOT NULL;
CREATE INDEX clock_assumed ON clock (id) WHERE next_is_assumed AND next_fires_at IS NOT NULL;
CREATE INDEX clock_unarmed ON clock (id) WHERE state <> 'stopped' AND next_fires_at IS NULL;
COMMENT ON INDEX clock_due IS 'The only thing a sweep reads when nothing is due';
COMMENT ON INDEX clock_unarmed IS 'Always empty; whoever watches the sweep looks all the same';

CREATE TABLE clock_firing (
    id uuid PRIMARY KEY,
    clock_id uuid NOT NULL REFERENCES clock (id),
    step_key text NOT NULL,
    ordinal integer NOT NULL CHECK (ordinal > 0),
    kind text NOT NULL CHECK (kind IN ('chaser', 'owner', 'rung', 'tail', 'pause_review', 'pause_ended')),
    probation_id uuid NOT NULL REFERENCES organisation (id),
    due_at timestamptz NOT NULL,
    fired_at timestamptz NOT NULL,
    late boolean NOT NULL,
    assumed boolean NOT NULL,
    event_id uuid NOT NULL REFERENCES event (id),
    CONSTRAINT a_step_fires_once UNIQUE (clock_id, step_key),
    CONSTRAINT steps_are_in_order UNIQUE (clock_id, ordinal),
    CONSTRAINT nothing_fires_early CHECK (fired_at >= due_at)
);
CREATE INDEX clock_firing_of_probation ON clock_firing (probation_id, fired_at, due_at, clock_id, ordinal);

CREATE TABLE escalation_acknowledgement (
    firing_id uuid PRIMARY KEY REFERENCES clock_firing (id),
    practitioner text NOT NULL,
    role text NOT NULL,
    acknowledged_at timestamptz NOT NULL
);
"""

NOTICES = """
CREATE TABLE notice (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisation (id),
    role text,
    holder text,
    urgent boolean NOT NULL,
    items integer NOT NULL CHECK (items > 0),
    sent_at timestamptz NOT NULL,
    event_id uuid NOT NULL REFERENCES event (id)
);

CREATE TABLE notice_item (
    id uuid PRIMARY KEY,
    firing_id uuid NOT NULL REFERENCES clock_firing (id),
    clock_id uuid NOT NULL REFERENCES clock (id),
    organisation_id uuid NOT NULL REFERENCES organisation (id),
    side text NOT NULL CHECK (side IN ('probation', 'partner')),
    role text,
    holder text,
    fell_from text,
    urgent boolean NOT NULL,
    fired_at timestamptz NOT NULL,
    notice_id uuid REFERENCES notice (id),
    dropped_at timestamptz,
    UNIQUE NULLS NOT DISTINCT (firing_id, organisation_id, role, holder),
    CONSTRAINT sent_or_dropped CHECK (num_nonnulls(notice_id, dropped_at) <= 1)
);
CREATE INDEX notice_item_waiting ON notice_item (organisation_id, role, holder)
    WHERE notice_id IS NULL AND dropped_at IS NULL;
CREATE INDEX notice_item_of_organisation ON notice_item (organisation_id, fired_at, firing_id);
CREATE INDEX notice_item_of_notice ON notice_item (notice_id) WHERE notice_id IS NOT NULL;

CREATE TABLE sweep_run (
    worker text PRIMARY KEY,
    swept_at timestamptz NOT NULL,
    delivered_at timestamptz,
    fired integer NOT NULL,
    faulted integer NOT NULL
) WITH (fillfactor = 50);
"""

GUARDS = """
CREATE FUNCTION refuse_bending_a_clock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.subject_kind, NEW.subject_id, NEW.timer, NEW.cycle, NEW.policy_id,
        NEW.calendar_id, NEW.probation_id, NEW.responder_id, NEW.anchor,
        NEW.exposed_since, NEW.first_urgency, NEW.first_hard_date, NEW.started_at)
       IS DISTINCT FROM
       (OLD.id, OLD.subject_kind, OLD.subject_id, OLD.timer, OLD.cycle, OLD.policy_id,
        OLD.calendar_id, OLD.probation_id, OLD.responder_id, OLD.anchor,
        OLD.exposed_since, OLD.first_urgency, OLD.first_hard_date, OLD.started_at)
    THEN
        RAISE EXCEPTION 'a clock keeps what it started with'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'keeps_what_it_started_with';
    END IF;
    IF OLD.state = 'stopped' THEN
        RAISE EXCEPTION 'a stopped clock stays stopped'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'stopped_stays_stopped';
    END IF;
    IF OLD.urgency = 'urgent' AND NEW.urgency <> 'urgent' THEN
        RAISE EXCEPTION 'urgency is never lowered'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'urgency_is_never_lowered';
    END IF;
    IF NEW.fired < OLD.fired OR jsonb_array_length(NEW.turns) < jsonb_array_length(OLD.turns) OR (
        SELECT coalesce(jsonb_agg(turn ORDER BY place), '[]')
        FROM jsonb_array_elements(NEW.turns) WITH ORDINALITY AS turns (turn, place)
        WHERE place <= jsonb_array_length(OLD.turns)
    ) <> OLD.turns THEN
        RAISE EXCEPTION 'what happened to a clock is only added to'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'turns_are_only_added_to';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keeps_its_course BEFORE UPDATE ON clock
    FOR EACH ROW EXECUTE FUNCTION refuse_bending_a_clock();
ALTER TABLE clock ENABLE ALWAYS TRIGGER keeps_its_course;

CREATE FUNCTION refuse_firing_a_stopped_clock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM clock WHERE id = NEW.clock_id AND state <> 'stopped';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'nothing fires after the clock has stopped'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'nothing_fires_after_the_stop';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fires_only_while_open BEFORE INSERT ON clock_firing
    FOR EACH ROW EXECUTE FUNCTION refuse_firing_a_stopped_clock();
ALTER TABLE clock_firing ENABLE ALWAYS TRIGGER fires_only_while_open;
"""

# See refuse_rewriting_history() in 0003.
ONLY_ADDED_TO = ("policy", "calendar", "clock_firing", "notice", "escalation_acknowledgement")

# A sweep can neither move a clock to another policy nor change whom a firing was addressed to.
GRANTS = """
GRANT SELECT
    ON policy, calendar, clock, clock_firing, escalation_acknowledgement, notice, notice_item, sweep_run
    TO referrals_api, referrals_worker;
GRANT INSERT ON clock TO referrals_api, referrals_worker;
GRANT UPDATE (state, urgency, turns, due_at, next_fires_at, next_step, next_is_assumed, fired, rung,
              faulted_at, stopped_at, stop_reason)
    ON clock TO referrals_api, referrals_worker;
GRANT INSERT ON escalation_acknowledgement TO referrals_api;
GRANT INSERT ON clock_firing, notice, notice_item TO referrals_worker;
GRANT UPDATE (notice_id, dropped_at) ON notice_item TO referrals_worker;
GRANT INSERT, UPDATE, DELETE ON sweep_run TO referrals_worker;
"""

TABLES = (
    "sweep_run",
    "notice_item",
    "notice",
    "escalation_acknowledgement",
    "clock_firing",
    "clock",
    "calendar",
    "policy",
)


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    for part in (VERSIONS, CLOCKS, NOTICES, GUARDS):
        op.execute(part)
    for table in ONLY_ADDED_TO:
        op.execute(
            f"CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER only_added_to")
    op.execute(GRANTS)


def downgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP FUNCTION refuse_firing_a_stopped_clock()")
    op.execute("DROP FUNCTION refuse_bending_a_clock()")

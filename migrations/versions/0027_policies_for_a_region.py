"""Versions of policies are valid from a moment, for everybody, a responder, a region, or both.

A clock keeps the version that it was started with. Onto another it is moved by an act, which is added to what
happened to it.

The release before knows no areas: publish no override and move no clock until every process runs this one.
"""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

VERSIONS = """
ALTER TABLE policy
    ADD COLUMN area text CHECK (area ~ '^[A-Z0-9]{2,10}$'),
    ADD COLUMN valid_from timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN valid_until timestamptz,
    ADD COLUMN published_by text,
    ADD COLUMN published_by_id uuid REFERENCES organisation (id),
    ADD COLUMN reason text,
    ADD CONSTRAINT a_key_counts_its_versions UNIQUE (key, version),
    ADD CONSTRAINT ends_after_it_begins CHECK (valid_until > valid_from),
    ADD CONSTRAINT what_is_for_everybody_does_not_end CHECK (
        valid_until IS NULL OR num_nonnulls(responder_id, area) > 0),
    ADD CONSTRAINT an_override_says_why CHECK (
        area IS NULL OR num_nulls(published_by, published_by_id, reason) = 0);
COMMENT ON COLUMN policy.area IS 'The code of the region whose clocks it is for; null for those of all';
ALTER TABLE policy DISABLE TRIGGER only_added_to;
UPDATE policy SET valid_from = published_at;
ALTER TABLE policy ENABLE ALWAYS TRIGGER only_added_to;
"""

# Policies are about nobody, and every clock needs them; a region adds what is for its own clocks.
RULES = """
ALTER TABLE policy ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_by_all ON policy FOR SELECT USING (true);
CREATE POLICY regions_own ON policy FOR INSERT TO referrals_api WITH CHECK (
    published_by_id = (SELECT caller_organisation())
    AND area = (SELECT code FROM organisation
                WHERE id = (SELECT caller_organisation()) AND kind = 'probation_region'));
GRANT INSERT ON policy TO referrals_api;
"""

APPLICATIONS = """
CREATE TABLE policy_application (
    id uuid PRIMARY KEY,
    policy_id uuid NOT NULL REFERENCES policy (id),
    organisation_id uuid NOT NULL REFERENCES organisation (id),
    applied_by text NOT NULL,
    reason text NOT NULL,
    moved integer NOT NULL CHECK (moved >= 0),
    more boolean NOT NULL,
    applied_at timestamptz NOT NULL
);
COMMENT ON COLUMN policy_application.moved IS 'Clocks that whoever applied it may see; others were moved too';
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON policy_application
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history();
ALTER TABLE policy_application ENABLE ALWAYS TRIGGER only_added_to;
ALTER TABLE policy_application ENABLE ROW LEVEL SECURITY;
CREATE POLICY callers_own ON policy_application TO referrals_api, referrals_reader
    USING ((SELECT on_every_row()) OR organisation_id = (SELECT caller_organisation()))
    WITH CHECK ((SELECT on_every_row()) OR organisation_id = (SELECT caller_organisation()));
CREATE POLICY every_row ON policy_application TO referrals_worker USING (true) WITH CHECK (true);
GRANT SELECT ON policy_application TO referrals_api, referrals_reader, referrals_worker;
GRANT INSERT ON policy_application TO referrals_api;
"""

# As in 0023, and a clock goes by another version only with the change that says so.
KEEPS = """
CREATE OR REPLACE FUNCTION refuse_bending_a_clock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.subject_kind, NEW.subject_id, NEW.timer, NEW.cycle, NEW.policy_id,
        NEW.calendar_id, NEW.responder_id, NEW.anchor, NEW.person_id,
        NEW.exposed_since, NEW.first_urgency, NEW.first_hard_date, NEW.started_at, NEW.ladder)
       IS DISTINCT FROM
       (OLD.id, OLD.subject_kind, OLD.subject_id, OLD.timer, OLD.cycle, OLD.policy_id,
        OLD.calendar_id, OLD.responder_id, OLD.anchor, OLD.person_id,
        OLD.exposed_since, OLD.first_urgency, OLD.first_hard_date, OLD.started_at, OLD.ladder)
    THEN
        RAISE EXCEPTION 'a clock keeps what it started with'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'keeps_what_it_started_with';
    END IF;{moves}
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
"""

MOVES = """
    IF NEW.moved_onto_id IS DISTINCT FROM OLD.moved_onto_id AND NOT (
        jsonb_array_length(NEW.turns) > jsonb_array_length(OLD.turns)
        AND NEW.turns -> -1 ->> 'kind' = 'moved'
        AND coalesce(NEW.turns -> -1 ->> 'policy' = NEW.moved_onto_id::text, false))
    THEN
        RAISE EXCEPTION 'a clock says when it was moved onto a policy'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'says_when_it_was_moved';
    END IF;"""

INDEX = "clock_by_policy"

# What the release before takes for the version in force is the last of a key and responder.
LAST = """
INSERT INTO policy (id, key, responder_id, version, document, published_at)
SELECT gen_random_uuid(), narrow.key, narrow.responder_id,
       (SELECT max(version) FROM policy WHERE key = narrow.key)
           + row_number() OVER (PARTITION BY narrow.key ORDER BY narrow.responder_id NULLS FIRST),
       wide.document, now()
FROM (SELECT DISTINCT key, responder_id FROM policy WHERE area IS NOT NULL OR valid_until IS NOT NULL) narrow
CROSS JOIN LATERAL (
    SELECT document FROM policy
    WHERE key = narrow.key AND area IS NULL AND valid_until IS NULL
      AND (responder_id IS NULL OR responder_id = narrow.responder_id)
    ORDER BY responder_id NULLS LAST, version DESC LIMIT 1) wide;
"""

# It takes every change it does not know for one that is urgent.
UNMOVED = """
ALTER TABLE clock DISABLE TRIGGER keeps_its_course;
UPDATE clock SET policy_id = coalesce(moved_onto_id, policy_id), turns = (
    SELECT coalesce(jsonb_agg(turn ORDER BY place), '[]')
    FROM jsonb_array_elements(turns) WITH ORDINALITY AS turns (turn, place)
    WHERE turn ->> 'kind' <> 'moved')
WHERE moved_onto_id IS NOT NULL;
ALTER TABLE clock ENABLE ALWAYS TRIGGER keeps_its_course;
"""


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # It waits for others and holds nobody up; what an attempt that failed has left is made again.
        op.execute("SET lock_timeout = '5s'")
        op.execute("ALTER TABLE clock ADD COLUMN IF NOT EXISTS moved_onto_id uuid")
        op.execute("SET lock_timeout = 0")
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {INDEX}")
        op.execute(
            f"CREATE INDEX CONCURRENTLY {INDEX} ON clock"
            " (probation_id, coalesce(moved_onto_id, policy_id), id) WHERE state <> 'stopped'"
        )
    op.execute("SET lock_timeout = '5s'")
    op.execute(VERSIONS)
    op.execute(RULES)
    op.execute(APPLICATIONS)
    op.execute(
        "ALTER TABLE clock ADD CONSTRAINT clock_moved_onto_id_fkey"
        " FOREIGN KEY (moved_onto_id) REFERENCES policy (id)"
    )
    op.execute(KEEPS.format(moves=MOVES))
    op.execute("GRANT UPDATE (moved_onto_id) ON clock TO referrals_api")


def downgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute(f"DROP INDEX {INDEX}")
    op.execute(UNMOVED)
    op.execute(KEEPS.format(moves=""))
    op.execute("ALTER TABLE clock DROP COLUMN moved_onto_id")
    op.execute("DROP TABLE policy_application")
    op.execute(LAST)
    op.execute("REVOKE INSERT ON policy FROM referrals_api")
    op.execute("DROP POLICY regions_own ON policy")
    op.execute("DROP POLICY read_by_all ON policy")
    op.execute("ALTER TABLE policy DISABLE ROW LEVEL SECURITY")
    op.execute(
        "ALTER TABLE policy DROP CONSTRAINT a_key_counts_its_versions, DROP COLUMN area,"
        " DROP COLUMN valid_from, DROP COLUMN valid_until, DROP COLUMN published_by,"
        " DROP COLUMN published_by_id, DROP COLUMN reason"
    )

"""Pins each clock to the version of the ladder that it was started with.

What comes next is the first firing that has not been recorded, and no longer the one after a count. Clocks
that run keep version 1, the ladder they were started with.
"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

# As in 0004, with the columns that a clock keeps.
KEEPS = """
CREATE OR REPLACE FUNCTION refuse_bending_a_clock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.subject_kind, NEW.subject_id, NEW.timer, NEW.cycle, NEW.policy_id,
        NEW.calendar_id, NEW.probation_id, NEW.responder_id, NEW.anchor,
        NEW.exposed_since, NEW.first_urgency, NEW.first_hard_date, NEW.started_at{new})
       IS DISTINCT FROM
       (OLD.id, OLD.subject_kind, OLD.subject_id, OLD.timer, OLD.cycle, OLD.policy_id,
        OLD.calendar_id, OLD.probation_id, OLD.responder_id, OLD.anchor,
        OLD.exposed_since, OLD.first_urgency, OLD.first_hard_date, OLD.started_at{old})
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
"""


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute("ALTER TABLE clock ADD COLUMN ladder smallint NOT NULL DEFAULT 1")
    op.execute(KEEPS.format(new=", NEW.ladder", old=", OLD.ladder"))


def downgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute(KEEPS.format(new="", old=""))
    op.execute("ALTER TABLE clock DROP COLUMN ladder")

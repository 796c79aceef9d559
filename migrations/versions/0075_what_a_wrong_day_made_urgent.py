"""What only a day that had passed has made urgent is so no more once somebody has said why it may wait.

Until now a clock that had been urgent was shown as urgent for good, though its target was the routine one again.
"""

from alembic import op

revision = "0075"
down_revision = "0074"
branch_labels = None
depends_on = None

# As in 0027, and urgency is lowered only with the turn that puts a date back and says why.
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
    END IF;
    IF NEW.moved_onto_id IS DISTINCT FROM OLD.moved_onto_id AND NOT (
        jsonb_array_length(NEW.turns) > jsonb_array_length(OLD.turns)
        AND NEW.turns -> -1 ->> 'kind' = 'moved'
        AND coalesce(NEW.turns -> -1 ->> 'policy' = NEW.moved_onto_id::text, false))
    THEN
        RAISE EXCEPTION 'a clock says when it was moved onto a policy'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'says_when_it_was_moved';
    END IF;
    IF OLD.state = 'stopped' THEN
        RAISE EXCEPTION 'a stopped clock stays stopped'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'stopped_stays_stopped';
    END IF;
    IF OLD.urgency = 'urgent' AND NEW.urgency <> 'urgent'{eased} THEN
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

EASED = """ AND NOT (
        NEW.first_urgency = 'routine'
        AND jsonb_array_length(NEW.turns) > jsonb_array_length(OLD.turns)
        AND NEW.turns -> -1 ->> 'kind' = 'later'
        AND NEW.turns -> -1 ?& ARRAY['eases', 'reason'])"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(KEEPS.format(eased=EASED))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(KEEPS.format(eased=""))

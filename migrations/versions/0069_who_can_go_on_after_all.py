"""A destination that was asked whether it can go on says otherwise later; its events keep what it said before.

It had to be right at once: the first answer was the only one.
"""

from alembic import op

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None

_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_second_acknowledgement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {refused}
       OR (NEW.id, NEW.destination_referral_id, NEW.version_number, NEW.sections)
       IS DISTINCT FROM (OLD.id, OLD.destination_referral_id, OLD.version_number, OLD.sections) THEN
        RAISE EXCEPTION 'a change notice is acknowledged once' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$
"""
_ONCE = "OLD.acknowledged_at IS NOT NULL"
_OTHERWISE = "OLD.reconfirm AND NEW.can_continue IS DISTINCT FROM OLD.can_continue"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(_FUNCTION.format(refused=f"({_ONCE} AND NOT ({_OTHERWISE}))"))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(_FUNCTION.format(refused=_ONCE))

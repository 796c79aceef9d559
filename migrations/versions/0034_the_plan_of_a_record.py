"""The plan of a record, read by whoever sees that section of it or the documents that tell of it.

A share of the whole record stays one. The release before, which may still run, knows six sections: what it shares
meanwhile as the whole is without the plan, which the documents tell of all the same.
"""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

WHOLE = """
UPDATE {table} SET sections = sections || ARRAY['plan']
WHERE sections @> ARRAY['household', 'protected_contacts', 'risk', 'referrals', 'checks', 'circumstances']
  AND NOT sections @> ARRAY['plan'] AND {unfinished} IS NULL
"""

# Only the parts of a document that are the plan leave it; which states of a destination referral are open is
# said by service/destinations/states.py.
PLAN = """
CREATE FUNCTION plan_of_record(of_person uuid, open_states text[])
    RETURNS TABLE (referral_id uuid, number integer, made_at timestamptz, document jsonb)
    LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
    SELECT r.id, v.number, v.made_at, jsonb_build_object(
        'licence', v.document -> 'licence',
        'location', v.document -> 'location',
        'risk', jsonb_build_object('management_plan', v.document #> '{risk,management_plan}'),
        'contingency', v.document -> 'contingency')
    FROM referral r JOIN referral_version v ON v.referral_id = r.id AND v.number = r.current_version
    WHERE r.person_id = of_person
      AND EXISTS (
        SELECT FROM destination_referral d WHERE d.referral_id = r.id AND d.state = ANY (open_states))
      AND (on_every_row()
        OR sees_record(of_person, 'plan')
        OR sees_record(of_person, 'referrals') AND sees_record(of_person, 'household')
            AND sees_record(of_person, 'risk'));
END;
COMMENT ON FUNCTION plan_of_record(uuid, text[]) IS
    'The conditions somebody is under, and what staff do when something goes wrong: of open referrals only';
REVOKE EXECUTE ON FUNCTION plan_of_record(uuid, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION plan_of_record(uuid, text[]) TO referrals_api;
"""


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute(PLAN)
    op.execute(WHOLE.format(table="sight", unfinished="ended_at"))
    op.execute(WHOLE.format(table="share_request", unfinished="answered_at"))


def downgrade() -> None:
    """Leave the sections of shares as they are: the release before passes over one that it does not know."""
    op.execute("SET lock_timeout = '5s'")
    op.execute("DROP FUNCTION plan_of_record(uuid, text[])")

"""A side record that is one practitioner's alone may name others: the managers whom its escalations reach."""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

IS_NAMED_IN = """
CREATE OR REPLACE FUNCTION is_named_in(of_person uuid, organisation uuid, practitioner text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN NOT EXISTS (
            SELECT FROM restriction
            WHERE person_id = of_person AND organisation_id = organisation
              AND practitioner_id = practitioner AND excluded AND ended_at IS NULL)
        AND (
            NOT EXISTS (
                SELECT FROM person
                WHERE id = of_person AND (
                    restricted OR limited_to IS NOT NULL AND limited_to IS DISTINCT FROM practitioner))
            OR EXISTS (
                SELECT FROM person p JOIN restriction r ON r.person_id = p.id
                WHERE p.id = of_person{only}
                  AND r.organisation_id = organisation AND NOT r.excluded AND r.ended_at IS NULL
                  AND (r.practitioner_id IS NULL OR r.practitioner_id = practitioner)))
"""
BEFORE = " AND (p.limited_to IS NULL OR p.limited_to = practitioner)"


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute(IS_NAMED_IN.format(only=""))


def downgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute(IS_NAMED_IN.format(only=BEFORE))

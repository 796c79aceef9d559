"""Sharing with a destination ends with the licence or order, and a disclosure names the law it rests on.

What was sent before gets the end that its referral gives. An end that has passed is followed here, so that
the first pass of a worker after the upgrade sends nothing.
"""

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE destination_referral
    ADD COLUMN sharing jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN shared_until date,
    ADD COLUMN sharing_ended_at timestamptz;
ALTER TABLE disclosure
    ADD COLUMN gateway text,
    ADD COLUMN regime text,
    ADD COLUMN condition text;
CREATE INDEX destination_referral_shared_until ON destination_referral (shared_until)
    WHERE shared_until IS NOT NULL AND sharing_ended_at IS NULL AND sent_version IS NOT NULL;
"""

# As `destinations.sharing`: what rests on supervision ends with it, and no later than its own end.
CARRIED_OVER = """
WITH given AS (
    SELECT d.id,
           v.document -> 'sharing_basis' ->> 'legal_basis' AS code,
           (v.document -> 'sharing_basis' ->> 'legal_basis_ends')::date AS own,
           greatest(
               (v.document -> 'sentence' ->> 'licence_expiry_date')::date,
               (v.document -> 'sentence' ->> 'expiry_date')::date,
               (v.document -> 'sentence' ->> 'pss_end_date')::date,
               (SELECT max((period ->> 'end_date')::date)
                FROM jsonb_array_elements(coalesce(v.document -> 'release' -> 'releases', '[]')) AS period
                WHERE coalesce(v.document -> 'sentence' ->> 'type', '') NOT IN ('life', 'ipp')
                  AND period ->> 'type' IN (
                      'crd_licence', 'extended_determinate_licence', 'parole', 'pss', 'standard_recall',
                      'fixed_term_recall', 'risk_assessed_recall_review', 'ipp_rarr'))
           ) AS supervised,
           p.state = 'arrived' AS stays
    FROM destination_referral d
    JOIN referral r ON r.id = d.referral_id
    JOIN referral_version v ON v.referral_id = r.id AND v.number = r.current_version
    LEFT JOIN placement p ON p.id = d.id
), ends AS (
    SELECT id, code, coalesce(stays, false) AS stays,
           CASE WHEN code IN ('statutory_supervision', 'consent') THEN least(own, supervised)
                ELSE coalesce(own, supervised) END AS until
    FROM given
)
UPDATE destination_referral d
SET sharing = jsonb_build_array(jsonb_build_object('basis', ends.code, 'until', ends.until))
        || CASE WHEN ends.stays THEN '[{"basis": "stay", "until": null}]'::jsonb ELSE '[]'::jsonb END,
    shared_until = CASE WHEN NOT ends.stays THEN ends.until END,
    sharing_ended_at = CASE
        WHEN d.sent_version IS NOT NULL AND NOT ends.stays AND ends.until < (now() AT TIME ZONE 'Europe/London')::date THEN now() END
FROM ends WHERE ends.id = d.id
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(COLUMNS)
    op.execute(CARRIED_OVER)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP INDEX destination_referral_shared_until")
    for column in ("sharing", "shared_until", "sharing_ended_at"):
        op.execute(f"ALTER TABLE destination_referral DROP COLUMN {column}")
    for column in ("gateway", "regime", "condition"):
        op.execute(f"ALTER TABLE disclosure DROP COLUMN {column}")

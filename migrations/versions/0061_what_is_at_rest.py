"""Why a destination owes nothing for now is kept with its part of a referral.

Clocks that a recall or a suspension stopped were started again by whatever moved next. Parts whose clocks had
been stopped are noted as they are: the upgrade starts and stops none.
"""

from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

# Of changes that undo each other, the last that happened counts. After a recall of fixed length whoever had
# not decided goes on deciding.
AT_REST = """
UPDATE destination_referral d SET rests = array_append(d.rests, last.kind)
FROM (
    SELECT DISTINCT ON (person_id) person_id, kind, release_date
    FROM change_of_circumstance
    WHERE standing = 'established' AND kind IN ({kinds})
    ORDER BY person_id, occurred_on DESC, recorded_at DESC, id DESC
) last
WHERE last.person_id = d.person_id AND last.kind = '{rests}'
    AND d.sent_version IS NOT NULL
    AND d.state IN ('sent', 'received', 'information_requested', 'waitlisted', 'deferred', 'challenged',
                    'accepted', 'in_progress', 'on_hold')
    AND NOT EXISTS (
        SELECT FROM clock c
        WHERE c.subject_kind = 'destination_referral' AND c.subject_id = d.id AND c.state <> 'stopped')
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE destination_referral ADD COLUMN rests text[] NOT NULL DEFAULT '{}'")
    op.execute(AT_REST.format(kinds="'recalled', 'released', 'unlawfully_at_large'", rests="recalled"))
    op.execute(
        AT_REST.format(kinds="'supervision_suspended', 'supervision_resumed'", rests="supervision_suspended")
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE destination_referral DROP COLUMN rests")

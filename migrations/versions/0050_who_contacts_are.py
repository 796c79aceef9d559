"""A contact can be the same as another, and whether there are children can be asked again.

A reference whose name and date of birth both change names another contact, which keeps it from then on: the
earlier one stays on record beside it.
"""

from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

BY_REF = "contact_person_id_client_id_ref_key"
COLUMNS = (
    "alike_id uuid REFERENCES contact (id) DEFERRABLE INITIALLY DEFERRED",
    "alike_because text",
    "same boolean",
    "same_reason text",
    "same_by text",
    "same_at timestamptz",
    "ref_left boolean NOT NULL DEFAULT false",
)
CHECKS = {
    "why_a_contact_is_alike": "alike_because IN ('identity_changed', 'likely_twin')",
    "alike_has_a_reason": "(alike_id IS NULL) = (alike_because IS NULL)",
    "alike_is_somebody_else": "alike_id <> id",
    "same_is_decided_by_somebody": (
        "num_nulls(same, same_reason, same_by, same_at) IN (0, 4) AND (same IS NULL OR alike_id IS NOT NULL)"
    ),
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for column in COLUMNS:
        op.execute(f"ALTER TABLE contact ADD COLUMN IF NOT EXISTS {column}")
    op.execute("ALTER TABLE person ADD COLUMN IF NOT EXISTS children_asked_at timestamptz")
    for name, condition in CHECKS.items():
        op.execute(f"ALTER TABLE contact DROP CONSTRAINT IF EXISTS {name}")
        op.execute(f"ALTER TABLE contact ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID")
        op.execute(f"ALTER TABLE contact VALIDATE CONSTRAINT {name}")
    with op.get_context().autocommit_block():
        # What stands before it is committed, so that an attempt that failed here is made again as a whole.
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS contact_of_person")
        op.execute("CREATE INDEX CONCURRENTLY contact_of_person ON contact (person_id)")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS contact_by_ref")
        op.execute(
            "CREATE UNIQUE INDEX CONCURRENTLY contact_by_ref ON contact (person_id, client_id, ref)"
            " WHERE NOT ref_left"
        )
    op.execute(f"ALTER TABLE contact DROP CONSTRAINT IF EXISTS {BY_REF}")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "UPDATE clock SET state = 'stopped', next_fires_at = NULL, next_step = NULL, next_is_assumed = false,"
        " stopped_at = now(), stop_reason = 'downgraded'"
        " WHERE subject_kind = 'contact' AND state <> 'stopped'"
    )
    # The release before knows a reference of one contact only: the earlier one keeps its own.
    op.execute("UPDATE contact SET ref = ref || ' (' || id || ')' WHERE ref_left")
    op.execute("DROP INDEX contact_by_ref")
    op.execute("DROP INDEX contact_of_person")
    op.execute(f"ALTER TABLE contact ADD CONSTRAINT {BY_REF} UNIQUE (person_id, client_id, ref)")
    for name in CHECKS:
        op.execute(f"ALTER TABLE contact DROP CONSTRAINT {name}")
    op.drop_column("person", "children_asked_at")
    for column in ("ref_left", "same_at", "same_by", "same_reason", "same", "alike_because", "alike_id"):
        op.drop_column("contact", column)

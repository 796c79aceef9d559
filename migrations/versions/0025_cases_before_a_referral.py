"""Cases that are opened: a change of circumstance with no referral, and the list of a region's cases.

The list reads many rows of `case_holding` and `person`: the caller's own come first, and who may see one is asked
only where somebody is guarded, as for referrals since 0023.
"""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

ME = "(SELECT caller_organisation())"
UNGUARDED = "(SELECT g.person_id FROM guarded_person g WHERE g.person_id = {id}) IS NULL"
RULES = {
    "person": (
        f"holder_id = {ME} AND {UNGUARDED.format(id='person.id')}"
        " OR sees_record(id, NULL) OR was_asked_about_person(id)"
    ),
    # A holding that has ended stays the row of the region that held the case: it tells nothing of who sees it.
    "case_holding": (
        f"organisation_id = {ME} AND ended_at IS NULL AND {UNGUARDED.format(id='case_holding.person_id')}"
        " OR sees_record(person_id, NULL)"
    ),
}
"""Which rows are there for a caller."""


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute("ALTER TABLE change_of_circumstance ALTER COLUMN referral_id DROP NOT NULL")
    op.execute(
        "CREATE INDEX case_holding_of_region ON case_holding (organisation_id, since, person_id)"
        " WHERE ended_at IS NULL"
    )
    for table, rule in RULES.items():
        op.execute(_alter(table, rule))


def downgrade() -> None:
    """Refuse while a change names no referral: the release before could not read it."""
    op.execute("SET lock_timeout = '5s'")
    before = op.get_context().script.get_revision("0023").module
    op.execute(_alter("person", before.RULES["person"]))
    op.execute(_alter("case_holding", before.NEW_RULES["case_holding"]))
    op.execute("DROP INDEX case_holding_of_region")
    op.execute("ALTER TABLE change_of_circumstance ALTER COLUMN referral_id SET NOT NULL")


def _alter(table: str, rule: str) -> str:
    whole = f"(SELECT on_every_row()) OR {rule}"
    return f"ALTER POLICY callers_own ON {table} USING ({whole}) WITH CHECK ({whole})"

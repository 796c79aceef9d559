"""What an agency says back: questions about a part, redirects that are disputed, answers that nobody awaited.

A review says up to which result it goes, so that what comes after has a review of its own. The release before
writes none of the new columns: null and the defaults stand for what it does.
"""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

SET_ASIDE = "carried_on_by_another"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("check_request", sa.Column("asks_about", sa.dialects.postgresql.JSONB, nullable=True))
    op.add_column(
        "check_request", sa.Column("redirects", sa.SmallInteger, nullable=False, server_default="0")
    )
    request = sa.ForeignKey("check_request.id")
    op.add_column("check_request", sa.Column("disputed_by_id", sa.UUID, request, nullable=True))
    op.add_column(
        "check_request", sa.Column("asked_no_longer", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.add_column(
        "check_result", sa.Column("supplement", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.add_column("check_review", sa.Column("up_to_result", sa.Integer, nullable=True))
    # A late answer to what was set aside leaves standing which request carries the question on.
    op.execute(f"ALTER TABLE check_request DROP CONSTRAINT {SET_ASIDE}")
    op.execute(
        f"ALTER TABLE check_request ADD CONSTRAINT {SET_ASIDE} CHECK ("
        "CASE WHEN state IN ('misdirected', 'superseded') THEN succeeded_by_id IS NOT NULL "
        "ELSE succeeded_by_id IS NULL OR asked_no_longer END) NOT VALID"
    )
    op.execute(f"ALTER TABLE check_request VALIDATE CONSTRAINT {SET_ASIDE}")
    op.execute("DROP INDEX one_full_answer")
    op.execute(
        "CREATE UNIQUE INDEX one_full_answer ON check_result (request_id) WHERE complete AND NOT supplement"
    )
    op.execute("UPDATE check_request SET asks_about = '[]' WHERE state = 'returned_for_information'")
    op.execute(
        "UPDATE check_request SET redirects = 1 WHERE state = 'misdirected' OR obligation LIKE 'redirected:%'"
    )
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")  # no table is altered while a check of its rows waits
    op.execute("ALTER TABLE check_review DISABLE TRIGGER only_added_to")
    op.execute(
        "UPDATE check_review SET up_to_result = (SELECT max(number) FROM check_result "
        "WHERE check_result.request_id = check_review.request_id AND returned_at <= reviewed_at)"
    )
    op.execute("ALTER TABLE check_review ENABLE ALWAYS TRIGGER only_added_to")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("check_review", "up_to_result")
    op.execute("DROP INDEX one_full_answer")
    op.drop_column("check_result", "supplement")
    # Not unique: the release before reads several whole answers as it reads several parts.
    op.execute("CREATE INDEX one_full_answer ON check_result (request_id) WHERE complete")
    op.execute(f"ALTER TABLE check_request DROP CONSTRAINT {SET_ASIDE}")
    op.execute(
        "UPDATE check_request SET succeeded_by_id = NULL WHERE state NOT IN ('misdirected', 'superseded')"
    )
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    op.execute(
        f"ALTER TABLE check_request ADD CONSTRAINT {SET_ASIDE} CHECK ("
        "(state IN ('misdirected', 'superseded')) = (succeeded_by_id IS NOT NULL))"
    )
    for column in ("asked_no_longer", "disputed_by_id", "redirects", "asks_about"):
        op.drop_column("check_request", column)

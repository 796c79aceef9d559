"""An administration publishes overrides of policies, for any region or responder."""

from alembic import op

revision = "0044"
down_revision = "0040"
branch_labels = None
depends_on = None

# A version for everybody stays with the owner: it is no figure that somebody agreed with somebody.
PUBLISHES = """
CREATE POLICY administrations ON policy FOR INSERT TO referrals_api WITH CHECK (
    published_by_id = (SELECT caller_organisation())
    AND num_nonnulls(responder_id, area) > 0
    AND (SELECT kind FROM organisation WHERE id = (SELECT caller_organisation())) = 'administration');
"""


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute(PUBLISHES)


def downgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute("DROP POLICY administrations ON policy")

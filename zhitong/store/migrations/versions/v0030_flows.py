"""话务流程: editions and drafts of the lines' flows."""

import sqlalchemy as sa
from alembic import op

from zhitong.store.tables import Moment

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "flow_editions",
        sa.Column("line", sa.String(20), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("author", sa.String(100), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("why", sa.String(400), nullable=False),
    )
    op.create_table(
        "flow_drafts",
        sa.Column("line", sa.String(20), primary_key=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author", sa.String(100), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("saved", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("flow_drafts")
    op.drop_table("flow_editions")

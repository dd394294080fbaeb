"""Editions of the roster: what stood in its files when somebody published them."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "roster_editions",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("author", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("changed", sa.String(length=400), nullable=False),
        sa.Column("roster", sa.Text(), nullable=False),
        sa.Column("escalation", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_editions")),
    )


def downgrade() -> None:
    op.drop_table("roster_editions")

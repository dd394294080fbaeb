"""The addresses under which officials' calendars read their duty: only digests of them."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_feeds",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("official", sa.String(length=100), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=100), nullable=False),
        sa.Column("ended_reason", sa.String(length=200), nullable=False),
        sa.Column("reads", sa.Integer(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.UniqueConstraint("digest", name="uq_calendar_feeds_digest"),
        sqlite_autoincrement=True,
    )
    in_use = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_calendar_feeds_in_use",
        "calendar_feeds",
        ["official"],
        unique=True,
        sqlite_where=in_use,
        postgresql_where=in_use,
    )


def downgrade() -> None:
    op.drop_table("calendar_feeds")

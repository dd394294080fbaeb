"""Calls with officials: what is due has details of its own, and officials have codes."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("due", sa.Column("detail", sa.JSON(none_as_null=True), nullable=True))
    op.create_table(
        "staff_codes",
        sa.Column("official", sa.String(length=100), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("official", name="pk_staff_codes"),
        sa.UniqueConstraint("digest", name="uq_staff_codes_digest"),
    )
    op.create_table(
        "wrong_codes",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_wrong_codes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_wrong_codes_at", "wrong_codes", ["at"])


def downgrade() -> None:
    op.drop_table("wrong_codes")
    op.drop_table("staff_codes")
    op.drop_column("due", "detail")

"""Texts of the rules and of notices, as they were saved (设置)."""

import sqlalchemy as sa
from alembic import op

from zhitong.store.tables import Moment

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "setting_texts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("author", sa.String(100), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_index("ix_setting_texts_name_id", "setting_texts", ["name", "id"])


def downgrade() -> None:
    op.drop_table("setting_texts")

"""Numbers that want no texts, or want them though their case is kept secret."""

import sqlalchemy as sa
from alembic import op

from zhitong.store.tables import Moment

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sms_wishes",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("wish", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sms_wishes_number", "sms_wishes", ["number"])


def downgrade() -> None:
    op.drop_table("sms_wishes")

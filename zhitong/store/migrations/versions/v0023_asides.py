"""What is answered in a callback for supervision alone."""

import sqlalchemy as sa
from alembic import op

from zhitong.store.tables import Moment

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "asides",
        sa.Column("call_id", sa.String(80), primary_key=True),
        sa.Column("case_number", sa.String(40), sa.ForeignKey("cases.number"), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("answer", sa.String(10), nullable=False),
    )
    op.create_index("ix_asides_at", "asides", ["at"])


def downgrade() -> None:
    op.drop_table("asides")

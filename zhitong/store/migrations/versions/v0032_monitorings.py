"""Who has listened to a live call, and why (监听)."""

import sqlalchemy as sa
from alembic import op

from zhitong.store.tables import Moment

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "monitorings",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("call_id", sa.String(150), nullable=False),
        sa.Column(
            "case_number",
            sa.String(40),
            sa.ForeignKey("cases.number", name="fk_monitorings_case_number"),
            nullable=False,
        ),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("began_at", Moment()),
        sa.Column("ended_at", Moment()),
        sa.Column("outcome", sa.String(200), nullable=False),
        sa.Column("open", sa.String(150)),
        sa.UniqueConstraint("open", name="uq_monitorings_open"),
    )
    op.create_index("ix_monitorings_case_number", "monitorings", ["case_number"])
    op.create_index("ix_monitorings_asked_at", "monitorings", ["asked_at"])


def downgrade() -> None:
    op.drop_table("monitorings")

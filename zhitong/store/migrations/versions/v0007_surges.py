"""Surges (集中来电) and the cases that belong to them."""

import sqlalchemy as sa
from alembic import op

from zhitong.store.tables import Moment

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "surges",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("call_id", sa.String(length=80), nullable=False),
        sa.Column("town", sa.String(length=40), nullable=False),
        sa.Column("matter", sa.String(length=10), nullable=False),
        sa.Column("matter_name", sa.String(length=100), nullable=False),
        sa.Column("opened_at", Moment(), nullable=False),
        sa.Column("acknowledged_at", Moment(), nullable=True),
        sa.Column("acknowledged_by", sa.String(length=100), nullable=False),
        sa.Column("announcement", sa.String(length=400), nullable=False),
        sa.Column("announced_by", sa.String(length=100), nullable=False),
        sa.Column("lapsed_at", Moment(), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("ended_by", sa.String(length=100), nullable=False),
        sa.Column("result", sa.String(length=200), nullable=False),
        sa.Column("disposition", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_surges")),
        sa.UniqueConstraint("call_id", name=op.f("uq_surges_call_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "surge_cases",
        sa.Column("surge_id", sa.Integer(), nullable=False),
        sa.Column("case_number", sa.String(length=40), nullable=False),
        sa.Column("joined_at", Moment(), nullable=False),
        sa.Column("done_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["surge_id"], ["surges.id"], name=op.f("fk_surge_cases_surge_id")),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name=op.f("fk_surge_cases_case_number")),
        sa.PrimaryKeyConstraint("surge_id", "case_number", name=op.f("pk_surge_cases")),
    )
    op.create_index(op.f("ix_surge_cases_case_number"), "surge_cases", ["case_number"])


def downgrade() -> None:
    op.drop_table("surge_cases")
    op.drop_table("surges")

"""An imported sheet is kept, to be exported in the same layout."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "roster_sheets",
        sa.Column("change_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("unit", sa.String(length=100), nullable=False),
        sa.Column("sheet", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_id"], ["roster_changes.id"], name=op.f("fk_roster_sheets_change_id_roster_changes")
        ),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_roster_sheets")),
    )
    op.create_index(op.f("ix_roster_sheets_unit"), "roster_sheets", ["unit"])


def downgrade() -> None:
    op.drop_index(op.f("ix_roster_sheets_unit"), table_name="roster_sheets")
    op.drop_table("roster_sheets")

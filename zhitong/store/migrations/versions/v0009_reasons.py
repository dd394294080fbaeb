"""Taking back a change of the roster, or a caller's mark, has an author and a reason too."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "roster_changes", sa.Column("undone_reason", sa.String(length=200), nullable=False, server_default="")
    )
    op.add_column("caller_marks", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("caller_marks", sa.Column("ended_by", sa.String(length=100), nullable=False, server_default=""))
    op.add_column("caller_marks", sa.Column("ended_reason", sa.String(length=200), nullable=False, server_default=""))


def downgrade() -> None:
    for column in ("ended_reason", "ended_by", "ended_at"):
        op.drop_column("caller_marks", column)
    op.drop_column("roster_changes", "undone_reason")

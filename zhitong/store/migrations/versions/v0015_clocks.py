"""Clocks that may be moved and are warned of, and the number that is spoken."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_UNMET = sa.text("met_at IS NULL")
_SPOKEN = sa.text("short <> '' AND state <> '销号'")


def upgrade() -> None:
    op.add_column("cases", sa.Column("short", sa.String(5), nullable=False, server_default=""))
    for name in ("first_due_at", "warn_at"):
        op.add_column("clocks", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE clocks SET first_due_at = due_at")
    op.execute("UPDATE clocks SET warn_at = started_at WHERE met_at IS NULL")  # each is looked at once
    # The last four digits of the number; of several cases that share them, the first.
    first = "SELECT min(number) FROM cases WHERE state <> '销号' GROUP BY substr(number, 17, 4)"
    op.execute(f"UPDATE cases SET short = substr(number, 17, 4) WHERE number IN ({first})")
    op.create_index(
        "ix_clocks_warn_at", "clocks", ["warn_at"], unique=False, sqlite_where=_UNMET, postgresql_where=_UNMET
    )
    op.create_index("uq_cases_short", "cases", ["short"], unique=True, sqlite_where=_SPOKEN, postgresql_where=_SPOKEN)


def downgrade() -> None:
    op.drop_index("uq_cases_short", table_name="cases")
    op.drop_index("ix_clocks_warn_at", table_name="clocks")
    op.drop_column("clocks", "warn_at")
    op.drop_column("clocks", "first_due_at")
    op.drop_column("cases", "short")

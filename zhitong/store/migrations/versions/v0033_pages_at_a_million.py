"""The board of a unit finds its cases by an index; who looked at what is found by person and by time."""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_cases_state_unit", "cases", ["state", "unit"])
    op.drop_index("ix_cases_state", table_name="cases")
    op.create_index("ix_accesses_at", "accesses", ["at"])
    op.create_index("ix_accesses_who", "accesses", ["who", "at"])


def downgrade() -> None:
    op.drop_index("ix_accesses_who", table_name="accesses")
    op.drop_index("ix_accesses_at", table_name="accesses")
    op.create_index("ix_cases_state", "cases", ["state"])
    op.drop_index("ix_cases_state_unit", table_name="cases")

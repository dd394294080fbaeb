"""What belongs to a case is found by its number: recordings, deletions and accesses too."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_TABLES = ("recordings", "deletions", "accesses")


def upgrade() -> None:
    for table in _TABLES:
        op.create_index(f"ix_{table}_case_number", table, ["case_number"])


def downgrade() -> None:
    for table in _TABLES:
        op.drop_index(f"ix_{table}_case_number", table)

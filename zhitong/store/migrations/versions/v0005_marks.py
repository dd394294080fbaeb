"""What officials mark in a talk is kept with the case."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("marks", sa.String(length=100), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("cases", "marks")

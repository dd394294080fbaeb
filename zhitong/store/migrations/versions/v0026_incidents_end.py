"""What people had to see to is done at some time: when, by whom, with what outcome."""

import sqlalchemy as sa
from alembic import op

from zhitong.store.tables import Moment

revision = "0026"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incidents", sa.Column("done_at", Moment(), nullable=True))
    op.add_column("incidents", sa.Column("done_by", sa.String(100), nullable=False, server_default=""))
    op.add_column("incidents", sa.Column("outcome", sa.String(500), nullable=False, server_default=""))


def downgrade() -> None:
    for name in ("outcome", "done_by", "done_at"):
        op.drop_column("incidents", name)

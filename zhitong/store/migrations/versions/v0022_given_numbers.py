"""Numbers that citizens give to the line: how and when, confirmed or not; and telephones that are not their own."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name, length in (("contact_how", 10), ("unsure_contact", 40)):
        op.add_column("cases", sa.Column(name, sa.String(length), nullable=False, server_default=""))
    op.add_column("cases", sa.Column("contact_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("cases", sa.Column("shared_phone", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    for name in ("shared_phone", "contact_at", "unsure_contact", "contact_how"):
        op.drop_column("cases", name)

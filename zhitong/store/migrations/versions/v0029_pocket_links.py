"""Links that open one case to one official (办件链接)."""

import sqlalchemy as sa
from alembic import op

from zhitong.store.tables import Moment

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pocket_links",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column(
            "case_number",
            sa.String(40),
            sa.ForeignKey("cases.number", name="fk_pocket_links_case_number"),
            nullable=False,
        ),
        sa.Column("official", sa.String(100), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment()),
        sa.Column("session_digest", sa.String(64), nullable=False),
        sa.Column("session_until", Moment()),
    )
    op.create_index("ix_pocket_links_case_number", "pocket_links", ["case_number"])
    op.create_index("ix_pocket_links_expires_at", "pocket_links", ["expires_at"])


def downgrade() -> None:
    op.drop_table("pocket_links")

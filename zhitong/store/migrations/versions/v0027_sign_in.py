"""Passwords, second factors and who is signed in to the console."""

import sqlalchemy as sa
from alembic import op

from zhitong.store.tables import Moment

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "credentials",
        sa.Column("account", sa.String(100), primary_key=True),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("temporary_until", Moment()),
        sa.Column("totp_secret", sa.String(64), nullable=False),
        sa.Column("totp_at", Moment()),
        sa.Column("totp_step", sa.Integer(), nullable=False),
    )
    op.create_table(
        "sign_ins",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("account", sa.String(100), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_sign_ins_account", "sign_ins", ["account"])
    op.create_index("ix_sign_ins_seen_at", "sign_ins", ["seen_at"])


def downgrade() -> None:
    for name in ("sign_ins", "credentials"):
        op.drop_table(name)

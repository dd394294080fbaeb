"""Cases by other ways than calls: tokens of their channels, extraction codes, attachments."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("account", sa.String(length=100), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", _moment, nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("expires_at", _moment, nullable=False),
        sa.Column("ended_at", _moment, nullable=True),
        sa.Column("ended_by", sa.String(length=100), nullable=False),
        sa.Column("used_at", _moment, nullable=True),
        sa.UniqueConstraint("digest", name="uq_api_tokens_digest"),
        sqlite_autoincrement=True,
    )
    in_use = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_api_tokens_in_use", "api_tokens", ["name"], unique=True, sqlite_where=in_use, postgresql_where=in_use
    )
    op.create_table(
        "intakes",
        sa.Column("case_number", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=100), nullable=False),
        sa.Column("code_digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name="fk_intakes_case_number"),
        sa.PrimaryKeyConstraint("case_number", name="pk_intakes"),
    )
    op.create_table(
        "wrong_extractions",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("at", _moment, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_wrong_extractions_at", "wrong_extractions", ["at"])
    op.create_index("ix_wrong_extractions_place_at", "wrong_extractions", ["place", "at"])
    op.create_table(
        "attachments",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("case_number", sa.String(length=40), nullable=False),
        sa.Column("medium", sa.String(length=10), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("path", sa.String(length=100), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("at", _moment, nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("expires_at", _moment, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("transcript", sa.Text(), nullable=False),
        sa.Column("heard", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name="fk_attachments_case_number"),
        sa.UniqueConstraint("path", name="uq_attachments_path"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_attachments_expires_at", "attachments", ["expires_at"])
    op.create_index("ix_attachments_case_number", "attachments", ["case_number"])


def downgrade() -> None:
    for name in ("attachments", "wrong_extractions", "intakes", "api_tokens"):
        op.drop_table(name)

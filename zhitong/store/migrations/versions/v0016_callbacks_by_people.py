"""Callbacks made by people: how a case ended, who asked the citizen, and when and where they want to be called."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_TEXTS = (("contact", 40), ("call_when", 20), ("concluded", 20), ("concluded_by", 100))


def upgrade() -> None:
    for name, length in _TEXTS:
        op.add_column("cases", sa.Column(name, sa.String(length), nullable=False, server_default=""))
    for name in ("call_from", "call_until"):
        op.add_column("cases", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    last = (
        "(SELECT d.outcome FROM due d WHERE d.case_number = cases.number AND d.kind = 'callback'"
        " AND d.outcome IN ('群众确认解决', '多次联系不上') ORDER BY d.id DESC LIMIT 1)"
    )
    op.execute(f"UPDATE cases SET concluded = COALESCE({last}, '工作人员来电') WHERE state = '销号'")


def downgrade() -> None:
    for name in ("call_from", "call_until", *(name for name, _ in _TEXTS)):
        op.drop_column("cases", name)

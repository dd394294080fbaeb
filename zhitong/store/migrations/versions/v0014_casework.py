"""The whole state machine: fields of the 工单, records beside the state, when a clock was met. 重办 is a move."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_TEXTS = (
    ("channel", 20, "电话"),
    ("address", 200, ""),
    ("name", 100, ""),
    ("sex", 4, ""),
    ("secrecy", 4, ""),
    ("first_unit", 100, ""),
    ("replied_by", 100, ""),
    ("reviewed_by", 100, ""),
    ("approved_by", 100, ""),
)


def upgrade() -> None:
    op.add_column("cases", sa.Column("returns", sa.Integer(), nullable=False, server_default="0"))
    for name, length, default in _TEXTS:
        op.add_column("cases", sa.Column(name, sa.String(length), nullable=False, server_default=default))
    for name in ("demand", "reply"):
        op.add_column("cases", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    for name in ("closed_at", "struck_off_at"):
        op.add_column("cases", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_cases_closed_at"), "cases", ["closed_at"], unique=False)
    op.add_column("clocks", sa.Column("met_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "case_records",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("case_number", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("owner", sa.String(length=100), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.String(length=100), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=100), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name=op.f("fk_case_records_case_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_records")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_case_records_case_number", "case_records", ["case_number"], unique=False)
    op.create_index("ix_case_records_kind_closed_at", "case_records", ["kind", "closed_at"], unique=False)
    op.create_table(
        "accounts",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("units", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_accounts_name"), "accounts", ["name"], unique=False)
    _fill()


def _fill() -> None:
    op.execute("UPDATE cases SET first_unit = unit")
    op.execute("UPDATE cases SET state = '交办' WHERE state = '重办'")
    told = "(SELECT min(t.at) FROM timeline t WHERE t.case_number = {of} AND {what})"
    closed = told.format(of="cases.number", what="t.mark = 'closed:' || cases.rework")
    op.execute(f"UPDATE cases SET closed_at = {closed}")
    gone = told.format(of="cases.number", what="t.what = '销号'")
    op.execute(f"UPDATE cases SET struck_off_at = {gone} WHERE state = '销号'")
    for code, what in (("close", "t.mark = 'closed:' || clocks.round"), ("assign", "t.what = '交办'")):
        done = told.format(of="clocks.case_number", what=what)
        op.execute(f"UPDATE clocks SET met_at = {done} WHERE code = '{code}'")


def downgrade() -> None:
    op.execute("UPDATE cases SET state = '重办' WHERE state IN ('受理', '交办') AND rework > 0")
    op.execute("UPDATE cases SET state = '交办' WHERE state IN ('签收', '办理', '反馈', '审核', '审签')")
    op.execute("UPDATE cases SET state = '办结' WHERE state = '不予受理'")
    op.drop_table("accounts")
    op.drop_table("case_records")
    op.drop_column("clocks", "met_at")
    op.drop_index(op.f("ix_cases_closed_at"), table_name="cases")
    for name in (
        "struck_off_at",
        "closed_at",
        "reply",
        "demand",
        *(name for name, _, _ in _TEXTS),
        "returns",
    ):
        op.drop_column("cases", name)

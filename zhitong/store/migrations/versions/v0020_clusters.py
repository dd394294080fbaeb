"""共性问题, several cases on one record, tags, and what is known of a person: 重点群众, when they want to be called."""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

from zhitong.store.tables import Moment

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

UNSORTED = "matter <> '' AND place <> '' AND sorted_from <> matter || '|' || place || '|' || type"
OPEN_SUBJECT = "subject <> '' AND closed_at IS NULL"
LOOKED_BACK = timedelta(days=90)
"""Cases of the time before that are sorted into kinds: as far back as a window or an effect may reach."""


def upgrade() -> None:
    for name, length in (("sorted_from", 130), ("kind", 120)):
        op.add_column("cases", sa.Column(name, sa.String(length), nullable=False, server_default=""))
    _leave_the_old_ones()
    _index("ix_cases_unsorted", "cases", ["answered_at"], UNSORTED)
    _index("ix_cases_kind", "cases", ["kind", "answered_at"], "kind <> ''")
    op.add_column("case_records", sa.Column("subject", sa.String(120), nullable=False, server_default=""))
    _index("uq_case_records_subject", "case_records", ["kind", "subject"], OPEN_SUBJECT, unique=True)
    op.create_table(
        "record_cases",
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("case_number", sa.String(40), nullable=False),
        sa.Column("joined_at", Moment(timezone=True), nullable=False),
        sa.Column("joined_by", sa.String(100), nullable=False),
        sa.Column("out_at", Moment(timezone=True)),
        sa.Column("out_by", sa.String(100), nullable=False, server_default=""),
        sa.ForeignKeyConstraint(["record_id"], ["case_records.id"], name=op.f("fk_record_cases_record_id")),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name=op.f("fk_record_cases_case_number")),
        sa.PrimaryKeyConstraint("record_id", "case_number", name=op.f("pk_record_cases")),
    )
    op.create_index("ix_record_cases_case_number", "record_cases", ["case_number"])
    op.create_table(
        "case_tags",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("case_number", sa.String(40), nullable=False),
        sa.Column("tag", sa.String(20), nullable=False),
        sa.Column("at", Moment(timezone=True), nullable=False),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("out_at", Moment(timezone=True)),
        sa.Column("out_by", sa.String(100), nullable=False, server_default=""),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name=op.f("fk_case_tags_case_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_tags")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_case_tags_case_number", "case_tags", ["case_number"])
    op.create_index("ix_case_tags_tag", "case_tags", ["tag", "at"])
    op.create_table(
        "caller_flags",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("at", Moment(timezone=True), nullable=False),
        sa.Column("ended_at", Moment(timezone=True)),
        sa.Column("ended_by", sa.String(100), nullable=False, server_default=""),
        sa.Column("ended_reason", sa.String(500), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_caller_flags")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_caller_flags_number", "caller_flags", ["number"])
    op.create_table(
        "caller_habits",
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("call_when", sa.String(20), nullable=False),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("at", Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_caller_habits")),
    )


def _index(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    op.create_index(name, table, columns, unique=unique, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _leave_the_old_ones() -> None:
    connection = op.get_bind()
    columns = (sa.column(name, sa.String()) for name in ("matter", "place", "type", "sorted_from"))
    cases = sa.table("cases", sa.column("answered_at", Moment), *columns)
    newest = connection.execute(sa.select(sa.func.max(cases.c.answered_at))).scalar()
    if newest is not None:
        told = cases.c.matter + "|" + cases.c.place + "|" + cases.c.type
        connection.execute(cases.update().where(cases.c.answered_at < newest - LOOKED_BACK).values(sorted_from=told))


def downgrade() -> None:
    for name in ("caller_habits", "caller_flags", "case_tags", "record_cases"):
        op.drop_table(name)
    op.drop_index("uq_case_records_subject", table_name="case_records")
    op.drop_column("case_records", "subject")
    for name in ("ix_cases_kind", "ix_cases_unsorted"):
        op.drop_index(name, table_name="cases")
    for name in ("kind", "sorted_from"):
        op.drop_column("cases", name)

"""The first tables: cases, calls, trace, clocks, timeline, recordings, what is due, callbacks, records."""

import sqlalchemy as sa
from alembic import op

from zhitong.store.tables import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cases",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("call_id", sa.String(length=80), nullable=False),
        sa.Column("caller", sa.String(length=40), nullable=False),
        sa.Column("dialled", sa.String(length=40), nullable=False),
        sa.Column("answered_at", Moment(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("matter", sa.String(length=10), nullable=False),
        sa.Column("matter_name", sa.String(length=100), nullable=False),
        sa.Column("type", sa.String(length=10), nullable=False),
        sa.Column("urgency", sa.String(length=10), nullable=False),
        sa.Column("place", sa.String(length=100), nullable=False),
        sa.Column("unit", sa.String(length=100), nullable=False),
        sa.Column("official", sa.String(length=100), nullable=False),
        sa.Column("transcript", sa.Text(), nullable=False),
        sa.Column("result", sa.String(length=200), nullable=False),
        sa.Column("disposition", sa.String(length=20), nullable=False),
        sa.Column("closed_by", sa.String(length=100), nullable=False),
        sa.Column("rework", sa.Integer(), nullable=False),
        sa.Column("transcript_expires_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_cases")),
        sa.UniqueConstraint("call_id", name=op.f("uq_cases_call_id")),
    )
    op.create_index(op.f("ix_cases_answered_at"), "cases", ["answered_at"], unique=False)
    op.create_index(op.f("ix_cases_caller"), "cases", ["caller"], unique=False)
    op.create_index(op.f("ix_cases_state"), "cases", ["state"], unique=False)
    op.create_index(op.f("ix_cases_transcript_expires_at"), "cases", ["transcript_expires_at"], unique=False)

    op.create_table(
        "facts",
        sa.Column("call_id", sa.String(length=80), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("ms", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", "seq", name=op.f("pk_facts")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "incidents",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("mark", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
        sa.UniqueConstraint("mark", name=op.f("uq_incidents_mark")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "accesses",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("who", sa.String(length=100), nullable=False),
        sa.Column("case_number", sa.String(length=40), nullable=True),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("unmasked", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name=op.f("fk_accesses_case_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accesses")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "callbacks",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("case_number", sa.String(length=40), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("dialled_at", Moment(), nullable=False),
        sa.Column("call_id", sa.String(length=80), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("person", sa.String(length=10), nullable=False),
        sa.Column("solved", sa.String(length=10), nullable=False),
        sa.Column("satisfied", sa.String(length=10), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name=op.f("fk_callbacks_case_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callbacks")),
        sa.UniqueConstraint("task_id", "attempt", name=op.f("uq_callbacks_task_id_attempt")),
    )
    op.create_index(op.f("ix_callbacks_number"), "callbacks", ["number"], unique=False)

    op.create_table(
        "calls",
        sa.Column("call_id", sa.String(length=80), nullable=False),
        sa.Column("case_number", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", Moment(), nullable=False),
        sa.Column("talked", sa.Boolean(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name=op.f("fk_calls_case_number")),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_calls")),
    )
    op.create_index("ix_calls_case_number", "calls", ["case_number"], unique=False)
    op.create_index(op.f("ix_calls_ended_at"), "calls", ["ended_at"], unique=False)

    op.create_table(
        "clocks",
        sa.Column("case_number", sa.String(length=40), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("policy", sa.String(length=40), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name=op.f("fk_clocks_case_number")),
        sa.PrimaryKeyConstraint("case_number", "round", "code", name=op.f("pk_clocks")),
    )
    op.create_index(op.f("ix_clocks_due_at"), "clocks", ["due_at"], unique=False)

    op.create_table(
        "deletions",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("case_number", sa.String(length=40), nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("what", sa.String(length=400), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("why", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name=op.f("fk_deletions_case_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deletions")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "due",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("mark", sa.String(length=120), nullable=False),
        sa.Column("case_number", sa.String(length=40), nullable=True),
        sa.Column("call_id", sa.String(length=80), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("promised_at", Moment(), nullable=True),
        sa.Column("claimed_until", Moment(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("done_at", Moment(), nullable=True),
        sa.Column("outcome", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name=op.f("fk_due_case_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_due")),
        sa.UniqueConstraint("mark", name=op.f("uq_due_mark")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_due_case_number", "due", ["case_number"], unique=False)
    op.create_index("ix_due_open", "due", ["done_at", "due_at"], unique=False)

    op.create_table(
        "recordings",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("case_number", sa.String(length=40), nullable=True),
        sa.Column("call_id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("path", sa.String(length=400), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name=op.f("fk_recordings_case_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings")),
        sa.UniqueConstraint("call_id", "path", name=op.f("uq_recordings_call_id_path")),
    )
    op.create_index(op.f("ix_recordings_expires_at"), "recordings", ["expires_at"], unique=False)

    op.create_table(
        "timeline",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("case_number", sa.String(length=40), nullable=False),
        sa.Column("mark", sa.String(length=120), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("who", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name=op.f("fk_timeline_case_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timeline")),
        sa.UniqueConstraint("case_number", "mark", name=op.f("uq_timeline_case_number_mark")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("timeline")
    op.drop_index(op.f("ix_recordings_expires_at"), table_name="recordings")

    op.drop_table("recordings")
    op.drop_index("ix_due_open", table_name="due")
    op.drop_index("ix_due_case_number", table_name="due")

    op.drop_table("due")
    op.drop_table("deletions")
    op.drop_index(op.f("ix_clocks_due_at"), table_name="clocks")

    op.drop_table("clocks")
    op.drop_index(op.f("ix_calls_ended_at"), table_name="calls")
    op.drop_index("ix_calls_case_number", table_name="calls")

    op.drop_table("calls")
    op.drop_index(op.f("ix_callbacks_number"), table_name="callbacks")

    op.drop_table("callbacks")
    op.drop_table("accesses")
    op.drop_table("incidents")
    op.drop_table("facts")
    op.drop_index(op.f("ix_cases_transcript_expires_at"), table_name="cases")
    op.drop_index(op.f("ix_cases_state"), table_name="cases")
    op.drop_index(op.f("ix_cases_caller"), table_name="cases")
    op.drop_index(op.f("ix_cases_answered_at"), table_name="cases")

    op.drop_table("cases")

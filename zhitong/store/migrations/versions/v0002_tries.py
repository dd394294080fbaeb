"""Redials are written down like callbacks: one table of the calls the system placed, by number."""

import sqlalchemy as sa
from alembic import op

from zhitong.store.tables import Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_SAME = "id, case_number, task_id, number, dialled_at, call_id, answered, person, solved, satisfied, why, outcome"


def upgrade() -> None:
    op.create_table(
        "tries",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("case_number", sa.String(length=40), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("dialled_at", Moment(), nullable=False),
        sa.Column("call_id", sa.String(length=80), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("person", sa.String(length=10), nullable=False),
        sa.Column("solved", sa.String(length=10), nullable=False),
        sa.Column("satisfied", sa.String(length=10), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name=op.f("fk_tries_case_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tries")),
        sqlite_autoincrement=True,
    )
    op.execute(f"INSERT INTO tries ({_SAME}, kind) SELECT {_SAME}, 'callback' FROM callbacks")
    if op.get_bind().dialect.name == "postgresql":  # which counts on from where it was
        op.execute("SELECT setval(pg_get_serial_sequence('tries', 'id'), max(id)) FROM tries")
    op.create_index("ix_tries_number_dialled_at", "tries", ["number", "dialled_at"], unique=False)
    op.create_index("ix_tries_task_id", "tries", ["task_id"], unique=False)
    op.create_index("ix_tries_call_id", "tries", ["call_id"], unique=False)
    op.drop_index(op.f("ix_callbacks_number"), table_name="callbacks")
    op.drop_table("callbacks")


def downgrade() -> None:
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
    op.execute(
        f"INSERT INTO callbacks ({_SAME}, attempt) "
        f"SELECT {_SAME}, ROW_NUMBER() OVER (PARTITION BY task_id ORDER BY id) FROM tries WHERE kind = 'callback'"
    )
    op.create_index(op.f("ix_callbacks_number"), "callbacks", ["number"], unique=False)
    op.drop_index("ix_tries_call_id", table_name="tries")
    op.drop_index("ix_tries_task_id", table_name="tries")
    op.drop_index("ix_tries_number_dialled_at", table_name="tries")
    op.drop_table("tries")

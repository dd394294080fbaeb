"""Indexes by which a call, a tick and the figures read as little of a million cases as of a hundred thousand.

And whose callback a person's was: the task that it concluded, from which its closing is known.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_CLOSING = "code = 'close'"


def upgrade() -> None:
    _partial("ix_cases_contact", "cases", ["contact"], "contact <> ''")
    for name in ("due_at", "met_at"):
        op.drop_index(f"ix_clocks_{name}", table_name="clocks")
    _partial("ix_clocks_close_due_at", "clocks", ["due_at", "met_at", "case_number"], _CLOSING)
    _partial("ix_clocks_close_met_at", "clocks", ["met_at", "case_number", "round"], _CLOSING)
    op.drop_index("ix_due_open", table_name="due")
    _partial("ix_due_open", "due", ["kind", "due_at"], "done_at IS NULL")
    op.execute(
        "UPDATE tries SET task_id = (SELECT max(due.id) FROM due WHERE due.case_number = tries.case_number"
        " AND due.kind IN ('callback', 'person_callback') AND due.done_at = tries.dialled_at)"
        " WHERE kind = 'person' AND task_id = 0 AND EXISTS (SELECT 1 FROM due WHERE"
        " due.case_number = tries.case_number AND due.kind IN ('callback', 'person_callback')"
        " AND due.done_at = tries.dialled_at)"
    )


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    op.execute("UPDATE tries SET task_id = 0 WHERE kind = 'person'")
    op.drop_index("ix_due_open", table_name="due")
    op.create_index("ix_due_open", "due", ["done_at", "due_at"])
    for name in ("due_at", "met_at"):
        op.drop_index(f"ix_clocks_close_{name}", table_name="clocks")
        op.create_index(f"ix_clocks_{name}", "clocks", [name, "code"])
    op.drop_index("ix_cases_contact", table_name="cases")

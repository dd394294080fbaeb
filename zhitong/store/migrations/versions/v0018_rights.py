"""Who may look: whom a case complains of, who an account is in the roster, which session it was, and whose incident."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_CASE = re.compile(r"工单 (\d{8}-\d{6}-\d{4}[a-z]?)")


def upgrade() -> None:
    op.add_column("cases", sa.Column("accused", sa.Text(), nullable=False, server_default=""))
    for table, name in (("accounts", "official"), ("accesses", "login")):
        op.add_column(table, sa.Column(name, sa.String(100), nullable=False, server_default=""))
    op.add_column("incidents", sa.Column("case_number", sa.String(40), nullable=True))
    incidents = sa.table("incidents", *(sa.column(name) for name in ("id", "text", "case_number")))
    connection = op.get_bind()
    rows = connection.execute(sa.select(incidents.c.id, incidents.c.text)).all()
    found = [{"_id": row.id, "_number": case[1]} for row in rows if (case := _CASE.search(row.text))]
    if found:
        change = incidents.update().where(incidents.c.id == sa.bindparam("_id"))
        connection.execute(change.values(case_number=sa.bindparam("_number")), found)


def downgrade() -> None:
    for table, name in (("incidents", "case_number"), ("accesses", "login"), ("accounts", "official")):
        op.drop_column(table, name)
    op.drop_column("cases", "accused")

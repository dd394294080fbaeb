"""What people had to see to is done at some time: when, by whom, with what outcome. And ended cases whose personal
fields are still there are found by an index.
"""

import sqlalchemy as sa
from alembic import op

from zhitong.store.tables import Moment

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


PERSONAL = "(name || address || demand || reply || contact || unsure_contact) <> ''"


def upgrade() -> None:
    op.add_column("incidents", sa.Column("done_at", Moment(), nullable=True))
    op.add_column("incidents", sa.Column("done_by", sa.String(100), nullable=False, server_default=""))
    op.add_column("incidents", sa.Column("outcome", sa.String(500), nullable=False, server_default=""))
    told = sa.text(PERSONAL)
    op.create_index("ix_cases_personal", "cases", ["struck_off_at"], sqlite_where=told, postgresql_where=told)


def downgrade() -> None:
    op.drop_index("ix_cases_personal", table_name="cases")
    for name in ("outcome", "done_by", "done_at"):
        op.drop_column("incidents", name)

"""What administrators did to accounts is found among all the looks at lists, of which there are soon millions."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

ACTS = "substr(what, 1, 3) IN ('第一个', '账号 ', '停账号', '令牌 ', '停令牌', '工作密', '先用密')"


def upgrade() -> None:
    op.create_index("ix_accesses_acts", "accesses", ["id"], sqlite_where=sa.text(ACTS), postgresql_where=sa.text(ACTS))


def downgrade() -> None:
    op.drop_index("ix_accesses_acts", "accesses")

"""The telephones at which a person was reached; those of the acceptances that are already known."""

import sqlalchemy as sa
from alembic import op

from zhitong.store.tables import Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    proofs = op.create_table(
        "proofs",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("how", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_proofs")),
    )
    facts = sa.table("facts", sa.column("kind", sa.String), sa.column("at", Moment), sa.column("detail", sa.JSON))
    number = facts.c.detail["number"].as_string().label("number")
    accepted = sa.select(number, sa.func.min(facts.c.at), sa.literal("answered")).group_by("number")
    accepted = accepted.where(facts.c.kind == "accepted", facts.c.detail["number"].as_string() != "")
    op.execute(proofs.insert().from_select(["number", "at", "how"], accepted))


def downgrade() -> None:
    op.drop_table("proofs")

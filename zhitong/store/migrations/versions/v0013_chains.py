"""Each case's timeline becomes a chain: a place, a salt, a digest and a link for every entry, also for those there."""

import secrets
from itertools import groupby

import sqlalchemy as sa
from alembic import op

from cases.chain import Entry, Head, chained
from zhitong.store.tables import Moment

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_NEW = (("seq", sa.Integer()), ("salt", sa.String(32)), ("digest", sa.String(64)), ("link", sa.String(64)))


def upgrade() -> None:
    op.create_table(
        "chains",
        sa.Column("case_number", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("link", sa.String(length=64), nullable=False),
        sa.Column("anchored", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_number"], ["cases.number"], name=op.f("fk_chains_case_number")),
        sa.PrimaryKeyConstraint("case_number", name=op.f("pk_chains")),
    )
    op.add_column("timeline", sa.Column("reason", sa.Text(), nullable=False, server_default=""))
    for name, kind in _NEW:
        op.add_column("timeline", sa.Column(name, kind, nullable=True))
    _chain_what_is_there()
    with op.batch_alter_table("timeline", table_kwargs={"sqlite_autoincrement": True}) as batch:
        for name, kind in _NEW:
            batch.alter_column(name, existing_type=kind, nullable=False)
        batch.create_unique_constraint(op.f("uq_timeline_case_number_seq"), ["case_number", "seq"])


def _chain_what_is_there() -> None:
    connection = op.get_bind()
    timeline = sa.table(
        "timeline",
        *(sa.column(name) for name in ("id", "case_number", "mark", "what", "text", "who", "reason")),
        sa.column("at", Moment),
        *(sa.column(name, kind) for name, kind in _NEW),
    )
    chains = sa.table("chains", *(sa.column(name) for name in ("case_number", "seq", "link", "anchored")))
    change = timeline.update().where(timeline.c.id == sa.bindparam("_id"))
    numbers = connection.scalars(sa.select(timeline.c.case_number).distinct().order_by(timeline.c.case_number)).all()
    for start in range(0, len(numbers), 500):
        rows = connection.execute(
            sa.select(timeline)
            .where(timeline.c.case_number.in_(numbers[start : start + 500]))
            .order_by(timeline.c.case_number, timeline.c.id)
        ).all()
        changed, heads = [], []
        for number, entries in groupby(rows, key=lambda row: row.case_number):
            head = Head()
            for row in entries:
                entry = Entry(
                    case_number=number, mark=row.mark, at=row.at, what=row.what, text=row.text, who=row.who, reason=""
                )
                one = chained(entry, head, secrets.token_hex(16))
                head = Head(seq=one.seq, link=one.link)
                changed.append(
                    {"_id": row.id, "seq": one.seq, "salt": one.salt, "digest": one.digest, "link": one.link}
                )
            heads.append({"case_number": number, "seq": head.seq, "link": head.link, "anchored": 0})
        connection.execute(
            change.values({name: sa.bindparam(name) for name, _ in _NEW}),
            changed,
        )
        connection.execute(chains.insert(), heads)


def downgrade() -> None:
    with op.batch_alter_table("timeline", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.drop_constraint(op.f("uq_timeline_case_number_seq"), type_="unique")
        for name in ("link", "digest", "salt", "seq", "reason"):
            batch.drop_column(name)
    op.drop_table("chains")

"""What the figures need: how long each call rang and waited for a person, and indexes on what they go by."""

from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

from zhitong.store.tables import Moment

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("rang_ms", "human_ms"):
        op.add_column("calls", sa.Column(name, sa.Integer(), nullable=True))
    op.drop_index("ix_clocks_due_at", table_name="clocks")
    for name in ("due_at", "met_at"):
        op.create_index(f"ix_clocks_{name}", "clocks", [name, "code"])
    op.create_index("ix_tries_case_number", "tries", ["case_number"])
    _fill()
    # What an official began who was taken for a citizen ends as of its beginning, also what ended before that was kept.
    op.execute(
        "UPDATE cases SET struck_off_at = answered_at "
        "WHERE state = '销号' AND struck_off_at IS NULL AND closed_at IS NULL"
    )


def _fill() -> None:
    connection = op.get_bind()
    calls = sa.table("calls", *(sa.column(name) for name in ("call_id", "rang_ms", "human_ms")))
    facts = sa.table(
        "facts",
        *(sa.column(name) for name in ("call_id", "seq", "kind")),
        sa.column("at", Moment),
        sa.column("detail", sa.JSON()),
    )
    change = calls.update().where(calls.c.call_id == sa.bindparam("_id"))
    change = change.values({name: sa.bindparam(name) for name in ("rang_ms", "human_ms")})
    known = connection.scalars(sa.select(calls.c.call_id).order_by(calls.c.call_id)).all()
    for start in range(0, len(known), 500):
        rows = connection.execute(
            sa.select(facts)
            .where(facts.c.call_id.in_(known[start : start + 500]))
            .where(facts.c.kind.in_(("opened", "talk", "talk_over")))
            .order_by(facts.c.call_id, facts.c.seq)
        ).all()
        if rows:
            connection.execute(change, [_call(id, list(own)) for id, own in groupby(rows, key=lambda row: row.call_id)])


def _call(id: str, facts: list[Any]) -> dict[str, Any]:
    """As zhitong.usecases.call_record reads it: the first talk that was not dropped at once."""
    opened = next((fact for fact in facts if fact.kind == "opened"), None)
    talk = talking = None
    for fact in facts:
        if fact.kind == "talk":
            talking = fact
        elif fact.kind == "talk_over":
            if fact.detail.get("why") != "dropped":
                talk = talk or talking
            talking = None
    talk = talk or talking
    rang = opened.detail.get("invite_ms") if opened else None
    if opened is None or talk is None:
        return {"_id": id, "rang_ms": rang, "human_ms": None}
    return {
        "_id": id,
        "rang_ms": rang,
        "human_ms": max(0, round((talk.at - opened.at).total_seconds() * 1000)) + (rang or 0),
    }


def downgrade() -> None:
    op.drop_index("ix_tries_case_number", table_name="tries")
    for name in ("due_at", "met_at"):
        op.drop_index(f"ix_clocks_{name}", table_name="clocks")
    op.create_index("ix_clocks_due_at", "clocks", ["due_at"])
    for name in ("human_ms", "rang_ms"):
        op.drop_column("calls", name)

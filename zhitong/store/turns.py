"""How the caller's turns ended, of the calls of a span of time."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from zhitong.store.postgresql import join_by_index
from zhitong.store.tables import cases, facts


def last_turns(
    connection: Connection, *, since: datetime, until: datetime, units: frozenset[str] | None
) -> Iterator[tuple[dict[str, Any], bool]]:
    """Of each call in [since, until) in which something was heard: the fact `heard` that it went by in the end.

    With it: whether the case is another unit's by now than the first one's. units: None for all.
    """
    join_by_index(connection)
    query = (
        select(facts.c.call_id, facts.c.detail, cases.c.unit, cases.c.first_unit)
        .select_from(cases.join(facts, cases.c.call_id == facts.c.call_id))
        .where(cases.c.answered_at >= since, cases.c.answered_at < until, facts.c.kind == "heard")
        .order_by(facts.c.call_id, facts.c.seq)
    )
    if units is not None:
        query = query.where(cases.c.unit.in_(sorted(units)))
    last = {row.call_id: row for row in connection.execute(query)}
    for row in last.values():
        yield row.detail, bool(row.first_unit) and row.unit != row.first_unit

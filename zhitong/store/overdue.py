"""What has run out: open cases with a clock that nobody met in time."""

from datetime import datetime
from heapq import nsmallest

from sqlalchemy import Connection, func, select

from cases.case import OPEN
from zhitong.store.tables import cases, clocks

_OPEN = [state.value for state in sorted(OPEN)]
_AT_ONCE = 1000  # rows


def overdue(
    connection: Connection, *, now: datetime, units: frozenset[str] | None, limit: int
) -> tuple[int, list[tuple[datetime, str]]]:
    """How many cases of these units (None: of all), and since when each of those that wait longest is late."""
    since = func.min(clocks.c.due_at)
    query = (
        select(since.label("since"), cases.c.number)
        .join(clocks, (clocks.c.case_number == cases.c.number) & (clocks.c.round == cases.c.rework))
        .where(cases.c.state.in_(_OPEN), clocks.c.met_at.is_(None), clocks.c.due_at < now)
        .group_by(cases.c.number)
    )
    if units is not None:
        query = query.where(cases.c.unit.in_(sorted(units)))
    found = [(at, number) for some in connection.execute(query).partitions(_AT_ONCE) for at, number in some]
    return len(found), nsmallest(limit, found)

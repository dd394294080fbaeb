"""The trace: facts as they were noted."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, select

from ivr.facts import Fact
from zhitong.store.engine import insert_new
from zhitong.store.tables import facts

# Asked for by each call: built once, since that takes SQLAlchemy longer than the database takes to answer.
_OF_CALLS = (
    select(facts).where(facts.c.call_id.in_(bindparam("calls", expanding=True))).order_by(facts.c.call_id, facts.c.seq)
)


def insert_facts(connection: Connection, new: Sequence[Fact]) -> None:
    """Stores facts; one that is stored already stays as it was."""
    insert_new(
        connection,
        facts,
        [
            {
                "call_id": fact.call_id,
                "seq": fact.seq,
                "at": fact.at,
                "ms": fact.ms,
                "kind": fact.kind,
                "detail": fact.detail,
            }
            for fact in new
        ],
    )


def facts_of(connection: Connection, call_ids: Iterable[str], *, kinds: Sequence[str] = ()) -> dict[str, list[Fact]]:
    """The facts of these calls (of these kinds; none: of all), each in order. A call without facts is left out."""
    wanted = list(call_ids)
    found: dict[str, list[Fact]] = defaultdict(list)
    for start in range(0, len(wanted), 500):
        query = _OF_CALLS.where(facts.c.kind.in_(kinds)) if kinds else _OF_CALLS
        for row in connection.execute(query, {"calls": wanted[start : start + 500]}):
            found[row.call_id].append(
                Fact(call_id=row.call_id, seq=row.seq, at=row.at, ms=row.ms, kind=row.kind, detail=row.detail)
            )
    return dict(found)


def told(connection: Connection, call_ids: Sequence[str], kind: str) -> frozenset[str]:
    """Those of these calls that have a fact of this kind."""
    query = select(facts.c.call_id).where(facts.c.call_id.in_(call_ids), facts.c.kind == kind).distinct()
    return frozenset(connection.execute(query).scalars())

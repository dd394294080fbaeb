"""What was answered in callbacks for supervision alone (zhitong.usecases.coached)."""

from collections import Counter
from datetime import datetime

from sqlalchemy import Connection, func, select

from zhitong.store.engine import insert_new
from zhitong.store.tables import asides


def put_aside(connection: Connection, *, call_id: str, case_number: str, round: int, at: datetime, answer: str) -> None:
    """Keeps an answer; a call has one, and the first one told stays."""
    row = {"call_id": call_id, "case_number": case_number, "round": round, "at": at, "answer": answer}
    insert_new(connection, asides, [row])


def count_asides(connection: Connection, *, since: datetime) -> Counter[str]:
    """How often each answer was given since then."""
    query = select(asides.c.answer, func.count()).where(asides.c.at >= since).group_by(asides.c.answer)
    return Counter(dict(connection.execute(query).tuples().all()))

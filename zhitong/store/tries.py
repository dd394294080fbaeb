"""Calls the system placed to citizens, and what was answered in callbacks."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from cases.tries import Try
from zhitong.store.tables import tries

NO_TASK = 0
"""Of a call to a citizen that an official on the line wanted."""
PERSON = "person"
"""The kind of a callback that a person has made."""


def put_try(connection: Connection, **row: Any) -> None:
    """A call that is about to be placed: case_number, task_id, kind, number, dialled_at; or one that was: the rest."""
    empty = {"call_id": "", "answered": False, "person": "", "solved": "", "satisfied": "", "why": "", "outcome": ""}
    connection.execute(tries.insert(), [empty | row])


def picked_up(
    connection: Connection, *, case_number: str, task_id: int, kind: str, number: str, call_id: str, at: datetime
) -> None:
    """A placed call was answered and became this call; written down now if nobody had before."""
    row = last_try(connection, task_id)
    if row is None or row.call_id not in ("", call_id):
        put_try(connection, case_number=case_number, task_id=task_id, kind=kind, number=number, dialled_at=at)
        row = last_try(connection, task_id)
        assert row is not None
    set_try(connection, row.id, call_id=call_id, answered=True)


def set_try(connection: Connection, id: int, **values: Any) -> None:
    """Sets call_id, answered, the answers or the outcome."""
    connection.execute(tries.update().where(tries.c.id == id).values(**values))


def tried_by_officials(connection: Connection, case_number: str) -> bool:
    """Whether an official has had the citizen of this case called, who did not answer."""
    query = select(tries.c.id).where(tries.c.case_number == case_number, tries.c.kind == "staff").limit(1)
    return connection.execute(query).first() is not None


def last_try(connection: Connection, task_id: int) -> Row[Any] | None:
    """The newest call of a task."""
    query = select(tries).where(tries.c.task_id == task_id).order_by(tries.c.id.desc()).limit(1)
    return connection.execute(query).one_or_none()


def set_answers(connection: Connection, call_id: str, **values: Any) -> None:
    """Sets the answers or the outcome of the one that became this call."""
    connection.execute(tries.update().where(tries.c.call_id == call_id).values(**values))


def callbacks_of(connection: Connection, numbers: Iterable[str]) -> list[Row[Any]]:
    """The callbacks of these cases, oldest first, by whomever."""
    query = select(tries).where(tries.c.case_number.in_(list(numbers)), tries.c.kind.in_(("callback", PERSON)))
    return list(connection.execute(query.order_by(tries.c.id)))


def tries_to(connection: Connection, number: str, *, since: datetime) -> list[Try]:
    """The calls placed to a number since then, of whatever case and kind."""
    query = select(tries.c.dialled_at, tries.c.answered, tries.c.outcome).where(
        tries.c.number == number, tries.c.dialled_at >= since
    )
    return [Try(at=row.dialled_at, answered=row.answered, outcome=row.outcome) for row in connection.execute(query)]

"""Callbacks that were dialled, and what was answered."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from zhitong.store.tables import callbacks


def put_callback(connection: Connection, **row: Any) -> None:
    """A callback that is about to be dialled: case_number, task_id, attempt, number, dialled_at."""
    empty = {"call_id": "", "answered": False, "person": "", "solved": "", "satisfied": "", "why": "", "outcome": ""}
    connection.execute(callbacks.insert(), [empty | row])


def set_callback(connection: Connection, *, task_id: int, attempt: int, **values: Any) -> None:
    """Sets call_id, answered, the answers or the outcome."""
    connection.execute(
        callbacks.update().where(callbacks.c.task_id == task_id, callbacks.c.attempt == attempt).values(**values)
    )


def callbacks_of(connection: Connection, numbers: Iterable[str]) -> list[Row[Any]]:
    """The callbacks of these cases, oldest first."""
    query = select(callbacks).where(callbacks.c.case_number.in_(list(numbers))).order_by(callbacks.c.id)
    return list(connection.execute(query))


def last_callback(connection: Connection, task_id: int) -> Row[Any] | None:
    """The newest callback of a task."""
    query = select(callbacks).where(callbacks.c.task_id == task_id).order_by(callbacks.c.attempt.desc()).limit(1)
    return connection.execute(query).one_or_none()


def callback_of_call(connection: Connection, call_id: str) -> Row[Any] | None:
    """The callback that this call is."""
    return connection.execute(select(callbacks).where(callbacks.c.call_id == call_id)).one_or_none()


def attempts_to(connection: Connection, number: str) -> list[tuple[datetime, bool]]:
    """(when, was it answered) of all callbacks ever dialled to a number."""
    query = select(callbacks.c.dialled_at, callbacks.c.answered).where(callbacks.c.number == number)
    return [(row.dialled_at, row.answered) for row in connection.execute(query)]

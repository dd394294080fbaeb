"""What is due. It stands here and nowhere else; the scheduler only ticks."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    func,
    or_,
    select,
    union_all,
)

from zhitong.errors import TaskNotFound
from zhitong.store.citizens import THEIRS
from zhitong.store.engine import insert_new
from zhitong.store.tables import Moment, calls, cases, due

PERSON_CALLBACK = "person_callback"
"""A callback that waits for a person."""
LEFT_TO_PERSON = "转人工回访"
"""What became of a callback of the system that a person is to make."""
PROMISED = ("redial", "official_callback")
"""A citizen is to be called by the system, or by the official who said so: over once they have talked with a person."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DueTask:
    """Something to be done at a time. attempts: how often it was claimed, this time included."""

    id: int
    kind: str  # callback | redial | official_callback | archive | notice:… | staff:…
    case_number: str | None
    call_id: str
    due_at: datetime
    promised_at: datetime | None
    attempts: int
    done_at: datetime | None
    outcome: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    mark: str = ""


def put_due(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Adds tasks: kind, mark, case_number, call_id, due_at, promised_at, detail. One whose mark exists is not added."""
    nothing = {"promised_at": None, "attempts": 0, "outcome": "", "detail": None}
    insert_new(connection, due, [nothing | row for row in rows])


def claim(connection: Connection, *, now: datetime, until: datetime, kinds: Sequence[str], limit: int) -> list[DueTask]:
    """Takes what is due, oldest first, and keeps it from every other worker until `until`. One statement: atomic."""
    ready = (
        select(due.c.id)
        .where(due.c.done_at.is_(None), due.c.due_at <= now, due.c.kind.in_(kinds))
        .where(or_(due.c.claimed_until.is_(None), due.c.claimed_until <= now))
        .order_by(due.c.due_at, due.c.id)
        .limit(limit)
    )
    rows = connection.execute(
        due.update().where(due.c.id.in_(ready)).values(claimed_until=until, attempts=due.c.attempts + 1).returning(due)
    ).all()
    return sorted((_task(row) for row in rows), key=lambda task: (task.due_at, task.id))


def get_task(connection: Connection, id: int, *, kind: str = "") -> DueTask:
    """The task of this id (and kind). Raises TaskNotFound."""
    row = connection.execute(select(due).where(due.c.id == id)).one_or_none()
    if row is None or (kind and row.kind != kind):
        raise TaskNotFound(f"没有编号为 {id} 的待办{f'（{kind}）' if kind else ''}")
    return _task(row)


def task_with(connection: Connection, mark: str) -> DueTask | None:
    """The task of this mark."""
    row = connection.execute(select(due).where(due.c.mark == mark)).one_or_none()
    return None if row is None else _task(row)


def finish(connection: Connection, ids: Sequence[int], *, at: datetime, outcome: str) -> None:
    """Ends tasks. One that has ended keeps its first outcome."""
    if ids:
        connection.execute(
            due.update()
            .where(due.c.id.in_(ids), due.c.done_at.is_(None))
            .values(done_at=at, outcome=outcome, claimed_until=None)
        )


def put_off(connection: Connection, id: int, *, until: datetime, claimed: bool = True) -> None:
    """Makes an open task due at another time and frees it. claimed=False: it was not tried, which does not count."""
    values: dict[str, Any] = {"due_at": until, "claimed_until": None}
    if not claimed:
        values["attempts"] = due.c.attempts - 1
    connection.execute(due.update().where(due.c.id == id, due.c.done_at.is_(None)).values(values))


def change_due(connection: Connection, id: int, *, due_at: datetime, detail: Mapping[str, Any]) -> None:
    """Makes an open task due for something else, as if it had never been tried."""
    values = {"due_at": due_at, "detail": dict(detail), "claimed_until": None, "attempts": 0}
    connection.execute(due.update().where(due.c.id == id, due.c.done_at.is_(None)).values(values))


def change_detail(connection: Connection, id: int, detail: Mapping[str, Any]) -> None:
    """What the kind of this task needs, once that is known."""
    connection.execute(due.update().where(due.c.id == id).values(detail=dict(detail)))


def withdraw(connection: Connection, mark: str, *, at: datetime, outcome: str) -> None:
    """Ends the task of this mark, which need not be done any more; one that has ended keeps its first outcome."""
    connection.execute(
        due.update()
        .where(due.c.mark == mark, due.c.done_at.is_(None))
        .values(done_at=at, outcome=outcome, claimed_until=None)
    )


def hold(connection: Connection, id: int, *, until: datetime) -> None:
    """Keeps a claimed task from every other worker for longer: its call is up."""
    connection.execute(due.update().where(due.c.id == id, due.c.done_at.is_(None)).values(claimed_until=until))


@dataclass(frozen=True, kw_only=True, slots=True)
class TalkedAbout:
    """An open task of PROMISED whose caller has talked with a person since, and the talk's case. own: the same case."""

    id: int
    case_number: str
    matter: str
    talked_case: str
    talked_matter: str
    at: datetime

    @property
    def own(self) -> bool:
        return self.case_number == self.talked_case


_ITS_KIND = due.c.kind.concat("")
"""Not found by the index of what is open, in which SQLite would look through all of a kind before those of a case."""
_TALK = cases.alias("talk")
_OWN, _TALKERS_OWN = (and_(one.c.caller != "", ~one.c.shared_phone) for one in (cases, _TALK))
_SAME_CITIZEN = or_(
    _TALK.c.number == cases.c.number,
    and_(_OWN, _TALKERS_OWN, _TALK.c.caller == cases.c.caller),
    and_(_OWN, _TALK.c.contact == cases.c.caller),
    and_(_TALKERS_OWN, _TALK.c.caller == cases.c.contact),
    and_(cases.c.contact != "", _TALK.c.contact == cases.c.contact),
)
_TALKED_ABOUT = (
    select(
        due.c.id,
        due.c.case_number,
        cases.c.matter,
        _TALK.c.number.label("talked_case"),
        _TALK.c.matter.label("talked_matter"),
        calls.c.ended_at.label("at"),
    )
    .join(cases, cases.c.number == due.c.case_number)
    .join(_TALK, _SAME_CITIZEN)
    .join(calls, calls.c.case_number == _TALK.c.number)
    .where(_ITS_KIND.in_(PROMISED), due.c.done_at.is_(None))
    .where(due.c.case_number.in_(THEIRS), _TALK.c.number.in_(THEIRS))
    .where(calls.c.talked, calls.c.ended_at.is_not(None))
    .where(or_(_TALK.c.number == cases.c.number, calls.c.answered_at > cases.c.answered_at))
    .order_by(calls.c.answered_at, due.c.id)
)


def redials_talked_about(connection: Connection, callers: Iterable[str]) -> list[TalkedAbout]:
    """The open tasks of PROMISED of these callers who talked after that call, in whatever later call; in order.

    callers: the numbers that they called from, or gave.
    """
    rows = connection.execute(_TALKED_ABOUT, {"callers": list(callers)})
    return [TalkedAbout(**row._mapping) for row in rows]


def next_due(connection: Connection, kinds: Sequence[str]) -> datetime | None:
    """When the next open task of these kinds falls due (it may be past). None: there is none."""
    return connection.execute(_first_of(tuple(kinds))).scalar_one()


@lru_cache(maxsize=64)
def _first_of(kinds: tuple[str, ...]) -> Select[Any]:
    """One look into the index for each kind: taken together, all that waits of them would be put in order."""
    firsts = [select(func.min(due.c.due_at).label("at")).where(due.c.done_at.is_(None), due.c.kind == k) for k in kinds]
    return select(func.min(union_all(*firsts).subquery().c.at, type_=Moment()))


def open_tasks(connection: Connection, *, case_number: str = "", kind: str = "") -> list[DueTask]:
    """Tasks not yet done, the next one first."""
    query = select(due).where(due.c.done_at.is_(None)).order_by(due.c.due_at, due.c.id)
    if case_number:
        query = query.where(due.c.case_number == case_number)
    if kind:
        query = query.where((_ITS_KIND if case_number else due.c.kind).in_((kind,)))
    return [_task(row) for row in connection.execute(query)]


def tasks_seen(connection: Connection, kind: str, sight: ColumnElement[bool]) -> Iterator[DueTask]:
    """The tasks of this kind not yet done, of cases that somebody may see (store.sight), the next one first; each is
    read when it is asked for."""
    theirs = select(due).join(cases, cases.c.number == due.c.case_number)
    query = theirs.where(due.c.done_at.is_(None), due.c.kind == kind, sight).order_by(due.c.due_at, due.c.id)
    return (_task(row) for row in connection.execute(query))


def open_tasks_of(connection: Connection, numbers: Iterable[str], kind: str) -> list[DueTask]:
    """The tasks of this kind, not yet done, of all cases of these numbers, called from or given; the newest first."""
    theirs = {"callers": list(numbers)}
    query = select(due).where(due.c.case_number.in_(THEIRS), _ITS_KIND.in_((kind,)), due.c.done_at.is_(None))
    return [_task(row) for row in connection.execute(query.order_by(due.c.id.desc()), theirs)]


def tasks_of(connection: Connection, case_number: str) -> list[DueTask]:
    """All tasks of a case, done ones too."""
    query = select(due).where(due.c.case_number == case_number).order_by(due.c.id)
    return [_task(row) for row in connection.execute(query)]


def _task(row: Row[Any]) -> DueTask:
    return DueTask(
        id=row.id,
        kind=row.kind,
        case_number=row.case_number,
        call_id=row.call_id,
        due_at=row.due_at,
        promised_at=row.promised_at,
        attempts=row.attempts,
        done_at=row.done_at,
        outcome=row.outcome,
        detail=row.detail or {},
        mark=row.mark,
    )

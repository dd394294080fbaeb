"""What is known of a person, by telephone number: 重点群众, and when they want to be called."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select

from cases.case import Case
from zhitong.store.cases import get_cases
from zhitong.store.citizens import THEIRS
from zhitong.store.engine import insert_new
from zhitong.store.tables import caller_flags, caller_habits, cases

# Asked for by each call: built once, since that takes SQLAlchemy longer than the database takes to answer.
_HABITS = select(caller_habits.c.number, caller_habits.c.call_when).where(
    caller_habits.c.number.in_(bindparam("numbers", expanding=True))
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Flag:
    """Somebody needs more care. name: whose, where several share a telephone; empty: whoever calls from it."""

    id: int
    number: str
    name: str
    kind: str
    reason: str
    by: str
    at: datetime


def add_flag(connection: Connection, number: str, *, name: str, kind: str, reason: str, by: str, at: datetime) -> None:
    """Writes a flag down."""
    values = {"number": number, "name": name, "kind": kind, "reason": reason, "by": by, "at": at}
    connection.execute(caller_flags.insert().values(**values))


def end_flag(connection: Connection, number: str, kind: str, *, by: str, reason: str, at: datetime) -> int:
    """Ends the flags of a kind of this number; returns how many there were."""
    mine = (caller_flags.c.number == number) & (caller_flags.c.kind == kind) & caller_flags.c.ended_at.is_(None)
    query = caller_flags.update().where(mine).values(ended_at=at, ended_by=by, ended_reason=reason)
    return connection.execute(query).rowcount


def flags_of(connection: Connection, number: str) -> list[Flag]:
    """The flags of a canonical number that hold, the newest first."""
    if not number:
        return []
    query = select(caller_flags).where(caller_flags.c.number == number, caller_flags.c.ended_at.is_(None))
    names = Flag.__dataclass_fields__
    rows = connection.execute(query.order_by(caller_flags.c.id.desc()))
    return [Flag(**{name: getattr(row, name) for name in names}) for row in rows]


def put_habit(connection: Connection, number: str, call_when: str, *, by: str, at: datetime) -> None:
    """When this number wants to be called from now on; empty: as for all."""
    if not call_when:
        connection.execute(delete(caller_habits).where(caller_habits.c.number == number))
        return
    row = {"number": number, "call_when": call_when, "by": by, "at": at}
    insert_new(connection, caller_habits, [row], changes=("call_when", "by", "at"))


def habit_kept_by(connection: Connection, number: str) -> str:
    """Who wrote down when whoever has this canonical number wants to be called; empty where nobody has."""
    return connection.scalar(select(caller_habits.c.by).where(caller_habits.c.number == number)) or ""


def habits_of(connection: Connection, numbers: Collection[str]) -> dict[str, str]:
    """Canonical number → when it wants to be called, of those who have said so."""
    if not numbers:
        return {}
    return {row.number: row.call_when for row in connection.execute(_HABITS, {"numbers": list(numbers)})}


def cases_of_person(connection: Connection, numbers: Collection[str], *, limit: int = 200) -> list[Case]:
    """The cases of who calls from, or is to be called at, one of these numbers as they may be written; newest first."""
    query = select(cases.c.number).where(cases.c.number.in_(THEIRS)).order_by(cases.c.answered_at.desc()).limit(limit)
    there = get_cases(connection, connection.scalars(query, {"callers": list(numbers)})).values()
    return sorted(there, key=lambda case: (case.answered_at, case.number), reverse=True)[:limit]

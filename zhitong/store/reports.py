"""What 日提醒 and 周对账 count, unit by unit, each in one statement."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, case, func, or_, select

from cases.case import NO_MATTER, OPEN
from zhitong.store.tables import cases, clocks

_OPEN = [state.value for state in sorted(OPEN)]


@dataclass(frozen=True, kw_only=True, slots=True)
class ToDo:
    """What a unit has to do: open cases, and of these the ones whose result is due before the day is over, or late."""

    unit: str
    open: int
    soon: int
    late: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Balance:
    """What a unit had at the beginning of a span, got and ended in it. Of one account: had + got - ended = left."""

    unit: str
    had: int
    got: int
    ended: int

    @property
    def left(self) -> int:
        """What it has at the end."""
        return self.had + self.got - self.ended


def to_do(connection: Connection, *, now: datetime, until: datetime) -> list[ToDo]:
    """Of each unit with open cases, those of nobody under an empty name. until: the end of the day."""
    result = and_(
        clocks.c.case_number == cases.c.number,
        clocks.c.round == cases.c.rework,
        clocks.c.code == "close",
        clocks.c.met_at.is_(None),
    )
    soon = and_(clocks.c.due_at >= now, clocks.c.due_at < until)
    query = (
        select(
            cases.c.unit,
            func.count(cases.c.number.distinct()).label("open"),
            func.coalesce(func.sum(case((soon, 1), else_=0)), 0).label("soon"),
            func.coalesce(func.sum(case((clocks.c.due_at < now, 1), else_=0)), 0).label("late"),
        )
        .select_from(cases.outerjoin(clocks, result))
        .where(cases.c.state.in_(_OPEN))
        .group_by(cases.c.unit)
        .order_by(cases.c.unit)
    )
    return [
        ToDo(unit=row.unit, open=row.open, soon=int(row.soon), late=int(row.late)) for row in connection.execute(query)
    ]


def balances(connection: Connection, *, since: datetime, until: datetime) -> list[Balance]:
    """Of each unit that had a case in [since, until); a case ends with its 销号, whatever was closed before."""
    before, ended = cases.c.answered_at < since, cases.c.struck_off_at
    alive = and_(cases.c.answered_at < until, or_(ended.is_(None), ended >= since))
    query = (
        select(
            cases.c.unit,
            func.sum(case((before, 1), else_=0)).label("had"),
            func.sum(case((before, 0), else_=1)).label("got"),
            func.sum(case((ended < until, 1), else_=0)).label("ended"),
        )
        .where(alive, cases.c.concluded.not_in([one.value for one in sorted(NO_MATTER)]))
        .group_by(cases.c.unit)
        .order_by(cases.c.unit)
    )
    return [
        Balance(unit=row.unit, had=int(row.had), got=int(row.got), ended=int(row.ended))
        for row in connection.execute(query)
    ]

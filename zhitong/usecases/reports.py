"""日提醒 周对账 月考评 (万源): made by the system itself. Counts only, nobody's name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Engine

from cases.figures import Counts, Figure, figures, shown, together
from routing.calendar import LOCAL
from zhitong.notices.notice import due_kind
from zhitong.store.due import put_due
from zhitong.store.engine import reading, writing
from zhitong.store.figures import Scope, count_units
from zhitong.store.reports import Balance, ToDo, balances, to_do
from zhitong.usecases.rules import Rules

NOBODY = "（没有单位）"
ALL = "合计"


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Headings, and a row of text for each unit and for all."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def daily(engine: Engine, *, now: datetime) -> Table:
    """What each unit has to do today. Raises DatabaseGone."""
    found = _to_do(engine, now)
    total = ToDo(unit=ALL, **{name: sum(getattr(one, name) for one in found) for name in ("open", "soon", "late")})
    rows = ((one.unit or NOBODY, str(one.open), str(one.soon), str(one.late)) for one in [*found, total])
    return Table(headings=("单位", "未办结", "今天到期", "已超期"), rows=tuple(rows))


def weekly(engine: Engine, *, since: datetime, until: datetime) -> Table:
    """What each unit had, got, ended and has: an account that must add up. Raises DatabaseGone."""
    with reading(engine) as connection:
        found = balances(connection, since=since, until=until)
    total = Balance(unit=ALL, **{name: sum(getattr(one, name) for one in found) for name in ("had", "got", "ended")})
    rows = ((one.unit or NOBODY, *map(str, (one.had, one.got, one.ended, one.left))) for one in [*found, total])
    return Table(headings=("单位", "期初", "新收", "销号", "期末"), rows=tuple(rows))


def monthly(
    engine: Engine, rules: Rules, *, since: datetime, until: datetime, now: datetime, targets: Mapping[str, float]
) -> Table:
    """The figures of each unit that had a case, and of all, with both their numbers. Raises DatabaseGone."""
    scope = Scope(since=since, until=until)
    with reading(engine) as connection:
        units = [one.unit for one in balances(connection, since=since, until=until) if one.unit]
        counts = count_units(connection, scope, now=now, repeat_within=rules.repeat_within, area_code=rules.area_code)

    def made(counts: Counts) -> tuple[Figure, ...]:
        settle_seconds, repeat_days = rules.settle_within.total_seconds(), rules.repeat_within / timedelta(days=1)
        return figures(counts, settle_seconds=settle_seconds, repeat_days=repeat_days, targets=targets)

    every = made(together(counts.values()))
    rows = list[tuple[str, ...]]()
    for unit, found in [*((unit, made(counts.get(unit, Counts()))) for unit in units), (ALL, every)]:
        told = {one.code: shown(one) for one in found}  # it may have fewer channels than all
        rows.append((unit, *(told.get(one.code, "") for one in every)))
    return Table(headings=("单位", *map(_heading, every)), rows=tuple(rows))


def remind_units(engine: Engine, *, now: datetime) -> int:
    """One notice a day to each unit with something late or due today; returns how many. Raises DatabaseGone."""
    day = f"{now.astimezone(LOCAL):%Y%m%d}"
    rows = [
        {
            "kind": due_kind("daily"),
            "mark": f"daily:{day}:{one.unit}"[:120],
            "case_number": None,
            "call_id": "",
            "due_at": now,
            "detail": {"unit": one.unit, "open": one.open, "soon": one.soon, "late": one.late},
        }
        for one in _to_do(engine, now)
        if one.unit and (one.soon or one.late)
    ]
    if rows:
        with writing(engine) as connection:
            put_due(connection, rows)
    return len(rows)


def week_before(day: date) -> tuple[date, date]:
    """Monday to Sunday of the week before this day's."""
    monday = day - timedelta(days=day.weekday() + 7)
    return monday, monday + timedelta(days=6)


def month_before(day: date) -> tuple[date, date]:
    """The first and the last day of the month before this day's."""
    last = day.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


def moments(first: date, last: date) -> tuple[datetime, datetime]:
    """The first moment of these days, and the first one after them, in the county's time."""
    begin, end = (datetime.combine(day, time(), LOCAL) for day in (first, last + timedelta(days=1)))
    return begin, end


def _to_do(engine: Engine, now: datetime) -> list[ToDo]:
    tomorrow = now.astimezone(LOCAL).date() + timedelta(days=1)
    with reading(engine) as connection:
        return to_do(connection, now=now, until=datetime.combine(tomorrow, time(), LOCAL))


def _heading(figure: Figure) -> str:
    return figure.name + (f"（目标 {figure.target:g} %）" if figure.target is not None else "")

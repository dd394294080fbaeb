"""指标: the figures of a span of time, or of one month after another, for somebody who may see them; that he looked is
recorded.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NotRequired, TypedDict, Unpack

from sqlalchemy import Engine

from cases.figures import Figure
from cases.figures import figures as made_of
from cases.five import five as five_of
from cases.roles import Action, Actor, NotPermitted, Role, permit, units_of
from zhitong.errors import ReportRefused
from zhitong.store.engine import reading, writing
from zhitong.store.figures import Scope, count_all
from zhitong.store.five import count_five
from zhitong.usecases.kept import Held, Kept, Wanted
from zhitong.usecases.looking import looked

MOST_MONTHS = 24
"""A month of a very large county takes about a second."""


GOING_ON, OVER = timedelta(minutes=2), timedelta(hours=1)
"""How long what was counted stands, of a span that goes on and of one that is over."""


class How(TypedDict):
    """What is counted and how. unit, line: only of this one; area_code: of numbers written without theirs. five: 五要
    instead of the figures.
    """

    repeat_within: timedelta
    settle_within: timedelta
    targets: Mapping[str, float]
    unit: NotRequired[str]
    line: NotRequired[str]
    area_code: NotRequired[str]
    five: NotRequired[bool]


def figures(
    engine: Engine,
    *,
    by: Actor,
    since: datetime,
    until: datetime,
    now: datetime,
    offered: int | None = None,
    **how: Unpack[How],
) -> tuple[Figure, ...]:
    """The figures of [since, until), of one unit or line or all that he may see.

    offered: how many calls the carrier counted to the line. Raises NotPermitted, ReportRefused, DatabaseGone.
    """
    told = () if offered is None else (offered,)
    (found,) = figures_of_months(engine, by=by, months=[(since, until)], now=now, offered=told, **how)
    return found


def figures_of_months(
    engine: Engine,
    *,
    by: Actor,
    months: Sequence[tuple[datetime, datetime]],
    now: datetime,
    offered: Sequence[int] = (),
    **how: Unpack[How],
) -> list[tuple[Figure, ...]]:
    """The figures of each month, counted anew, one after the other: none keeps the database longer than one does.

    offered: of each month, or nothing. Raises NotPermitted, ReportRefused, DatabaseGone.
    """
    scopes = _scopes(by, months, offered, how)
    with writing(engine) as connection:
        looked(connection, by, None, what="指标", now=now)
    each: Sequence[int | None] = offered or [None] * len(months)
    hidden = Role.SUPERVISION in by.roles
    return [_counted(engine, scope, now, told, how, hidden) for scope, told in zip(scopes, each, strict=True)]


def kept_figures(
    engine: Engine,
    kept: Kept,
    *,
    by: Actor,
    months: Sequence[tuple[datetime, datetime]],
    now: datetime,
    offered: Sequence[int] = (),
    **how: Unpack[How],
) -> list[Held[tuple[Figure, ...]] | None]:
    """The same without waiting for it: each as it was counted last, and when; None: it is being counted.

    Also of a month that is over: what is closed and called back later still changes it.
    Raises NotPermitted, ReportRefused, DatabaseGone.
    """
    scopes = _scopes(by, months, offered, how)
    with writing(engine) as connection:
        looked(connection, by, None, what="指标", now=now)
    each: Sequence[int | None] = offered or [None] * len(months)
    hidden, asked = Role.SUPERVISION in by.roles, tuple(sorted(how["targets"].items()))
    key = ("figures", hidden, asked, *(how.get(name) for name in _HOW))
    wanted = [
        Wanted(
            key=(*key, scope, told),
            make=partial(_counted, engine, scope, now, told, how, hidden),
            fresh=fresh(scope.until, now),
        )
        for scope, told in zip(scopes, each, strict=True)
    ]
    return kept.ask(wanted, now=now)


_HOW = ("repeat_within", "settle_within", "area_code", "five")


def fresh(until: datetime, now: datetime) -> timedelta:
    """How long what was counted of a span stands."""
    return OVER if until <= now else GOING_ON


def _scopes(by: Actor, months: Sequence[tuple[datetime, datetime]], offered: Sequence[int], how: How) -> list[Scope]:
    units = seen_units(by, Action.FIGURES, how.get("unit", ""))
    if not 1 <= len(months) <= MOST_MONTHS:
        raise ReportRefused(f"--months 是 {len(months)}；请写 1 到 {MOST_MONTHS}")
    if empty := next((one for one in months if one[0] >= one[1]), None):
        told = f"从 {empty[0]:%Y-%m-%d} 到 {empty[1]:%Y-%m-%d} 没有一天"
        raise ReportRefused(f"{told}；请把开始写在结束前面")
    if offered and units is not None:
        raise ReportRefused("运营商的来电总数不分单位；看一个单位的请不要写 --offered")
    if offered and len(offered) != len(months):
        raise ReportRefused(
            f"--offered 写了 {len(offered)} 个数，要看的是 {len(months)} 个月；请一个月写一个数，先早后晚"
        )
    if any(one < 0 for one in offered):
        raise ReportRefused(f"来电总数是 {min(offered)}；请写运营商的数")
    line = how.get("line") or None
    return [Scope(since=since, until=until, units=units, line=line) for since, until in months]


def _counted(
    engine: Engine, scope: Scope, now: datetime, offered: int | None, how: How, hidden: bool
) -> tuple[Figure, ...]:
    within, area_code = how["repeat_within"], how.get("area_code", "")
    with reading(engine) as connection:
        counts = count_all(connection, scope, now=now, repeat_within=within, area_code=area_code, offered=offered)
        beside = count_five(connection, scope, now=now, hidden=hidden) if how.get("five") else None
    if offered is not None and offered < counts.calls:
        told = f"{scope.since:%Y-%m-%d} 起来电总数写的是 {offered}，系统接起的就有 {counts.calls} 个"
        raise ReportRefused(f"{told}；请核对时间和线路")
    settle_seconds, repeat_days = how["settle_within"].total_seconds(), within / timedelta(days=1)
    found = made_of(counts, settle_seconds=settle_seconds, repeat_days=repeat_days, targets=how["targets"])
    return found if beside is None else five_of(found, beside)


def seen_units(by: Actor, action: Action, unit: str = "") -> frozenset[str] | None:
    """The units whose cases he may do this with, or the one that he asks for; None: all. Raises NotPermitted."""
    permit(by, action)
    units = units_of(by, action)
    if not unit:
        return units
    if units is not None and unit not in units:
        raise NotPermitted(f"{by.name}只能{action}本单位的：{'、'.join(sorted(units))}")
    return frozenset({unit})

"""指标: the figures of a span of time, for somebody who may see them; that he looked is recorded."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Engine

from cases.figures import Figure
from cases.figures import figures as made_of
from cases.roles import Action, Actor, NotPermitted, permit, units_of
from zhitong.errors import ReportRefused
from zhitong.store.engine import reading, writing
from zhitong.store.figures import Scope, count_all
from zhitong.usecases.looking import looked


def figures(
    engine: Engine,
    *,
    by: Actor,
    since: datetime,
    until: datetime,
    now: datetime,
    repeat_within: timedelta,
    settle_within: timedelta,
    targets: Mapping[str, float],
    unit: str = "",
    line: str = "",
    area_code: str = "",
    offered: int | None = None,
) -> tuple[Figure, ...]:
    """The figures of [since, until), of one unit or line or all that he may see.

    area_code: of numbers that are written without theirs.
    offered: how many calls the carrier counted to the line. Raises NotPermitted, ReportRefused, DatabaseGone.
    """
    if since >= until:
        raise ReportRefused(f"从 {since:%Y-%m-%d} 到 {until:%Y-%m-%d} 没有一天；请把开始写在结束前面")
    units = seen_units(by, Action.FIGURES, unit)
    if offered is not None and units is not None:
        raise ReportRefused("运营商的来电总数不分单位；看一个单位的请不要写 --offered")
    if offered is not None and offered < 0:
        raise ReportRefused(f"来电总数是 {offered}；请写运营商的数")
    with writing(engine) as connection:
        looked(connection, by, None, what="指标", now=now)
    scope = Scope(since=since, until=until, units=units, line=line or None)
    with reading(engine) as connection:
        counts = count_all(
            connection, scope, now=now, repeat_within=repeat_within, area_code=area_code, offered=offered
        )
    if offered is not None and offered < counts.calls:
        raise ReportRefused(f"来电总数写的是 {offered}，系统接起的就有 {counts.calls} 个；请核对时间和线路")
    return made_of(
        counts,
        settle_seconds=settle_within.total_seconds(),
        repeat_days=repeat_within.total_seconds() / 86400,
        targets=targets,
    )


def seen_units(by: Actor, action: Action, unit: str = "") -> frozenset[str] | None:
    """The units whose cases he may do this with, or the one that he asks for; None: all. Raises NotPermitted."""
    permit(by, action)
    units = units_of(by, action)
    if not unit:
        return units
    if units is not None and unit not in units:
        raise NotPermitted(f"{by.name}只能{action}本单位的：{'、'.join(sorted(units))}")
    return frozenset({unit})

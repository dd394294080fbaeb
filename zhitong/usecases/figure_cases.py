"""The cases that a figure is made of: those in its numerator, or in its denominator, for somebody who may see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

from sqlalchemy import Engine

from cases.case import Case
from cases.roles import Action, Actor, may, permit
from zhitong.errors import ReportRefused
from zhitong.store.cases import get_cases
from zhitong.store.engine import reading, writing
from zhitong.store.figure_cases import Counted, HowCounted, counted_cases
from zhitong.store.figures import Scope
from zhitong.usecases.figures import fresh, seen_units
from zhitong.usecases.kept import Kept, Wanted
from zhitong.usecases.looking import looked, may_list, shown

Side = Literal["numerator", "n", "rest"]
"""In the numerator, in the denominator, or only in that: as the store counts them."""
MOST = 1000
"""So many are told of a figure, the newest."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FigureCases:
    """A page of them, newest first. n: how many count, as of counted_at; listed: of how many pages are made.

    Each with the moment for which it counts; those that who looks may not see are left out.
    """

    n: int
    listed: int
    counted_at: datetime
    cases: Sequence[tuple[datetime, Case]]


def figure_cases(
    engine: Engine,
    kept: Kept,
    *,
    by: Actor,
    code: str,
    side: Side,
    since: datetime,
    until: datetime,
    now: datetime,
    repeat_within: timedelta,
    settle_within: timedelta,
    area_code: str = "",
    unit: str = "",
    start: int = 0,
    limit: int = 50,
) -> FigureCases | None:
    """From the start-th on; None: they are being looked for. That he looked is recorded.

    Raises NotPermitted, ReportRefused for a figure that is of no cases, DatabaseGone.
    """
    units = seen_units(by, Action.FIGURES, unit)
    permit(by, Action.SEE)
    with writing(engine) as connection:
        looked(connection, by, None, what=f"指标的工单 {code}", now=now)
    scope = Scope(since=since, until=until, units=units)
    how = HowCounted(now=now, repeat_within=repeat_within, settle_within=settle_within, area_code=area_code)
    key = ("figure_cases", code, side, scope, repeat_within, settle_within, area_code)
    make = partial(_counted, engine, scope, code, side, how)
    (held,) = kept.ask([Wanted(key=key, make=make, fresh=fresh(until, now))], now=now)
    if held is None:
        return None
    if held.value is None:
        raise ReportRefused(f"指标 {code[:40]} 没有可以列的工单；请看它的公式")
    n, found = held.value
    some = found[max(0, start) : max(0, start) + limit]
    with reading(engine) as connection:
        cases = get_cases(connection, {one.number for one in some})
    told = [(one.at, cases[one.number]) for one in some if one.number in cases]
    mine = [(at, shown(case, by)) for at, case in told if may(by, Action.SEE, case) and may_list(case, by)]
    return FigureCases(n=n, listed=len(found), counted_at=held.at, cases=mine)


def _counted(engine: Engine, scope: Scope, code: str, side: Side, how: HowCounted) -> tuple[int, list[Counted]] | None:
    with reading(engine) as connection:
        return counted_cases(connection, scope, code, side, how=how, limit=MOST)

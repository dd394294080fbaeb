"""日提醒 周对账 月考评 for somebody who asks now, as the system makes them by itself; that he looked is recorded."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Engine

from cases.roles import Action, Actor, permit
from routing.calendar import LOCAL
from zhitong.errors import ReportRefused
from zhitong.store.engine import writing
from zhitong.usecases.kept import Held, Kept, Wanted
from zhitong.usecases.looking import looked
from zhitong.usecases.reports import Table, daily, moments, month_before, monthly, week_before, weekly
from zhitong.usecases.rules import Rules

FRESH = timedelta(minutes=1)
"""How long a 日提醒 that was made for a page stands; the others are of days that are over."""
REPORTS = {"daily": "日提醒", "weekly": "周对账", "monthly": "月考评"}


def see_report(
    engine: Engine, rules: Rules, report: str, *, by: Actor, now: datetime, targets: Mapping[str, float]
) -> Table:
    """One of REPORTS as it would be made now: of today, of last week, of last month. It has all units in it.

    Raises ReportRefused, NotPermitted, DatabaseGone.
    """
    _asked(engine, report, by, now)
    return _made(engine, rules, report, now, targets)


def kept_report(
    engine: Engine, kept: Kept, rules: Rules, report: str, *, by: Actor, now: datetime, targets: Mapping[str, float]
) -> Held[Table] | None:
    """The same without waiting for it: as it was made last, and when; None: it is being made.

    Raises ReportRefused, NotPermitted, DatabaseGone.
    """
    _asked(engine, report, by, now)
    today, told = now.astimezone(LOCAL).date(), tuple(sorted(targets.items()))
    key = ("report", report, today, rules.repeat_within, rules.settle_within, rules.area_code, told)
    make = partial(_made, engine, rules, report, now, targets)
    fresh = FRESH if report == "daily" else timedelta(hours=1)
    return kept.ask([Wanted(key=key, make=make, fresh=fresh)], now=now)[0]


def _asked(engine: Engine, report: str, by: Actor, now: datetime) -> None:
    permit(by, Action.REPORT)
    if report not in REPORTS:
        raise ReportRefused(f"没有叫 {report[:40]!r} 的报表；请用 {'、'.join(REPORTS)}")
    with writing(engine) as connection:
        looked(connection, by, None, what=f"报表 {REPORTS[report]}", now=now)


def _made(engine: Engine, rules: Rules, report: str, now: datetime, targets: Mapping[str, float]) -> Table:
    today = now.astimezone(LOCAL).date()
    if report == "daily":
        return daily(engine, now=now)
    if report == "weekly":
        since, until = moments(*week_before(today))
        return weekly(engine, since=since, until=until)
    since, until = moments(*month_before(today))
    return monthly(engine, rules, since=since, until=until, now=now, targets=targets)

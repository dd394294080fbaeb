"""日提醒 周对账 月考评 for somebody who asks now, as the system makes them by itself; that he looked is recorded."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Engine

from cases.roles import Action, Actor, permit
from routing.calendar import LOCAL
from zhitong.store.engine import writing
from zhitong.usecases.looking import looked
from zhitong.usecases.reports import Table, daily, moments, month_before, monthly, week_before, weekly
from zhitong.usecases.rules import Rules

REPORTS = {"daily": "日提醒", "weekly": "周对账", "monthly": "月考评"}


def see_report(
    engine: Engine, rules: Rules, report: str, *, by: Actor, now: datetime, targets: Mapping[str, float]
) -> Table:
    """One of REPORTS as it would be made now: of today, of last week, of last month. It has all units in it.

    Raises NotPermitted, DatabaseGone.
    """
    permit(by, Action.REPORT)
    with writing(engine) as connection:
        looked(connection, by, None, what=f"报表 {REPORTS[report]}", now=now)
    today = now.astimezone(LOCAL).date()
    if report == "daily":
        return daily(engine, now=now)
    if report == "weekly":
        since, until = moments(*week_before(today))
        return weekly(engine, since=since, until=until)
    since, until = moments(*month_before(today))
    return monthly(engine, rules, since=since, until=until, now=now, targets=targets)

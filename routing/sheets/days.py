"""Days that are twice in a grid, or missing from it. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise

from routing.calendar import Calendar
from routing.sheets.cells import Cell
from routing.sheets.dates import Era, say
from routing.sheets.reading import Issue, issue

_SIGNS = " 一二三四五六日"


def wrong_weekday(sheet: str, cell: Cell, day: date, told: int) -> Issue:
    """The weekday as written is not that of the day."""
    right, wrong = _SIGNS[day.isoweekday()], _SIGNS[told]
    what = f"{day.year}年{say(day)}是星期{right}，表里是星期{wrong}；请改正日期或星期，这一天没有读"
    return issue(sheet, cell, "weekday_mismatch", what)


def twice(sheet: str, days: Sequence[tuple[date, Cell]]) -> tuple[set[date], list[Issue]]:
    """The days that are there more than once, and an issue at each but the first."""
    seen: dict[date, Cell] = {}
    lost, issues = set(), []
    for day, cell in days:
        if day in seen:
            lost.add(day)
            what = f"{say(day)}写了两次（{seen[day].address} 和 {cell.address}）；请改正日期，这一天两处都没有读"
            issues.append(issue(sheet, cell, "duplicate_day", what))
        seen.setdefault(day, cell)
    return lost, issues


def ends_of_month(sheet: str, days: Sequence[tuple[date, Cell]], when: Era) -> list[Issue]:
    """An issue at the first or last day of a roster of nearly the whole month of the title, for the days it lacks."""
    if not (when.year and when.month and when.whole):
        return []
    first = date(when.year, when.month, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    within = {day: cell for day, cell in sorted(days, key=lambda one: one[0], reverse=True) if first <= day <= last}
    if len(within) < 25:
        return []
    issues = []
    for edge, end in ((min(within), first), (max(within), last)):
        lost = sorted(end + timedelta(days=n if end < edge else -n) for n in range(abs((end - edge).days)))
        if lost:
            what = f"这个月还缺{'、'.join(map(say, lost))}；请补上，或确认这几天不用排"
            issues.append(issue(sheet, within[edge], "missing_day", what))
    return issues


def of_rest(days: Iterable[date], calendar: Calendar) -> bool:
    """Whether a roster is of weekends and holidays alone: the days between them are left out on purpose."""
    return all(not calendar.is_workday(day) if calendar.knows(day.year) else day.isoweekday() > 5 for day in days)


def missing(sheet: str, days: Sequence[tuple[date, Cell]], when: Era, calendar: Calendar) -> list[Issue]:
    """An issue at the day after each hole of a run of days, and where a month lacks its first or last."""
    if of_rest((day for day, _ in days), calendar):
        return []
    ordered = sorted(dict(days).items())
    steps = [(b[0] - a[0]).days for a, b in pairwise(ordered)]
    if not steps or steps.count(1) * 2 < len(steps):
        return []
    issues = []
    for (before, _), (day, cell) in pairwise(ordered):
        lost = [before + timedelta(days=n) for n in range(1, (day - before).days)]
        if lost:
            what = f"{say(day)}前面缺了{'、'.join(map(say, lost[:5]))}；请补上，或确认这几天不用排"
            issues.append(issue(sheet, cell, "missing_day", what))
    return issues + ends_of_month(sheet, days, when)

"""The rows of a table and the days they are of; which days are twice or missing. Pure."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from routing.sheets.cells import Cell, plain
from routing.sheets.context import Context
from routing.sheets.dates import (
    BadDate,
    Span,
    arabic,
    candidates,
    days_of,
    hours_beside,
    say,
    spans_in,
    weekday_of,
    weekdays_in,
)
from routing.sheets.days import ends_of_month, of_rest, wrong_weekday
from routing.sheets.header import Table
from routing.sheets.reading import Issue, after_midnight, issue
from routing.sheets.words import is_ditto, is_footer, is_swap, kind_of, shift_word


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A row of a table. group: rows under one date have the same. sure: no doubt about its day.

    spans: the hours of the row; None when the row tells none.
    """

    row: int
    cell: Cell
    days: tuple[date, ...] = ()
    group: int = 0
    sure: bool = True
    spans: tuple[Span, ...] | None = None
    shift: str = ""
    later: bool = False
    """Its hours after midnight are of the night that begins on its day."""
    lost: frozenset[date] = frozenset()
    """Days of the row that another row has too."""


def lines(table: Table, around: Context) -> tuple[list[Line], list[Issue]]:
    """The rows that are of a day, and the issues about their days."""
    found: list[Line] = []
    issues: list[Issue] = []
    name = around.page.name
    before: date | None = None
    month = ""
    rows = _rows(table, around)
    continued = _continued(table, around, rows)
    for at, row in enumerate(table.rows):
        cell = around.page.cell(row, table.date.col)
        if row not in rows:
            continue
        line = Line(row=row, cell=cell, group=len(found))
        month = _month(table, around, row) or month
        spans, word, missing = _hours(table, around, row)
        line = replace(line, spans=spans, shift=word)
        same = found and cell.home == found[-1].cell.home and cell.merged
        if same or (found and (is_ditto(cell.text) or (not cell.text and word) or row in continued)):
            # A merged date, 同上, no date beside 夜班, or a second row of names: the day of the row above.
            last = found[-1]
            later = last.later or after_midnight(spans, last.spans)
            found.append(replace(line, days=last.days, group=last.group, sure=last.sure, cell=cell, later=later))
        else:
            try:
                days, weekday = _days(table, around, at, _with_month(cell, month), before)
                days = _until(table, around, row, days)
            except BadDate as bad:
                what = f"{bad}；请改成像“12月5日”这样的日期，这一行没有读"
                issues.append(issue(name, cell, "bad_date", what))
                found.append(replace(line, sure=False))
                continue
            before = days[-1]
            wrong = _weekday(table, around, row, cell, days, weekday)
            if wrong:
                issues.append(wrong)
            if cell.struck:
                what = f"{say(days[0])}被划掉了；请删去这一行，或去掉删除线"
                issues.append(issue(name, cell, "swap_note", what))
            line = replace(line, days=days, sure=not wrong and not cell.struck)
            if found and days == found[-1].days and word and found[-1].shift not in ("", word):
                # 白班 and 夜班 of one day, the date written in both rows.
                last = found[-1]
                later = last.later or after_midnight(spans, last.spans)
                line = replace(line, group=last.group, sure=line.sure and last.sure, later=later)
            found.append(line)
        if missing:
            issues.append(
                issue(name, missing, "empty", f"“{word}”没有写几点到几点；请在表里写明，如 {word}(8:00-18:00)")
            )
            found[-1] = replace(found[-1], spans=())
    lost, twice = _twice(found, around)
    found = [replace(line, lost=frozenset(lost & set(line.days))) for line in found]
    return found, issues + twice + _missing(found, around)


def _rows(table: Table, around: Context) -> tuple[int, ...]:
    """The rows that are of the roster: no notes, and nothing below it that has no day, say a list of numbers."""
    cells = {row: around.page.cell(row, table.date.col) for row in table.rows}
    rows = [row for row, cell in cells.items() if not _is_note(table, around, row, cell)]
    dated = [row for row in rows if _reads(cells[row], around)]
    if not dated:
        return tuple(rows)
    return tuple(row for row in rows if row <= dated[-1] or _of_roster(table, around, row, cells[row]))


def _of_roster(table: Table, around: Context, row: int, date: Cell) -> bool:
    """Below the last day: a row that goes on, or has names though its day cannot be read."""
    names = [around.page.cell(row, column.col).text for column in table.of("names")]
    named = any(text and kind_of(text)[0] == "other" and re.search("[一-鿿]", text) for text in names)
    return not date.text or is_ditto(date.text) or named


def _continued(table: Table, around: Context, rows: Sequence[int]) -> set[int]:
    """The rows without a date that can only be of the day above, for the next row is of the day after it.

    Those at the end of a table have no next row: they need as many below every day before.
    """
    groups: list[tuple[tuple[date, ...], list[int]]] = []
    for row in rows:
        cell = around.page.cell(row, table.date.col)
        if not cell.text:
            if groups:
                groups[-1][1].append(row)
            continue
        try:
            before = groups[-1][0][-1] if groups and groups[-1][0] else None
            groups.append((days_of(cell.value, around.when, before=before)[0], []))
        except BadDate:
            groups.append(((), []))
    found: set[int] = set()
    for (days, blank), (after, _) in pairwise(groups):
        if days and after and after[0] == days[-1] + timedelta(days=1):
            found |= set(blank)
    if len(groups) > 1 and {len(blank) for _, blank in groups[:-1]} == {len(groups[-1][1])}:
        found |= set(groups[-1][1])
    return found


def _month(table: Table, around: Context, row: int) -> str:
    """The month of a column of its own; a blank repeats the one above."""
    cells = [around.page.cell(row, column.col) for column in table.of("month")]
    return next((found[0] for cell in cells if (found := re.match(r"\d{1,2}(?=月?$)", arabic(plain(cell.text))))), "")


def _with_month(cell: Cell, month: str) -> Cell:
    """The day's cell with the month before it, when the month has a column of its own."""
    day = re.fullmatch(r"(\d{1,2})[日号]?", arabic(plain(cell.text)))
    return replace(cell, value=f"{month}月{day[1]}日") if month and day else cell


def _until(table: Table, around: Context, row: int, days: tuple[date, ...]) -> tuple[date, ...]:
    """With the days up to the end that has a column of its own. Raises BadDate."""
    for column in table.of("until"):
        cell = around.page.cell(row, column.col)
        if not cell.text:
            continue
        end = days_of(cell.value, around.when, before=days[-1])[0][-1]
        if not timedelta() <= end - days[0] <= timedelta(days=31):
            raise BadDate(f"“{cell.text}”（{cell.address}）和开始的日期对不上")
        return tuple(days[0] + timedelta(days=n) for n in range((end - days[0]).days + 1))
    return days


def _is_note(table: Table, around: Context, row: int, cell: Cell) -> bool:
    """Footers, section lines and empty rows."""
    filled = {c.home: c for column in table.columns if (c := around.page.cell(row, column.col)).text}
    if not filled:
        return True
    first = next(iter(filled.values()))
    wide = cell.width > 2 and cell.width >= len(table.columns) - 2
    if wide or is_footer(first.text):
        return True
    named = any(around.page.cell(row, c.col).text for c in table.of("names"))
    if not named and is_swap(first.text):
        return True
    return not named and not _reads(cell, around) and (len(filled) == 1 or not cell.text)


def _reads(cell: Cell, around: Context) -> bool:
    try:
        days_of(cell.value, around.when, before=around.when.today)
    except BadDate:
        # A day that does not exist is still meant as one.
        return bool(re.match(r"\D{0,2}\d+\s*([年月日号./\-]|$)", cell.text)) and len(cell.text) <= 16
    return True


def _hours(table: Table, around: Context, row: int) -> tuple[tuple[Span, ...] | None, str, Cell | None]:
    """The hours of a row, the word for its shift, and the cell that lacks hours."""
    cells = [cell for column in table.of("shift") if (cell := around.page.cell(row, column.col)).text]
    for cell in cells:
        if spans := spans_in(cell.text):
            return spans, "".join(c.text for c in cells), None
    for cell in cells:
        word = shift_word(cell.text)
        if word and word != "全天":
            return around.hours.get(word, ()), word, None if word in around.hours else cell
    beside = hours_beside(around.page.cell(row, table.date.col).text)
    return beside or None, cells[0].text if cells else "", None


def _days(
    table: Table, around: Context, at: int, cell: Cell, before: date | None
) -> tuple[tuple[date, ...], int | None]:
    both = candidates(cell.value, around.when)
    if len(both) == 2:
        # 12.1 may be a 12.10 that lost its nought: its neighbours tell which.
        for day in both:
            if before is not None and day == before + timedelta(days=1):
                return (day,), None
        after = _next(table, around, at)
        for day in both:
            if after is not None and day + timedelta(days=1) in after:
                return (day,), None
        if not isinstance(cell.value, str):
            raise BadDate(f"“{cell.text}”可能是{say(both[0])}，也可能是{say(both[1])}")
    return days_of(cell.value, around.when, before=before)


def _next(table: Table, around: Context, at: int) -> tuple[date, ...] | None:
    for row in table.rows[at + 1 : at + 2]:
        cell = around.page.cell(row, table.date.col)
        try:
            return candidates(cell.value, around.when) or days_of(cell.value, around.when)[0]
        except BadDate:
            return None
    return None


def _weekday(
    table: Table, around: Context, row: int, cell: Cell, days: Sequence[date], weekday: int | None
) -> Issue | None:
    """The weekday of its own column, or in brackets behind the date, against the calendar."""
    for column in table.of("weekday"):
        there = around.page.cell(row, column.col)
        if isinstance(there.value, datetime):
            told: tuple[int, ...] = (there.value.isoweekday(),)
        else:
            told = weekdays_in(there.text) if weekday_of(there.text) or len(there.text) <= 4 else ()
        if told and (told[0] != days[0].isoweekday() or (len(told) > 1 and told[-1] != days[-1].isoweekday())):
            return _mismatch(around, there, days[0], told[0])
    if weekday is not None and weekday != days[0].isoweekday():
        return _mismatch(around, cell, days[0], weekday)
    return None


def _mismatch(around: Context, cell: Cell, day: date, told: int) -> Issue:
    return wrong_weekday(around.page.name, cell, day, told)


def _twice(found: Sequence[Line], around: Context) -> tuple[set[date], list[Issue]]:
    """The days that two rows have, and an issue at each later row."""
    seen: defaultdict[date, list[Line]] = defaultdict(list)
    lost, issues = set(), []
    for line in found:
        for day in line.days:
            for other in seen[day]:
                if other.group != line.group and (other.shift == line.shift or not (other.shift and line.shift)):
                    rows = f"第 {other.cell.home[0]} 行和第 {line.cell.home[0]} 行"
                    what = f"{say(day)}写了两次（{rows}）；请删去一处或改正日期，这一天两处都没有读"
                    issues.append(issue(around.page.name, line.cell, "duplicate_day", what))
                    lost.add(day)
                    break
            seen[day].append(line)
    return lost, issues


def _missing(found: Sequence[Line], around: Context) -> list[Issue]:
    """Days left out of a run of days; a roster of weekends or of weeks has no such run."""
    first: dict[date, Line] = {}
    for line in found:
        for day in line.days:
            first.setdefault(day, line)
    days = sorted(first)
    steps = [(b - a).days for a, b in pairwise(days)]
    if not steps or steps.count(1) * 2 < len(steps) or _of_workdays(days, steps) or of_rest(days, around.day.calendar):
        return []
    bad = [at for at, line in enumerate(found) if not line.days]
    issues = []
    for a, b in pairwise(days):
        lost = [a + timedelta(days=n) for n in range(1, (b - a).days)]
        # A row whose date cannot be read stands for one of them, and is an issue already.
        between = [at for at in bad if found.index(first[a]) < at < found.index(first[b])]
        if len(lost) > len(between):
            which = "、".join(map(say, lost[:5])) + ("等" if len(lost) > 5 else "")
            what = f"{say(b)}前面缺了{which}；请补上，或确认这几天不用排"
            issues.append(issue(around.page.name, first[b].cell, "missing_day", what))
    ends = (
        [] if bad else ends_of_month(around.page.name, [(day, line.cell) for day, line in first.items()], around.when)
    )
    return issues + ends


def _of_workdays(days: Sequence[date], steps: Sequence[int]) -> bool:
    """Monday to Friday, week after week."""
    return steps.count(3) >= 2 and set(steps) == {1, 3} and all(day.isoweekday() < 6 for day in days)

"""值班表 → shifts and issues. Pure: what is in the file comes as a Book."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

from routing.calendar import Calendar
from routing.roster import Role
from routing.sheets.book import Book
from routing.sheets.cells import Cell, plain
from routing.sheets.context import Context, context
from routing.sheets.grid import read_grid
from routing.sheets.leftovers import leftovers
from routing.sheets.matrix import read_matrix
from routing.sheets.message import read_message
from routing.sheets.people import People
from routing.sheets.reading import Issue, Reading, SheetShift, issue, joined
from routing.sheets.rows import read_headed, read_headless
from routing.sheets.swaps import footnotes, kept

_VERSION = re.compile(r"改|新|旧|原|版|副本|备份|作废|copy|\(\d\)", re.IGNORECASE)
Layout = Callable[[Context], Reading | None]
_UNNAMED = re.compile(r"(?:sheet|工作表)\s*\d*$", re.IGNORECASE)

PUBLIC = Calendar()
"""The public holidays alone, for whoever has no calendar of a county."""

__all__ = ["Issue", "Reading", "SheetShift", "read_roster"]


def read_roster(book: Book, directory: People, *, today: date, calendar: Calendar = PUBLIC) -> Reading:
    """Everything that the visible sheets say for sure, and everything that a person must look at."""
    around = [context(page, directory, book=book.name, today=today, calendar=calendar) for page in book.pages]
    found = [_dated_by_weekdays(one, _page(one)) for one in around]
    alone = not any(found)
    read = [f if f is not None else _unread(one, alone=alone) for f, one in zip(found, around, strict=True)]
    return joined(_versions(book, read, [one.title.removesuffix(plain(one.page.name)) for one in around]))


def _versions(book: Book, pages: Sequence[Reading], titles: Sequence[str]) -> list[Reading]:
    """A sheet that calls itself new, changed or a copy: where it differs from another, neither is sure.

    So with one that has another's title and no name of its own: units share a title, but not Sheet2.
    """
    names = [page.name for page in book.pages]
    read = list(pages)
    for i, one in enumerate(pages):
        for j, other in enumerate(pages[:i]):
            unnamed = titles[i] and titles[i] == titles[j] and (_UNNAMED.match(names[i]) or _UNNAMED.match(names[j]))
            if not (unnamed or _VERSION.search(names[i]) or _VERSION.search(names[j])):
                continue
            mine, theirs = ({(s.start, s.role, s.mobile) for s in reading.shifts} for reading in (one, other))
            moments = {(s[0], s[1]) for s in mine} & {(s[0], s[1]) for s in theirs}
            lost = {(start, role) for start, role, _ in mine ^ theirs} & moments
            if lost:
                days = len({start.date() for start, _ in lost})
                what = f"有 {days} 天的人和“{names[j]}”不一样，这几天没有读；请隐藏或删去旧的那张表"
                told = issue(names[i], Cell(row=1, col=1), "duplicate_day", what)
                read[i] = _without(read[i], lost, (told,))
                read[j] = _without(read[j], lost, ())
    return read


def _without(reading: Reading, lost: set[tuple[datetime, Role]], more: tuple[Issue, ...]) -> Reading:
    kept = tuple(s for s in reading.shifts if (s.start, s.role) not in lost)
    return Reading(shifts=kept, issues=(*reading.issues, *more))


def _dated_by_weekdays(around: Context, read: Reading | None) -> Reading | None:
    """A sheet that tells no year, and whose weekdays are those of another than the nearest, is of that year."""
    if read is None or around.when.year or _mismatches(read) < 3:
        return read
    for year in (around.when.today.year + 1, around.when.today.year, around.when.today.year - 1):
        other = _page(replace(around, when=replace(around.when, year=year)))
        if other is not None and not _mismatches(other) and len(other.shifts) > len(read.shifts):
            return other
    return read


def _mismatches(read: Reading) -> int:
    return sum(one.kind == "weekday_mismatch" for one in read.issues)


def layouts(around: Context) -> Iterator[tuple[Layout, Context, Reading]]:
    """The layouts that a sheet fits, the one it is read by first; with the sheet turned for days across."""
    turned = replace(around, page=around.page.turned())
    readers = ((read_grid, around), (read_matrix, around), (read_headed, around), (read_headed, turned))
    for read, here in (*readers, (read_message, around), (read_headless, around), (read_headless, turned)):
        found = read(here)
        if found is not None:
            yield read, here, found


def _page(around: Context) -> Reading | None:
    """None for a sheet that is no roster."""
    for _, _, found in layouts(around):
        issues, swaps = footnotes(around, found)
        sure = kept(found.shifts, (*found.swaps, *swaps))
        told = joined((found, Reading(issues=tuple(issues))))
        return Reading(shifts=sure, issues=(*told.issues, *leftovers(around, told)))
    return None


def _unread(around: Context, *, alone: bool) -> Reading:
    """A sheet whose layout is none that is known; beside a roster, one without dates is a list or rules."""
    if around.page.unread:
        last = Cell(row=around.page.unread, col=1)
        what = f"这张表有 {last.row} 行，太大，整张没有读；请只留要导入的行，或分成几个文件"
        return Reading(issues=(issue(around.page.name, last, "empty", what),))
    texts = around.page.texts()
    if not texts or not (alone or any(_dated(cell) for cell in texts)):
        return Reading()
    what = "看不出这张表怎么排的：请用一天一行的表（日期、带班领导、值班人员），或把这张表隐藏"
    return Reading(issues=(issue(around.page.name, Cell(row=1, col=1), "empty", what),))


def _dated(cell: Cell) -> bool:
    return isinstance(cell.value, datetime) or bool(re.search(r"\d\s*[月日号]|日期|星期", cell.text))

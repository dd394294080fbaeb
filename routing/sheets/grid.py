"""The month as a calendar: a row of weekdays, below it days with names in or under their cells. Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from routing.roster import Role
from routing.sheets.cells import Cell, Page, plain
from routing.sheets.context import Context, hours_of, hours_told
from routing.sheets.dates import BadDate, Span, days_of, say, weekday_of
from routing.sheets.days import missing, twice, wrong_weekday
from routing.sheets.names import Around, Doubt, who
from routing.sheets.reading import Issue, Reading, SheetShift, after_midnight, doubt, issue, joined, shift
from routing.sheets.swaps import note, swap_of
from routing.sheets.words import (
    is_ditto,
    is_footer,
    is_nobody,
    is_open,
    is_swap,
    kind_of,
    names_in,
    phones_in,
    role_of,
)

_DAY = re.compile(r"\s*((?:\d{4}\s*[年./-]\s*)?(?:\d{1,2}\s*[月./-]\s*)?\d{1,2}\s*[日号]?)(?![\d:])")
_NO_NAME = re.compile(
    r"^[\s(]*(?:(?:星期|周)[一二三四五六日天]|[(](?:[一二三四五六日]|[^)]{0,4}节)[)]|元旦|除夕|春节|清明节?|劳动节|端午节?|中秋节?|国庆节?"
    r"|冬至|大雪|小寒|大寒|初[一二三四五六七八九十]|腊八|小年|元宵节?)[)\s]*"
)
_BARE = re.compile(r"(\d{1,2})\s*[日号]?")
_LEGEND = re.compile(r"(上|第一)[行排个]?[为是:名]*带班.*(下|第二)[行排个]?[为是:名]*值班")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Names:
    """A cell of names, with the words beside its row and the numbers in the row of telephones below it."""

    cell: Cell
    words: str
    phones: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Day:
    """A cell of the calendar that is a day, and the cells of its names."""

    cell: Cell
    written: str
    texts: tuple[_Names, ...] = ()
    notes: tuple[Cell, ...] = ()


def read_grid(around: Context) -> Reading | None:
    """The shifts of a calendar; None when the sheet is none."""
    page = around.page
    for at, row in enumerate(page.rows):
        heads = weekdays_across(page, row)
        if len(set(heads.values())) >= 5:
            above = [page.cell(page.rows[at - 1], col) for col in heads] if at else []
            if sum(split_day(cell) is not None for cell in above) * 2 > len(heads):
                return None  # days across, their weekdays below them: no calendar
            found = _days(page, page.rows[at + 1 :], heads)
            return _read(around, found, heads) if len(found) >= 5 else None
    return None


def weekdays_across(page: Page, row: int) -> dict[int, int]:
    """Column → weekday."""
    cells = [cell for cell in page.row(row) if isinstance(cell.value, str) and len(cell.text) <= 4]
    told = {cell.col: weekday_of(cell.text) for cell in cells if not cell.merged}
    return {col: weekday for col, weekday in told.items() if weekday is not None}


def split_day(cell: Cell) -> tuple[str, str] | None:
    """The day of a cell and the text behind it; None when it begins with no day."""
    if cell.merged or cell.value is None:
        return None
    if isinstance(cell.value, datetime | date):
        return cell.text, ""
    text = unicodedata.normalize("NFKC", cell.text)
    found = _DAY.match(text)
    return (found[1], _NO_NAME.sub("", text[found.end() :]).strip()) if found else None


def _days(page: Page, rows: Sequence[int], heads: Mapping[int, int]) -> list[_Day]:
    found: list[_Day] = []
    week: list[_Day] = []
    labels = [col for col in page.cols if col not in heads]
    for row in rows:
        first = next((cell for cell in page.row(row) if cell.text), None)
        if first is None or (is_footer(first.text) and split_day(first) is None):
            continue
        cells = {col: page.cell(row, col) for col in heads}
        parted = {col: split for col, cell in cells.items() if (split := split_day(cell))}
        words = " ".join(dict.fromkeys(filter(None, (page.cell(row, col).text for col in labels))))
        if parted and (len(parted) * 2 > sum(1 for cell in cells.values() if cell.text) or not week):
            found += week
            week = [
                _Day(
                    cell=cells[col],
                    written=written,
                    texts=(_Names(cell=replace(cells[col], value=rest), words=words),) if rest else (),
                )
                for col, (written, rest) in parted.items()
            ]
        else:
            week = [_below(day, page.cell(row, day.cell.col), words) for day in week]
    return found + week


def _below(day: _Day, cell: Cell, words: str) -> _Day:
    """The day with the cell below it: names, the numbers of the names above, or a note."""
    kind = kind_of(words)[0]
    numbers = phones_in(cell.text)
    if kind == "note":
        return replace(day, notes=(*day.notes, cell))
    if day.texts and (kind == "phone" or (numbers and not re.search("[一-鿿]", cell.text))):
        last = day.texts[-1]
        return replace(day, texts=(*day.texts[:-1], replace(last, phones=(*last.phones, *numbers))))
    if not cell.text and not role_of(words):
        return day
    return replace(day, texts=(*day.texts, _Names(cell=cell, words=words)))


def _read(around: Context, found: Sequence[_Day], heads: Mapping[int, int]) -> Reading:
    sheet = around.page.name
    issues: list[Issue] = []
    dated: list[tuple[date, _Day]] = []
    months = _months(found)
    for day, month in zip(found, months, strict=True):
        try:
            dated.append((_date(day, month, around), day))
        except BadDate as bad:
            issues.append(issue(sheet, day.cell, "bad_date", f"{bad}；请改正，这一天没有读"))
    places = [(when, day.cell) for when, day in dated]
    lost, doubles = twice(sheet, places)
    issues += [*doubles, *missing(sheet, places, around.when, around.day.calendar)]
    sure, read = [], []
    for when, day in dated:
        if when.isoweekday() != heads[day.cell.col]:
            issues.append(wrong_weekday(sheet, day.cell, when, heads[day.cell.col]))
        elif when not in lost:
            sure.append(when)
        read.append((when, day, _day(around, when, day)))
    seen = frozenset(cell.home for day in found for cell in (day.cell, *day.notes, *(text.cell for text in day.texts)))
    return joined(
        (
            Reading(issues=tuple(issues)),
            *(got if when in sure else replace(got, shifts=()) for when, _, got in read),
            Reading(issues=tuple(_alone(around, read)), seen=seen, days=frozenset(dict(places))),
        )
    )


def _alone(around: Context, read: Sequence[tuple[date, _Day, Reading]]) -> list[Issue]:
    """An issue at each day that has nobody in a role that most other days have."""
    issues = []
    for role, word in (("lead", "带班"), ("staff", "值班")):
        there = [any(s.role == role for s in got.shifts) for _, _, got in read]
        if sum(there) * 10 < len(there) * 6:
            continue
        for (when, day, got), found in zip(read, there, strict=True):
            # 无 stands for nobody on purpose, and a doubt is told already.
            if not found and got.shifts and not got.issues and not any(is_nobody(t.cell.text) for t in day.texts):
                what = f"{say(when)}没有写{word}的人；请填上名字"
                issues.append(issue(around.page.name, day.texts[0].cell, "empty", what))
    return issues


def _months(found: Sequence[_Day]) -> list[int]:
    """How many months after that of the title a bare day is: a calendar begins and ends with its neighbours' days."""
    bare = [int(m[1]) if (m := _BARE.fullmatch(day.written)) else None for day in found]
    known = [day for day in bare[:7] if day is not None]
    month = -1 if known and known[0] > 20 and 1 in known else 0
    months, before = [], 0
    for day in bare:
        if day is not None:
            # From the end of a month to its first days; any other step back is a day written wrongly.
            month += before >= 28 and day <= 3
            before = day
        months.append(month)
    return months


def _date(day: _Day, month: int, around: Context) -> date:
    if month and (bare := _BARE.fullmatch(day.written)) and around.when.month:
        first = around.when.day(around.when.month, 1)
        index = first.year * 12 + first.month - 1 + month
        return days_of(f"{index // 12}-{index % 12 + 1}-{bare[1]}", around.when)[0][0]
    value = day.cell.value if isinstance(day.cell.value, datetime | date) else day.written
    return days_of(value, around.when)[0][0]


def _day(around: Context, when: date, day: _Day) -> Reading:
    sheet = around.page.name
    told = [(day.cell, day.cell.comment), *((cell, cell.text) for cell in day.notes)]
    told += [(t.cell, f"{t.cell.comment} {t.cell.text}") for t in day.texts if t.cell.comment and t.cell != day.cell]
    notes = [(cell, text) for cell, text in told if is_swap(text)]
    found = [
        Reading(
            issues=tuple(note(sheet, cell, text) for cell, text in notes),
            swaps=tuple(swap_of(text, around, (when,)) for _, text in notes),
        )
    ]
    before: tuple[Span, ...] = ()
    for text in day.texts:
        got, before = _cell(around, when, text, before, place=sum(len(one.shifts) for one in found))
        found.append(got)
    if not day.texts:
        nobody = issue(sheet, day.cell, "empty", f"{say(when)}没有写人；请填上名字")
        found.append(Reading(issues=(nobody,)))
    return joined(found)


def _cell(
    around: Context, when: date, text: _Names, before: tuple[Span, ...], *, place: int
) -> tuple[Reading, tuple[Span, ...]]:
    """What one cell of names says, and its hours. place: how many are there before it."""
    sheet, cell, people = around.page.name, text.cell, around.people
    told = hours_told(text.words, around)
    if is_nobody(cell.text):
        return Reading(), told or before
    if not cell.text or is_open(cell.text) or is_ditto(cell.text):
        same = "写的是“同上”，日历里看不出是哪一天；请写上名字"
        what = same if is_ditto(cell.text) else f"{say(when)}没有写人；请填上名字"
        return Reading(issues=(issue(sheet, cell, "empty", what),)), told or before
    if cell.struck:
        what = f"{say(when)}有删除线；请写明这一天究竟是谁"
        return Reading(issues=(issue(sheet, cell, "swap_note", what),)), told or before
    written = names_in(cell, people)
    if written.swap:
        swap = swap_of(cell.text, around, (when,), of_cell=True)
        return Reading(issues=(note(sheet, cell, cell.text),), swaps=(swap,)), told or before
    shifts: list[SheetShift] = []
    issues: list[Issue] = []
    role = role_of(text.words)
    for entry, one in zip(written.entries, who(written.entries, people, Around(phones=text.phones)), strict=True):
        if isinstance(one, Doubt):
            issues.append(doubt(sheet, cell, one))
            continue
        duty = entry.role if entry.role == "lead" else role or entry.role or role_by_place(around, place + len(shifts))
        spans = hours_of(entry, around)
        spans = told if spans is None else spans
        if duty is None:
            what = "看不出谁带班、谁值班；请在名字前写明，如“带班：张三 值班：李四”"
            issues.append(issue(sheet, cell, "empty", what))
        elif spans is None:
            if whole_day := around.day.of(when, duty):
                shifts.append(shift(when, whole_day, duty, one))
            else:
                issues.append(around.day.doubt(sheet, when))
        elif not spans:
            what = f"“{plain(entry.label or text.words or cell.text)}”没有写几点到几点；请在表里写明"
            issues.append(issue(sheet, cell, "empty", what))
        else:
            later = after_midnight(spans, before)
            shifts += [shift(when, span, duty, one, later=later) for span in spans]
            before = spans
    if not written.entries:
        issues.append(issue(sheet, cell, "empty", f"“{cell.text}”里没有名字；请写上名字"))
    return Reading(shifts=tuple(shifts), issues=tuple(issues)), before


def role_by_place(around: Context, place: int) -> Role | None:
    """Of names without any word: what the title or a note says; None when it speaks of both."""
    texts = " ".join(cell.text for cell in around.page.texts() if len(cell.text) > 4)
    if _LEGEND.search(re.sub(r"\s+", "", texts)):
        return "lead" if place == 0 else "staff"
    if "带班" in around.title or "领导" in around.title:
        return None if re.search("带班.*值班|值班.*带班|领导.*人员", around.title) else "lead"
    return "staff"

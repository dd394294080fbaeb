"""People down, days across, marks where they meet (班 √ 值 白 夜 休). Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from routing.roster import Role
from routing.sheets.cells import Cell, Page, plain
from routing.sheets.context import Context
from routing.sheets.dates import BadDate, Span, days_of, say, spans_in, weekday_of
from routing.sheets.days import missing, twice, wrong_weekday
from routing.sheets.names import Around, Doubt, IssueKind, who
from routing.sheets.people import Person
from routing.sheets.reading import Issue, Reading, SheetShift, Swap, doubt, issue, shift
from routing.sheets.swaps import note, swap_of
from routing.sheets.words import is_footer, is_swap, kind_of, names_in, phones_in, role_of, shift_word, sign_word

ON = frozenset({"班", "值", "√", "✓", "✔", "☑", "●", "★", "v", "1", "全", "值班", "主", "副", "主班", "副班", "全天"})
_OFF = frozenset({"休", "公休", "休息", "×", "x", "-", "—", "/", "0", "假", "年假"})
SHIFTS = frozenset({"白", "夜", "早", "中", "晚", "白班", "夜班", "早班", "中班", "晚班"})
LEADS = frozenset({"带", "带班"})
_HOURS = re.compile(r"(?:带班?)?\(?(?:\d{1,2}[:时点](?:\d{2}分?|半)?|次日|[至到~—、,-])+\)?")
"""Other hours than those of the day: 8:00-12:00, and of a leader 带(8:00-12:00)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Matrix:
    """Where things stand: columns of days, the column of names, the rows of people."""

    days: tuple[tuple[date, Cell], ...]
    names: int
    rows: tuple[int, ...]
    header: int
    bad: tuple[Issue, ...] = ()


def read_matrix(around: Context) -> Reading | None:
    """The shifts of such a sheet; None when it is not laid out like this."""
    for at, row in enumerate(around.page.rows):
        found = matrix_at(around, at, row)
        if found is not None:
            return _read(around, found)
    return None


def matrix_at(around: Context, at: int, row: int) -> Matrix | None:
    page = around.page
    cells = [cell for cell in page.row(row) if cell.text and not cell.merged]
    days: list[tuple[date, Cell]] = []
    bad: list[Issue] = []
    for cell in cells:
        if not any(sign.isdigit() for sign in cell.text) or len(cell.text) > 12 or phones_in(cell.text):
            continue
        try:
            day = days_of(cell.value, around.when, before=days[-1][0] if days else None)[0]
        except BadDate as error:
            bad.append(issue(page.name, cell, "bad_date", f"{error}；请改正，这一天没有读"))
            continue
        days.append((day[0], cell))
    if not days and [plain(c.text).strip("日号") for c in cells if c.text[:1].isdigit()][:5] == [
        "1",
        "2",
        "3",
        "4",
        "5",
    ]:
        return Matrix(days=(), names=0, rows=(), header=row, bad=tuple(bad[:1]))
    if len(days) + len(bad) < 5 or not _running([day for day, _ in days]):
        return None
    columns = {cell.col for _, cell in days}
    below = page.rows[at + 1 :]
    names = _names(around, row, below, columns)
    if names is None:
        return None
    rows = tuple(r for r in below if _person(page, r, names))
    marks = [plain(page.cell(r, col).text).lower() for r in rows for col in columns if page.cell(r, col).text]
    known = sum(mark in ON | _OFF | SHIFTS | LEADS or bool(_HOURS.fullmatch(mark)) for mark in marks)
    if not marks or known * 2 < len(marks):
        return None
    return Matrix(days=tuple(days), names=names, rows=rows, header=row, bad=tuple(bad))


def _running(days: Sequence[date]) -> bool:
    steps = [b - a for a, b in pairwise(days)]
    return bool(steps) and steps.count(timedelta(days=1)) * 2 > len(steps)


def _names(around: Context, header: int, below: Sequence[int], days: set[int]) -> int | None:
    """The column left of the days that says 姓名, else the one with most names of the directory."""
    left = [col for col in around.page.cols if col < min(days)]
    for col in left:
        if re.search("姓名|名字", plain(around.page.cell(header, col).text)):
            return col
    counts = {
        col: sum(bool(around.people.named(plain(around.page.cell(row, col).text))) for row in below) for col in left
    }
    best = max(counts, key=lambda col: counts[col], default=None)
    return best if best is not None and counts[best] else None


def _person(page: Page, row: int, names: int) -> bool:
    first = next((cell for cell in page.row(row) if cell.text), None)
    name = page.cell(row, names)
    if first is None or is_footer(first.text) or not name.text or name.width > 3:
        return False
    return weekday_of(name.text) is None and plain(name.text) not in ("星期", "姓名", "周", "合计", "日期")


def _read(around: Context, found: Matrix) -> Reading:
    page, sheet = around.page, around.page.name
    issues = list(found.bad)
    lost, doubles = twice(sheet, found.days)
    issues += doubles
    if not found.bad:
        issues += missing(sheet, found.days, around.when, around.day.calendar)
    wrong = _weekdays(around, found)
    issues += wrong.values()
    lost |= set(wrong)
    shifts: list[SheetShift] = []
    marked: set[date] = set()
    asked: set[str] = set()
    swaps: list[Swap] = []
    for row in found.rows:
        person, role = _who(around, found, row, issues)
        for day, head in found.days:
            cell = page.cell(row, head.col)
            mark = plain(cell.text).lower()
            if is_swap(cell.comment):
                issues.append(note(sheet, cell, cell.comment))
                marked.add(day)
                swaps.append(swap_of(cell.comment, around, (day,), of_cell=True))
                continue
            if not mark or mark in _OFF:
                continue
            marked.add(day)
            if cell.struck:
                issues.append(issue(sheet, cell, "swap_note", f"{say(day)}的“{cell.text}”有删除线；请写明是谁"))
                continue
            told = spans_in(mark) if _HOURS.fullmatch(mark) else ()
            if mark not in ON | SHIFTS | LEADS and not told:
                kind: IssueKind = "swap_note" if is_swap(mark) or mark in ("调", "换") else "empty"
                what = f"看不懂“{cell.text}”是不是值班；请写“班”，或写明白班、夜班的时间"
                issues.append(issue(sheet, cell, kind, what))
                continue
            duty: Role = "lead" if mark in LEADS or mark.startswith("带") else role
            whole_day = around.day.of(day, duty)
            spans: tuple[Span, ...] = told or ((whole_day,) if whole_day else ())
            if mark not in SHIFTS and not spans:
                issues.append(around.day.doubt(sheet, day))
            if mark in SHIFTS:
                word = shift_word(sign_word(mark))
                spans = around.hours.get(word, ())
                if not spans and word not in asked:
                    asked.add(word)
                    what = f"“{cell.text}”没有写几点到几点；请在表下写明，如 {word}：8:00-18:00"
                    issues.append(issue(sheet, cell, "empty", what))
            if person is not None and day not in lost:
                shifts += [shift(day, span, duty, person) for span in spans]
    for day, head in found.days:
        if day not in marked:
            issues.append(issue(sheet, head, "empty", f"{say(day)}没有人值班；请填上"))
    seen = frozenset(page.cell(row, found.names).home for row in found.rows)
    days = frozenset(day for day, _ in found.days)
    return Reading(shifts=tuple(shifts), issues=tuple(issues), swaps=tuple(swaps), seen=seen, days=days)


def _weekdays(around: Context, found: Matrix) -> dict[date, Issue]:
    """The weekdays in the row below or above the days, against the calendar."""
    rows = around.page.rows
    at = rows.index(found.header)
    wrong: dict[date, Issue] = {}
    for row in (*rows[at + 1 : at + 2], *rows[max(0, at - 1) : at]):
        told = [(day, cell, weekday_of(cell.text)) for day, h in found.days if (cell := around.page.cell(row, h.col))]
        if sum(weekday is not None for _, _, weekday in told) * 2 < len(told):
            continue
        for day, cell, weekday in told:
            if weekday is not None and weekday != day.isoweekday():
                wrong[day] = wrong_weekday(around.page.name, cell, day, weekday)
    return wrong


def _who(around: Context, found: Matrix, row: int, issues: list[Issue]) -> tuple[Person | None, Role]:
    """Whose row it is, and as what; a doubt becomes an issue."""
    page, name = around.page, around.page.cell(row, found.names)
    one, role = role_of_row(around, found, row)
    if name.struck:
        issues.append(issue(page.name, name, "swap_note", f"“{name.text}”有删除线；请写明还排不排"))
        return None, role
    if one is None:
        issues.append(issue(page.name, name, "unknown_name", f"“{name.text}”不是一个人的名字；请一行写一个人"))
        return None, role
    if isinstance(one, Doubt):
        issues.append(doubt(page.name, name, one))
        return None, role
    return one, role


def role_of_row(around: Context, found: Matrix, row: int) -> tuple[Person | Doubt | None, Role]:
    """Whose row it is, if anybody's, and as what they are in it."""
    page, name = around.page, around.page.cell(row, found.names)
    beside = {col: page.cell(row, col) for col in page.cols if col < found.days[0][1].col and col != found.names}
    kinds = {col: kind_of(page.cell(found.header, col).text)[0] for col in beside}
    phones = tuple(p for col, kind in kinds.items() if kind == "phone" for p in phones_in(beside[col].text))
    around_name = Around(
        phones=phones,
        near=phones,
        units=tuple(beside[col].text for col, kind in kinds.items() if kind == "unit" and beside[col].text),
        posts=tuple(beside[col].text for col, kind in kinds.items() if kind == "post" and beside[col].text),
    )
    groups = [cell.text for col, cell in beside.items() if kinds[col] not in ("phone", "unit", "post") and cell.text]
    role = next((told for text in groups if (told := role_of(text))), None)
    role = role or ("lead" if role_of(page.cell(found.header, found.names).text) == "lead" else "staff")
    one = who(names_in(name, around.people).entries, around.people, around_name)
    return one[0] if len(one) == 1 else None, role

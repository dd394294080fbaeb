"""The month as a calendar: a row of weekdays, below it days with names in or under their cells. Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from routing.roster import Role
from routing.sheets.cells import Cell, Page
from routing.sheets.context import Context
from routing.sheets.dates import BadDate, Span, days_of, say, weekday_of
from routing.sheets.days import missing, twice, wrong_weekday
from routing.sheets.names import Around, Doubt, who
from routing.sheets.reading import Issue, Reading, SheetShift, doubt, issue, shift
from routing.sheets.words import Entry, is_ditto, is_footer, is_nobody, is_swap, names_in, role_of, shift_word

_DAY = re.compile(r"\s*((?:\d{4}\s*[年./-]\s*)?(?:\d{1,2}\s*[月./-]\s*)?\d{1,2}\s*[日号]?)(?![\d:])")
_NO_NAME = re.compile(
    r"^[\s(]*(?:(?:星期|周)[一二三四五六日天]|[(](?:[一二三四五六日]|[^)]{0,4}节)[)]|元旦|除夕|春节|清明节?|劳动节|端午节?|中秋节?|国庆节?"
    r"|冬至|大雪|小寒|大寒|初[一二三四五六七八九十]|腊八|小年|元宵节?)[)\s]*"
)
_BARE = re.compile(r"(\d{1,2})\s*[日号]?")
_LEGEND = re.compile(r"(上|第一)[行排个]?[为是:名]*带班.*(下|第二)[行排个]?[为是:名]*值班")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Day:
    """A cell of the calendar that is a day; `texts` are the cells of its names, with the role their row tells."""

    cell: Cell
    written: str
    texts: tuple[tuple[Cell, Role | None], ...]


def read_grid(around: Context) -> Reading | None:
    """The shifts of a calendar; None when the sheet is none."""
    page = around.page
    for at, row in enumerate(page.rows):
        heads = _weekdays(page, row)
        if len(set(heads.values())) >= 5:
            found = _days(page, page.rows[at + 1 :], heads)
            return _read(around, found, heads) if len(found) >= 5 else None
    return None


def _weekdays(page: Page, row: int) -> dict[int, int]:
    """Column → weekday."""
    cells = [cell for cell in page.row(row) if isinstance(cell.value, str) and len(cell.text) <= 4]
    told = {cell.col: weekday_of(cell.text) for cell in cells if not cell.merged}
    return {col: weekday for col, weekday in told.items() if weekday is not None}


def _split(cell: Cell) -> tuple[str, str] | None:
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
        if first is None or (is_footer(first.text) and _split(first) is None):
            continue
        cells = {col: page.cell(row, col) for col in heads}
        parted = {col: split for col, cell in cells.items() if (split := _split(cell))}
        words = [page.cell(row, col).text for col in labels if page.cell(row, col).text]
        role = role_of(words[0]) if words else None
        if parted and (len(parted) * 2 > sum(1 for cell in cells.values() if cell.text) or not week):
            found += week
            week = [
                _Day(
                    cell=cells[col],
                    written=written,
                    texts=((replace(cells[col], value=rest), role),) if rest else (),
                )
                for col, (written, rest) in parted.items()
            ]
        else:
            week = [
                replace(day, texts=(*day.texts, (below, role))) if (below := page.cell(row, day.cell.col)).text else day
                for day in week
            ]
    return found + week


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
    issues += [*doubles, *missing(sheet, places)]
    shifts: list[SheetShift] = []
    for when, day in dated:
        sure = when not in lost
        if when.isoweekday() != heads[day.cell.col]:
            issues.append(wrong_weekday(sheet, day.cell, when, heads[day.cell.col]))
            sure = False
        got = _day(around, when, day)
        issues += got.issues
        shifts += got.shifts if sure else ()
    return Reading(shifts=tuple(shifts), issues=tuple(issues))


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
    sheet, people = around.page.name, around.people
    shifts: list[SheetShift] = []
    issues: list[Issue] = []
    if is_swap(day.cell.comment):
        issues.append(issue(sheet, day.cell, "swap_note", f"批注写着“{day.cell.comment.strip()[:60]}”；请核对"))
    count = 0
    for cell, role in day.texts:
        if cell.struck:
            issues.append(issue(sheet, cell, "swap_note", f"{say(when)}有删除线；请写明这一天究竟是谁"))
            count += 1
            continue
        if is_nobody(cell.text):
            count += 1
            continue
        written = names_in(cell, people)
        if written.swap:
            issues.append(issue(sheet, cell, "swap_note", f"写着“{cell.text}”；先按表里的名字读，请核对"))
        if cell is not day.texts[0][0] and is_swap(cell.comment):
            issues.append(issue(sheet, cell, "swap_note", f"批注写着“{cell.comment.strip()[:60]}”；请核对"))
        for entry, one in zip(written.entries, who(written.entries, people, Around()), strict=True):
            count += 1
            if isinstance(one, Doubt):
                same = "写的是“同上”，日历里看不出是哪一天；请写上名字"
                issues.append(issue(sheet, cell, "empty", same) if is_ditto(entry.name) else doubt(sheet, cell, one))
                continue
            duty = entry.role if entry.role == "lead" else role or entry.role or _role(around, len(shifts))
            spans = _spans(around, entry)
            if duty is None:
                what = "看不出谁带班、谁值班；请在名字前写明，如“带班：张三 值班：李四”"
                issues.append(issue(sheet, cell, "empty", what))
            elif not spans:
                what = f"“{shift_word(entry.label)}”没有写几点到几点；请在表里写明"
                issues.append(issue(sheet, cell, "empty", what))
            else:
                shifts += [shift(when, span, duty, one) for span in spans]
    if not count:
        issues.append(issue(sheet, day.cell, "empty", f"{say(when)}没有写人；请填上名字"))
    return Reading(shifts=tuple(shifts), issues=tuple(issues))


def _spans(around: Context, entry: Entry) -> tuple[Span, ...]:
    word = shift_word(entry.label)
    return around.hours.get(word, ()) if word and word != "全天" else (around.day,)


def _role(around: Context, place: int) -> Role | None:
    """Of names without any word: what the title or a note says; None when it speaks of both."""
    texts = " ".join(cell.text for cell in around.page.texts() if len(cell.text) > 4)
    if _LEGEND.search(re.sub(r"\s+", "", texts)):
        return "lead" if place == 0 else "staff"
    if "带班" in around.title or "领导" in around.title:
        return None if re.search("带班.*值班|值班.*带班|领导.*人员", around.title) else "lead"
    return "staff"

"""A roster as people send it in a message: lines that begin with a day, with words for the roles. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from routing.roster import Role
from routing.sheets.cells import Cell, Page, plain
from routing.sheets.context import Context, hours_of, hours_told
from routing.sheets.dates import BadDate, arabic, days_of
from routing.sheets.days import missing, twice, wrong_weekday
from routing.sheets.names import Around, Doubt, who
from routing.sheets.reading import Issue, Reading, SheetShift, Swap, after_midnight, doubt, issue, joined, shift
from routing.sheets.swaps import note, swap_of
from routing.sheets.words import is_footer, is_nobody, is_open, is_swap, names_in, role_of

_DATE = r"(?:20\d\d[年./-])?\d{1,2}(?:月\d{1,2}[日号]?|[./-]\d{1,2}[日号]?(?![\d:]))|\d{1,2}[日号]"
_WEEKDAY = r"(?:星期|周|礼拜)[一二三四五六日天]"
_BEGIN = re.compile(
    r"^[^\w(]*(?:\d{1,2}[、.)]\s*(?=\(?(?:20\d\d年)?\d{1,2}月|周|星期))?"
    rf"(?P<day>(?:{_WEEKDAY}[\s,(]*)?(?:{_DATE})(?:\s*[-~—–至到、]+\s*(?:{_DATE}|\d{{1,2}}[日号]?(?![\d:])))*"
    rf"[\s,]*\)?(?:[(\s]*{_WEEKDAY}\)?|\([一二三四五六日]\))?|{_WEEKDAY}(?=[:\s]))[\s:,、.)\]】」]*"
)
_LABEL = re.compile(
    r"(?P<word>(?:带班|值班|值守)(?:局?领导|人员|干部|同志|员|人)?|[主副备白夜早中晚]班|白天|夜间|晚上|驾驶员|司机)"
    r"(?!电话|室|表|时间|安排|期间|地点|要求)\s*(?P<hours>\([^)]*\d[^)]*\))?\s*:?\s*"
)
_TITLE = re.compile(r"^[^,:;]{0,12}(?:安排|值班表|带班表|通知|如下)")
_BEHIND = re.compile(r"^([^:]*[^:\s])\s*(带班|值班)(\([^)]*\))?$")


@dataclass(frozen=True, kw_only=True, slots=True)
class MessagePart:
    """Some names of a day: the cell with only their text, the words before them, and the day's place in the list."""

    cell: Cell
    words: str
    day: int


def read_message(around: Context) -> Reading | None:
    """The shifts of such a text; None when it is none: most lines that begin with a day must have words for roles."""
    days, parts = days_and_parts(around)
    labelled = {part.day for part in parts if role_of(part.words)}
    if not days or len(labelled) * 2 < len(days):
        return None
    rows = {cell.row for cell in (*(cell for cell, _ in days), *(part.cell for part in parts))}
    seen = frozenset(cell.home for row in rows for cell in around.page.row(row))
    return joined((_read(around, days, parts), Reading(seen=seen)))


def days_and_parts(around: Context) -> tuple[list[tuple[Cell, str]], list[MessagePart]]:
    """The lines that begin with a day and how it is written, and the names of all days."""
    days: list[tuple[Cell, str]] = []
    parts: list[MessagePart] = []
    for cell in _lines(around.page):
        text = cell.text
        begun = _BEGIN.match(text)
        if begun and _TITLE.search(text[begun.end() :]):
            continue
        if begun:
            days.append((cell, begun["day"]))
            text = text[begun.end() :]
        elif not days or is_footer(text):
            continue
        found = [
            MessagePart(cell=replace(cell, value=names), words=words, day=len(days) - 1)
            for words, names in _parts(text)
        ]
        # A line of rules below the days is none of theirs, though it begins with 值班人员.
        parts += found if begun else [part for part in found if _names_somebody(part, around)]
    return days, parts


def _lines(page: Page) -> list[Cell]:
    """Each line of the page, at the first cell of its row."""
    lines = []
    for row in page.rows:
        cells = [cell for cell in page.row(row) if cell.text and not cell.merged]
        text = arabic(unicodedata.normalize("NFKC", " ".join(cell.text for cell in cells)))
        lines += [replace(cells[0], value=line.strip()) for line in text.splitlines() if line.strip()]
    return lines


def _parts(text: str) -> list[tuple[str, str]]:
    """带班 张三, 李四值班 → the words of each group of names, and its names."""
    told = ",".join(_BEHIND.sub(r"\2:\1\3", one.strip()) for one in re.split(r"[,;。]", text))
    found = list(_LABEL.finditer(told))
    before = told[: found[0].start()] if found else told
    ends = [*(m.start() for m in found[1:]), len(told)]
    parts = [("", before), *((m[0], told[m.end() : end]) for m, end in zip(found, ends, strict=False))]
    return [(words, names.strip(" ,;、")) for words, names in parts if words or names.strip(" ,;、")]


def _names_somebody(part: MessagePart, around: Context) -> bool:
    entries = names_in(part.cell, around.people).entries
    known = any(around.people.named(entry.name) for entry in entries)
    return known or (bool(part.words.rstrip().endswith(":")) and bool(entries) and len(part.cell.text) <= 12)


def _read(around: Context, days: Sequence[tuple[Cell, str]], parts: Sequence[MessagePart]) -> Reading:
    sheet = around.page.name
    issues: list[Issue] = []
    dated: dict[int, tuple[date, ...]] = {}
    before: date | None = None
    for at, (cell, written) in enumerate(days):
        try:
            told, weekday = days_of(written, around.when, before=before)
        except BadDate as bad:
            issues.append(issue(sheet, cell, "bad_date", f"{bad}；请改成像“12月5日”这样的日期，这一天没有读"))
            continue
        before = told[-1]
        if weekday is not None and weekday != told[0].isoweekday():
            issues.append(wrong_weekday(sheet, cell, told[0], weekday))
        else:
            dated[at] = told
    places = [(day, days[at][0]) for at, of in dated.items() for day in of]
    lost, doubles = twice(sheet, places)
    issues += doubles
    if len(dated) == len(days):
        issues += missing(sheet, places, around.when, around.day.calendar)
    found = [Reading(issues=tuple(issues), days=frozenset(dict(places)))]
    for at in range(len(days)):
        sure = tuple(day for day in dated.get(at, ()) if day not in lost)
        found.append(_day(around, days[at][0], sure, [part for part in parts if part.day == at]))
    return joined(found)


def _day(around: Context, cell: Cell, days: tuple[date, ...], parts: Sequence[MessagePart]) -> Reading:
    sheet = around.page.name
    if not parts:
        return Reading(issues=(issue(sheet, cell, "empty", "这一天没有写人；请填上名字"),))
    shifts: list[SheetShift] = []
    issues: list[Issue] = []
    swaps: list[Swap] = []
    roles = {role_of(part.words) for part in parts}
    before = None
    for part in parts:
        if is_nobody(part.cell.text):
            continue
        if is_swap(part.cell.text):
            issues.append(note(sheet, part.cell, part.cell.text))
            swaps.append(swap_of(part.cell.text, around, days, of_cell=True))
            continue
        if not part.cell.text or is_open(part.cell.text):
            issues.append(issue(sheet, part.cell, "empty", f"“{plain(part.words)}”没有写人；请填上名字"))
            continue
        of_words = hours_told(part.words, around)
        role = role_of(part.words) or _unsaid(around, roles)
        entries = names_in(part.cell, around.people).entries
        for entry, one in zip(entries, who(entries, around.people, Around()), strict=True):
            duty = entry.role or role
            of_name = hours_of(entry, around)
            spans = of_words if of_name is None else of_name
            if isinstance(one, Doubt):
                issues.append(doubt(sheet, part.cell, one))
            elif duty is None:
                what = f"看不出{one.name}是带班还是值班；请在名字前写明，如“带班：张三”"
                issues.append(issue(sheet, part.cell, "empty", what))
            elif spans is None:
                found = [(day, around.day.of(day, duty)) for day in days]
                shifts += [shift(day, span, duty, one) for day, span in found if span]
                issues += [around.day.doubt(sheet, day) for day, span in found if not span]
            elif not spans:
                what = f"“{plain(part.words)}”没有写几点到几点；请写明，如 白班(8:00-18:00)"
                issues.append(issue(sheet, part.cell, "empty", what))
            else:
                later = after_midnight(spans, before)
                shifts += [shift(day, span, duty, one, later=later) for day in days for span in spans]
        before = of_words or before
    return Reading(shifts=tuple(shifts), issues=tuple(issues), swaps=tuple(swaps))


def _unsaid(around: Context, roles: set[Role | None]) -> Role | None:
    """Of names without a word: beside a leader they are the staff; alone in a line, what the title says."""
    if roles - {None}:
        return "staff" if "staff" not in roles else None
    return None if re.search("带班|领导", around.title) else "staff"

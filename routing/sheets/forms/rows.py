"""One row a day, filled anew. Pure."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from routing.sheets.cells import Value, plain
from routing.sheets.context import Context
from routing.sheets.dates import Span
from routing.sheets.forms.canvas import Canvas
from routing.sheets.forms.plan import Form, Mark, Slot, Unfit, marks, names_text, phones_text
from routing.sheets.forms.wording import day_as, days_as, weekday_as
from routing.sheets.header import Column, Table
from routing.sheets.lines import Line, lines
from routing.sheets.rows import hours_of_column, owner_of, role_of_column
from routing.sheets.words import is_swap, names_in, phones_in


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    """A column of names in one of the rows of a day: the slot it is, and who stood there before."""

    column: Column
    row: int
    slot: int
    before: Counter[str]
    on: dict[date, set[str]]


def fill_rows(form: Form, tables: Sequence[Table]) -> Canvas:
    """The tables of a sheet with the duty of these days. Raises Unfit."""
    canvas = Canvas()
    around, page = form.around, form.around.page
    read = [lines(table, around)[0] for table in tables]
    filled = [(table, there) for table, there in zip(tables, read, strict=True) if there]
    if not filled:
        raise Unfit("表里没有一天读得出来")
    shares = _shares(form.days, [len({day for line in there for day in line.days}) for _, there in filled])
    shift = above = 0  # how far what stands below has moved; the last row that is written already
    for below in dict.fromkeys(table.rows for table, _ in filled):
        side = [(t, there, share) for (t, there), share in zip(filled, shares, strict=True) if t.rows == below]
        rows = [line.row for _, there, _ in side for line in there]
        first, last = min(rows), max(rows)
        canvas.copy(page, [r for r in page.rows if above < r < first], above + shift + 1, form.change)
        height = max(_fill(canvas, form, t, there, share, first + shift) for t, there, share in side)
        shift += height - (last - first + 1)
        above = last
    canvas.copy(page, [row for row in page.rows if row > above], above + shift + 1)
    return canvas


def _shares(days: Sequence[date], sizes: Sequence[int]) -> list[list[date]]:
    """The days of each of several tables, as many as it had of all."""
    found, at = [], 0
    for n, size in enumerate(sizes):
        left = sum(sizes[n:])
        count = -(-(len(days) - at) * size // left) if left else 0
        found.append(list(days[at : at + count]))
        at += count
    return found


def _fill(canvas: Canvas, form: Form, table: Table, read: Sequence[Line], days: Sequence[date], top: int) -> int:
    """Writes the days of one table from row `top` on; returns how many rows they take."""
    around = form.around
    pattern = _pattern(read)
    slots, places = _slots(around, table, read, pattern)
    there = marks(form.plan, slots, days)
    step = Counter(len(line.days) for line in read if line.days).most_common(1)[0][0]
    numbered = form.numbered or _with_numbers(around, table, read)
    texts = {day: _day(table, places, slots, there, day, numbered) for day in days}
    row, before = top, None
    for nth, chunk in enumerate(_chunks(days, step, texts), 1):
        for offset, sample in enumerate(pattern):
            for column in table.columns:
                value, height = _value(form, table, column, read, sample, chunk, before, nth, offset, len(pattern))
                canvas.put(row + offset, column.col, value, height=height)
            for (at, col), text in texts[chunk[0]].items():
                if at == offset:
                    canvas.put(row + offset, col, text)
        row, before = row + len(pattern), chunk[-1]
    return row - top


def _pattern(read: Sequence[Line]) -> list[Line]:
    """The rows of one day: several when each has hours of its own."""
    groups: dict[int, list[Line]] = {}
    for line in read:
        groups.setdefault(line.group, []).append(line)
    longest = max(groups.values(), key=lambda group: len({line.spans for line in group}))
    if len({line.spans for line in longest}) < len(longest):
        return longest[:1]
    return longest


def _slots(
    around: Context, table: Table, read: Sequence[Line], pattern: Sequence[Line]
) -> tuple[list[Slot], list[_Place]]:
    slots: list[Slot] = []
    places = []
    before: tuple[Span, ...] = ()
    for column in table.of("names"):
        hours = hours_of_column(column, around, before)
        if hours is not None and not hours.spans:
            raise Unfit(f"“{column.label}”没有写几点到几点")
        texts = [around.page.cell(line.row, column.col) for line in read]
        entries = [names_in(cell, around.people).entries for cell in texts]
        labelled = any(entry.role for of in entries for entry in of)
        role = None if labelled else role_of_column(column, around)
        on = {day: {e.name for e in of} for line, of in zip(read, entries, strict=True) for day in line.days}
        stood = Counter(entry.name for of in entries for entry in of)
        for offset, line in enumerate(pattern):
            spans = hours.spans if hours else line.spans
            later = hours.later if hours else line.later
            slot = Slot(role=role, hours=around.day, spans=spans or None, later=later)
            if slot not in slots:
                slots.append(slot)
            places.append(_Place(column=column, row=offset, slot=slots.index(slot), before=stood, on=on))
        before = hours.spans if hours and hours.spans else before
    return slots, places


def _day(
    table: Table,
    places: Sequence[_Place],
    slots: Sequence[Slot],
    there: dict[tuple[date, int], list[Mark]],
    day: date,
    numbered: bool,
) -> dict[tuple[int, int], str]:
    """Row of the day and column → text: the names, and the numbers in the column that belongs to them."""
    found: dict[tuple[int, int], str] = {}
    for at, slot in enumerate(slots):
        mine = [place for place in places if place.slot == at]
        for place, some in zip(mine, _spread(mine, there.get((day, at), ()), day), strict=True):
            labelled = slot.role is None
            found[place.row, place.column.col] = names_text(some, labelled=labelled, numbered=numbered)
            for column in table.of("phone"):
                if owner_of(table, column) == place.column:
                    found[place.row, column.col] = phones_text(some)
            for column in table.of("post"):
                if owner_of(table, column) == place.column:
                    found[place.row, column.col] = "、".join(mark.person.post for mark in some)
    for row in {place.row for place in places}:
        units = {m.person.unit for p in places if p.row == row for m in there.get((day, p.slot), ())}
        for column in table.of("unit"):
            found[row, column.col] = units.pop() if len(units) == 1 else ""
    return found


def _spread(places: Sequence[_Place], there: Sequence[Mark], day: date) -> list[list[Mark]]:
    """Who stands in which of several columns of one kind: the own unit's, where they stood before, else a free one."""
    found: list[list[Mark]] = [[] for _ in places]
    homeless = []
    for mark in there:
        name = mark.person.name
        fits = [
            (mark.person.unit == place.column.label, name in place.on.get(day, ()), place.before[name], -at)
            for at, place in enumerate(places)
        ]
        own, here, stood, at = max(fits)
        if own or here or (stood and not found[-at]):
            found[-at].append(mark)
        else:
            homeless.append(mark)
    for mark in homeless:
        free = next((some for some in found if not some), found[-1])
        free.append(mark)
    return found


def _chunks(days: Sequence[date], step: int, texts: dict[date, dict[tuple[int, int], str]]) -> list[list[date]]:
    """The days that share a row: as many as in the sample, while one follows the other with the same names."""
    found: list[list[date]] = []
    for day in days:
        last = found[-1] if found else []
        weekly = step == 7 and day.isoweekday() == 1
        together = last and len(last) < step and not weekly and day - last[-1] == timedelta(days=1)
        if together and texts[day] == texts[last[-1]]:
            last.append(day)
        else:
            found.append([day])
    return found


def _value(
    form: Form,
    table: Table,
    column: Column,
    read: Sequence[Line],
    sample: Line,
    days: Sequence[date],
    before: date | None,
    nth: int,
    offset: int,
    rows: int,
) -> tuple[Value, int]:
    """What stands in a column that holds no names, and over how many rows."""
    around, page, when = form.around, form.around.page, form.when
    cell = page.cell(sample.row, column.col)
    first = page.cell(read[0].row, column.col)
    same = [line for line in read if line.days and line.days[0] == days[0]]
    over = rows if rows > 1 and cell.merged else 1
    if column.kind in ("date", "month", "until", "weekday") and offset and (over > 1 or not cell.text):
        return None, 1
    match column.kind:
        case "date" if table.of("month"):
            return re.sub(r"\d+", str(days[0].day), first.text), over
        case "date" if table.of("until"):
            return day_as(first.value, days[0], when, before), over
        case "date":
            return days_as(first.value, days, when, before), over
        case "month":
            return re.sub(r"\d+", str(days[0].month), first.text), over
        case "until":
            return day_as(first.value, days[-1], when, days[0]), over
        case "weekday":
            return weekday_as(first.text, days[0]) if len(days) == 1 else None, over
        case "shift":
            return cell.value, 1
        case "names" | "phone" | "unit" | "post":
            return None, 1
    if _counted(around, column, read):
        return nth if not offset else None, 1
    kept = page.cell(same[min(offset, len(same) - 1)].row, column.col) if same else None
    if kept is None or is_swap(f"{kept.text}{kept.comment}") or around.people.mentioned(plain(kept.text)):
        return None, 1
    return kept.value, 1


def _counted(around: Context, column: Column, read: Sequence[Line]) -> bool:
    """Whether it is 序号: 1, 2, 3."""
    told = [around.page.cell(line.row, column.col).text for line in read]
    numbers = [int(text) for text in told if text.isdigit() and len(text) < 4]
    return len(numbers) > 1 and numbers[0] == 1 and all(b - a == 1 for a, b in pairwise(numbers))


def _with_numbers(around: Context, table: Table, read: Sequence[Line]) -> bool:
    """Whether the numbers stand in the cells of the names."""
    owners = [owner_of(table, column) for column in table.of("phone")]
    columns = [column for column in table.of("names") if column not in owners]
    texts = [around.page.cell(line.row, column.col).text for line in read for column in columns]
    return any(phones_in(text) for text in texts)

"""The layout with one row a day: columns of names, beside them telephones, units and notes. Pure."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from routing.roster import Role
from routing.sheets.cells import Cell
from routing.sheets.context import Context, hours_of, hours_told
from routing.sheets.dates import Span, say
from routing.sheets.header import Column, Table, headless, tables
from routing.sheets.lines import Line, lines
from routing.sheets.names import Around, Doubt, meant, who
from routing.sheets.people import Person
from routing.sheets.reading import (
    Issue,
    Reading,
    SheetShift,
    Swap,
    after_midnight,
    doubt,
    issue,
    joined,
    shift,
    whole,
)
from routing.sheets.swaps import note, swap_of
from routing.sheets.words import (
    Written,
    is_aside,
    is_ditto,
    is_nobody,
    is_open,
    is_swap,
    names_in,
    phones_in,
    shift_word,
)


def read_headed(around: Context) -> Reading | None:
    """The shifts of tables below a header; None when there is none."""
    return _tables(tables(around.page, around.when, around.people), around)


def read_headless(around: Context) -> Reading | None:
    """The shifts of rows that begin with a day, below no header; None when there are none."""
    return _tables(headless(around.page, around.when), around)


def _tables(found: Sequence[Table], around: Context) -> Reading | None:
    if not found:
        return None
    read = [lines(table, around) for table in found]
    return joined(_table(*one, around) for one in zip(found, *_apart(found, read, around), strict=True))


def _apart(
    found: Sequence[Table], read: Sequence[tuple[list[Line], list[Issue]]], around: Context
) -> tuple[list[list[Line]], list[list[Issue]]]:
    """Two tables of one kind on a sheet are two parts of a month: a day that both have is there twice."""
    seen: dict[tuple[tuple[str, ...], date], tuple[int, Line]] = {}
    lost: set[tuple[int, date]] = set()
    issues = [list(one) for _, one in read]
    for at, table in enumerate(found):
        labels = tuple(column.label for column in table.of("names"))
        for line in read[at][0]:
            for day in line.days:
                other, first = seen.setdefault((labels, day), (at, line))
                if other != at:
                    lost |= {(at, day), (other, day)}
                    what = (
                        f"{say(day)}写了两次（{first.cell.address} 和 {line.cell.address}）；请改正日期，两处都没有读"
                    )
                    issues[at].append(issue(around.page.name, line.cell, "duplicate_day", what))
    rows = [
        [replace(line, lost=line.lost | {day for day in line.days if (at, day) in lost}) for line in one]
        for at, (one, _) in enumerate(read)
    ]
    return rows, issues


def _table(table: Table, read: Sequence[Line], issues: list[Issue], around: Context) -> Reading:
    found = [Reading(issues=tuple(issues))]
    before: tuple[Span, ...] = ()
    for column in table.of("names"):
        hours = hours_of_column(column, around, before)
        if hours is not None and not hours.spans:
            word = shift_word(column.label)
            what = f"“{word}”没有写几点到几点；请在表头写明，如 {word}(8:00-18:00)"
            found.append(Reading(issues=(issue(around.page.name, column.cell, "empty", what),)))
        found.append(_column(table, column, read, around, hours))
        before = hours.spans if hours and hours.spans else before
    known = [c.col for c in table.columns if c.kind != "other" or is_aside(c.label)]
    seen = frozenset(around.page.cell(line.row, col).home for line in read for col in known)
    days = frozenset(day for line in read for day in line.days)
    return joined((*found, _notes(table, read, around), Reading(seen=seen, days=days)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Hours:
    """The hours of a column or a row. later: after midnight, of the night that begins on its day."""

    spans: tuple[Span, ...]
    later: bool = False


def hours_of_column(column: Column, around: Context, before: tuple[Span, ...]) -> Hours | None:
    """The hours of a column; None when it tells none, without spans when it has a word for them and no hours."""
    spans = hours_told(column.label, around)
    return None if spans is None else Hours(spans=spans, later=after_midnight(spans, before))


def _column(table: Table, column: Column, read: Sequence[Line], around: Context, hours: Hours | None) -> Reading:
    """One column of names from top to bottom; `above` is the cell that 同上 and meant blanks repeat."""
    page = around.page
    cells = [page.cell(line.row, column.col) for line in read]
    if read and not any(cell.text for cell in cells):
        if not column.label:
            return Reading()
        what = f"“{column.label}”这一列一个名字也没有；请填上，或删去这一列"
        return Reading(issues=(issue(page.name, column.cell, "empty", what),))
    carry = _carries(column, cells, read)
    above: _Source | None = None
    shifts: defaultdict[tuple[int, tuple[int, int]], list[SheetShift]] = defaultdict(list)
    issues: list[Issue] = []
    swaps: list[Swap] = []
    for line, cell in zip(read, cells, strict=True):
        if is_nobody(cell.text):
            above = None
            continue
        # The leader of a day whose 白班 and 夜班 have a row each stands in the first.
        day_s = column.role == "lead" and above is not None and _continues(above, line)
        if is_ditto(cell.text) or (not cell.text and (carry or day_s)):
            if above is None:
                issues.append(issue(page.name, cell, "empty", "要和上面一样，上面却没有名字；请写上名字"))
                continue
            above = source = _Source(cell=above.cell, line=line, first=above.first)
        elif not cell.text and (not column.label or (above and line.spans is None and _continues(above, line))):
            # A second row of a day is for whoever is there beside the first.
            continue
        elif not cell.text:
            issues.append(issue(page.name, cell, "empty", f"“{column.label}”这一天没有写人；请填上名字"))
            above = None
            continue
        else:
            source = above = _Source(cell=cell, line=line, first=line)
        when = hours or (Hours(spans=line.spans, later=line.later) if line.spans is not None else None)
        got = _names(table, column, source, around)
        issues += got.issues
        swaps += got.swaps
        for one in got.people:
            role = one.role or role_of_column(column, around)
            if role is None:
                what = f"看不出{one.person.name}是带班还是值班；请在表头或名字前写明，如“带班：张三”"
                issues.append(issue(page.name, source.cell, "empty", what))
            elif one.spans == ():
                what = f"“{' '.join(source.cell.text.split())}”没有写几点到几点；请写明，如 白班(8:00-18:00)"
                issues.append(issue(page.name, source.cell, "empty", what))
            elif line.sure:
                told = one.spans if one.spans is not None else when.spans if when else None
                for day in (day for day in line.days if day not in line.lost):
                    whole_day = around.day.of(day, role)
                    spans = told if told is not None else (whole_day,) if whole_day else ()
                    if told is None and not spans:
                        issues.append(around.day.doubt(page.name, day))
                    shifts[line.group, source.cell.home] += [
                        shift(day, span, role, one.person, later=bool(when and when.later)) for span in spans
                    ]
    # Only what one cell says of the rows of one day is joined: a shift begins anew each day.
    joint = [one for group in shifts.values() for one in (whole(group) if _in_rows(group) else group)]
    return Reading(shifts=tuple(joint), issues=tuple(issues), swaps=tuple(swaps))


def _in_rows(group: Sequence[SheetShift]) -> bool:
    """Whether it is one day in several rows of different hours, not one row of several days."""
    return len({(s.start.time(), s.end.time()) for s in group}) > 1


@dataclass(frozen=True, kw_only=True, slots=True)
class _Source:
    """The cell whose names hold for a line, and the line in which they were written."""

    cell: Cell
    line: Line
    first: Line


def _continues(above: _Source, line: Line) -> bool:
    return above.line.group == line.group


@dataclass(frozen=True, kw_only=True, slots=True)
class _Named:
    """Somebody in a cell, with the role and the hours that the cell tells of them."""

    person: Person
    role: Role | None
    spans: tuple[Span, ...] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Got:
    people: tuple[_Named, ...] = ()
    issues: tuple[Issue, ...] = ()
    swaps: tuple[Swap, ...] = ()


def role_of_column(column: Column, around: Context) -> Role | None:
    """Of a column that says only 姓名, or a unit: what the title says; None when it speaks of both."""
    if column.label not in ("姓名", "人员") and (column.role or column.label not in around.people.units):
        return column.role
    if not re.search("带班|领导", around.title):
        return "staff"
    return None if re.search("带班.*值班|值班.*带班|领导.*人员", around.title) else "lead"


def _names(table: Table, column: Column, source: _Source, around: Context) -> _Got:
    name, cell = around.page.name, source.cell
    if cell.struck:
        return _Got(issues=(issue(name, cell, "swap_note", f"“{cell.text}”有删除线；请写明这一天究竟是谁"),))
    if is_open(cell.text):
        return _Got(issues=(issue(name, cell, "empty", f"写的是“{cell.text}”，还没有定人；请写上名字"),))
    written = names_in(cell, around.people)
    if written.swap:
        swap = swap_of(cell.text, around, source.line.days, of_cell=True)
        return _Got(issues=(note(name, cell, cell.text),), swaps=(swap,))
    issues: list[Issue] = []
    people = []
    found = who(written.entries, around.people, _around(table, column, source, around, written))
    for entry, one in zip(written.entries, found, strict=True):
        if isinstance(one, Doubt):
            issues.append(doubt(name, cell, one))
        else:
            people.append(_Named(person=one, role=entry.role, spans=hours_of(entry, around)))
    if not written.entries:
        issues.append(issue(name, cell, "empty", f"“{cell.text}”里没有名字；请写上名字"))
    return _Got(people=tuple(people), issues=tuple(issues))


def _around(table: Table, column: Column, source: _Source, around: Context, written: Written) -> Around:
    page = around.page
    rows = dict.fromkeys((source.line.row, source.first.row))
    mine = [c for c in table.of("phone") if owner_of(table, c) == column]
    own = [page.cell(source.line.row, c.col).text for c in mine]
    if not any(phones_in(text) for text in own):
        own = [page.cell(source.first.row, c.col).text for c in mine]
    posts = [c for c in table.of("post") if owner_of(table, c) == column]
    units = [page.cell(row, c.col).text for row in rows for c in table.of("unit")]
    people = around.people
    return Around(
        phones=tuple(dict.fromkeys(p for text in own for p in phones_in(text))),
        near=tuple(p for row in rows for c in table.of("phone") for p in phones_in(page.cell(row, c.col).text)),
        units=(*filter(None, units), *(unit for unit in people.units if unit in column.label)),
        posts=(*(page.cell(row, c.col).text for row in rows for c in posts), column.label),
        others=_others(table, column, source.line, around),
    )


def owner_of(table: Table, column: Column) -> Column | None:
    """The nearest column of names on the left, else on the right."""
    names = table.of("names")
    left = [c for c in names if c.col < column.col]
    if left:
        return left[-1]
    return names[0] if names else None


def _others(table: Table, column: Column, line: Line, around: Context) -> frozenset[str]:
    """The mobiles of all who may be meant by the other names of the row."""
    cells = [around.page.cell(line.row, c.col) for c in table.of("names") if c.col != column.col]
    entries = [entry for cell in cells if cell.text for entry in names_in(cell, around.people).entries]
    named = (person for entry in entries for person in meant(entry, around.people))
    return frozenset(number for person in named for number in person.numbers)


def _carries(column: Column, cells: Sequence[Cell], read: Sequence[Line]) -> bool:
    """Whether blanks repeat the name above: most cells are blank, and what is filled begins weeks or the like.

    Of staff only when the names stand at equal distances: a second person who is there on some days repeats nothing.
    A leader repeats from the first row on, or from Mondays, and never stands on two days in a row: one who does is
    there on some days only, say at weekends.
    """
    filled = [at for at, cell in enumerate(cells) if cell.text]
    blank = len(cells) - len(filled)
    if not filled or len(cells) < 4 or blank < (0.5 if column.role == "lead" else 0.6) * len(cells):
        return False
    steps = {b - a for a, b in pairwise(filled)}
    if column.role != "lead":
        return filled[0] == 0 and len(steps) == 1
    days = {read[at].days[0].isoweekday() for at in filled if read[at].days}
    return 1 not in steps and (filled[0] == 0 or days == {1})


def _notes(table: Table, read: Sequence[Line], around: Context) -> Reading:
    """Notes and comments of the rows that speak of a swap. A merged one that tells days itself speaks of those."""
    told: dict[tuple[tuple[int, int], str], tuple[Cell, list[Line]]] = {}
    for line in read:
        for column in table.columns:
            cell = around.page.cell(line.row, column.col)
            # A comment on a name is about that name.
            texts = [f"{cell.comment} {cell.text}"] if cell.comment else []
            if column.kind != "names" and isinstance(cell.value, str):
                # Below 替班 a name alone is a note.
                said = is_swap(column.label) and not is_nobody(cell.text) and not is_open(cell.text)
                texts.append(f"{column.label}：{cell.text}" if said and cell.text else cell.text)
            for text in filter(is_swap, texts):
                told.setdefault((cell.home, text), (cell, []))[1].append(line)
    issues, swaps = [], []
    for (_, text), (cell, of) in told.items():
        issues.append(note(around.page.name, cell, text))
        own = swap_of(text, around)
        rows = {day for line in of for day in line.days}
        swaps.append(own if len(of) > 1 and own.days else swap_of(text, around, rows))
    return Reading(issues=tuple(issues), swaps=tuple(swaps))

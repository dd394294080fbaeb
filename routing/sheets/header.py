"""The header of a table with one row a day: which column holds what. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from routing.roster import Role
from routing.sheets.cells import Cell, Page, plain
from routing.sheets.dates import BadDate, Era, days_of, spans_in, weekday_of
from routing.sheets.people import People
from routing.sheets.words import Kind, is_aside, is_footer, kind_of, role_of, shift_word

# Of a column that has no word of its own: what a header above it says.
_OWN = frozenset({"phone", "note", "unit", "post", "weekday", "date", "month", "until", "shift"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One column: its words from all rows of the header, and the cell that an issue about it names."""

    col: int
    kind: Kind
    role: Role | None
    label: str
    cell: Cell


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A table of a sheet: a date column, the columns that belong to it, and the rows below the header."""

    date: Column
    columns: tuple[Column, ...]
    rows: tuple[int, ...]

    def of(self, *kinds: Kind) -> tuple[Column, ...]:
        """The columns of these kinds."""
        return tuple(column for column in self.columns if column.kind in kinds)


def tables(page: Page, when: Era, people: People) -> list[Table]:
    """The tables of a sheet, one below the other or side by side."""
    heads = []
    rows = list(page.rows)
    at = 0
    while at < len(rows):
        last = _header(page, rows, at, when, people)
        if last is None:
            at += 1
            continue
        heads.append((at, last))
        at = last + 1
    if not heads:
        return []
    found: list[Table] = []
    ends = [*(first for first, _ in heads[1:]), len(rows)]
    for (first, last), end in zip(heads, ends, strict=True):
        below = tuple(rows[last + 1 : end])
        blocks = [_filled(page, table, people) for table in _blocks(page, rows[first : last + 1], below, when)]
        found += [table for table in blocks if table.of("names")]
    return found


def _header(page: Page, rows: Sequence[int], at: int, when: Era, people: People) -> int | None:
    """The index of the header's last row when one begins here."""
    if not _is_header(page, rows, at, when, people):
        return None
    last = at
    while last + 1 < len(rows):
        below = page.row(rows[last + 1])
        hanging = any(cell.merged and cell.home[0] == rows[at] and _kind(cell) != "other" for cell in below)
        words = [cell for cell in below if cell.text and _kind(cell) not in ("weekday", "note", "unit", "other")]
        dated = any(_is_date(cell, when) for cell in below)
        if hanging or (words and not dated and all(_is_word(cell) for cell in words) and len(words) > 1):
            last += 1
        else:
            return last
    return last


def _is_header(page: Page, rows: Sequence[int], at: int, when: Era, people: People) -> bool:
    here = {cell.home: _kind(cell) for cell in page.row(rows[at]) if cell.text}
    first = next((cell for cell in page.row(rows[at]) if cell.text), None)
    if first is None or len(here) < 2 or is_footer(first.text):
        return False
    kinds = list(here.values())
    below = rows[at + 1 : at + 3]
    if any(_is_date(cell, when) for cell in page.row(rows[at])):
        return False  # 12月7日, 张局长: a day of the roster, though 局长 stands in headers too
    if "date" in kinds:
        units = any(plain(page.cell(*home).text) in people.units for home in here)
        return "names" in kinds or units or any(_kind(c) == "names" for row in below[:1] for c in page.row(row))
    if len(here) < 3 or (kinds.count("other") > 1 and "weekday" not in kinds):
        # A row that says 夜班 and a name is no header.
        return False
    dated = any(_is_date(cell, when) or weekday_of(cell.text) for row in below for cell in page.row(row)[:3])
    texts = [page.cell(*home).text for home in here]
    # 夜班 20:00-8:00 张三 is a row of a table, whatever its words.
    told = any(kind_of(text)[0] == "names" and not shift_word(text) and not spans_in(text) for text in texts)
    return told and dated and all(len(plain(text)) < 20 for text in texts)


def _kind(cell: Cell) -> Kind:
    return kind_of(cell.text)[0] if isinstance(cell.value, str) else "other"


def _is_word(cell: Cell) -> bool:
    return len(plain(cell.text)) <= 20


def _is_date(cell: Cell, when: Era) -> bool:
    """A full date: a number alone could be a count."""
    if not cell.text or (isinstance(cell.value, float | int) and cell.value < 100):
        return False
    if cell.text.isdigit() and len(cell.text) < 5:
        return False
    try:
        days_of(cell.value, when)
    except BadDate:
        return False
    return True


def _blocks(page: Page, header: Sequence[int], below: tuple[int, ...], when: Era) -> list[Table]:
    columns = _ends([_column(page, col, header, below) for col in page.cols])
    dates = [column for column in columns if column.kind == "date"]
    if not dates:
        # No word above the dates: the first column that holds one.
        for i, column in enumerate(columns):
            if column.kind == "other" and any(_is_date(page.cell(row, column.col), when) for row in below[:2]):
                columns[i] = Column(col=column.col, kind="date", role=None, label="", cell=column.cell)
                dates = [columns[i]]
                break
    if not dates:
        # Weekdays alone: of the week in the title, else no day at all, and said so.
        dates = [column for column in columns if column.kind == "weekday"][:1]
        columns = [replace(column, kind="date") if column in dates else column for column in columns]
        dates = [column for column in columns if column.kind == "date"]
    if not dates:
        return []
    found = []
    # 月 stands before 日, and belongs to it.
    starts = [at - (at > 0 and columns[at - 1].kind == "month") for at in map(columns.index, dates)]
    ends = [*starts[1:], len(columns)]
    for date, start, end in zip(dates, starts, ends, strict=True):
        mine = columns[0 if start == starts[0] else start : end]
        found.append(Table(date=date, columns=tuple(mine), rows=below))
    return found


def _filled(page: Page, table: Table, people: People) -> Table:
    """With the columns of names whose word is none we know (A岗, 机关): staff, when another column has the leaders.

    Below the name of a unit stand those of the unit; as what, only the title can tell.
    """
    led = any(column.role == "lead" for column in table.columns)
    columns = []
    for column in table.columns:
        texts = [cell.text for row in table.rows if (cell := page.cell(row, column.col)).text and not cell.merged]
        named = sum(bool(people.named(plain(text))) for text in texts)
        of_unit = column.label in people.units
        if column.kind == "other" and column.label and not is_aside(column.label) and named * 2 > len(texts):
            column = replace(column, kind="names", role="staff") if led else column
            column = replace(column, kind="names") if of_unit else column
        columns.append(column)
    return replace(table, columns=tuple(columns))


def _ends(columns: list[Column]) -> list[Column]:
    """起止日期 over two columns: the second date is the end of the first's range, as is one below 至."""
    found: list[Column] = []
    for column in columns:
        before = found[-1] if found else None
        spread = before is not None and before.kind == column.kind == "date" and "起止" in column.label
        found.append(replace(column, kind="until") if spread else column)
    return found


def headless(page: Page, when: Era) -> list[Table]:
    """Rows that begin with a date below no header, as in a message: only words in the cells can tell the roles."""
    dated = [row for row in page.rows if page.cols and _is_date(page.cell(row, page.cols[0]), when)]
    if not dated or len(page.cols) < 2:
        return []
    columns = []
    for col in page.cols:
        cell = page.cell(dated[0], col)
        kind: Kind = "weekday" if weekday_of(cell.text) else "phone" if cell.text[:1].isdigit() else "names"
        kind = "date" if col == page.cols[0] else kind
        columns.append(Column(col=col, kind=kind, role=None, label="", cell=cell))
    return [Table(date=columns[0], columns=tuple(columns), rows=tuple(dated))]


def _column(page: Page, col: int, header: Sequence[int], below: Sequence[int]) -> Column:
    cells = [_over(page, header, at, col) for at in range(len(header))]
    cells = [cell for cell in cells if cell.text]
    texts = list(dict.fromkeys(plain(cell.text) for cell in cells))
    own = cells[-1] if cells else page.cell(header[-1], col)
    label = "".join(texts)
    kind, role = kind_of(texts[-1]) if texts else ("other", None)
    if kind not in _OWN and len(texts) > 1:
        kind, role = kind_of(label) if kind != "other" else kind_of(texts[0]) if role_of(texts[0]) else (kind, role)
        if kind == "names":
            role = role_of(label)
    if kind in ("date", "shift"):
        kind = _held(page, col, below, kind)
    return Column(col=col, kind=kind, role=role, label=label, cell=own)


def _over(page: Page, header: Sequence[int], at: int, col: int) -> Cell:
    """The cell of a header's row; in a CSV the one on the left goes on over the columns that say more below it."""
    cell = page.cell(header[at], col)
    if cell.text or at + 1 == len(header) or not page.cell(header[at + 1], col).text:
        return cell
    left = next(
        (c for before in reversed(page.cols) if before < col and (c := page.cell(header[at], before)).text), cell
    )
    return left if page.cell(header[at + 1], left.col).text and not left.merged else cell


def _held(page: Page, col: int, below: Sequence[int], told: Kind) -> Kind:
    """A column under 日期, 时间 or 起止时间 may hold days, weekdays or hours."""
    for row in below:
        cell = page.cell(row, col)
        if not cell.text:
            continue
        if isinstance(cell.value, str) and spans_in(cell.text) and weekday_of(cell.text) is None:
            return "shift"
        if told == "shift":
            return "date" if isinstance(cell.value, datetime) or re.match(r"[\d年]+[月./-]\d", cell.text) else "shift"
        if weekday_of(cell.text) and not any(sign.isdigit() for sign in cell.text):
            return "weekday"
        return "date"
    return told

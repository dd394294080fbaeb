"""A file → its visible sheets. The only file of this folder that reads files."""

import csv
import io
import re
import struct
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import openpyxl
import xlrd
import xlrd.compdoc
from openpyxl.cell.cell import Cell as OpenCell
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from routing.sheets.cells import Cell, Page, Value, as_text
from routing.sheets.html import cells_of, is_html

# What is read of one file: a roster of fifty years has 20,000 rows of a dozen columns. What is more is told, not cut.
_BYTES, _UNPACKED, _CELLS = 20_000_000, 30_000_000, 240_000

_FORMULA = re.compile(r"=\$?([A-Z]{1,2})\$?(\d{1,4})([+-]\d{1,3})?")

# Files that people mistake for spreadsheets, by how they begin.
_KINDS = (
    *((b"%PDF", " PDF"), (b"\x89PNG", "图片"), (b"\xff\xd8\xff", "图片"), (b"GIF8", "图片"), (b"{\\rtf", " Word 文档")),
    *((b"Rar!", "压缩包"), (b"7z\xbc\xaf", "压缩包"), (b"\x1f\x8b", "压缩包")),
)

# What the two libraries raise for damaged files, besides errors of their own.
_BROKEN = (
    *(BadZipFile, InvalidFileException, xlrd.XLRDError, xlrd.compdoc.CompDocError, struct.error),
    *(LookupError, ValueError, TypeError, AttributeError, AssertionError, EOFError),
    *(zlib.error, OverflowError, RuntimeError, SyntaxError),
)


class BadBook(ValueError):
    """A file that cannot be read as a roster; the text says what to do instead."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Book:
    """A file's visible sheets, in order."""

    name: str
    pages: tuple[Page, ...]


def read_book(path: Path) -> Book:
    """Reads .xlsx, .xlsm, .xls, .csv, .tsv, .txt and HTML, by what is in the file. Raises BadBook."""
    return book_of(_bytes(path), path.name)


def book_of(content: bytes, file: str) -> Book:
    """What a file of this name holds. Raises BadBook."""
    _refuse(content, file)
    name = Path(file).stem
    try:
        if content.startswith(b"PK"):
            return Book(name=name, pages=_bounded(_xlsx(content)))
        if content.startswith(b"\xd0\xcf\x11\xe0"):
            return Book(name=name, pages=_bounded(_xls(content)))
    except _BROKEN as error:
        mend = "请用 WPS 或 Excel 打开，另存为 .xlsx（不加密码）再试"
        raise BadBook(f"{file}：打不开这个表格（{error}）；{mend}") from None
    return read_text(decode(content, file), name)


def read_text(text: str, name: str = "粘贴") -> Book:
    """CSV, a table of a page, or rows pasted from a spreadsheet or a message. Raises BadBook."""
    if "\0" in text:
        raise BadBook(f"{name}：不是表格也不是文字；请另存为 .xlsx 再试")
    if is_html(text):
        page = _sized(name, cells_of(text), hidden_rows=frozenset(), hidden_cols=frozenset(), named=False)
    else:
        page = _page(name, _table(text), named=False)
    return Book(name=name, pages=_bounded([page]))


def _bounded(pages: Iterable[Page]) -> tuple[Page, ...]:
    """The sheets of a file as far as they are not too much together; of the others only their last row is known."""
    found: list[Page] = []
    room = _CELLS
    for page in pages:
        size = len(page.rows) * len(page.cols)
        if size > room:
            page = Page(name=page.name, cells={}, rows=(), cols=(), named=page.named, unread=page.rows[-1])
        else:
            room -= size
        found.append(page)
    return tuple(found)


def read_rows(path: Path) -> list[list[str]]:
    """The rows of a CSV file. Raises BadBook."""
    content = _bytes(path)
    _refuse(content, path.name)
    if content.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        raise BadBook(f"{path.name}：通讯录要 CSV；请用 WPS 或 Excel 打开，另存为 CSV 再试")
    return _table(decode(content, path.name))


def decode(content: bytes, name: str) -> str:
    """UTF-8 with or without its mark, UTF-16 with its mark, else GB18030. Raises BadBook."""
    marked = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadBook(f"{name}：认不出文字编码；请另存为 .xlsx 或 UTF-8 的 CSV 再试")


def _refuse(content: bytes, name: str) -> None:
    """Raises BadBook for a file of a kind that is no spreadsheet, naming the kind, and for one that is too large."""
    if len(content) > _BYTES or (content.startswith(b"PK") and _unpacked(content) > _UNPACKED):
        raise BadBook(f"{name}：文件太大，不像一张值班表；请只留要导入的工作表和月份，另存再试")
    if not content.strip(b"\0\r\n\t \xef\xbb\xbf"):
        raise BadBook(f"{name}：文件是空的；请检查是不是拿错了文件")
    for begins, what in _KINDS:
        if content.startswith(begins):
            raise BadBook(f"{name}：这是{what}，不是表格；请把里面的表复制到 Excel 或 WPS，另存为 .xlsx 再试")
    if content.startswith(b"PK") and b"word/document.xml" in content:
        raise BadBook(f"{name}：这是 Word 文档；请把里面的表复制到 Excel 或 WPS，另存为 .xlsx 再试")
    if content.startswith(b"\xd0\xcf\x11\xe0") and "EncryptedPackage".encode("utf-16-le") in content:
        raise BadBook(f"{name}：这个表格加了密码；请用 WPS 或 Excel 打开，去掉密码另存再试")
    if b"urn:schemas-microsoft-com:office:spreadsheet" in content[:2000] or content.startswith(b"MIME-Version"):
        raise BadBook(f"{name}：这是网页格式的表格；请用 WPS 或 Excel 打开，另存为 .xlsx 再试")


def _unpacked(content: bytes) -> int:
    """How large the parts of a spreadsheet say they are; a damaged one is told of when it is opened."""
    try:
        return sum(part.file_size for part in ZipFile(io.BytesIO(content)).infolist())
    except _BROKEN:
        return 0


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_BYTES + 1)
    except OSError as error:
        what = "没有这个文件" if isinstance(error, FileNotFoundError) else f"读不到（{error.strerror}）"
        raise BadBook(f"{path}：{what}；请检查文件名和位置") from None


# --- text -------------------------------------------------------------------------------------------------------------


def _table(text: str) -> list[list[str]]:
    delimiter = _delimiter(text)
    if delimiter:
        return [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]
    # Pasted from a message: two spaces part columns where there are any, for one may stand inside a name.
    wide = any(re.search(r"\S {2,}\S", line) for line in text.splitlines())
    return [re.split(r"[ 　]{2,}" if wide else r"[ 　]+", line.strip()) for line in text.splitlines()]


def _delimiter(text: str) -> str:
    """The sign that parts most rows into the same number of fields; empty when none does."""
    best, found = 0, ""
    for sign in "\t,;":
        counts = Counter(len(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=sign) if len(row) > 1)
        if counts and max(counts.values()) > best:
            best, found = max(counts.values()), sign
    return found


def _page(name: str, rows: list[list[str]], *, named: bool = True) -> Page:
    cells = {
        (r, c): Cell(row=r, col=c, value=value)
        for r, row in enumerate(rows, 1)
        for c, value in enumerate(row, 1)
        if value.strip()
    }
    return _sized(name, cells, hidden_rows=frozenset(), hidden_cols=frozenset(), named=named)


def _sized(
    name: str,
    cells: dict[tuple[int, int], Cell],
    *,
    hidden_rows: frozenset[int],
    hidden_cols: frozenset[int],
    named: bool = True,
) -> Page:
    rows: Collection[int] = range(1, max((row for row, _ in cells), default=0) + 1)
    cols: Collection[int] = range(1, max((col for _, col in cells), default=0) + 1)
    if len(rows) * len(cols) > _CELLS:
        # A stray mark in the last cell of a sheet makes a million empty rows.
        rows, cols = sorted({row for row, _ in cells}), sorted({col for _, col in cells})
    return Page(
        name=name,
        cells=cells,
        rows=tuple(r for r in rows if r not in hidden_rows),
        cols=tuple(c for c in cols if c not in hidden_cols),
        named=named,
    )


# --- .xlsx ------------------------------------------------------------------------------------------------------------


def _xlsx(content: bytes) -> Iterator[Page]:
    values = openpyxl.load_workbook(io.BytesIO(content), data_only=True, rich_text=True)
    formulas = openpyxl.load_workbook(io.BytesIO(content))
    for sheet in values.worksheets:
        if sheet.sheet_state != "visible":
            continue
        cells = {}
        unsolved = {place: cell.value for place, cell in _cells(formulas[sheet.title])}
        for place, cell in _cells(sheet):
            # A formula that was never worked out: shown as it is, it becomes an issue and no name.
            value = unsolved.get(place) if cell.value is None else cell.value
            comment = cell.comment.text if cell.comment else ""
            if value is None and not comment:
                continue
            cells[place] = Cell(
                row=place[0],
                col=place[1],
                value=_value(value),
                comment=comment or "",
                struck=bool(cell.font and cell.font.strike) or _partly_struck(value),
            )
        _work_out(cells)
        _merge(cells, [(r.min_row, r.max_row, r.min_col, r.max_col) for r in sheet.merged_cells.ranges])
        yield _sized(
            sheet.title,
            cells,
            hidden_rows=frozenset(r for r, shape in sheet.row_dimensions.items() if shape.hidden),
            hidden_cols=frozenset(
                col
                for shape in sheet.column_dimensions.values()
                if shape.hidden
                for col in range(shape.min or 0, (shape.max or 0) + 1)
            ),
        )


def _cells(sheet: Worksheet) -> list[tuple[tuple[int, int], OpenCell]]:
    """The cells that are there; asking row by row would make all others, a million for a stray mark in the last."""
    return sorted(sheet._cells.items(), key=lambda one: one[0])


def _work_out(cells: dict[tuple[int, int], Cell]) -> None:
    """=A3 and =A3+1, which fill dates down a column, where no spreadsheet has worked them out."""
    for place, cell in sorted(cells.items()):
        found = _FORMULA.fullmatch(cell.value) if isinstance(cell.value, str) else None
        if found is None:
            continue
        col = 0
        for letter in found[1]:
            col = col * 26 + ord(letter) - 64
        source = cells.get((int(found[2]), col))
        value, add = source.value if source else None, int(found[3] or 0)
        if add and isinstance(value, datetime):
            value += timedelta(days=add)
        elif add and isinstance(value, int | float):
            value += add
        elif add or value is None:
            continue
        cells[place] = replace(cell, value=value)


def _value(value: object) -> Value:
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, str | int | float | datetime):
        return str(value) if isinstance(value, CellRichText) else value
    return None if value is None else str(value)


def _partly_struck(value: object) -> bool:
    if not isinstance(value, CellRichText):
        return False
    return any(isinstance(part, TextBlock) and part.font.strike and part.text.strip() for part in value)


# --- .xls -------------------------------------------------------------------------------------------------------------


def _xls(content: bytes) -> Iterator[Page]:
    # Its warnings about odd files would stand in the output, which may be JSON.
    book = xlrd.open_workbook(file_contents=content, formatting_info=True, logfile=io.StringIO())
    for sheet in book.sheets():
        if sheet.visibility != 0:
            continue
        cells = {}
        for r in range(sheet.nrows):
            for c in range(sheet.row_len(r)):
                value = _xls_value(sheet.cell(r, c), book.datemode)
                note = sheet.cell_note_map.get((r, c))
                if value is None and note is None:
                    continue
                fonts = [book.xf_list[sheet.cell_xf_index(r, c)].font_index]
                fonts += [font for _, font in sheet.rich_text_runlist_map.get((r, c), ())]
                cells[r + 1, c + 1] = Cell(
                    row=r + 1,
                    col=c + 1,
                    value=value,
                    comment=note.text if note else "",
                    struck=any(book.font_list[font].struck_out for font in fonts),
                )
        _merge(cells, [(top + 1, end, left + 1, right) for top, end, left, right in sheet.merged_cells])
        yield _sized(
            sheet.name,
            cells,
            hidden_rows=frozenset(r + 1 for r, shape in sheet.rowinfo_map.items() if shape.hidden),
            hidden_cols=frozenset(c + 1 for c, shape in sheet.colinfo_map.items() if shape.hidden),
        )


def _xls_value(cell: xlrd.sheet.Cell, datemode: int) -> Value:
    match cell.ctype:
        case xlrd.XL_CELL_TEXT:
            return str(cell.value) if cell.value.strip() else None
        case xlrd.XL_CELL_NUMBER:
            return float(cell.value)
        case xlrd.XL_CELL_DATE:
            try:
                moment: datetime = xlrd.xldate_as_datetime(cell.value, datemode)
            except (ValueError, OverflowError):
                return float(cell.value)
            return moment
        case _:
            return None


def _merge(cells: dict[tuple[int, int], Cell], ranges: Iterable[tuple[int, int, int, int]]) -> None:
    """Every cell of a merged range has the value of its first, as far as there are other cells."""
    last_row = max((row for row, _ in cells), default=0)
    last_col = max((col for _, col in cells), default=0)
    for top, bottom, left, right in ranges:
        first = cells.get((top, left))
        if first is None or not as_text(first.value):
            continue
        for row in range(top, min(bottom, last_row) + 1):
            for col in range(left, min(right, last_col) + 1):
                cells[row, col] = Cell(
                    row=row,
                    col=col,
                    value=first.value,
                    comment=first.comment,
                    struck=first.struck,
                    anchor=(top, left),
                    width=right - left + 1,
                )

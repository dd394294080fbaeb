"""Sheets → files to print: .xlsx and a page (HTML); and the layout of a roster that nobody imported, one row a day."""

import html
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from routing.calendar import LOCAL
from routing.sheets.cells import Cell, Page
from routing.sheets.dates import WHOLE_DAY, Span
from routing.sheets.forms.canvas import SIGNATURE, Canvas, placed
from routing.sheets.reading import SheetShift
from routing.sheets.words import is_footer

PRINTED = (".html", ".htm")

_SIGNS = " 一二三四五六日"
_THIN = Side(style="thin")
_PAGE = """<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title><style>
@page {{ size: A4 landscape; margin: 12mm }}
body {{ font-family: "Noto Sans CJK SC", "Microsoft YaHei", SimSun, sans-serif }}
table {{ border-collapse: collapse; margin: 0 auto 6mm; page-break-after: auto }}
td {{ border: 1px solid #000; padding: 2px 8px; text-align: center; white-space: pre-line }}
td.wide {{ border: 0; text-align: left }}
tr:first-child td.wide {{ font-size: 150%; font-weight: bold; text-align: center }}
tr {{ page-break-inside: avoid }}
</style></head><body>
{tables}
</body></html>
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintedCell:
    """A cell of a printed table. height, width: rows and columns that it takes; apart: without a frame."""

    text: str
    height: int
    width: int
    apart: bool


def own_page(shifts: Iterable[SheetShift], title: str) -> Page:
    """The shifts, one row a day; hours that are not 08:00 to 08:00 have their own rows.

    The mobile stands behind each name in its column: it decides between people of one name.
    """
    rows = _rows(shifts)
    timed = any(span != WHOLE_DAY for _, span in rows)
    header = ["日期", "星期", *(["班次"] if timed else []), "带班领导", "值班人员", "联系电话", "备注"]
    table: list[list[str]] = [header]
    for (day, span), there in sorted(rows.items()):
        leads, staff = ([s for s in there if s.role == role] for role in ("lead", "staff"))
        hours = [f"{span[0]:%H:%M}-{'次日' if span[1] <= span[0] else ''}{span[1]:%H:%M}"] if timed else []
        # 无: a blank would read back as a place that somebody forgot to fill.
        names = ["\n".join(f"{s.name}{s.mobile}" for s in group) or "无" for group in (leads, staff)]
        phones = "\n".join(f"{s.name} {s.mobile}" for s in (*leads, *staff))
        table.append([f"{day:%Y-%m-%d}", f"星期{_SIGNS[day.isoweekday()]}", *hours, *names, phones, ""])
    canvas = Canvas()
    canvas.put(1, 1, title, width=len(header))
    for r, row in enumerate(table, 2):
        for c, value in enumerate(row, 1):
            canvas.put(r, c, value)
    canvas.put(len(table) + 3, 1, SIGNATURE, width=len(header))
    return canvas.page("值班表")


def write_pages(pages: Sequence[Page], path: Path) -> None:
    """Writes the sheets, all or nothing: a page to print when the file is to be .html, else .xlsx. Raises OSError."""
    unfinished = path.with_name(f"{path.name}.part")
    try:
        if path.suffix.lower() in PRINTED:
            unfinished.write_text(_html(pages), encoding="utf-8")
        else:
            workbook_of(pages).save(unfinished)
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


def workbook_of(pages: Sequence[Page]) -> Workbook:
    """The sheets as a spreadsheet."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for page in pages:
        name = "".join(sign for sign in page.name if sign not in "[]:*?/\\")[:31]
        _sheet(book.create_sheet(name or "值班表"), page)
    return book


def _rows(shifts: Iterable[SheetShift]) -> dict[tuple[date, Span], list[SheetShift]]:
    """By day and hours; a shift of several days is one of each."""
    rows: defaultdict[tuple[date, Span], list[SheetShift]] = defaultdict(list)
    for shift in shifts:
        start, end = shift.start.astimezone(LOCAL), shift.end.astimezone(LOCAL)
        while start < end:
            until = min(end, start + timedelta(days=1))
            rows[start.date(), (start.time(), until.time())].append(shift)
            start = until
    return rows


def _sheet(sheet: Worksheet, page: Page) -> None:
    for cell, height, width in placed(page):
        there = sheet.cell(cell.row, cell.col, cell.value)
        if isinstance(cell.value, datetime):
            there.number_format = "yyyy-mm-dd"
        if height * width > 1:
            last_row, last_col = cell.row + height - 1, cell.col + width - 1
            sheet.merge_cells(start_row=cell.row, start_column=cell.col, end_row=last_row, end_column=last_col)
        title = cell.row == 1 and width > 1
        there.font = Font(size=18 if title else 12, bold=title)
    for row in page.rows:
        cells = page.row(row)
        for cell in cells:
            there = sheet.cell(cell.row, cell.col)
            there.alignment = Alignment(horizontal=_align(cell), vertical="center", wrap_text=True)
            if not _apart(page, cell):
                there.border = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
        lines = max((cell.text.count("\n") + 1 for cell in cells if not cell.merged), default=1)
        sheet.row_dimensions[row].height = 36 if row == 1 else 18 * lines
    for col in page.cols:
        texts = [line for row in page.rows if (c := page.cell(row, col)).width == 1 for line in c.text.splitlines()]
        sheet.column_dimensions[get_column_letter(col)].width = min(max(map(_width, texts), default=4) + 3, 40)
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.orientation = "landscape" if len(page.cols) > 8 else "portrait"
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    if sheet.sheet_properties.pageSetUpPr is not None:
        sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _html(pages: Sequence[Page]) -> str:
    tables = []
    for page in pages:
        rows = [f"<tr>{''.join(map(_td, row))}</tr>" for row in printed_rows(page)]
        tables.append("<table>\n" + "\n".join(rows) + "\n</table>")
    return _PAGE.format(title=html.escape(pages[0].name), tables="\n".join(tables))


def printed_rows(page: Page) -> list[list[PrintedCell]]:
    """The sheet row by row, each merged range once, as a page's table has it."""
    there = {(cell.row, cell.col): (height, width) for cell, height, width in placed(page)}
    return [
        [_printed(page, cell, *there.get((cell.row, cell.col), (1, 1))) for cell in page.row(row) if not cell.merged]
        for row in page.rows
    ]


def _printed(page: Page, cell: Cell, height: int, width: int) -> PrintedCell:
    return PrintedCell(text=cell.text, height=height, width=width, apart=_apart(page, cell))


def _td(cell: PrintedCell) -> str:
    spans = "".join(f' {name}="{n}"' for name, n in (("rowspan", cell.height), ("colspan", cell.width)) if n > 1)
    kind = ' class="wide"' if cell.apart else ""
    return f"<td{spans}{kind}>{html.escape(cell.text).replace(chr(10), '<br>')}</td>"


def _apart(page: Page, cell: Cell) -> bool:
    """Titles, notes and the line to sign have no frame."""
    texts = {c.home for c in page.row(cell.row) if c.text}
    first = next((c for c in page.row(cell.row) if c.text), None)
    return first is None or len(texts) == 1 or is_footer(first.text)


def _align(cell: Cell) -> str:
    return "left" if is_footer(cell.text) else "center"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)

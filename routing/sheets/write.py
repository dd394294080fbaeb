"""Shifts → a duty roster as a county hangs it on the wall: .xlsx, one row a day, printed on A4."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.worksheet.worksheet import Worksheet

from routing.calendar import LOCAL
from routing.sheets.dates import WHOLE_DAY, Span
from routing.sheets.reading import SheetShift

_WIDTHS = (12, 9, 18, 26, 30, 20)
_SIGNS = " 一二三四五六日"
_THIN = Side(style="thin")
_MIDDLE = Alignment(horizontal="center", vertical="center", wrap_text=True)


def write_sheet(shifts: Iterable[SheetShift], path: Path, title: str) -> None:
    """Writes the shifts so that they read back as the same ones; hours that are not 08:00 to 08:00 have their own rows.

    The mobile stands behind each name in its column: it decides between people of one name. Raises OSError.
    """
    rows = _rows(shifts)
    timed = any(span != WHOLE_DAY for _, span in rows)
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)  # a new workbook has one
    sheet.title = "值班表"
    header = ["日期", "星期", *(["班次"] if timed else []), "带班领导", "值班人员", "联系电话", "备注"]
    sheet.append([title])
    sheet.append(header)
    for (day, span), there in sorted(rows.items()):
        leads, staff = ([s for s in there if s.role == role] for role in ("lead", "staff"))
        hours = [f"{span[0]:%H:%M}-{'次日' if span[1] <= span[0] else ''}{span[1]:%H:%M}"] if timed else []
        # 无: a blank would read back as a place that somebody forgot to fill.
        names = ["\n".join(f"{s.name}{s.mobile}" for s in group) or "无" for group in (leads, staff)]
        phones = "\n".join(f"{s.name} {s.mobile}" for s in (*leads, *staff))
        sheet.append([f"{day:%Y-%m-%d}", f"星期{_SIGNS[day.isoweekday()]}", *hours, *names, phones, ""])
        sheet.row_dimensions[sheet.max_row].height = 18 * max(1, len(there))
    sheet.append([])
    sheet.append(["制表人：", None, "审核人：", None, "签发人："])
    _style(sheet, len(header), timed)
    book.save(path)


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


def _style(sheet: Worksheet, columns: int, timed: bool) -> None:
    last = sheet.max_row
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=columns)
    sheet["A1"].font = Font(size=18, bold=True)
    sheet["A1"].alignment = _MIDDLE
    sheet.row_dimensions[1].height = 36
    for row in sheet.iter_rows(min_row=2, max_row=last - 2, max_col=columns):
        for cell in row:
            cell.alignment = _MIDDLE
            cell.border = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
            cell.font = Font(size=12, bold=cell.row == 2)
    widths = (*_WIDTHS[:2], *((16,) if timed else ()), *_WIDTHS[2:])
    for col, width in enumerate(widths, 1):
        sheet.column_dimensions["ABCDEFG"[col - 1]].width = width
    sheet.print_title_rows = "1:2"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    if sheet.sheet_properties.pageSetUpPr is not None:
        sheet.sheet_properties.pageSetUpPr.fitToPage = True

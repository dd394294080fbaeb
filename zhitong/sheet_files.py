"""Rows → a spreadsheet for other people, .xlsx or .csv, written as they come. All of it, or nothing."""

import csv
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from openpyxl import Workbook

from zhitong.errors import ReportRefused

MOST_ROWS = 1_048_575
"""Rows below the heading that an .xlsx sheet holds."""


def write_rows(path: Path, headings: Sequence[str], rows: Iterable[Sequence[str]], *, title: str) -> int:
    """Writes the file, readable by this user alone, in place of one of that name; returns how many rows.

    A CSV is UTF-8 with its mark, so that Excel opens it. Raises ReportRefused.
    """
    if path.suffix.lower() not in (".xlsx", ".csv"):
        raise ReportRefused(f"--out：{path.name} 不是表格；请写 .xlsx 或 .csv")
    half = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        os.close(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        write = _csv if path.suffix.lower() == ".csv" else _xlsx
        n = write(half, headings, rows, title)
        half.replace(path)
    except OSError as error:
        raise ReportRefused(f"{path}：写不进去（{error.strerror}）；请换个位置，或先关掉打开的表格") from None
    finally:
        half.unlink(missing_ok=True)
    return n


def _csv(path: Path, headings: Sequence[str], rows: Iterable[Sequence[str]], title: str) -> int:
    n = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        out.writerow(headings)
        for n, row in enumerate(rows, start=1):  # noqa: B007
            out.writerow(row)
    return n


def _xlsx(path: Path, headings: Sequence[str], rows: Iterable[Sequence[str]], title: str) -> int:
    book = Workbook(write_only=True)  # each row goes to the disk as it comes
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "B2"
    sheet.append(list(headings))
    n = 0
    for n, row in enumerate(rows, start=1):
        if n > MOST_ROWS:
            raise ReportRefused(f"超过 {MOST_ROWS} 行，一张表放不下；请分几个月导出，或者导出 .csv")
        sheet.append(list(row))
    book.save(path)
    return n

"""What is kept of an imported file: its rosters, as values and places; nothing hidden, no comments. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from routing.calendar import Calendar
from routing.sheets.book import Book
from routing.sheets.cells import Page, Value
from routing.sheets.forms.canvas import Canvas, placed
from routing.sheets.forms.fill import Imported, days_in, fill, roles_in
from routing.sheets.forms.plan import Unfit
from routing.sheets.people import People
from routing.sheets.reading import SheetShift

LARGEST = 5000
"""Cells of the sheets of one file; a month of a large office has a few hundred."""


def kept(book: Book, people: People, *, today: date, calendar: Calendar) -> dict[str, Any] | None:
    """The sheets of a file that somebody is on duty by; None when they are too large to be kept."""
    pages = [
        page for page in book.pages if days_in(Imported(book=book.name, page=page, read_on=today), people, calendar)
    ]
    if not pages or sum(len(page.cells) for page in pages) > LARGEST:
        return None
    return {"book": book.name, "pages": [_kept(page) for page in pages]}


def imported(detail: Mapping[str, Any], read_on: date) -> list[Imported]:
    """What `kept` has kept. read_on: when it was imported."""
    return [Imported(book=detail["book"], page=_page(page), read_on=read_on) for page in detail["pages"]]


def fill_all(
    sheets: Sequence[Imported],
    people: People,
    shifts: Iterable[SheetShift],
    days: Sequence[date] | None,
    *,
    calendar: Calendar,
) -> list[Page]:
    """The sheets of a file with the shifts of these days; without days, each with those of its own. Raises Unfit."""
    shifts = tuple(shifts)
    filled = []
    taken: set[tuple[date, str]] = set()
    for one in sheets:
        own = days_in(one, people, calendar)
        roles = roles_in(one, people, calendar) if len(sheets) > 1 else frozenset(("lead", "staff"))
        for_days = own if days is None else days
        if taken & {(day, role) for day in for_days for role in roles}:
            if days is not None:
                continue  # the sheet of another week of the same people
            raise Unfit("几张表排的是同一天")
        taken |= {(day, role) for day in for_days for role in roles}
        mine = [s for s in shifts if s.role in roles]
        filled.append(_fill(one, people, mine, for_days, calendar))
    missing = {s.role for s in shifts} - {role for _, role in taken}
    if missing:
        raise Unfit("表里没有带班或值班的列")
    return filled


def _fill(
    one: Imported, people: People, shifts: Sequence[SheetShift], days: Sequence[date], calendar: Calendar
) -> Page:
    """With the days that the sheet left out among its own, when it does not read back without them."""
    try:
        return fill(one, people, shifts, days, calendar=calendar)
    except Unfit:
        every = [days[0] + timedelta(days=n) for n in range((days[-1] - days[0]).days + 1)]
        if len(every) == len(days):
            raise
        return fill(one, people, shifts, every, calendar=calendar)


def _kept(page: Page) -> dict[str, Any]:
    # Without what is hidden: only rows and columns that a person sees, moved together.
    rows = {row: at for at, row in enumerate(page.rows, 1)}
    cols = {col: at for at, col in enumerate(page.cols, 1)}
    cells = []
    for cell, height, width in placed(page):
        seen = [rows[r] for r in range(cell.row, cell.row + height) if r in rows]
        wide = [cols[c] for c in range(cell.col, cell.col + width) if c in cols]
        if seen and wide:
            cells.append([seen[0], wide[0], len(seen), len(wide), _plain(cell.value)])
    return {"name": page.name, "named": page.named, "cells": cells}


def _page(detail: Mapping[str, Any]) -> Page:
    canvas = Canvas()
    for row, col, height, width, value in detail["cells"]:
        canvas.put(row, col, _value(value), height=height, width=width)
    return canvas.page(detail["name"], named=detail["named"])


def _plain(value: Value) -> Any:
    if isinstance(value, datetime | date):
        return {"date": f"{value:%Y-%m-%d}"}
    return value


def _value(told: Any) -> Value:
    if isinstance(told, dict):
        return datetime.fromisoformat(told["date"])
    return told if isinstance(told, str | int | float) else None

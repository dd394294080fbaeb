"""Notes of swaps and leave, and the shifts they put in doubt. Pure."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from routing.sheets.cells import Cell, plain
from routing.sheets.context import Context
from routing.sheets.dates import BadDate, arabic, days_of
from routing.sheets.reading import Issue, Reading, SheetShift, Swap, issue
from routing.sheets.words import is_swap

_DAY = re.compile(r"(?:(?:20\d{2}年)?\d{1,2}月)?\d{1,2}[日号]|\d{1,2}[./]\d{1,2}(?!\d)")
_BOTH_WAYS = re.compile(r"调|换")
_RULE = re.compile(r"不得|必须|须|如有|如需|确需|若|应当|请|要求|严禁|一律")


def swap_of(text: str, around: Context, days: Iterable[date] = (), *, of_cell: bool = False) -> Swap:
    """The swap that a text speaks of; `days`: of the row or the cell it stands in."""
    flat = plain(text)
    told = set(days)
    for found in _DAY.finditer(arabic(flat)):
        try:
            told |= set(days_of(found[0], around.when, before=max(told, default=None))[0])
        except BadDate:
            continue
    both_ways = bool(_BOTH_WAYS.search(flat))
    return Swap(names=around.people.mentioned(flat), days=frozenset(told), both_ways=both_ways, of_cell=of_cell)


def note(sheet: str, cell: Cell, text: str) -> Issue:
    """The issue of a note of a swap."""
    told = " ".join(text.split())[:60]
    what = f"写着“{told}”，看不准究竟是谁，有关的班次没有读；请把表格改成实际值班的人，再删去这句话"
    return issue(sheet, cell, "swap_note", what)


def footnotes(around: Context, read: Reading) -> tuple[list[Issue], list[Swap]]:
    """Swaps told outside the rows of the table: below it or beside it. A rule about swaps is none."""
    issues, swaps = [], []
    for cell in around.page.texts():
        if cell.home in read.seen or not is_swap(cell.text):
            continue
        swap = swap_of(cell.text, around)
        # A rule names at most who has to agree.
        sure = bool(swap.names and swap.days) or len(swap.names) > 1
        if sure or ((swap.names or swap.days) and not _RULE.search(plain(cell.text))):
            issues.append(note(around.page.name, cell, cell.text))
            swaps.append(swap)
    return issues, swaps


def kept(shifts: Sequence[SheetShift], swaps: Iterable[Swap]) -> tuple[SheetShift, ...]:
    """The shifts that no note puts in doubt.

    Who is named is in doubt on the days of the note, and, when it names nobody who is there, whoever is there in the
    same role. Of a swap that tells one day, the only other day of the other is in doubt too.
    """
    lost: set[SheetShift] = set()
    for swap in swaps:
        there = [s for s in shifts if not swap.days or _days(s) & swap.days]
        lost |= {s for s in there if s.name in swap.names}
        roles = {s.role for s in shifts if s.name in swap.names}
        for day in () if swap.of_cell else swap.days:
            on = [s for s in there if day in _days(s)]
            if not any(s.name in swap.names for s in on):
                lost |= {s for s in on if s.role in roles or not roles}
        if swap.both_ways and len(swap.days) == 1:
            for name in swap.names - {s.name for s in there}:
                others = [s for s in shifts if s.name == name]
                if len({s.start.date() for s in others}) == 1:
                    lost |= set(others)
    return tuple(s for s in shifts if s not in lost)


def _days(shift: SheetShift) -> set[date]:
    """The day of a shift, also when it begins after midnight of the next."""
    return {shift.start.date(), (shift.start - timedelta(hours=6)).date()}

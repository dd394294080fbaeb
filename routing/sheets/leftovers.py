"""Names on a sheet that no layout took for somebody's shift: told, never left out in silence. Pure."""

from collections import defaultdict

from routing.sheets.cells import Cell
from routing.sheets.context import Context
from routing.sheets.reading import Issue, Reading, issue
from routing.sheets.words import is_footer, names_in, phones_in


def leftovers(around: Context, read: Reading) -> list[Issue]:
    """One issue for the names of each column that are in no shift and no issue yet; a list of numbers is none."""
    page = around.page
    if not read.seen:
        return []  # nothing of the sheet was read, which is an issue of its own
    told = {one.cell for one in read.issues}
    dated = {row for row, _ in read.seen}
    found: defaultdict[int, list[Cell]] = defaultdict(list)
    for row in page.rows:
        cells = page.row(row)
        first = next((cell for cell in cells if cell.text), None)
        if first is None or is_footer(first.text):
            continue
        for at, cell in enumerate(cells):
            if not cell.text or cell.merged or cell.home in read.seen or cell.address in told:
                continue
            beside = cells[at + 1].text if at + 1 < len(cells) else ""
            if _names(cell, around, listed=row not in dated and bool(phones_in(f"{cell.text} {beside}"))):
                found[cell.col].append(cell)
    return [issue(page.name, cells[0], "empty", _told(cells)) for cells in found.values()]


def _names(cell: Cell, around: Context, *, listed: bool) -> bool:
    """Whether nothing but people of the directory stands in it. listed: with a number, in no row of the roster."""
    entries = names_in(cell, around.people).entries
    if not entries or not all(around.people.named(entry.name) for entry in entries):
        return False
    # 审核：李志强 signs; 带班领导：李志强 above the table leads.
    return all(entry.role is not None if entry.label else not listed for entry in entries)


def _told(cells: list[Cell]) -> str:
    text = " ".join(cells[0].text.split())[:30]
    more = f"（这一列还有 {len(cells) - 1} 格）" if len(cells) > 1 else ""
    return f"写着“{text}”{more}，看不出是哪一天、带班还是值班，没有读；请写进有日期的行和有表头的列，或删去"

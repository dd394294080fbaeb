"""A sheet while it is being written: what is put where. Pure."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from routing.sheets.cells import Cell, Page, Value, as_text

Change = Callable[[Value], Value]

SIGNATURE = "制表：____________　　审核：____________　　签字：____________　　日期：____________"
"""What is signed when it hangs on the wall; a footer, and so no part of what is read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Put:
    """A value with the height and width of its merged range."""

    value: Value
    height: int = 1
    width: int = 1


def _as_it_is(value: Value) -> Value:
    return value


@dataclass(slots=True)
class Canvas:
    """What has been put, by row and column."""

    puts: dict[tuple[int, int], Put] = field(default_factory=dict)

    def put(self, row: int, col: int, value: Value, *, height: int = 1, width: int = 1) -> None:
        """Writes a value; an empty one leaves the place free."""
        if as_text(value):
            self.puts[row, col] = Put(value=value, height=height, width=width)

    def copy(self, page: Page, rows: Sequence[int], at: int, change: Change = _as_it_is) -> None:
        """Rows of another sheet with their merged cells, from row `at` on."""
        places: dict[tuple[int, int], list[tuple[int, int, Value]]] = {}
        for offset, row in enumerate(rows):
            for col in page.cols:
                cell = page.cell(row, col)
                if cell.text:
                    places.setdefault(cell.home, []).append((offset, col, cell.value))
        for there in places.values():
            tops, lefts = [top for top, _, _ in there], [left for _, left, _ in there]
            height, width = max(tops) - min(tops) + 1, max(lefts) - min(lefts) + 1
            self.put(at + min(tops), min(lefts), change(there[0][2]), height=height, width=width)

    def page(self, name: str, *, named: bool = True) -> Page:
        """What was put, as a sheet."""
        cells = {}
        for (row, col), put in self.puts.items():
            anchor = (row, col) if put.height * put.width > 1 else (0, 0)
            for r in range(row, row + put.height):
                for c in range(col, col + put.width):
                    cells[r, c] = Cell(row=r, col=c, value=put.value, anchor=anchor, width=put.width)
        rows, cols = (range(1, max((place[n] for place in cells), default=0) + 1) for n in (0, 1))
        return Page(name=name, cells=cells, rows=tuple(rows), cols=tuple(cols), named=named)

    def turned(self) -> "Canvas":
        """Columns as rows."""
        return Canvas({(c, r): replace(put, height=put.width, width=put.height) for (r, c), put in self.puts.items()})


def placed(page: Page) -> list[tuple[Cell, int, int]]:
    """Each cell with a value once, with the height and width of its merged range."""
    ranges: defaultdict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for place, cell in sorted(page.cells.items()):
        if as_text(cell.value):
            ranges[cell.home].append(place)
    return [
        (page.cells[home], max(r for r, _ in places) - home[0] + 1, max(c for _, c in places) - home[1] + 1)
        for home, places in ranges.items()
    ]

"""A sheet as cells that know where they stand, whatever kind of file it came from. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

Value = str | float | datetime | date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One cell. `row` and `col` count from 1 and are its own place; `anchor` is the first cell of its merged range."""

    row: int
    col: int
    value: Value = None
    comment: str = ""
    struck: bool = False
    anchor: tuple[int, int] = (0, 0)
    width: int = 1
    """How many columns its merged range has."""

    @property
    def text(self) -> str:
        """What a person reads in it."""
        return as_text(self.value)

    @property
    def address(self) -> str:
        """D7; of a merged range its first cell, which is where a person clicks."""
        row, col = self.home
        return f"{letters(col)}{row}"

    @property
    def home(self) -> tuple[int, int]:
        """Row and column of the cell in which the value was typed."""
        return self.anchor if self.anchor != (0, 0) else (self.row, self.col)

    @property
    def merged(self) -> bool:
        """Whether the value comes from another cell of a merged range."""
        return self.home != (self.row, self.col)


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One visible sheet: its cells by place, and the rows and columns that are not hidden, in order."""

    name: str
    cells: Mapping[tuple[int, int], Cell]
    rows: tuple[int, ...]
    cols: tuple[int, ...]
    named: bool = True
    """Whether a person gave it its name: the name of a text file says less of its year than a sheet's does."""
    unread: int = 0
    """The last row of a sheet that is too large to be read; 0: all of it is here."""
    _turned: bool = field(default=False)

    def cell(self, row: int, col: int) -> Cell:
        """The cell, also when nothing is in it."""
        found = self.cells.get((row, col))
        if found is not None:
            return found
        return Cell(row=col, col=row) if self._turned else Cell(row=row, col=col)

    def row(self, row: int) -> list[Cell]:
        """The visible cells of a row."""
        return [self.cell(row, col) for col in self.cols]

    def texts(self) -> list[Cell]:
        """Every visible cell with a text, each merged range once, from the top."""
        cells = (cell for row in self.rows for cell in self.row(row))
        return [cell for cell in cells if cell.text and not cell.merged]

    def turned(self) -> "Page":
        """Columns as rows; the cells keep their addresses."""
        cells = {(col, row): cell for (row, col), cell in self.cells.items()}
        return Page(
            name=self.name, cells=cells, rows=self.cols, cols=self.rows, named=self.named, _turned=not self._turned
        )


def as_text(value: Value) -> str:
    """A value as text; a telephone number that became a float keeps all its digits."""
    if value is None:
        return ""
    if isinstance(value, float | int):
        return str(int(value)) if float(value).is_integer() else f"{value:.10g}"
    if isinstance(value, datetime | date):
        return f"{value:%Y-%m-%d}"
    return value.strip()


def letters(col: int) -> str:
    """1 → A, 27 → AA."""
    name = ""
    while col:
        col, rest = divmod(col - 1, 26)
        name = chr(65 + rest) + name
    return name


def plain(text: str) -> str:
    """Full-width signs as usual ones and no spaces: how words of headers are compared."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def dotted(text: str) -> str:
    """Full-width signs as usual ones, and the dot inside a name of several parts as one sign, however it was typed."""
    return re.sub(r"(?<=[一-鿿])[·•.・‧∙⋅](?=[一-鿿])", "·", unicodedata.normalize("NFKC", text))

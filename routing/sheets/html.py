"""HTML tables as cells: what an office system exports as .xls, and what is pasted from a page. Pure."""

import re
from html.parser import HTMLParser

from routing.sheets.cells import Cell

_START = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype html|html|head|meta|table|body|div)\b", re.I | re.S
)
_BREAKS = frozenset({"br", "p", "div", "li", "h1", "h2", "h3", "h4"})
_STRUCK = frozenset({"s", "del", "strike"})
_UNSEEN = frozenset({"script", "style", "head", "title"})


def is_html(text: str) -> bool:
    """Whether a text is a page with a table."""
    return bool(_START.match(text)) and "<table" in text.lower()


def cells_of(text: str) -> dict[tuple[int, int], Cell]:
    """The cells of all its tables below each other, as a spreadsheet opens it; a title between them is a row."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    reader.flush()
    return reader.cells


class _Reader(HTMLParser):
    """Rows are counted over the whole page; a table within a cell only adds its text to that cell."""

    def __init__(self) -> None:
        super().__init__()
        self.cells: dict[tuple[int, int], Cell] = {}
        self._row = 0
        self._col = 0
        self._taken: set[tuple[int, int]] = set()
        self._depth = 0
        self._text: list[str] = []
        self._struck = False
        self._spans: tuple[int, int] | None = None
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag in ("body", "table"):
            self._unseen = 0  # a head that nobody closed hides nothing
        hidden = "display:none" in told.get("style", "").replace(" ", "").lower()
        if tag in _UNSEEN or (self._unseen and tag in ("tr", "td", "th")) or (hidden and tag in ("tr", "td", "th")):
            self._unseen += 1
        elif tag == "table":
            self._depth += 1
            if self._depth == 1:
                self.flush()
        elif tag == "tr" and self._depth == 1:
            self._close()
            self._row += 1
            self._col = 0
        elif tag in ("td", "th") and self._depth == 1:
            self._close()
            self._col += 1
            while (self._row, self._col) in self._taken:
                self._col += 1
            self._spans = (_count(told.get("rowspan")), _count(told.get("colspan")))
        elif tag in _BREAKS:
            self._text.append("\n")
        elif tag in _STRUCK:
            self._struck = True

    def handle_endtag(self, tag: str) -> None:
        if self._unseen and tag in (*_UNSEEN, "tr", "td", "th"):
            self._unseen -= 1
        elif tag == "table":
            if self._depth == 1:
                self._close()
            self._depth = max(0, self._depth - 1)
        elif tag in ("td", "th") and self._depth == 1:
            self._close()
        elif tag == "caption" and self._depth == 1:
            self.flush()
        elif tag in _BREAKS:
            self._text.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            # A line break of the source is a space; one of the page is a tag.
            self._text.append(re.sub(r"\s+", " ", data))

    def flush(self) -> None:
        """Text outside tables: each line a row; and a last cell that nobody closed."""
        if self._spans is not None:
            self._close()
        for line in "".join(self._text).splitlines():
            if line.strip():
                self._row += 1
                self.cells[self._row, 1] = Cell(row=self._row, col=1, value=line.strip())
        self._text, self._struck = [], False

    def _close(self) -> None:
        if self._spans is None:
            self._text = []
            return
        value = re.sub(r" *\n\s*", "\n", "".join(self._text)).strip()
        (height, width), top, left = self._spans, self._row, self._col
        for row in range(top, top + height):
            for col in range(left, left + width):
                self._taken.add((row, col))
                if value:
                    anchor = (top, left) if height * width > 1 else (0, 0)
                    self.cells[row, col] = Cell(
                        row=row, col=col, value=value, struck=self._struck, anchor=anchor, width=width
                    )
        self._col += width - 1
        self._text, self._struck, self._spans = [], False, None


def _count(told: str | None) -> int:
    """A span; a page that asks for thousands is limited."""
    return min(max(int(told), 1), 300) if told and told.strip().isdigit() else 1

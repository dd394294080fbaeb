"""A call as a drawing: boxes in rows from the top, arrows between them. Pure; what is drawn also stands there as text.

Rows by the longest way from the top; an arrow that skips rows gets a place of its own in each of them, so that none
runs through a box; within a row by where the arrows come from. After K. Sugiyama, S. Tagawa, M. Toda: Methods for
Visual Understanding of Hierarchical System Structures, 1981.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from dialplans.flow_checks import rings

WIDTH = 164
"""Of a box, in px; all measures are."""
_LINE, _PAD, _GAP, _BETWEEN, _BEND = 19, 10, 26, 58, 22
_SWEEPS = 6
_CHARACTERS = 11  # of a line in a box


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """What happens. kind: how it looks; x, y: of the left upper corner."""

    id: str
    title: str
    lines: tuple[str, ...] = ()
    kind: str = ""
    x: float = 0
    y: float = 0

    @property
    def height(self) -> int:
        return _LINE * (1 + len(self.lines)) + 2 * _PAD

    @property
    def texts(self) -> list[tuple[float, float, str]]:
        """Each line in the middle of the box, with the place of its foot."""
        lines = (short(line) for line in (self.title, *self.lines))
        return [(self.x + WIDTH / 2, self.y + _PAD + _LINE * (i + 0.75), line) for i, line in enumerate(lines)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """From box to box, by their ids."""

    source: str
    target: str
    label: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrow:
    """path: of an SVG. x, y: of the label's middle. back: it goes up again."""

    path: str
    label: str
    x: float
    y: float
    back: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """All of it."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def short(text: str) -> str:
    """As much of it as a box holds; the letters and digits of the west are half as wide."""
    left = 2 * _CHARACTERS
    for place, sign in enumerate(text):
        left -= 1 if sign.isascii() else 2
        if left < 0:
            return f"{text[: max(1, place - 1)]}…"
    return text


def drawn(boxes: Sequence[Box], ways: Sequence[Way]) -> Drawing:
    """The boxes at their places; the first one stands at the top. Several ways between the same two become one."""
    merged = dict[tuple[str, str], list[str]]()
    for way in ways:
        merged.setdefault((way.source, way.target), []).extend([way.label] if way.label else [])
    back = _back(boxes, merged)
    rank = _ranks(boxes, [pair for pair in merged if pair not in back])
    rows, chains = _rows(boxes, merged, back, rank)
    _order(rows, chains)
    found = {box.id: box for box in boxes}
    widest = max(_wide(row, found) for row in rows)
    places, top = dict[str, tuple[float, float]](), float(_GAP)
    for row in rows:
        left = (widest - _wide(row, found)) / 2 + _GAP
        high = max((found[id].height for id in row if id in found), default=0)
        for id in row:
            places[id] = (left, top)
            left += (WIDTH if id in found else _BEND) + _GAP
            if id in found:
                found[id] = replace(found[id], x=places[id][0], y=top)
        top += high + _BETWEEN
    right, arrows = widest + 2 * _GAP, []
    for pair, chain in chains.items():
        out = sorted((one for one in chains.values() if one[0] == chain[0]), key=lambda one: places[one[1]][0])
        start = found[chain[0]]
        x = start.x + WIDTH * (out.index(chain) + 1) / (len(out) + 1)
        points = [(x, start.y + start.height), *((places[id][0] + _BEND / 2, places[id][1]) for id in chain[1:-1])]
        points.append((found[chain[-1]].x + WIDTH / 2, found[chain[-1]].y))
        arrows.append(_arrow(points, merged[pair], out.index(chain)))
    for number, pair in enumerate(sorted(back)):
        source, target = found[pair[0]], found[pair[1]]
        arrows.append(_round(source, target, right + 14 * number, merged[pair]))
    width = right + (14 * len(back) + 40 if back else 0)
    return Drawing(width=width, height=top - _BETWEEN + _GAP, boxes=tuple(found.values()), arrows=tuple(arrows))


def _back(boxes: Sequence[Box], pairs: Mapping[tuple[str, str], object]) -> set[tuple[str, str]]:
    """The ways that lead to where the call comes from."""
    after = {box.id: [target for source, target in pairs if source == box.id] for box in boxes}
    return {(ring[-1], ring[0]) for ring in rings(after)}


def _ranks(boxes: Sequence[Box], pairs: Sequence[tuple[str, str]]) -> dict[str, int]:
    rank = {box.id: 0 for box in boxes}
    for _ in boxes:  # no round is longer than there are boxes
        for source, target in pairs:
            rank[target] = max(rank[target], rank[source] + 1)
    return rank


def _rows(
    boxes: Sequence[Box],
    pairs: Mapping[tuple[str, str], object],
    back: set[tuple[str, str]],
    rank: Mapping[str, int],
) -> tuple[list[list[str]], dict[tuple[str, str], list[str]]]:
    """The ids in each row, and of each way the ids that it passes, ends included."""
    rows: list[list[str]] = [[] for _ in range(max(rank.values()) + 1)]
    for box in boxes:
        rows[rank[box.id]].append(box.id)
    chains = {}
    for source, target in pairs:
        if (source, target) not in back:
            bends = [f"{source}\n{target}\n{row}" for row in range(rank[source] + 1, rank[target])]
            for row, id in enumerate(bends, rank[source] + 1):
                rows[row].append(id)
            chains[source, target] = [source, *bends, target]
    return rows, chains


def _order(rows: list[list[str]], chains: Mapping[tuple[str, str], Sequence[str]]) -> None:
    above, below = dict[str, list[str]](), dict[str, list[str]]()
    for chain in chains.values():
        for upper, lower in pairwise(chain):
            below.setdefault(upper, []).append(lower)
            above.setdefault(lower, []).append(upper)
    for sweep in range(_SWEEPS):
        places = {id: (i + 0.5) / len(row) for row in rows for i, id in enumerate(row)}
        beside = below if sweep % 2 else above
        for row in rows[::-1] if sweep % 2 else rows:

            def middle(id: str) -> float:
                others = beside.get(id, [])  # noqa: B023 - sorted at once
                return sum(places[one] for one in others) / len(others) if others else places[id]  # noqa: B023

            row.sort(key=middle)
            places |= {id: (i + 0.5) / len(row) for i, id in enumerate(row)}


def _wide(row: Sequence[str], found: Mapping[str, Box]) -> float:
    return sum((WIDTH if id in found else _BEND) + _GAP for id in row) - _GAP


def _arrow(points: Sequence[tuple[float, float]], labels: Sequence[str], number: int) -> Arrow:
    """number: among those of one box; the labels of neighbours do not stand in one line."""
    (x, y), path = points[0], f"M{points[0][0]:g} {points[0][1]:g}"
    for (x1, y1), (x2, y2) in pairwise(points):
        middle = (y1 + y2) / 2
        path += f"C{x1:g} {middle:g} {x2:g} {middle:g} {x2:g} {y2:g}"
    nearer = points[1][0] - x
    return Arrow(path=path, label="、".join(labels), x=x + nearer * 0.12, y=y + (20 if number % 2 == 0 else 36))


def _round(source: Box, target: Box, x: float, labels: Sequence[str]) -> Arrow:
    y1, y2 = source.y + source.height / 2, target.y + target.height / 2
    path = f"M{source.x + WIDTH:g} {y1:g}C{x + 30:g} {y1:g} {x + 30:g} {y2:g} {target.x + WIDTH:g} {y2:g}"
    return Arrow(path=path, label="、".join(labels), x=x, y=(y1 + y2) / 2, back=True)

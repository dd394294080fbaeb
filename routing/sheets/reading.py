"""What is read from a roster: shifts that are sure, and issues. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from routing.calendar import LOCAL
from routing.roster import Role
from routing.sheets.cells import Cell
from routing.sheets.dates import WHOLE_DAY, Span
from routing.sheets.names import Doubt, IssueKind
from routing.sheets.people import Person


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetShift:
    """One person on duty between two moments. key: their id in the roster, when the directory is the roster's."""

    start: datetime
    end: datetime
    role: Role
    name: str
    mobile: str
    key: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Issue:
    """What a person must look at: sheet, cell (D7), what kind of doubt, and in words what to do."""

    sheet: str
    cell: str
    kind: IssueKind
    message: str

    def __str__(self) -> str:
        return f"{self.sheet}!{self.cell}：{self.message}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Swap:
    """What a note says: of whom, and of which days (of its row, or as it tells; none: of all)."""

    names: frozenset[str]
    days: frozenset[date]
    both_ways: bool = False
    """Somebody takes the other's day in return, and the note may not tell which."""
    of_cell: bool = False
    """It stands in the cell of the name, which is in no shift already: nobody else of the day is in doubt."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """All of it; what has an issue is in no shift, once `swaps` are taken out."""

    shifts: tuple[SheetShift, ...] = ()
    issues: tuple[Issue, ...] = ()
    swaps: tuple[Swap, ...] = ()
    seen: frozenset[tuple[int, int]] = frozenset()
    """Row and column of each cell that was read as part of the roster, whatever came of it."""
    days: frozenset[date] = frozenset()
    """The days that the roster has a place for, whatever stands there."""


def joined(readings: Iterable[Reading]) -> Reading:
    """Several as one: shifts by time, leaders first; each shift and each issue once."""
    shifts, issues = dict[SheetShift, None](), dict[tuple[str, str, str], Issue]()
    swaps: list[Swap] = []
    seen: set[tuple[int, int]] = set()
    days: set[date] = set()
    for reading in readings:
        seen |= reading.seen
        days |= reading.days
        shifts.update(dict.fromkeys(reading.shifts))
        swaps += reading.swaps
        for issue in reading.issues:
            issues.setdefault((issue.sheet, issue.cell, issue.kind), issue)
    # sorted is stable: within a role the order of the sheet stays.
    ordered = sorted(shifts, key=lambda s: (s.start, s.role != "lead", s.end))
    return Reading(
        shifts=tuple(ordered),
        issues=tuple(issues.values()),
        swaps=tuple(swaps),
        seen=frozenset(seen),
        days=frozenset(days),
    )


def shift(day: date, span: Span, role: Role, person: Person, *, later: bool = False) -> SheetShift:
    """The person's shift that begins on this day; an end that is not later by the clock is on the next.

    later: hours after midnight, of the night that begins on this day.
    """
    day += timedelta(days=later)
    start = datetime.combine(day, span[0], LOCAL)
    end = datetime.combine(day if span[1] > span[0] else day + timedelta(days=1), span[1], LOCAL)
    return SheetShift(start=start, end=end, role=role, name=person.name, mobile=person.mobile, key=person.key)


def after_midnight(spans: Sequence[Span] | None, before: Sequence[Span] | None) -> bool:
    """Whether 0:00-8:00 is of the night after: it stands behind a shift of the same day that begins later."""
    if not spans or not before:
        return False
    return spans[0][0] < WHOLE_DAY[0] <= before[0][0]


def whole(shifts: Sequence[SheetShift]) -> list[SheetShift]:
    """Shifts of one person that follow one another at once, as one: a lead over 白班 and 夜班 is there all day."""
    joined: list[SheetShift] = []
    for one in sorted(shifts, key=lambda s: (s.role, s.mobile, s.name, s.start)):
        last = joined[-1] if joined else None
        if last and (last.role, last.mobile, last.name, last.end) == (one.role, one.mobile, one.name, one.start):
            joined[-1] = replace(last, end=one.end)
        else:
            joined.append(one)
    return joined


def issue(sheet: str, cell: Cell, kind: IssueKind, message: str) -> Issue:
    """An issue at a cell."""
    return Issue(sheet=sheet, cell=cell.address, kind=kind, message=message)


def doubt(sheet: str, cell: Cell, about: Doubt) -> Issue:
    """A doubt about a name, at its cell."""
    return Issue(sheet=sheet, cell=cell.address, kind=about.kind, message=about.message)

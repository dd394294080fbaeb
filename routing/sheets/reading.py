"""What is read from a roster: shifts that are sure, and issues. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from routing.calendar import LOCAL
from routing.roster import Role
from routing.sheets.cells import Cell
from routing.sheets.dates import Span
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
class Reading:
    """All of it; what has an issue is in no shift, save where a note speaks of a swap."""

    shifts: tuple[SheetShift, ...] = ()
    issues: tuple[Issue, ...] = ()


def joined(readings: Iterable[Reading]) -> Reading:
    """Several as one: shifts by time, leaders first; each shift and each issue once."""
    shifts, issues = dict[SheetShift, None](), dict[tuple[str, str, str], Issue]()
    for reading in readings:
        shifts.update(dict.fromkeys(reading.shifts))
        for issue in reading.issues:
            issues.setdefault((issue.sheet, issue.cell, issue.kind), issue)
    # sorted is stable: within a role the order of the sheet stays.
    ordered = sorted(shifts, key=lambda s: (s.start, s.role != "lead", s.end))
    return Reading(shifts=tuple(ordered), issues=tuple(issues.values()))


def shift(day: date, span: Span, role: Role, person: Person) -> SheetShift:
    """The person's shift that begins on this day; an end that is not later by the clock is on the next."""
    start = datetime.combine(day, span[0], LOCAL)
    end = datetime.combine(day if span[1] > span[0] else day + timedelta(days=1), span[1], LOCAL)
    return SheetShift(start=start, end=end, role=role, name=person.name, mobile=person.mobile, key=person.key)


def issue(sheet: str, cell: Cell, kind: IssueKind, message: str) -> Issue:
    """An issue at a cell."""
    return Issue(sheet=sheet, cell=cell.address, kind=kind, message=message)


def doubt(sheet: str, cell: Cell, about: Doubt) -> Issue:
    """A doubt about a name, at its cell."""
    return Issue(sheet=sheet, cell=cell.address, kind=about.kind, message=about.message)

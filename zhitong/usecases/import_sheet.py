"""导入值班表: a sheet is read, shown, and once somebody says so stands in place of the unit's rules for its days."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine

from cases.roles import Action, Actor, permit
from routing.calendar import LOCAL, Calendar
from routing.changes import Change
from routing.directory import Directory
from routing.roster import Duty, Role
from routing.sheets.book import Book
from routing.sheets.forms.kept import kept
from routing.sheets.people import People, people_in_force
from routing.sheets.read import Reading, SheetShift, read_roster
from zhitong.errors import ChangeRefused
from zhitong.usecases.change_roster import put_sheet
from zhitong.usecases.roster_named import find_unit


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetRead:
    """A file as it was read on a day, by the people of a directory."""

    book: Book
    people: People
    reading: Reading
    today: date
    calendar: Calendar


def read_sheet(book: Book, directory: Directory, *, today: date, people: People | None = None) -> SheetRead:
    """What stands in the file; nothing is written. people: another directory's than the officials."""
    calendar = directory.roster.calendar
    known = _people_of(book, directory, today=today) if people is None else people
    reading = read_roster(book, known, today=today, calendar=calendar)
    return SheetRead(book=book, people=known, reading=reading, today=today, calendar=calendar)


def put_sheet_read(
    engine: Engine,
    base: Directory,
    read: SheetRead,
    duties: Sequence[Duty],
    unit: str,
    *,
    by: Actor,
    reason: str,
    now: datetime,
    first: Role | None = None,
) -> tuple[Change, ...]:
    """The sheet stands, and is kept to be exported in its layout; `first` as in `put_sheet`.

    Raises NotPermitted, ChangeRefused, DatabaseGone.
    """
    permit(by, Action.CHANGE_ROSTER)
    sheet = kept(read.book, read.people, today=read.today, calendar=read.calendar)
    return put_sheet(engine, base, unit, duties, by=by, reason=reason, now=now, first=first, sheet=sheet)


def duties_of(shifts: Iterable[SheetShift], directory: Directory, unit: str) -> list[Duty]:
    """The shifts as rows of the unit's sheet. Raises ChangeRefused for a mobile that is no official's."""
    by_number: dict[str, list[tuple[str, str]]] = {}
    for official in directory.roster.officials:
        for number in official.numbers:
            by_number.setdefault(number, []).append((official.id, official.name))
    known = {official.id for official in directory.roster.officials}
    duties, strangers = [], dict[str, None]()
    for s in shifts:
        there = by_number.get(s.mobile, [])
        # A number that two people share is told apart by the name.
        ids = [s.key] if s.key in known else [i for i, name in there if len(there) == 1 or name == s.name]
        if len(ids) == 1:
            duties.append(Duty(official=ids[0], start=s.start, end=s.end, role=s.role, unit=unit))
        else:
            strangers[f"{s.name}（尾号{s.mobile[-4:]}）"] = None
    if strangers:
        raise ChangeRefused(f"值班表文件里没有这些人的号码：{'、'.join(strangers)}；请先写进 config/roster.toml")
    return duties


def unit_of(duties: Sequence[Duty], directory: Directory, told: str | None) -> str:
    """The unit whose sheet it is: as told, else the one that all on it belong to, else the county's own."""
    if told is not None:
        return find_unit(directory, told)
    homes = {official.unit for duty in duties if (official := directory.roster.official(duty.official))}
    return homes.pop() if len(homes) == 1 else directory.home_unit


def _people_of(book: Book, directory: Directory, *, today: date) -> People:
    """The officials as they are on the days of a sheet: a number may be somebody else's by then."""
    anybody, calendar = people_in_force(directory), directory.roster.calendar
    if not any(official.dated for official in directory.roster.officials):
        return anybody
    shifts = read_roster(book, anybody, today=today, calendar=calendar).shifts
    days = [s.start.astimezone(LOCAL).date() for s in shifts]
    return people_in_force(directory, min(days), max(days)) if days else anybody

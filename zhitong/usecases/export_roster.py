"""A sheet of who is on duty, with names and numbers, leaves the system: that somebody took it is recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import Engine

from cases.roles import Action, Actor, permit
from routing.calendar import LOCAL
from routing.directory import Directory
from routing.sheets.cells import Page
from routing.sheets.forms.fill import Imported, days_in
from routing.sheets.forms.kept import fill_all, imported
from routing.sheets.forms.plan import Unfit
from routing.sheets.people import people_in_force
from routing.sheets.reading import SheetShift
from routing.sheets.write import own_page
from zhitong.errors import ChangeRefused
from zhitong.store.engine import writing
from zhitong.store.roster_sheets import newest_sheet
from zhitong.usecases.looking import looked
from zhitong.usecases.roster_rights import permit_units

DAYS = 31
"""As long as a roster is, when nothing is said."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Printed:
    """The sheets to give out, and of which days. like_imported: in the layout of the sheet that was imported; where it
    is not although there is one, `unfit` says why."""

    pages: Sequence[Page]
    first: date
    last: date
    shifts: int
    like_imported: bool = False
    unfit: str = ""


def roster_to_print(
    engine: Engine,
    directory: Directory,
    unit: str,
    *,
    by: Actor,
    now: datetime,
    start: date | None = None,
    days: int | None = None,
    own: bool = False,
) -> Printed:
    """Who is on duty, in the layout of the sheet that the unit imported last, or one of our own with a line to sign.

    start: from which day on, else the imported sheet's own days, else today; own: never as it was imported. That he
    exports it is recorded. Raises NotPermitted, ChangeRefused where nobody is on duty, DatabaseGone.
    """
    found = sheet_to_export(engine, directory, unit, by=by, now=now)
    sheets = imported(found[0], found[1].astimezone(LOCAL).date()) if found and not own else []
    return _printed(directory, unit, sheets, start, days, now.astimezone(LOCAL).date())


def sheet_to_export(
    engine: Engine, base: Directory, unit: str, *, by: Actor, now: datetime
) -> tuple[Mapping[str, Any], datetime] | None:
    """The sheet the unit imported last, and when; None: none that stands. That he exports it is recorded.

    Raises NotPermitted, DatabaseGone.
    """
    permit(by, Action.EXPORT_ROSTER)
    permit_units(by, Action.EXPORT_ROSTER, [base.unit(unit).name])
    with writing(engine) as connection:
        looked(connection, by, None, what="导出值班表", now=now, unmasked=True)
        return newest_sheet(connection, unit)


def _printed(
    directory: Directory, unit: str, sheets: Sequence[Imported], start: date | None, length: int | None, today: date
) -> Printed:
    people, calendar = people_in_force(directory), directory.roster.calendar
    own = sorted({day for one in sheets for day in days_in(one, people, calendar)})
    told = start is not None or length is not None
    # The sheet's own days, until they are over: that is what is asked for when nothing is said.
    same = bool(own) and not told and own[-1] >= today
    first = start or today
    days = own if same else [first + timedelta(days=n) for n in range(length or DAYS)]
    people = people_in_force(directory, days[0], days[-1])
    shifts = shifts_on_duty(directory, unit, days[0], (days[-1] - days[0]).days + 1)
    if not shifts:
        raise ChangeRefused(f"{directory.unit(unit).name}这 {len(days)} 天没有排班；请用 --unit 写单位")
    unfit = ""
    if own:
        if len(own) < (own[-1] - own[0]).days + 1 and not same:
            # A sheet of some days only, say of weekends: as many of these as anybody is on duty.
            days = [day for day in days if any(s.start.date() == day for s in shifts)]
        around = shifts_on_duty(directory, unit, days[0] - timedelta(days=1), (days[-1] - days[0]).days + 3)
        try:
            pages = fill_all(sheets, people, around, None if same else days, calendar=calendar)
            return Printed(pages=pages, first=days[0], last=days[-1], shifts=len(shifts), like_imported=True)
        except Unfit as error:
            unfit = str(error)
    title = f"{directory.unit(unit).name}{days[0]:%Y年}{days[0].month}月{days[0].day}日起值班表"
    pages = [own_page(shifts, title)]
    return Printed(pages=pages, first=days[0], last=days[-1], shifts=len(shifts), unfit=unfit)


def shifts_on_duty(directory: Directory, unit: str, first: date, days: int) -> list[SheetShift]:
    """Who is on duty in the unit, day by day from 08:00 on, with overrides and leave."""
    found: list[SheetShift] = []
    for n in range(days):
        start = datetime.combine(first + timedelta(days=n), time(8), LOCAL)
        end = start + timedelta(days=1)
        edges = [start, *(e for e in directory.roster.edges(start, end, unit) if e > start), end]
        open_: dict[tuple[str, str], SheetShift] = {}
        for since, until in pairwise(edges):
            there: dict[tuple[str, str], SheetShift] = {}
            for duty in directory.roster.on_duty(since, unit):
                number = next(iter(directory.callable(duty.official, since)), "")
                before = open_.get((duty.official.id, duty.role))
                # The same person on after an edge that was somebody else's: one shift.
                there[duty.official.id, duty.role] = SheetShift(
                    start=before.start if before else since.astimezone(LOCAL),
                    end=until.astimezone(LOCAL),
                    role=duty.role,
                    name=duty.official.name,
                    mobile=number,
                    key=duty.official.id,
                )
            found += [shift for key, shift in open_.items() if key not in there]
            open_ = there
        found += open_.values()
    return sorted(found, key=lambda s: (s.start, s.role != "lead", s.end))

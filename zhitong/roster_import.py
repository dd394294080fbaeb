"""zhitong roster import and export: a spreadsheet becomes a change of the roster, and the roster a spreadsheet."""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

from routing.calendar import LOCAL
from routing.changes import in_force, standing
from routing.directory import Directory
from routing.roster import Duty, Role
from routing.sheets.book import BadBook, Book, book_of, read_book, read_rows
from routing.sheets.cells import Page, plain
from routing.sheets.forms.fill import Imported, days_in
from routing.sheets.forms.kept import fill_all, imported, kept
from routing.sheets.forms.plan import Unfit
from routing.sheets.people import BadPeople, People, people_in_force, people_of
from routing.sheets.read import Reading, SheetShift, read_roster
from routing.sheets.write import PRINTED, own_page, write_pages
from zhitong.clock import SystemClock
from zhitong.errors import ChangeRefused
from zhitong.roster_now import base_now, directory_now, tell_new_findings
from zhitong.settings import load_settings
from zhitong.store.engine import open_engine
from zhitong.usecases.change_roster import list_changes, put_sheet
from zhitong.usecases.export_roster import sheet_to_export
from zhitong.usecases.roster_named import find_unit
from zhitong.who_acts import acting_on_roster

_ROLES = {"lead": "带班", "staff": "值班"}
_ASKED = 3
_DAYS = 31  # as long as a roster is, when nothing is said
_ANSWERS: dict[str, Role] = {
    **dict.fromkeys(("1", "值班", "值班人员", "值班员", "人员", "staff"), "staff"),
    **dict.fromkeys(("2", "带班", "带班领导", "领导带班", "领导", "lead"), "lead"),
}


def import_sheet(arguments: argparse.Namespace) -> int:
    """Reads a roster; shows it, or puts it in force. Raises ChangeRefused, BadConfig, DatabaseGone."""
    try:
        return _preview(arguments) if arguments.preview else _import(arguments)
    except (BadBook, BadPeople) as bad:
        raise ChangeRefused(str(bad)) from None


def preview_text(reading: Reading) -> str:
    """What would be imported, for a person: one line a shift, and what to look at."""
    lines = [
        f"{s.start:%Y-%m-%d %H:%M} 到 {s.end:%m-%d %H:%M} {_ROLES[s.role]} {s.name} 尾号{s.mobile[-4:]}"
        for s in reading.shifts
    ]
    lines.append(f"读出 {len(reading.shifts)} 个班次，{len(reading.issues)} 处要核对。")
    return "\n".join([*lines, *map(str, reading.issues)])


def preview_json(reading: Reading) -> str:
    """The same for a program."""
    shifts = [
        {"start": s.start.isoformat(), "end": s.end.isoformat(), "role": s.role, "mobile": s.mobile}
        for s in reading.shifts
    ]
    issues = [{"sheet": i.sheet, "cell": i.cell, "kind": i.kind, "message": i.message} for i in reading.issues]
    return json.dumps({"shifts": shifts, "issues": issues}, ensure_ascii=False, indent=2)


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


def _preview(arguments: argparse.Namespace) -> int:
    """Nothing is written, not even a database that is not there yet."""
    now = SystemClock().now()
    if arguments.directory:
        reading = read_roster(_book(arguments.file), people_of(read_rows(arguments.directory)), today=now.date())
    else:
        settings = load_settings()
        directory = base_now(settings, open_engine(settings.store.database_url), now)
        calendar, book = directory.roster.calendar, _book(arguments.file)
        people = _people_of(book, directory, today=now.date())
        reading = read_roster(book, people, today=now.date(), calendar=calendar)
    print(preview_json(reading) if arguments.json else preview_text(reading))
    return 0


def _import(arguments: argparse.Namespace) -> int:
    if not arguments.reason:
        raise ChangeRefused("请写原因：--reason；只看不改：--preview")
    now = SystemClock().now()
    base, directory, engine = directory_now(load_settings(), now)
    actor = acting_on_roster(engine, arguments)
    calendar, today = directory.roster.calendar, now.date()
    book = _book(arguments.file)
    told = arguments.directory
    people = people_of(read_rows(told)) if told else _people_of(book, directory, today=today)
    reading = read_roster(book, people, today=now.date(), calendar=calendar)
    if reading.issues and not arguments.only_sure:
        issues = "\n".join(map(str, reading.issues))
        raise ChangeRefused(
            f"有 {len(reading.issues)} 处要核对，没有导入：\n{issues}\n"
            "请改好表格再导入；只导入没有疑问的班次：--only-sure（先用 --preview 看是哪些）"
        )
    duties = duties_of(reading.shifts, directory, "")
    unit = unit_of(duties, directory, arguments.unit)
    duties = duties_of(reading.shifts, directory, unit)
    both = len({duty.role for duty in duties}) == 2
    asked = both and not arguments.first and standing(list_changes(engine)).first is None
    # After a roster that was pasted at the keyboard, nobody is asked there: its end was the end of what is typed.
    at_keyboard = sys.stdin.isatty() and arguments.file != "-"
    first = _ask_first() if asked and at_keyboard else arguments.first
    by = {"by": actor, "reason": arguments.reason}
    sheet = kept(book, people, today=now.date(), calendar=calendar)
    changes = put_sheet(engine, base, unit, duties, **by, now=now, first=first, sheet=sheet)
    print(f"{directory.unit(unit).name}：导入 {len(duties)} 个班次，跳过 {len(reading.issues)} 处。")
    print(f"第 {changes[0].id} 号改动，一秒内生效。要撤销：zhitong roster undo {changes[0].id} --reason 原因")
    for change in changes[1:]:
        undo = f"zhitong roster undo {change.id} --reason 原因"
        print(f"先打{_ROLES[first]}的：第 {change.id} 号改动。要撤销：{undo}")
    if asked and not first:
        usual = _ROLES[base.first]
        print(f"表里有带班也有值班，还没有定过先打谁，现在先打{usual}的；请定一次：zhitong roster first lead 或 staff")
    tell_new_findings(directory, in_force(base, standing(list_changes(engine))), now)
    return 0


def _people_of(book: Book, directory: Directory, *, today: date) -> People:
    """The officials as they are on the days of a sheet: a number may be somebody else's by then."""
    anybody, calendar = people_in_force(directory), directory.roster.calendar
    if not any(official.dated for official in directory.roster.officials):
        return anybody
    shifts = read_roster(book, anybody, today=today, calendar=calendar).shifts
    days = [s.start.astimezone(LOCAL).date() for s in shifts]
    return people_in_force(directory, min(days), max(days)) if days else anybody


def _ask_first() -> Role:
    """Who rings first, from the keyboard; asked before anything is written. Raises ChangeRefused."""
    print("表里有带班领导，也有值班人员。来电先打谁？只问这一次，以后可以改（zhitong roster first）。", file=sys.stderr)
    for _ in range(_ASKED):
        print("  1 值班人员  2 领导带班：", end="", file=sys.stderr, flush=True)
        answer = sys.stdin.readline()
        if not answer:
            break
        if role := _ANSWERS.get(plain(answer)):
            return role
        print("请按 1 或 2，再按回车。", file=sys.stderr)
    raise ChangeRefused("没有定先打谁，什么都没有导入；请再导入一次，或写 --first staff（值班人员）或 lead（带班领导）")


def export_sheet(arguments: argparse.Namespace) -> int:
    """Writes who is on duty, in the layout of the sheet that the unit imported last, or one of our own.

    Raises ChangeRefused, DatabaseGone.
    """
    if arguments.out.suffix.lower() not in (".xlsx", *PRINTED):
        raise ChangeRefused(f"--out：{arguments.out} 写不成这种文件；请写成 .xlsx，或可打印的网页 .html")
    now = SystemClock().now()
    _, directory, engine = directory_now(load_settings(), now)
    unit = unit_of((), directory, arguments.unit)
    found = sheet_to_export(engine, directory, unit, by=acting_on_roster(engine, arguments), now=now)
    sheets = imported(found[0], found[1].astimezone(LOCAL).date()) if found and not arguments.own else []
    pages, how = _pages(arguments, directory, unit, sheets, now.astimezone(LOCAL).date())
    try:
        write_pages(pages, arguments.out)
    except OSError as error:
        raise ChangeRefused(f"{arguments.out}：写不进去（{error.strerror}）；请换个位置，或先关掉打开的表格") from None
    print(f"{arguments.out}：{how}")
    return 0


def _pages(
    arguments: argparse.Namespace, directory: Directory, unit: str, sheets: Sequence[Imported], today: date
) -> tuple[list[Page], str]:
    """The sheets to write, and in words of which days and in which layout they are."""
    people, calendar = people_in_force(directory), directory.roster.calendar
    own = sorted({day for one in sheets for day in days_in(one, people, calendar)})
    told = arguments.start is not None or arguments.days is not None
    # The sheet's own days, until they are over: that is what is asked for when nothing is said.
    same = bool(own) and not told and own[-1] >= today
    first, length = arguments.start or today, arguments.days or _DAYS
    days = own if same else [first + timedelta(days=n) for n in range(length)]
    people = people_in_force(directory, days[0], days[-1])
    shifts = shifts_on_duty(directory, unit, days[0], (days[-1] - days[0]).days + 1)
    if not shifts:
        raise ChangeRefused(f"{directory.unit(unit).name}这 {len(days)} 天没有排班；请用 --unit 写单位")
    if own:
        if len(own) < (own[-1] - own[0]).days + 1 and not same:
            # A sheet of some days only, say of weekends: as many of these as anybody is on duty.
            days = [day for day in days if any(s.start.date() == day for s in shifts)]
        around = shifts_on_duty(directory, unit, days[0] - timedelta(days=1), (days[-1] - days[0]).days + 3)
        try:
            pages = fill_all(sheets, people, around, None if same else days, calendar=calendar)
            return pages, f"{days[0]} 到 {days[-1]}，版式和导入的那张一样"
        except Unfit as unfit:
            print(f"导入的那张表放不下（{unfit}），用一天一行的版式。", file=sys.stderr)
    title = f"{directory.unit(unit).name}{days[0]:%Y年}{days[0].month}月{days[0].day}日起值班表"
    return [own_page(shifts, title)], f"{days[0]} 到 {days[-1]}，{len(shifts)} 个班次，一天一行"


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


def _book(file: str) -> Book:
    if file == "-":
        return book_of(sys.stdin.buffer.read(), "粘贴")
    return read_book(Path(file))

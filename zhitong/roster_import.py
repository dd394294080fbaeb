"""zhitong roster import and export: a spreadsheet becomes a change of the roster, and the roster a spreadsheet."""

import argparse
import json
import sys
from pathlib import Path

from routing.changes import in_force, standing
from routing.roster import Role
from routing.sheets.book import BadBook, Book, book_of, read_book, read_rows
from routing.sheets.cells import plain
from routing.sheets.people import BadPeople, people_of
from routing.sheets.read import Reading, read_roster
from routing.sheets.write import PRINTED, write_pages
from zhitong.clock import SystemClock
from zhitong.errors import ChangeRefused
from zhitong.roster_now import base_now, directory_now, new_findings, tell_new_findings
from zhitong.settings import load_settings
from zhitong.store.engine import open_engine
from zhitong.usecases.change_roster import list_changes
from zhitong.usecases.export_roster import roster_to_print
from zhitong.usecases.import_sheet import duties_of, put_sheet_read, read_sheet, unit_of
from zhitong.who_acts import acting_on_roster

_ROLES = {"lead": "带班", "staff": "值班"}
_ASKED = 3
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


def _preview(arguments: argparse.Namespace) -> int:
    """Nothing is written, not even a database that is not there yet."""
    now = SystemClock().now()
    if arguments.directory:
        reading = read_roster(_book(arguments.file), people_of(read_rows(arguments.directory)), today=now.date())
    else:
        settings = load_settings()
        directory = base_now(settings, open_engine(settings.store.database_url), now)
        book = _book(arguments.file)
        reading = read_sheet(book, directory, today=now.date()).reading
    print(preview_json(reading) if arguments.json else preview_text(reading))
    return 0


def _import(arguments: argparse.Namespace) -> int:
    if not arguments.reason:
        raise ChangeRefused("请写原因：--reason；只看不改：--preview")
    now = SystemClock().now()
    base, directory, engine = directory_now(load_settings(), now)
    actor = acting_on_roster(engine, arguments)
    told = arguments.directory
    people = people_of(read_rows(told)) if told else None
    read = read_sheet(_book(arguments.file), directory, today=now.date(), people=people)
    reading = read.reading
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
    why = {"by": actor, "reason": arguments.reason, "now": now}
    changes = put_sheet_read(engine, base, read, duties, unit, **why, first=first)
    print(f"{directory.unit(unit).name}：导入 {len(duties)} 个班次，跳过 {len(reading.issues)} 处。")
    print(f"第 {changes[0].id} 号改动，一秒内生效。要撤销：zhitong roster undo {changes[0].id} --reason 原因")
    for change in changes[1:]:
        undo = f"zhitong roster undo {change.id} --reason 原因"
        print(f"先打{_ROLES[first]}的：第 {change.id} 号改动。要撤销：{undo}")
    if asked and not first:
        usual = _ROLES[base.first]
        print(f"表里有带班也有值班，还没有定过先打谁，现在先打{usual}的；请定一次：zhitong roster first lead 或 staff")
    tell_new_findings(new_findings(directory, in_force(base, standing(list_changes(engine))), now))
    return 0


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
    printed = roster_to_print(
        engine,
        directory,
        unit,
        by=acting_on_roster(engine, arguments),
        now=now,
        start=arguments.start,
        days=arguments.days,
        own=arguments.own,
    )
    if printed.unfit:
        print(f"导入的那张表放不下（{printed.unfit}），用一天一行的版式。", file=sys.stderr)
    try:
        write_pages(printed.pages, arguments.out)
    except OSError as error:
        raise ChangeRefused(f"{arguments.out}：写不进去（{error.strerror}）；请换个位置，或先关掉打开的表格") from None
    how = "版式和导入的那张一样" if printed.like_imported else f"{printed.shifts} 个班次，一天一行"
    print(f"{arguments.out}：{printed.first} 到 {printed.last}，{how}")
    return 0


def _book(file: str) -> Book:
    if file == "-":
        return book_of(sys.stdin.buffer.read(), "粘贴")
    return read_book(Path(file))

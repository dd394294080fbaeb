"""zhitong case register, import, export: the register as a spreadsheet, and the exchange with 12345."""

import argparse
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from cases.exchange import CHANNEL, Sheet, columns, load_headings, read_sheet
from cases.register import COLUMNS, row_of
from cases.roles import Actor
from routing.sheets.book import BadBook, read_book
from routing.sheets.cells import Value, as_text
from zhitong.alike_text import alike_of_rows
from zhitong.case_desk import acting, add_by, case_rules, known_unit
from zhitong.clock import SystemClock
from zhitong.errors import ImportRefused
from zhitong.figure_commands import add_span, span
from zhitong.intake_desk import IntakeDesk
from zhitong.roster_commands import Add
from zhitong.roster_now import directory_now
from zhitong.settings import Settings, load_settings
from zhitong.sheet_files import write_rows
from zhitong.understanding import taxonomy_in_force
from zhitong.usecases.case_register import case_register
from zhitong.usecases.import_cases import Taken, import_cases, look_at_import
from zhitong.usecases.look_alike import MOST, propose_for_new
from zhitong.usecases.rules import Rules

MOST_IMPORTED = 3000
"""Rows that routing.sheets.book reads of a sheet: one that has as many may have more."""


def add_register_commands(add: Add) -> None:
    """More commands under `zhitong case`."""
    register = add("register", "登记簿：一行一个工单，写成 .xlsx 或 .csv（号码打码，留痕）", _register)
    add_span(register)
    register.add_argument("--unit", default="", metavar="单位", help="只要这个单位的（单位名称）")
    register.add_argument("--out", type=Path, required=True, metavar="文件", help="写到哪个 .xlsx 或 .csv")
    taking = add("import", "导入 12345 平台导出的工单（.xlsx、.xls、.csv）；有一行不对就一个也不导入", _import)
    taking.add_argument("file", type=Path, metavar="文件", help="表头认得哪些：config/exchange.toml")
    add_by(taking)
    taking.add_argument("--preview", action="store_true", help="只看会怎样，不导入")
    taking.add_argument("--only-sure", action="store_true", help="有不对的行也导入，只导入没有问题的行")
    giving = add("export", "把从 12345 来的工单连同办理结果导出，表头和导入的一样", _export)
    add_span(giving)
    giving.add_argument("--out", type=Path, required=True, metavar="文件", help="写到哪个 .xlsx 或 .csv")
    for parser in (register, giving):
        parser.add_argument("--full-number", action="store_true", help="写完整号码（要有权限，留痕）")


def _register(arguments: argparse.Namespace) -> int:
    now = SystemClock().now()
    _, directory, engine = directory_now(load_settings(), now)
    since, until = span(arguments, now)
    by = acting(engine, arguments)
    lines = case_register(
        engine,
        by=by,
        since=since,
        until=until,
        now=now,
        directory=directory,
        unit=known_unit(engine, directory, arguments.unit),
        full_numbers=arguments.full_number,
    )
    n = write_rows(arguments.out, list(COLUMNS), map(row_of, lines), title="登记簿")
    print(f"{arguments.out}：{n} 个工单")
    return 0


def _import(arguments: argparse.Namespace) -> int:
    settings, now = load_settings(), SystemClock().now()
    _, directory, engine = directory_now(settings, now)
    by = acting(engine, arguments)
    matters = taxonomy_in_force(settings).names
    headings = load_headings(settings.files.rules / "exchange.toml")
    sheet = read_sheet(_rows(arguments.file), headings, matters=matters, now=now)
    units = {unit.name for unit in directory.units}
    rules = case_rules(settings, directory, engine)
    understand = IntakeDesk(settings, engine, lambda: directory).understand
    if arguments.preview:
        must = rules.mandatory.assign
        would = look_at_import(
            engine, sheet.rows, by=by, now=now, matters=matters, units=units, must=must, understand=understand
        )
        print(taken_text(would, sheet))
        _print_alike(engine, rules, would, by, now, settings)
        return 0
    if sheet.faults and not arguments.only_sure:
        raise ImportRefused(
            f"有 {len(sheet.faults)} 行不对，一个也没有导入：\n" + "\n".join(sheet.faults) + "\n"
            "请改好再导入；只导入没有问题的行：--only-sure（先用 --preview 看是哪些）"
        )
    taken = import_cases(engine, rules, sheet.rows, by=by, now=now, matters=matters, units=units, understand=understand)
    print(taken_text(taken, sheet))
    _print_alike(engine, rules, taken, by, now, settings)
    return 0


def _print_alike(engine: Engine, rules: Rules, taken: Taken, by: Actor, now: datetime, settings: Settings) -> None:
    """What looks the same as something that is open already: merged by a person, or not."""
    towns, show = taxonomy_in_force(settings).towns, rules.likeness.show
    new = [case for _, case in taken.new]
    found = propose_for_new(engine, rules, new, by=by, now=now, towns=towns)
    lines = alike_of_rows(found, {case.number: row.row for row, case in taken.new}, show=show)
    if len(new) > MOST:
        lines.append(f"只比了前 {MOST} 个；其余的交办时会提示")
    print("\n".join([*lines, f"{len(found)} 个和在办的像是同一件事。" if found else "没有和在办的像的。"]))


def taken_text(taken: Taken, sheet: Sheet) -> str:
    """What became, or would become, of each row, without a name or a number of a citizen."""
    lines = [
        f"第 {row.row} 行 {row.their_number}：新工单 {case.number} 【{case.state}】{case.unit}"
        + "".join(f"；{note}" for note in row.notes)
        for row, case in taken.new
    ]
    lines += [f"第 {row.row} 行 {row.their_number}：已经有了，工单 {number}" for row, number in taken.known]
    lines += [f"第 {row.row} 行 {row.their_number}：12345 已经办完，不导入" for row in taken.over]
    lines += sheet.faults
    lines += [f"没有叫“{unit}”的单位，工单在受理台等交办" for unit in taken.strange]
    lines += [
        f"第 {row.row} 行 {row.their_number}：没有写事项，系统按文字建议 {case.matter} {case.matter_name}，请核对"
        for row, case in taken.suggested
    ]
    lines += [
        f"第 {row.row} 行 {row.their_number}：还没有写{'、'.join(lacks)}，没有交办，工单在受理台等补登记"
        for row, lacks in taken.incomplete
    ]
    if sheet.unknown:
        lines.append(f"没有读的列：{'、'.join(sheet.unknown)}；要读就写进 config/exchange.toml")
    counted = f"新的 {len(taken.new)} 个，已经有的 {len(taken.known)} 个，对方办完的 {len(taken.over)} 个"
    return "\n".join([*lines, f"{counted}，不对的 {len(sheet.faults)} 行。"])


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """The rows of the first sheet with anything on it, with their numbers. Raises ImportRefused."""
    try:
        page = next((page for page in read_book(path).pages if page.cells), None)
    except BadBook as bad:
        raise ImportRefused(str(bad)) from None
    if page is None:
        raise ImportRefused(f"{path}：表格是空的")
    if max(page.rows) >= MOST_IMPORTED:
        raise ImportRefused(f"{path}：有 {MOST_IMPORTED} 行以上，一次导入不了；请分成几个文件")
    return [(row, [_text(page.cell(row, col).value, row) for col in page.cols]) for row in page.rows]


def _text(value: Value, row: int) -> str:
    if isinstance(value, float | int) and abs(value) >= 1e15:
        raise ImportRefused(f"第 {row} 行有 16 位以上的数字，Excel 存不下，末尾已经丢了；请把这一列设成文本再导出")
    return f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else as_text(value)


def _export(arguments: argparse.Namespace) -> int:
    settings, now = load_settings(), SystemClock().now()
    _, directory, engine = directory_now(settings, now)
    since, until = span(arguments, now)
    lines = case_register(
        engine,
        by=acting(engine, arguments),
        since=since,
        until=until,
        now=now,
        directory=directory,
        channel=CHANNEL,
        full_numbers=arguments.full_number,
    )
    there = columns(load_headings(settings.files.rules / "exchange.toml"))
    n = write_rows(arguments.out, list(there), (row_of(one, there) for one in lines), title=CHANNEL)
    print(f"{arguments.out}：{n} 个工单")
    return 0

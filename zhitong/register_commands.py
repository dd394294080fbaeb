"""zhitong case register, import, export: the register as a spreadsheet, and the exchange with 12345."""

import argparse
from pathlib import Path

from cases.register import COLUMNS, row_of
from zhitong.clock import SystemClock
from zhitong.figure_commands import add_span, span
from zhitong.roster_commands import Add
from zhitong.roster_now import directory_now
from zhitong.settings import load_settings
from zhitong.sheet_files import write_rows
from zhitong.usecases.accounts import actor_named
from zhitong.usecases.case_register import case_register


def add_register_commands(add: Add) -> None:
    """More commands under `zhitong case`."""
    register = add("register", "登记簿：一行一个工单，写成 .xlsx 或 .csv（号码打码，留痕）", _register)
    add_span(register)
    register.add_argument("--unit", default="", metavar="单位", help="只要这个单位的（单位名称）")
    register.add_argument("--out", type=Path, required=True, metavar="文件", help="写到哪个 .xlsx 或 .csv")
    register.add_argument("--full-number", action="store_true", help="写完整号码（要有权限，留痕）")


def _register(arguments: argparse.Namespace) -> int:
    now = SystemClock().now()
    _, directory, engine = directory_now(load_settings(), now)
    since, until = span(arguments, now)
    lines = case_register(
        engine,
        by=actor_named(engine, arguments.by),
        since=since,
        until=until,
        now=now,
        directory=directory,
        unit=arguments.unit,
        full_numbers=arguments.full_number,
    )
    n = write_rows(arguments.out, list(COLUMNS), map(row_of, lines), title="登记簿")
    print(f"{arguments.out}：{n} 个工单")
    return 0
